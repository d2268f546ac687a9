from tortoise.indexes import Index
from tortoise.migrations import Migration as TortoiseMigration, operations as ops


class Migration(TortoiseMigration):
    dependencies = [("insurance", "0001_initial")]
    operations = [
        ops.AddIndex(model_name="Policy", index=Index(fields=["customer", "id"])),
    ]
