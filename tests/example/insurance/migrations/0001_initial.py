from tortoise import fields
from tortoise.migrations import Migration as TortoiseMigration
from tortoise.migrations import operations as ops

from forecourt import FoldedIndex, UniqueWhere


class Migration(TortoiseMigration):
    dependencies = [("core", "0001_initial"), ("customers", "0001_initial")]
    initial = True
    operations = [
        ops.CreateModel(
            name="Policy",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("version", fields.IntField()),
                ("created_at", fields.DatetimeField()),
                ("updated_at", fields.DatetimeField()),
                ("archived_at", fields.DatetimeField(null=True)),
                ("store", fields.ForeignKeyField("core.Store", related_name=False, on_delete=fields.RESTRICT)),
                ("number", fields.CharField(max_length=40)),
                ("insurer", fields.CharField(max_length=80)),
                ("starts_on", fields.DateField()),
                ("expires_on", fields.DateField(db_index=True)),
                ("state", fields.CharField(max_length=10)),
                (
                    "customer",
                    fields.ForeignKeyField("customers.Customer", related_name=False, on_delete=fields.RESTRICT),
                ),
                (
                    "follows",
                    fields.ForeignKeyField(
                        "insurance.Policy",
                        null=True,
                        related_name=False,
                        on_delete=fields.RESTRICT,
                    ),
                ),
                ("plate_sealed", fields.TextField(null=True)),
                ("plate_masked", fields.CharField(null=True, max_length=120)),
                ("plate_index", fields.CharField(null=True, db_index=True, max_length=64)),
                ("premium_minor", fields.BigIntField()),
                ("premium_currency", fields.CharField(max_length=3)),
                ("number_search", fields.TextField(null=True, description="folded form of number")),
            ],
            options={
                "table": "insurance_policy",
                "indexes": [
                    UniqueWhere(
                        fields=("store", "insurer", "number"),
                        condition={"archived_at": None},
                        name="insurance_live_number",
                    ),
                    FoldedIndex(fields=("number_search",)),
                ],
            },
        ),
    ]
