from tortoise import fields
from tortoise.migrations import Migration as TortoiseMigration, operations as ops


class Migration(TortoiseMigration):
    dependencies = [("core", "0001_initial")]
    operations = [
        ops.AddField(model_name="Role", name="limits", field=fields.JSONField(null=True)),
    ]
