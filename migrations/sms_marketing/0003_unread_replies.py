from tortoise import fields
from tortoise.migrations import Migration as TortoiseMigration, operations as ops

from forecourt import IndexWhere


class Migration(TortoiseMigration):
    dependencies = [("sms_marketing", "0002_list_indexes")]
    operations = [
        ops.AddField(model_name="SmsReply", name="unread", field=fields.BooleanField(db_default=False)),
        ops.AddField(model_name="SmsReply", name="read_at", field=fields.DatetimeField(null=True)),
        ops.AddField(model_name="SmsReply", name="read_by", field=fields.CharField(db_default="", max_length=200)),
        ops.AddIndex(
            model_name="SmsReply",
            index=IndexWhere(
                fields=("store", "sender_index"),
                condition={"unread": True},
                name="sms_marketing_unread_replies",
            ),
        ),
    ]
