from tortoise import fields
from tortoise.migrations import Migration as TortoiseMigration, operations as ops


class Migration(TortoiseMigration):
    dependencies = [("core", "0001_initial")]
    initial = True
    operations = [
        ops.CreateModel(
            name="Note",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("version", fields.IntField()),
                ("created_at", fields.DatetimeField()),
                ("updated_at", fields.DatetimeField()),
                ("archived_at", fields.DatetimeField(null=True)),
                ("store", fields.ForeignKeyField("core.Store", related_name=False, on_delete=fields.RESTRICT)),
                ("text", fields.CharField(max_length=200)),
            ],
            options={"table": "notes_note"},
        ),
    ]
