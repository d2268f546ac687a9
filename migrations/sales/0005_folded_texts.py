from tortoise import fields
from tortoise.migrations import Migration as TortoiseMigration, operations as ops

from forecourt import FoldedIndex


class Migration(TortoiseMigration):
    dependencies = [("sales", "0004_hands_and_numbers")]
    operations = [
        ops.AddField(
            model_name="InvoiceRecord",
            name="number_search",
            field=fields.TextField(null=True, description="folded form of number"),
        ),
        ops.AddIndex(model_name="InvoiceRecord", index=FoldedIndex(fields=("number_search",))),
        ops.AddField(
            model_name="Lead",
            name="external_id_search",
            field=fields.TextField(null=True, description="folded form of external_id"),
        ),
        ops.AddField(
            model_name="Lead",
            name="name_search",
            field=fields.TextField(null=True, description="folded form of name"),
        ),
        ops.AddIndex(model_name="Lead", index=FoldedIndex(fields=("external_id_search",))),
        ops.AddIndex(model_name="Lead", index=FoldedIndex(fields=("name_search",))),
        ops.AddField(
            model_name="Opportunity",
            name="doc_no_search",
            field=fields.TextField(null=True, description="folded form of doc_no"),
        ),
        ops.AddIndex(model_name="Opportunity", index=FoldedIndex(fields=("doc_no_search",))),
        ops.AddField(
            model_name="Quotation",
            name="doc_no_search",
            field=fields.TextField(null=True, description="folded form of doc_no"),
        ),
        ops.AddIndex(model_name="Quotation", index=FoldedIndex(fields=("doc_no_search",))),
        ops.AddField(
            model_name="Receipt",
            name="doc_no_search",
            field=fields.TextField(null=True, description="folded form of doc_no"),
        ),
        ops.AddField(
            model_name="Receipt",
            name="reference_search",
            field=fields.TextField(null=True, description="folded form of reference"),
        ),
        ops.AddIndex(model_name="Receipt", index=FoldedIndex(fields=("doc_no_search",))),
        ops.AddIndex(model_name="Receipt", index=FoldedIndex(fields=("reference_search",))),
        ops.AddField(
            model_name="SalesOrder",
            name="doc_no_search",
            field=fields.TextField(null=True, description="folded form of doc_no"),
        ),
        ops.AddField(
            model_name="SalesOrder",
            name="contract_no_search",
            field=fields.TextField(null=True, description="folded form of contract_no"),
        ),
        ops.AddIndex(model_name="SalesOrder", index=FoldedIndex(fields=("doc_no_search",))),
        ops.AddIndex(model_name="SalesOrder", index=FoldedIndex(fields=("contract_no_search",))),
    ]
