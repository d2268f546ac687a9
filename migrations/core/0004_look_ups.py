from tortoise import fields
from tortoise.migrations import Migration as TortoiseMigration, operations as ops

from forecourt import IndexWhere


class Migration(TortoiseMigration):
    dependencies = [("core", "0003_list_indexes")]
    operations = [
        ops.CreateModel(
            name="LookUp",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("version", fields.IntField()),
                ("created_at", fields.DatetimeField()),
                ("updated_at", fields.DatetimeField()),
                ("archived_at", fields.DatetimeField(null=True)),
                (
                    "store",
                    fields.ForeignKeyField("core.Store", null=True, related_name=False, on_delete=fields.RESTRICT),
                ),
                ("user", fields.ForeignKeyField("core.User", null=True, related_name=False, on_delete=fields.RESTRICT)),
                ("actor", fields.CharField(max_length=200)),
                ("field", fields.CharField(max_length=500)),
                ("masked", fields.CharField(max_length=120)),
                ("refused", fields.BooleanField()),
                ("at", fields.DatetimeField(db_index=True)),
            ],
            options={
                "table": "core_look_up",
                "indexes": [IndexWhere(fields=("at",), condition={"refused": True}, name="core_look_up_refused")],
            },
        ),
        ops.CreateModel(
            name="LookUpCount",
            fields=[
                ("id", fields.CharField(primary_key=True, max_length=220)),
                ("on", fields.DateField(db_index=True)),
                ("count", fields.IntField()),
            ],
            options={"table": "core_look_up_count"},
        ),
    ]
