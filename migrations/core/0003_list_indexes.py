from tortoise.indexes import Index
from tortoise.migrations import Migration as TortoiseMigration, operations as ops


class Migration(TortoiseMigration):
    dependencies = [("core", "0002_role_limits")]
    operations = [
        ops.AddIndex(model_name="Absence", index=Index(fields=["employee", "id"])),
        ops.AddIndex(model_name="Certification", index=Index(fields=["employee", "id"])),
        ops.AddIndex(model_name="Shift", index=Index(fields=["employee", "id"])),
    ]
