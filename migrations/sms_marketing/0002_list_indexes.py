from tortoise.indexes import Index
from tortoise.migrations import Migration as TortoiseMigration, operations as ops


class Migration(TortoiseMigration):
    dependencies = [("sms_marketing", "0001_initial")]
    operations = [
        ops.AddIndex(model_name="SmsMessage", index=Index(fields=["customer", "id"])),
        ops.AddIndex(model_name="SmsReceipt", index=Index(fields=["message", "id"])),
        ops.AddIndex(model_name="SmsReply", index=Index(fields=["customer", "id"])),
        ops.AddIndex(model_name="SmsSuppression", index=Index(fields=["customer", "id"])),
    ]
