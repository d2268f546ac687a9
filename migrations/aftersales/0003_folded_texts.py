from tortoise import fields
from tortoise.migrations import Migration as TortoiseMigration, operations as ops

from forecourt import FoldedIndex


class Migration(TortoiseMigration):
    dependencies = [("aftersales", "0002_list_indexes")]
    operations = [
        ops.AddField(
            model_name="MaintenanceTemplate",
            name="code_search",
            field=fields.TextField(null=True, description="folded form of code"),
        ),
        ops.AddField(
            model_name="MaintenanceTemplate",
            name="name_search",
            field=fields.TextField(null=True, description="folded form of name"),
        ),
        ops.AddIndex(model_name="MaintenanceTemplate", index=FoldedIndex(fields=("code_search",))),
        ops.AddIndex(model_name="MaintenanceTemplate", index=FoldedIndex(fields=("name_search",))),
        ops.AddField(
            model_name="ServiceRequest",
            name="doc_no_search",
            field=fields.TextField(null=True, description="folded form of doc_no"),
        ),
        ops.AddField(
            model_name="ServiceRequest",
            name="symptom_search",
            field=fields.TextField(null=True, description="folded form of symptom"),
        ),
        ops.AddIndex(model_name="ServiceRequest", index=FoldedIndex(fields=("doc_no_search",))),
        ops.AddField(
            model_name="ServiceVehicle",
            name="vin_search",
            field=fields.TextField(null=True, description="folded form of vin"),
        ),
        ops.AddIndex(model_name="ServiceVehicle", index=FoldedIndex(fields=("vin_search",))),
    ]
