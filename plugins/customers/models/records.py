"""What a customer wants, said, agreed to and owns."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from forecourt import AppendOnlyModel, Model, UniqueWhere, User, fields
from plugins.customers.models.choices import (
    ConsentPurpose,
    ConsentState,
    InteractionDirection,
    PaymentWay,
    VehicleRole,
    Visibility,
)
from plugins.customers.models.people import Customer


class _CustomersRecord(AppendOnlyModel):
    """What is written down about a customer once; only a merge gives it to the record that stays."""

    repointed = frozenset({"customer_id"})

    class Meta:
        abstract = True


class PurchaseIntention(Model):
    """What a customer wants to buy; a change makes the next version, and the one before ends.

    Attributes:
        models: Codes of series or trims, the most wanted first.
        expected_on: When he means to buy; of a band such as "within 30 days" its last day.
    """

    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField("customers.Customer")
    customer_id: UUID
    version_no = fields.IntField()
    purpose = fields.CodeField("customers.purchase_purpose", default="")
    brands: list[str] = fields.JSONField(default=list)
    models: list[str] = fields.JSONField(default=list)
    options: list[str] = fields.JSONField(default=list)
    colors: list[str] = fields.JSONField(default=list)
    avoid_colors: list[str] = fields.JSONField(default=list)
    powertrains: list[str] = fields.JSONField(default=list)
    competitors: list[str] = fields.JSONField(default=list)
    budget_min = fields.MoneyField(null=True)
    budget_max = fields.MoneyField(null=True)
    payment: PaymentWay | None = fields.CharEnumField(PaymentWay, max_length=10, null=True)  # type: ignore[assignment]  # typed without None
    expected_on: date | None = fields.DateField(null=True)
    trade_in = fields.BooleanField(default=False)
    note = fields.TextField(default="")
    valid_from: datetime = fields.DatetimeField()
    valid_to: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        indexes = (
            UniqueWhere(
                fields=("customer",),
                condition={"archived_at": None, "valid_to": None},
                name="customers_one_current_intention",
            ),
        )


class Interaction(_CustomersRecord):
    """Something that passed between a customer and the store.

    Attributes:
        subject_ref: What it was about in another module, such as `sales.Opportunity:0192…`.
        channel: A code of the list `customers.channel`.
        occurred_at: When it happened; when it was written down is `created_at`.
        reached: Whether he answered; a call that nobody took is an attempt.
    """

    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField("customers.Customer")
    customer_id: UUID
    subject_ref = fields.CharField(max_length=120, default="", db_index=True)
    channel = fields.CodeField("customers.channel")
    direction = fields.CharEnumField(InteractionDirection, max_length=3, default=InteractionDirection.OUT)
    occurred_at: datetime = fields.DatetimeField(db_index=True)
    duration_s: int | None = fields.IntField(null=True)
    reached = fields.BooleanField(default=True)
    content = fields.TextField(default="")
    feedback = fields.TextField(default="")
    objections: list[str] = fields.JSONField(default=list)
    next_step = fields.CharField(max_length=300, default="")
    visibility = fields.CharEnumField(Visibility, max_length=12, default=Visibility.TEAM)
    author: fields.ForeignKeyRelation[User] | None = fields.ForeignKeyField("core.User", null=True)
    author_id: UUID | None
    corrects: fields.ForeignKeyRelation[Interaction] | None = fields.ForeignKeyField("customers.Interaction", null=True)
    corrects_id: UUID | None


class CustomerVehicle(Model):
    """A car that a customer owns, drives or pays for, whether it was bought here or not.

    Attributes:
        vehicle_identity_id: The identity in the module inventory, if it knows the car.
        model: What the car is called.
    """

    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField("customers.Customer")
    customer_id: UUID
    vehicle_identity_id: UUID | None = fields.UUIDField(null=True, db_index=True)
    vin = fields.CharField(max_length=17, default="", db_index=True, searched=True)
    model = fields.CharField(max_length=120, searched=True)
    plate = fields.ProtectedField("plate", search=True, null=True)
    role = fields.CharEnumField(VehicleRole, max_length=10, default=VehicleRole.OWNER)
    from_on: date = fields.DateField()
    to_on: date | None = fields.DateField(null=True)

    class Meta:
        indexes = (
            UniqueWhere(
                fields=("customer", "vehicle_identity_id", "role"),
                condition={"archived_at": None, "to_on": None},
                name="customers_present_vehicle",
            ),
        )


class Consent(_CustomersRecord):
    """What a customer agreed to, or no longer does; the latest row of a purpose holds.

    Attributes:
        evidence: How it is known, such as a form's number.
        at: When he said so.
    """

    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField("customers.Customer")
    customer_id: UUID
    purpose = fields.CharEnumField(ConsentPurpose, max_length=30)
    state = fields.CharEnumField(ConsentState, max_length=10)
    evidence = fields.CharField(max_length=300, default="")
    at: datetime = fields.DatetimeField(db_index=True)


class AccessLog(_CustomersRecord):
    """Who read a protected value in clear, and why.

    Attributes:
        actor: As in the audit, such as `user:0192…` or `job:sms_marketing.send_due`.
        field: What was read, such as `ContactPoint.phone`.
    """

    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField("customers.Customer")
    customer_id: UUID
    user: fields.ForeignKeyRelation[User] | None = fields.ForeignKeyField("core.User", null=True)
    user_id: UUID | None
    actor = fields.CharField(max_length=200)
    field = fields.CharField(max_length=60)
    row_id: UUID = fields.UUIDField()
    reason = fields.CharField(max_length=300)
    at: datetime = fields.DatetimeField(db_index=True)


class OwnershipTransfer(Model):
    """A customer's move from one salesperson to another, or that of one of his deals alone.

    Attributes:
        subject_ref: What moved without the customer, such as `sales.Opportunity:0192…`; empty for himself.
        summary: What the new owner should know.
        open_tasks: How many planned tasks moved along.
        moved: What moved along, as numbers of rows by table: `{"sales.Opportunity": 1}`; `kept` is what didn't.
    """

    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField("customers.Customer")
    customer_id: UUID
    from_owner: fields.ForeignKeyRelation[User] | None = fields.ForeignKeyField("core.User", null=True)
    from_owner_id: UUID | None
    to_owner: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("core.User")
    to_owner_id: UUID
    reason = fields.CharField(max_length=200)
    summary = fields.TextField(default="")
    open_tasks = fields.IntField(default=0)
    subject_ref = fields.CharField(max_length=120, default="", db_default="")
    moved: dict[str, int] = fields.JSONField(default=dict, db_default={})
    kept: dict[str, int] = fields.JSONField(default=dict, db_default={})
    acknowledged_at: datetime | None = fields.DatetimeField(null=True)


class MergeRecord(Model):
    """That two records were one customer, and what moved from the one to the other.

    Attributes:
        moved: Rows that were given to the survivor, per table: `{"customers.Interaction": ["0192…"]}`.
    """

    survivor: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField("customers.Customer")
    survivor_id: UUID
    loser: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField("customers.Customer")
    loser_id: UUID
    reason = fields.CharField(max_length=200, default="")
    moved: dict[str, list[str]] = fields.JSONField(default=dict)
