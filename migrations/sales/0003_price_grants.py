from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations import Migration as TortoiseMigration, operations as ops


class Migration(TortoiseMigration):
    dependencies = [("sales", "0002_list_indexes"), ("core", "0003_list_indexes"), ("inventory", "0002_list_indexes")]
    operations = [
        ops.CreateModel(
            name="PriceGrant",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("version", fields.IntField()),
                ("created_at", fields.DatetimeField()),
                ("updated_at", fields.DatetimeField()),
                ("archived_at", fields.DatetimeField(null=True)),
                ("store", fields.ForeignKeyField("core.Store", related_name=False, on_delete=fields.RESTRICT)),
                ("quotation", fields.ForeignKeyField("sales.Quotation", related_name=False, on_delete=fields.RESTRICT)),
                (
                    "order",
                    fields.ForeignKeyField(
                        "sales.SalesOrder",
                        null=True,
                        related_name=False,
                        on_delete=fields.RESTRICT,
                    ),
                ),
                (
                    "vehicle",
                    fields.ForeignKeyField(
                        "inventory.StockVehicle",
                        null=True,
                        related_name=False,
                        on_delete=fields.RESTRICT,
                    ),
                ),
                ("unpriced", fields.JSONField()),
                ("reasons", fields.JSONField()),
                ("is_approval", fields.BooleanField()),
                (
                    "granted_by",
                    fields.ForeignKeyField("core.User", null=True, related_name=False, on_delete=fields.RESTRICT),
                ),
                ("granted_at", fields.DatetimeField()),
                ("note", fields.CharField(max_length=300)),
                ("amount_minor", fields.BigIntField()),
                ("amount_currency", fields.CharField(max_length=3)),
                ("below_floor_minor", fields.BigIntField()),
                ("below_floor_currency", fields.CharField(max_length=3)),
                ("trade_in_minor", fields.BigIntField()),
                ("trade_in_currency", fields.CharField(max_length=3)),
            ],
            options={
                "table": "sales_price_grant",
                "indexes": [Index(fields=["order", "id"]), Index(fields=["quotation", "id"])],
            },
        ),
        ops.AddField(model_name="OrderLine", name="reference_minor", field=fields.BigIntField(null=True)),
        ops.AddField(
            model_name="OrderLine",
            name="reference_currency",
            field=fields.CharField(null=True, max_length=3),
        ),
        ops.AddField(model_name="Quotation", name="given_away_minor", field=fields.BigIntField(null=True)),
        ops.AddField(
            model_name="Quotation",
            name="given_away_currency",
            field=fields.CharField(null=True, max_length=3),
        ),
        ops.AddField(model_name="QuotationLine", name="reference_minor", field=fields.BigIntField(null=True)),
        ops.AddField(
            model_name="QuotationLine",
            name="reference_currency",
            field=fields.CharField(null=True, max_length=3),
        ),
        ops.AddField(model_name="SalesOrder", name="given_away_minor", field=fields.BigIntField(null=True)),
        ops.AddField(
            model_name="SalesOrder",
            name="given_away_currency",
            field=fields.CharField(null=True, max_length=3),
        ),
        ops.AddField(model_name="SalesOrder", name="forfeited_minor", field=fields.BigIntField(null=True)),
        ops.AddField(
            model_name="SalesOrder",
            name="forfeited_currency",
            field=fields.CharField(null=True, max_length=3),
        ),
        ops.AddField(model_name="SalesOrder", name="owed_minor", field=fields.BigIntField(null=True)),
        ops.AddField(model_name="SalesOrder", name="owed_currency", field=fields.CharField(null=True, max_length=3)),
        ops.AddField(model_name="SalesOrder", name="refunded_minor", field=fields.BigIntField(null=True)),
        ops.AddField(
            model_name="SalesOrder",
            name="refunded_currency",
            field=fields.CharField(null=True, max_length=3),
        ),
    ]
