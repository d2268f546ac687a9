from tortoise import fields
from tortoise.migrations import Migration as TortoiseMigration, operations as ops

from forecourt import FoldedIndex


class Migration(TortoiseMigration):
    dependencies = [("sms_marketing", "0003_unread_replies")]
    operations = [
        ops.AddField(
            model_name="SmsTemplate",
            name="code_search",
            field=fields.TextField(null=True, description="folded form of code"),
        ),
        ops.AddField(
            model_name="SmsTemplate",
            name="title_search",
            field=fields.TextField(null=True, description="folded form of title"),
        ),
        ops.AddIndex(model_name="SmsTemplate", index=FoldedIndex(fields=("code_search",))),
        ops.AddIndex(model_name="SmsTemplate", index=FoldedIndex(fields=("title_search",))),
    ]
