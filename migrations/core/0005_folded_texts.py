from tortoise import fields
from tortoise.migrations import Migration as TortoiseMigration, operations as ops

from forecourt import FoldedIndex


class Migration(TortoiseMigration):
    dependencies = [("core", "0004_look_ups")]
    operations = [
        ops.AddField(
            model_name="Employee",
            name="number_search",
            field=fields.TextField(null=True, description="folded form of number"),
        ),
        ops.AddField(
            model_name="Employee",
            name="name_search",
            field=fields.TextField(null=True, description="folded form of name"),
        ),
        ops.AddIndex(model_name="Employee", index=FoldedIndex(fields=("number_search",))),
        ops.AddIndex(model_name="Employee", index=FoldedIndex(fields=("name_search",))),
        ops.AddField(
            model_name="User",
            name="display_name_search",
            field=fields.TextField(null=True, description="folded form of display_name"),
        ),
        ops.AddIndex(model_name="User", index=FoldedIndex(fields=("display_name_search",))),
    ]
