"""Leads: who turned to the store, how often, for which vehicles, and who looks after him."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from forecourt import AppendOnlyModel, ConflictRefusal, IndexWhere, Model, UniqueWhere, User, fields
from plugins.customers.api import Customer, SourceChannel
from plugins.inventory.api import Series
from plugins.sales.models.choices import LeadInterest, TouchKind, VehicleWish
from plugins.sales.services.assignment import Strategy
from plugins.sales.services.scoring import LeadGrade
from plugins.sales.services.states import LEAD, OPEN_LEAD_STATES, LeadState

OPEN_STATES = sorted(OPEN_LEAD_STATES)
LIVE_LEAD = {"state": OPEN_STATES, "archived_at": None}


class RawDocument(Model):
    """A message as it came in, whatever became of it.

    Attributes:
        content: Base64 of the very bytes.
        content_index: Blind index of them, by which the same bytes are known again.
        results: Per prospect `{"index": 0, "outcome": "ACCEPTED", "lead_id": "0192…", "code": ""}`; no personal data.
        error_code: Why the message as a whole could not be read; empty if it could.
    """

    content = fields.ProtectedField("raw")
    content_index = fields.CharField(max_length=64, default="", db_index=True)
    channel = fields.CharField(max_length=20, default="ADF")
    content_type = fields.CharField(max_length=120, default="")
    encoding = fields.CharField(max_length=40, default="")
    size_bytes = fields.IntField()
    received_at: datetime = fields.DatetimeField(db_index=True)
    error_code = fields.CharField(max_length=60, default="")
    results: list[dict[str, Any]] = fields.JSONField(default=list)
    warnings: list[str] = fields.JSONField(default=list)


def _one_open_lead(_: object) -> ConflictRefusal:
    return ConflictRefusal("this person has an open lead already", rule="open_lead")


class Lead(Model):
    """Somebody's interest that is not qualified yet.

    Attributes:
        provider: Who sent it.
        external_id: The sender's number of it, cut to what the column takes.
        external_key: Hash of provider and number: what makes two messages the same lead, if they are of one person.
        warnings: Codes of what was odd when it came in: EXTERNAL_ID_SHARED.
        details: What else was sent of the person (further numbers, addresses, what could not be read), as JSON.
        factors: `[{"code": "PHONE_VALID", "points": 15}]`; their sum is the score.
        captured_at: When the customer asked; `received_at` is when the store learned of it.
        sla_due_at: By when the first attempt is due; `recycle_at` is when the lead goes to somebody else.
        excluded_ids: Users who let it lie.
        duplicate_of: The open lead of the same person, in state DUPLICATE.
    """

    source: fields.ForeignKeyRelation[SourceChannel] | None = fields.ForeignKeyField(
        "customers.SourceChannel", null=True
    )
    source_id: UUID | None
    document: fields.ForeignKeyRelation[RawDocument] | None = fields.ForeignKeyField("sales.RawDocument", null=True)
    document_id: UUID | None
    provider = fields.CharField(max_length=120, default="")
    external_id = fields.CharField(max_length=120, default="", searched=True)
    external_key = fields.CharField(max_length=64, null=True)
    warnings: list[str] = fields.JSONField(default=list, db_default=[])
    name = fields.CharField(max_length=100, searched=True)
    phone = fields.ProtectedField("phone", search=True, last4=True, null=True)
    email = fields.ProtectedField("email", search=True, null=True)
    details = fields.ProtectedField("text", null=True)
    interest = fields.CharEnumField(LeadInterest, max_length=12, default=LeadInterest.BUY)
    message = fields.TextField(default="")
    preferred_time = fields.CharField(max_length=20, default="")
    region_code = fields.CharField(max_length=20, default="")
    budget = fields.MoneyField(null=True)
    buying_within_days: int | None = fields.IntField(null=True)
    captured_at: datetime | None = fields.DatetimeField(null=True)
    received_at: datetime = fields.DatetimeField(db_index=True)
    customer: fields.ForeignKeyRelation[Customer] | None = fields.ForeignKeyField("customers.Customer", null=True)
    customer_id: UUID | None
    named_consultant: fields.ForeignKeyRelation[User] | None = fields.ForeignKeyField("core.User", null=True)
    named_consultant_id: UUID | None
    owner: fields.ForeignKeyRelation[User] | None = fields.ForeignKeyField("core.User", null=True)
    owner_id: UUID | None
    state = fields.StateField(LEAD, max_length=15, default=LeadState.NEW, db_index=True)
    score = fields.IntField(default=0)
    grade = fields.CharEnumField(LeadGrade, max_length=1, default=LeadGrade.D)
    factors: list[dict[str, Any]] = fields.JSONField(default=list)
    assigned_at: datetime | None = fields.DatetimeField(null=True)
    sla_due_at: datetime | None = fields.DatetimeField(null=True)
    recycle_at: datetime | None = fields.DatetimeField(null=True)
    sla_told = fields.BooleanField(default=False)
    first_attempt_at: datetime | None = fields.DatetimeField(null=True)
    first_contact_at: datetime | None = fields.DatetimeField(null=True)
    failed_attempts = fields.IntField(default=0)
    failed_days: list[str] = fields.JSONField(default=list)
    recycle_count = fields.IntField(default=0)
    excluded_ids: list[str] = fields.JSONField(default=list)
    wake_on: date | None = fields.DateField(null=True)
    disqualify_reason = fields.CharField(max_length=60, default="")
    disqualified_at: datetime | None = fields.DatetimeField(null=True)
    duplicate_of: fields.ForeignKeyRelation[Lead] | None = fields.ForeignKeyField("sales.Lead", null=True)
    duplicate_of_id: UUID | None

    constraint_refusals: ClassVar[Mapping[str, Any]] = {
        "sales_one_open_lead_per_phone": _one_open_lead,
        "sales_one_open_lead_per_email": _one_open_lead,
        "sales_open_lead_external_key": _one_open_lead,
    }

    class Meta:
        indexes = (
            UniqueWhere(
                fields=("store", "phone_index"),
                condition={"state": OPEN_STATES, "phone_index__isnull": False, "archived_at": None},
                name="sales_one_open_lead_per_phone",
            ),
            UniqueWhere(
                fields=("store", "email_index"),
                condition={
                    "state": OPEN_STATES,
                    "phone_index__isnull": True,
                    "email_index__isnull": False,
                    "archived_at": None,
                },
                name="sales_one_open_lead_per_email",
            ),
            UniqueWhere(
                fields=("store", "external_key"),
                condition={"state": OPEN_STATES, "external_key__isnull": False, "archived_at": None},
                name="sales_open_lead_external_key",
            ),
            IndexWhere(
                fields=("store", "external_key"),
                condition={"external_key__isnull": False},
                name="sales_leads_by_external_key",
            ),
            IndexWhere(fields=("store", "owner", "grade"), condition={"state": OPEN_STATES}, name="sales_open_leads"),
            IndexWhere(fields=("owner",), condition=LIVE_LEAD, name="sales_leads_in_hand"),
        )


class LeadVehicle(Model):
    """A vehicle that the person wants or would hand over, as he or the sender wrote it.

    Attributes:
        series: The model line of the catalogue that the words mean, if one was recognised.
        extras: What else was said of it.
    """

    lead: fields.ForeignKeyRelation[Lead] = fields.ForeignKeyField("sales.Lead")
    lead_id: UUID
    wish = fields.CharEnumField(VehicleWish, max_length=10, default=VehicleWish.WANTED)
    line_no = fields.IntField()
    model_year: int | None = fields.IntField(null=True)
    make = fields.CharField(max_length=120, default="")
    model = fields.CharField(max_length=120, default="")
    trim = fields.CharField(max_length=120, default="")
    series: fields.ForeignKeyRelation[Series] | None = fields.ForeignKeyField("inventory.Series", null=True)
    series_id: UUID | None
    vin = fields.CharField(max_length=40, default="")
    stock_no = fields.CharField(max_length=60, default="")
    color = fields.CharField(max_length=120, default="")
    price = fields.MoneyField(null=True)
    odometer_km: int | None = fields.IntField(null=True)
    note = fields.TextField(default="")
    extras: dict[str, Any] = fields.JSONField(default=dict)


class LeadTouch(AppendOnlyModel):
    """One time that the person turned to the store while the lead was open."""

    lead: fields.ForeignKeyRelation[Lead] = fields.ForeignKeyField("sales.Lead")
    lead_id: UUID
    source: fields.ForeignKeyRelation[SourceChannel] | None = fields.ForeignKeyField(
        "customers.SourceChannel", null=True
    )
    source_id: UUID | None
    document: fields.ForeignKeyRelation[RawDocument] | None = fields.ForeignKeyField("sales.RawDocument", null=True)
    document_id: UUID | None
    kind = fields.CharEnumField(TouchKind, max_length=10)
    provider = fields.CharField(max_length=120, default="")
    at: datetime = fields.DatetimeField(db_index=True)


class AssignmentRule(Model):
    """Whom a store considers for which leads.

    Attributes:
        conditions: Accepted values per attribute (`source`, `provider`, `grade`, `interest`, `region`, `product_line`,
            `series`); all must match; `region` matches as a beginning.
        pool: Ids of users, in the order that NAMED tries; empty for everybody.
    """

    code = fields.CharField(max_length=60)
    title = fields.CharField(max_length=120, default="")
    position = fields.IntField(default=0)
    conditions: dict[str, list[str]] = fields.JSONField(default=dict)
    pool: list[str] = fields.JSONField(default=list)
    strategy = fields.CharEnumField(Strategy, max_length=20, default=Strategy.LEAST_LOAD)
    manual = fields.BooleanField(default=False)

    class Meta:
        indexes = (
            UniqueWhere(fields=("store", "code"), condition={"archived_at": None}, name="sales_assignment_rule_code"),
        )


class AssignmentLog(AppendOnlyModel):
    """How a lead came to its owner.

    Attributes:
        rule: The rule's code, or EXISTING_OWNER, NAMED_CONSULTANT, MANUAL, HANDED_OVER.
        trace: `[{"step": "FILTER", "outcome": "FULL", "subject": "0192…"}]`.
        actor: As in the audit.
    """

    lead: fields.ForeignKeyRelation[Lead] = fields.ForeignKeyField("sales.Lead")
    lead_id: UUID
    from_owner: fields.ForeignKeyRelation[User] | None = fields.ForeignKeyField("core.User", null=True)
    from_owner_id: UUID | None
    to_owner: fields.ForeignKeyRelation[User] | None = fields.ForeignKeyField("core.User", null=True)
    to_owner_id: UUID | None
    rule = fields.CharField(max_length=60, default="")
    trace: list[dict[str, str]] = fields.JSONField(default=list)
    actor = fields.CharField(max_length=200)
    reason = fields.CharField(max_length=200, default="")
    at: datetime = fields.DatetimeField(db_index=True)
