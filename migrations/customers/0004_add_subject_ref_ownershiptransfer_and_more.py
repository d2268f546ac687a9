from tortoise import fields
from tortoise.migrations import Migration as TortoiseMigration, operations as ops


class Migration(TortoiseMigration):
    dependencies = [("customers", "0003_list_indexes")]
    operations = [
        ops.AddField(
            model_name="OwnershipTransfer",
            name="subject_ref",
            field=fields.CharField(db_default="", max_length=120),
        ),
        ops.AddField(model_name="OwnershipTransfer", name="moved", field=fields.JSONField(db_default={})),
        ops.AddField(model_name="OwnershipTransfer", name="kept", field=fields.JSONField(db_default={})),
    ]
