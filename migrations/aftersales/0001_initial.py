from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations import Migration as TortoiseMigration, operations as ops

from forecourt import IndexWhere, UniqueWhere


class Migration(TortoiseMigration):
    dependencies = [("core", "0001_initial"), ("customers", "0001_initial"), ("inventory", "0001_initial")]
    initial = True
    operations = [
        ops.CreateModel(
            name="MaintenanceTemplate",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("version", fields.IntField()),
                ("created_at", fields.DatetimeField()),
                ("updated_at", fields.DatetimeField()),
                ("archived_at", fields.DatetimeField(null=True)),
                ("code", fields.CharField(max_length=40)),
                ("name", fields.CharField(max_length=80)),
                (
                    "trim",
                    fields.ForeignKeyField("inventory.Trim", null=True, related_name=False, on_delete=fields.RESTRICT),
                ),
                ("is_default", fields.BooleanField()),
                ("first_months", fields.IntField()),
                ("first_km", fields.IntField()),
                ("every_months", fields.IntField()),
                ("every_km", fields.IntField()),
                ("km_per_day", fields.IntField()),
                ("operations", fields.JSONField()),
                ("parts", fields.JSONField()),
            ],
            options={
                "table": "aftersales_maintenance_template",
                "indexes": [
                    UniqueWhere(
                        fields=("code",),
                        condition={"archived_at": None},
                        name="aftersales_live_template_code",
                    ),
                    UniqueWhere(
                        fields=("trim",),
                        condition={"archived_at": None, "trim_id__isnull": False},
                        name="aftersales_live_template_trim",
                    ),
                    UniqueWhere(
                        fields=("is_default",),
                        condition={"archived_at": None, "is_default": True},
                        name="aftersales_default_template",
                    ),
                ],
            },
        ),
        ops.CreateModel(
            name="ServiceVehicle",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("version", fields.IntField()),
                ("created_at", fields.DatetimeField()),
                ("updated_at", fields.DatetimeField()),
                ("archived_at", fields.DatetimeField(null=True)),
                ("store", fields.ForeignKeyField("core.Store", related_name=False, on_delete=fields.RESTRICT)),
                (
                    "identity",
                    fields.ForeignKeyField("inventory.VehicleIdentity", related_name=False, on_delete=fields.RESTRICT),
                ),
                (
                    "customer",
                    fields.ForeignKeyField("customers.Customer", related_name=False, on_delete=fields.RESTRICT),
                ),
                (
                    "advisor",
                    fields.ForeignKeyField("core.User", null=True, related_name=False, on_delete=fields.RESTRICT),
                ),
                ("vin", fields.CharField(db_index=True, max_length=17)),
                ("delivery_ref", fields.CharField(max_length=120)),
                ("delivered_on", fields.DateField(null=True)),
                ("odometer_km", fields.IntField()),
                ("odometer_at", fields.DatetimeField(null=True)),
                ("offset_km", fields.IntField()),
                ("average_m_per_day", fields.IntField()),
                ("visited_on", fields.DateField(null=True)),
                ("plate_sealed", fields.TextField(null=True)),
                ("plate_masked", fields.CharField(null=True, max_length=120)),
                ("plate_index", fields.CharField(null=True, db_index=True, max_length=64)),
            ],
            options={
                "table": "aftersales_service_vehicle",
                "indexes": [
                    UniqueWhere(
                        fields=("store", "identity"),
                        condition={"archived_at": None},
                        name="aftersales_live_service_vehicle",
                    ),
                ],
            },
        ),
        ops.CreateModel(
            name="MaintenancePlan",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("version", fields.IntField()),
                ("created_at", fields.DatetimeField()),
                ("updated_at", fields.DatetimeField()),
                ("archived_at", fields.DatetimeField(null=True)),
                ("store", fields.ForeignKeyField("core.Store", related_name=False, on_delete=fields.RESTRICT)),
                (
                    "vehicle",
                    fields.ForeignKeyField("aftersales.ServiceVehicle", related_name=False, on_delete=fields.RESTRICT),
                ),
                (
                    "template",
                    fields.ForeignKeyField(
                        "aftersales.MaintenanceTemplate",
                        related_name=False,
                        on_delete=fields.RESTRICT,
                    ),
                ),
                ("from_on", fields.DateField()),
            ],
            options={"table": "aftersales_maintenance_plan", "unique_together": [("vehicle", "template")]},
        ),
        ops.CreateModel(
            name="OdometerReading",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("version", fields.IntField()),
                ("created_at", fields.DatetimeField()),
                ("updated_at", fields.DatetimeField()),
                ("archived_at", fields.DatetimeField(null=True)),
                ("store", fields.ForeignKeyField("core.Store", related_name=False, on_delete=fields.RESTRICT)),
                (
                    "vehicle",
                    fields.ForeignKeyField("aftersales.ServiceVehicle", related_name=False, on_delete=fields.RESTRICT),
                ),
                ("read_at", fields.DatetimeField()),
                ("read_on", fields.DateField()),
                ("km", fields.IntField()),
                ("distance_km", fields.IntField()),
                ("source", fields.CharField(max_length=20)),
                ("plausible", fields.BooleanField()),
                ("replaced", fields.BooleanField()),
                ("note", fields.CharField(max_length=200)),
            ],
            options={"table": "aftersales_odometer_reading", "indexes": [Index(fields=["vehicle", "read_at"])]},
        ),
        ops.CreateModel(
            name="PlanItem",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("version", fields.IntField()),
                ("created_at", fields.DatetimeField()),
                ("updated_at", fields.DatetimeField()),
                ("archived_at", fields.DatetimeField(null=True)),
                ("store", fields.ForeignKeyField("core.Store", related_name=False, on_delete=fields.RESTRICT)),
                (
                    "plan",
                    fields.ForeignKeyField("aftersales.MaintenancePlan", related_name=False, on_delete=fields.RESTRICT),
                ),
                (
                    "vehicle",
                    fields.ForeignKeyField("aftersales.ServiceVehicle", related_name=False, on_delete=fields.RESTRICT),
                ),
                ("sequence", fields.IntField()),
                ("due_on", fields.DateField()),
                ("due_km", fields.IntField()),
                ("predicted_on", fields.DateField()),
                ("effective_on", fields.DateField()),
                ("state", fields.CharField(max_length=10)),
                ("told_at", fields.DatetimeField(null=True)),
                ("chased", fields.BooleanField()),
                ("done_on", fields.DateField(null=True)),
                ("done_km", fields.IntField(null=True)),
                ("skip_reason", fields.CharField(max_length=200)),
            ],
            options={
                "table": "aftersales_plan_item",
                "unique_together": [("plan", "sequence")],
                "indexes": [
                    IndexWhere(
                        fields=("store", "state", "effective_on"),
                        condition={"state": ["APPOINTED", "DUE", "PLANNED"]},
                        name="aftersales_open_items",
                    ),
                ],
            },
        ),
        ops.CreateModel(
            name="ServiceRequest",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("version", fields.IntField()),
                ("created_at", fields.DatetimeField()),
                ("updated_at", fields.DatetimeField()),
                ("archived_at", fields.DatetimeField(null=True)),
                ("store", fields.ForeignKeyField("core.Store", related_name=False, on_delete=fields.RESTRICT)),
                ("doc_no", fields.CharField(max_length=40)),
                (
                    "customer",
                    fields.ForeignKeyField(
                        "customers.Customer",
                        null=True,
                        related_name=False,
                        on_delete=fields.RESTRICT,
                    ),
                ),
                (
                    "vehicle",
                    fields.ForeignKeyField(
                        "aftersales.ServiceVehicle",
                        null=True,
                        related_name=False,
                        on_delete=fields.RESTRICT,
                    ),
                ),
                ("kind", fields.CharField(max_length=60)),
                ("symptom_group", fields.CharField(max_length=60)),
                ("symptom", fields.CharField(max_length=1000)),
                ("conditions", fields.CharField(max_length=500)),
                ("severity", fields.IntField()),
                ("channel", fields.CharField(max_length=60)),
                ("reported_at", fields.DatetimeField()),
                (
                    "department",
                    fields.ForeignKeyField("core.Department", null=True, related_name=False, on_delete=fields.RESTRICT),
                ),
                (
                    "assignee",
                    fields.ForeignKeyField("core.User", null=True, related_name=False, on_delete=fields.RESTRICT),
                ),
                ("due_at", fields.DatetimeField(db_index=True)),
                ("state", fields.CharField(db_index=True, max_length=20)),
                ("waiting_for", fields.CharField(max_length=300)),
                ("resolution", fields.CharField(max_length=2000)),
                ("resolved_at", fields.DatetimeField(null=True)),
                ("closed_at", fields.DatetimeField(null=True)),
                ("reopened_times", fields.IntField()),
                ("cancel_reason", fields.CharField(max_length=300)),
                ("escalation_level", fields.IntField()),
                ("escalate_at", fields.DatetimeField(null=True)),
                ("overdue_at", fields.DatetimeField(null=True)),
            ],
            options={
                "table": "aftersales_service_request",
                "unique_together": [("store", "doc_no")],
                "indexes": [
                    IndexWhere(
                        fields=("escalate_at",),
                        condition={"escalate_at__isnull": False},
                        name="aftersales_next_escalation",
                    ),
                ],
            },
        ),
        ops.CreateModel(
            name="ServiceAppointment",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("version", fields.IntField()),
                ("created_at", fields.DatetimeField()),
                ("updated_at", fields.DatetimeField()),
                ("archived_at", fields.DatetimeField(null=True)),
                ("store", fields.ForeignKeyField("core.Store", related_name=False, on_delete=fields.RESTRICT)),
                (
                    "customer",
                    fields.ForeignKeyField("customers.Customer", related_name=False, on_delete=fields.RESTRICT),
                ),
                (
                    "vehicle",
                    fields.ForeignKeyField("aftersales.ServiceVehicle", related_name=False, on_delete=fields.RESTRICT),
                ),
                ("advisor", fields.ForeignKeyField("core.User", related_name=False, on_delete=fields.RESTRICT)),
                (
                    "item",
                    fields.ForeignKeyField(
                        "aftersales.PlanItem",
                        null=True,
                        related_name=False,
                        on_delete=fields.RESTRICT,
                    ),
                ),
                (
                    "request",
                    fields.ForeignKeyField(
                        "aftersales.ServiceRequest",
                        null=True,
                        related_name=False,
                        on_delete=fields.RESTRICT,
                    ),
                ),
                ("starts_at", fields.DatetimeField(db_index=True)),
                ("ends_at", fields.DatetimeField()),
                ("state", fields.CharField(max_length=10)),
                ("holds_slot", fields.BooleanField()),
                ("note", fields.CharField(max_length=300)),
            ],
            options={
                "table": "aftersales_service_appointment",
                "indexes": [
                    UniqueWhere(
                        fields=("advisor", "starts_at"),
                        condition={"holds_slot": True},
                        name="aftersales_one_per_slot",
                    ),
                ],
            },
        ),
        ops.CreateModel(
            name="ServiceExtension",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("version", fields.IntField()),
                ("created_at", fields.DatetimeField()),
                ("updated_at", fields.DatetimeField()),
                ("archived_at", fields.DatetimeField(null=True)),
                ("store", fields.ForeignKeyField("core.Store", related_name=False, on_delete=fields.RESTRICT)),
                (
                    "request",
                    fields.ForeignKeyField("aftersales.ServiceRequest", related_name=False, on_delete=fields.RESTRICT),
                ),
                ("number", fields.IntField()),
                ("from_at", fields.DatetimeField()),
                ("until_at", fields.DatetimeField()),
                ("reason", fields.CharField(max_length=300)),
                ("state", fields.CharField(max_length=10)),
                (
                    "requested_by",
                    fields.ForeignKeyField("core.User", null=True, related_name=False, on_delete=fields.RESTRICT),
                ),
                (
                    "approver",
                    fields.ForeignKeyField("core.User", null=True, related_name=False, on_delete=fields.RESTRICT),
                ),
            ],
            options={
                "table": "aftersales_service_extension",
                "unique_together": [("request", "number")],
                "indexes": [
                    UniqueWhere(
                        fields=("request",),
                        condition={"state": "REQUESTED"},
                        name="aftersales_open_extension",
                    ),
                ],
            },
        ),
        ops.CreateModel(
            name="ServiceRequestStep",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("version", fields.IntField()),
                ("created_at", fields.DatetimeField()),
                ("updated_at", fields.DatetimeField()),
                ("archived_at", fields.DatetimeField(null=True)),
                ("store", fields.ForeignKeyField("core.Store", related_name=False, on_delete=fields.RESTRICT)),
                (
                    "request",
                    fields.ForeignKeyField("aftersales.ServiceRequest", related_name=False, on_delete=fields.RESTRICT),
                ),
                ("from_state", fields.CharField(null=True, max_length=20)),
                ("to_state", fields.CharField(max_length=20)),
                ("at", fields.DatetimeField()),
                ("by", fields.ForeignKeyField("core.User", null=True, related_name=False, on_delete=fields.RESTRICT)),
                ("note", fields.CharField(max_length=2000)),
            ],
            options={"table": "aftersales_service_request_step"},
        ),
        ops.CreateModel(
            name="WarrantyTerm",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("version", fields.IntField()),
                ("created_at", fields.DatetimeField()),
                ("updated_at", fields.DatetimeField()),
                ("archived_at", fields.DatetimeField(null=True)),
                ("store", fields.ForeignKeyField("core.Store", related_name=False, on_delete=fields.RESTRICT)),
                (
                    "vehicle",
                    fields.ForeignKeyField("aftersales.ServiceVehicle", related_name=False, on_delete=fields.RESTRICT),
                ),
                ("kind", fields.CharField(max_length=20)),
                ("from_on", fields.DateField()),
                ("until_on", fields.DateField()),
                ("until_km", fields.IntField(null=True)),
                ("coverage", fields.CharField(max_length=300)),
            ],
            options={
                "table": "aftersales_warranty_term",
                "indexes": [
                    UniqueWhere(
                        fields=("vehicle", "kind"),
                        condition={"archived_at": None},
                        name="aftersales_live_warranty",
                    ),
                ],
            },
        ),
    ]
