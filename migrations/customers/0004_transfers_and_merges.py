from tortoise import fields
from tortoise.migrations import Migration as TortoiseMigration, operations as ops

from forecourt import IndexWhere


class Migration(TortoiseMigration):
    dependencies = [("customers", "0003_list_indexes")]
    operations = [
        ops.AddIndex(
            model_name="Customer",
            index=IndexWhere(
                fields=("id",),
                condition={"merged_into_id__isnull": False},
                name="customers_customer_merged",
            ),
        ),
        ops.AddField(
            model_name="OwnershipTransfer",
            name="subject_ref",
            field=fields.CharField(db_default="", max_length=120),
        ),
        ops.AddField(model_name="OwnershipTransfer", name="moved", field=fields.JSONField(db_default={})),
        ops.AddField(model_name="OwnershipTransfer", name="kept", field=fields.JSONField(db_default={})),
    ]
