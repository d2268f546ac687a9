from tortoise import fields
from tortoise.migrations import Migration as TortoiseMigration, operations as ops

from forecourt import FoldedIndex


class Migration(TortoiseMigration):
    dependencies = [("customers", "0004_transfers_and_merges")]
    operations = [
        ops.AddField(
            model_name="ContactPerson",
            name="name_search",
            field=fields.TextField(null=True, description="folded form of name"),
        ),
        ops.AddIndex(model_name="ContactPerson", index=FoldedIndex(fields=("name_search",))),
        ops.AddField(
            model_name="Customer",
            name="name_search",
            field=fields.TextField(null=True, description="folded form of name"),
        ),
        ops.AddIndex(model_name="Customer", index=FoldedIndex(fields=("name_search",))),
        ops.AddField(
            model_name="CustomerVehicle",
            name="vin_search",
            field=fields.TextField(null=True, description="folded form of vin"),
        ),
        ops.AddField(
            model_name="CustomerVehicle",
            name="model_search",
            field=fields.TextField(null=True, description="folded form of model"),
        ),
        ops.AddIndex(model_name="CustomerVehicle", index=FoldedIndex(fields=("vin_search",))),
        ops.AddIndex(model_name="CustomerVehicle", index=FoldedIndex(fields=("model_search",))),
        ops.AddField(
            model_name="FollowUpTask",
            name="subject_search",
            field=fields.TextField(null=True, description="folded form of subject"),
        ),
        ops.AddIndex(model_name="FollowUpTask", index=FoldedIndex(fields=("subject_search",))),
        ops.AddField(
            model_name="FollowUpTemplate",
            name="code_search",
            field=fields.TextField(null=True, description="folded form of code"),
        ),
        ops.AddField(
            model_name="FollowUpTemplate",
            name="title_search",
            field=fields.TextField(null=True, description="folded form of title"),
        ),
        ops.AddIndex(model_name="FollowUpTemplate", index=FoldedIndex(fields=("code_search",))),
        ops.AddIndex(model_name="FollowUpTemplate", index=FoldedIndex(fields=("title_search",))),
        ops.AddField(
            model_name="SourceChannel",
            name="code_search",
            field=fields.TextField(null=True, description="folded form of code"),
        ),
        ops.AddField(
            model_name="SourceChannel",
            name="name_search",
            field=fields.TextField(null=True, description="folded form of name"),
        ),
        ops.AddIndex(model_name="SourceChannel", index=FoldedIndex(fields=("code_search",))),
        ops.AddIndex(model_name="SourceChannel", index=FoldedIndex(fields=("name_search",))),
    ]
