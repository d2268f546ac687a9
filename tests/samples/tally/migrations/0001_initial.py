from tortoise import fields
from tortoise.migrations import Migration as TortoiseMigration, operations as ops


class Migration(TortoiseMigration):
    dependencies = [("core", "0003_list_indexes")]
    initial = True
    operations = [
        ops.CreateModel(
            name="Account",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("version", fields.IntField()),
                ("created_at", fields.DatetimeField()),
                ("updated_at", fields.DatetimeField()),
                ("archived_at", fields.DatetimeField(null=True)),
                ("store", fields.ForeignKeyField("core.Store", related_name=False, on_delete=fields.RESTRICT)),
                ("name", fields.CharField(max_length=40)),
                ("balance", fields.IntField()),
            ],
            options={"table": "tally_account"},
        ),
        ops.CreateModel(
            name="Chore",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("version", fields.IntField()),
                ("created_at", fields.DatetimeField()),
                ("updated_at", fields.DatetimeField()),
                ("archived_at", fields.DatetimeField(null=True)),
                ("store", fields.ForeignKeyField("core.Store", related_name=False, on_delete=fields.RESTRICT)),
                ("posting_id", fields.UUIDField()),
            ],
            options={"table": "tally_chore"},
        ),
        ops.CreateModel(
            name="Echo",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("version", fields.IntField()),
                ("created_at", fields.DatetimeField()),
                ("updated_at", fields.DatetimeField()),
                ("archived_at", fields.DatetimeField(null=True)),
                ("store", fields.ForeignKeyField("core.Store", related_name=False, on_delete=fields.RESTRICT)),
                ("posting_id", fields.UUIDField()),
            ],
            options={"table": "tally_echo"},
        ),
        ops.CreateModel(
            name="Posting",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("version", fields.IntField()),
                ("created_at", fields.DatetimeField()),
                ("updated_at", fields.DatetimeField()),
                ("archived_at", fields.DatetimeField(null=True)),
                ("store", fields.ForeignKeyField("core.Store", related_name=False, on_delete=fields.RESTRICT)),
                ("account", fields.ForeignKeyField("tally.Account", related_name=False, on_delete=fields.RESTRICT)),
                ("key", fields.CharField(max_length=40)),
                ("amount", fields.IntField()),
                ("number", fields.CharField(max_length=40)),
            ],
            options={"table": "tally_posting"},
        ),
    ]
