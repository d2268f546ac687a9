from tortoise import fields
from tortoise.migrations import Migration as TortoiseMigration, operations as ops

from forecourt import FoldedIndex


class Migration(TortoiseMigration):
    dependencies = [("inventory", "0002_list_indexes")]
    operations = [
        ops.AddField(
            model_name="Brand",
            name="code_search",
            field=fields.TextField(null=True, description="folded form of code"),
        ),
        ops.AddField(
            model_name="Brand",
            name="name_search",
            field=fields.TextField(null=True, description="folded form of name"),
        ),
        ops.AddField(
            model_name="Brand",
            name="name_en_search",
            field=fields.TextField(null=True, description="folded form of name_en"),
        ),
        ops.AddIndex(model_name="Brand", index=FoldedIndex(fields=("code_search",))),
        ops.AddIndex(model_name="Brand", index=FoldedIndex(fields=("name_search",))),
        ops.AddIndex(model_name="Brand", index=FoldedIndex(fields=("name_en_search",))),
        ops.AddField(
            model_name="ColorCode",
            name="code_search",
            field=fields.TextField(null=True, description="folded form of code"),
        ),
        ops.AddField(
            model_name="ColorCode",
            name="name_search",
            field=fields.TextField(null=True, description="folded form of name"),
        ),
        ops.AddField(
            model_name="ColorCode",
            name="name_en_search",
            field=fields.TextField(null=True, description="folded form of name_en"),
        ),
        ops.AddIndex(model_name="ColorCode", index=FoldedIndex(fields=("code_search",))),
        ops.AddIndex(model_name="ColorCode", index=FoldedIndex(fields=("name_search",))),
        ops.AddIndex(model_name="ColorCode", index=FoldedIndex(fields=("name_en_search",))),
        ops.AddField(
            model_name="FittingJob",
            name="doc_no_search",
            field=fields.TextField(null=True, description="folded form of doc_no"),
        ),
        ops.AddIndex(model_name="FittingJob", index=FoldedIndex(fields=("doc_no_search",))),
        ops.AddField(
            model_name="Item",
            name="code_search",
            field=fields.TextField(null=True, description="folded form of code"),
        ),
        ops.AddField(
            model_name="Item",
            name="name_search",
            field=fields.TextField(null=True, description="folded form of name"),
        ),
        ops.AddField(
            model_name="Item",
            name="name_en_search",
            field=fields.TextField(null=True, description="folded form of name_en"),
        ),
        ops.AddIndex(model_name="Item", index=FoldedIndex(fields=("code_search",))),
        ops.AddIndex(model_name="Item", index=FoldedIndex(fields=("name_search",))),
        ops.AddIndex(model_name="Item", index=FoldedIndex(fields=("name_en_search",))),
        ops.AddField(
            model_name="Reservation",
            name="holder_ref_search",
            field=fields.TextField(null=True, description="folded form of holder_ref"),
        ),
        ops.AddIndex(model_name="Reservation", index=FoldedIndex(fields=("holder_ref_search",))),
        ops.AddField(
            model_name="Series",
            name="code_search",
            field=fields.TextField(null=True, description="folded form of code"),
        ),
        ops.AddField(
            model_name="Series",
            name="name_search",
            field=fields.TextField(null=True, description="folded form of name"),
        ),
        ops.AddField(
            model_name="Series",
            name="name_en_search",
            field=fields.TextField(null=True, description="folded form of name_en"),
        ),
        ops.AddIndex(model_name="Series", index=FoldedIndex(fields=("code_search",))),
        ops.AddIndex(model_name="Series", index=FoldedIndex(fields=("name_search",))),
        ops.AddIndex(model_name="Series", index=FoldedIndex(fields=("name_en_search",))),
        ops.AddField(
            model_name="StockMovement",
            name="doc_no_search",
            field=fields.TextField(null=True, description="folded form of doc_no"),
        ),
        ops.AddField(
            model_name="StockMovement",
            name="source_ref_search",
            field=fields.TextField(null=True, description="folded form of source_ref"),
        ),
        ops.AddIndex(model_name="StockMovement", index=FoldedIndex(fields=("doc_no_search",))),
        ops.AddIndex(model_name="StockMovement", index=FoldedIndex(fields=("source_ref_search",))),
        ops.AddField(
            model_name="StockVehicle",
            name="stock_no_search",
            field=fields.TextField(null=True, description="folded form of stock_no"),
        ),
        ops.AddField(
            model_name="StockVehicle",
            name="vin_search",
            field=fields.TextField(null=True, description="folded form of vin"),
        ),
        ops.AddIndex(model_name="StockVehicle", index=FoldedIndex(fields=("stock_no_search",))),
        ops.AddIndex(model_name="StockVehicle", index=FoldedIndex(fields=("vin_search",))),
        ops.AddField(
            model_name="Trim",
            name="code_search",
            field=fields.TextField(null=True, description="folded form of code"),
        ),
        ops.AddField(
            model_name="Trim",
            name="name_search",
            field=fields.TextField(null=True, description="folded form of name"),
        ),
        ops.AddField(
            model_name="Trim",
            name="name_en_search",
            field=fields.TextField(null=True, description="folded form of name_en"),
        ),
        ops.AddIndex(model_name="Trim", index=FoldedIndex(fields=("code_search",))),
        ops.AddIndex(model_name="Trim", index=FoldedIndex(fields=("name_search",))),
        ops.AddIndex(model_name="Trim", index=FoldedIndex(fields=("name_en_search",))),
        ops.AddField(
            model_name="VehicleIdentity",
            name="vin_search",
            field=fields.TextField(null=True, description="folded form of vin"),
        ),
        ops.AddField(
            model_name="VehicleIdentity",
            name="engine_no_search",
            field=fields.TextField(null=True, description="folded form of engine_no"),
        ),
        ops.AddIndex(model_name="VehicleIdentity", index=FoldedIndex(fields=("vin_search",))),
        ops.AddIndex(model_name="VehicleIdentity", index=FoldedIndex(fields=("engine_no_search",))),
        ops.AddField(
            model_name="VehicleTransfer",
            name="doc_no_search",
            field=fields.TextField(null=True, description="folded form of doc_no"),
        ),
        ops.AddIndex(model_name="VehicleTransfer", index=FoldedIndex(fields=("doc_no_search",))),
        ops.AddField(
            model_name="Warehouse",
            name="code_search",
            field=fields.TextField(null=True, description="folded form of code"),
        ),
        ops.AddField(
            model_name="Warehouse",
            name="name_search",
            field=fields.TextField(null=True, description="folded form of name"),
        ),
        ops.AddIndex(model_name="Warehouse", index=FoldedIndex(fields=("code_search",))),
        ops.AddIndex(model_name="Warehouse", index=FoldedIndex(fields=("name_search",))),
    ]
