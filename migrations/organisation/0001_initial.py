from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations import Migration as TortoiseMigration, operations as ops

from forecourt import FoldedIndex, UniqueWhere


class Migration(TortoiseMigration):
    dependencies = [("core", "0006_organisation")]
    initial = True
    operations = [
        ops.CreateModel(
            name="CalendarDay",
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
                ("store_key", fields.CharField(max_length=36)),
                ("day", fields.DateField()),
                ("kind", fields.CharField(max_length=10)),
                ("note", fields.CharField(max_length=200)),
            ],
            options={"table": "organisation_calendar_day", "unique_together": [("day", "store_key")]},
        ),
        ops.CreateModel(
            name="Employee",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("version", fields.IntField()),
                ("created_at", fields.DatetimeField()),
                ("updated_at", fields.DatetimeField()),
                ("archived_at", fields.DatetimeField(null=True)),
                ("store", fields.ForeignKeyField("core.Store", related_name=False, on_delete=fields.RESTRICT)),
                ("number", fields.CharField(max_length=40)),
                ("name", fields.CharField(max_length=100)),
                ("user", fields.ForeignKeyField("core.User", null=True, related_name=False, on_delete=fields.RESTRICT)),
                ("position", fields.CharField(max_length=60)),
                ("hired_on", fields.DateField(null=True)),
                ("left_on", fields.DateField(null=True)),
                (
                    "deputy",
                    fields.ForeignKeyField(
                        "organisation.Employee",
                        null=True,
                        related_name=False,
                        on_delete=fields.RESTRICT,
                    ),
                ),
                ("number_search", fields.TextField(null=True, description="folded form of number")),
                ("name_search", fields.TextField(null=True, description="folded form of name")),
            ],
            options={
                "table": "organisation_employee",
                "unique_together": [("store", "number")],
                "indexes": [FoldedIndex(fields=("number_search",)), FoldedIndex(fields=("name_search",))],
            },
        ),
        ops.CreateModel(
            name="Absence",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("version", fields.IntField()),
                ("created_at", fields.DatetimeField()),
                ("updated_at", fields.DatetimeField()),
                ("archived_at", fields.DatetimeField(null=True)),
                ("store", fields.ForeignKeyField("core.Store", related_name=False, on_delete=fields.RESTRICT)),
                (
                    "employee",
                    fields.ForeignKeyField("organisation.Employee", related_name=False, on_delete=fields.RESTRICT),
                ),
                ("kind", fields.CharField(max_length=60)),
                ("from_on", fields.DateField(db_index=True)),
                ("until_on", fields.DateField()),
                ("approved", fields.BooleanField()),
            ],
            options={"table": "organisation_absence", "indexes": [Index(fields=["employee", "id"])]},
        ),
        ops.CreateModel(
            name="Certification",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("version", fields.IntField()),
                ("created_at", fields.DatetimeField()),
                ("updated_at", fields.DatetimeField()),
                ("archived_at", fields.DatetimeField(null=True)),
                ("store", fields.ForeignKeyField("core.Store", related_name=False, on_delete=fields.RESTRICT)),
                (
                    "employee",
                    fields.ForeignKeyField("organisation.Employee", related_name=False, on_delete=fields.RESTRICT),
                ),
                ("line", fields.CharField(max_length=60)),
                ("valid_from", fields.DateField()),
                ("valid_to", fields.DateField(null=True)),
            ],
            options={"table": "organisation_certification", "indexes": [Index(fields=["employee", "id"])]},
        ),
        ops.CreateModel(
            name="Outlet",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("version", fields.IntField()),
                ("created_at", fields.DatetimeField()),
                ("updated_at", fields.DatetimeField()),
                ("archived_at", fields.DatetimeField(null=True)),
                ("store", fields.ForeignKeyField("core.Store", related_name=False, on_delete=fields.RESTRICT)),
                ("code", fields.CharField(max_length=20)),
                ("name", fields.CharField(max_length=100)),
                ("address", fields.CharField(max_length=300)),
                ("opened_on", fields.DateField()),
                ("closed_on", fields.DateField(null=True)),
                (
                    "moved_from",
                    fields.ForeignKeyField(
                        "organisation.Outlet",
                        null=True,
                        related_name=False,
                        on_delete=fields.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "organisation_outlet",
                "indexes": [
                    UniqueWhere(
                        fields=("store", "code"),
                        condition={"archived_at": None, "closed_on": None},
                        name="organisation_outlet_open_code",
                    ),
                ],
            },
        ),
        ops.CreateModel(
            name="Shift",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("version", fields.IntField()),
                ("created_at", fields.DatetimeField()),
                ("updated_at", fields.DatetimeField()),
                ("archived_at", fields.DatetimeField(null=True)),
                ("store", fields.ForeignKeyField("core.Store", related_name=False, on_delete=fields.RESTRICT)),
                (
                    "employee",
                    fields.ForeignKeyField("organisation.Employee", related_name=False, on_delete=fields.RESTRICT),
                ),
                ("starts_at", fields.DatetimeField(db_index=True)),
                ("ends_at", fields.DatetimeField()),
            ],
            options={"table": "organisation_shift", "indexes": [Index(fields=["employee", "id"])]},
        ),
    ]
