from tortoise import fields
from tortoise.migrations import Migration as TortoiseMigration, operations as ops

from forecourt import FoldedIndex


class Migration(TortoiseMigration):
    dependencies = [("insurance", "0002_list_indexes")]
    operations = [
        ops.AddField(
            model_name="Policy",
            name="number_search",
            field=fields.TextField(null=True, description="folded form of number"),
        ),
        ops.AddIndex(model_name="Policy", index=FoldedIndex(fields=("number_search",))),
    ]
