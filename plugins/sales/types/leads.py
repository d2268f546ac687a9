"""What the API shows of leads."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from forecourt import Money
from forecourt.graphql import Connection, User, computed, entity, extend, field
from plugins.customers.types.people import Customer, SourceChannel
from plugins.inventory.types.catalogue import Series
from plugins.sales.models.choices import LeadInterest, TouchKind, VehicleWish
from plugins.sales.models.leads import AssignmentLog as AssignmentLogRow
from plugins.sales.models.leads import AssignmentRule as AssignmentRuleRow
from plugins.sales.models.leads import Lead as LeadRow
from plugins.sales.models.leads import LeadTouch as LeadTouchRow
from plugins.sales.models.leads import LeadVehicle as LeadVehicleRow
from plugins.sales.models.leads import RawDocument as RawDocumentRow
from plugins.sales.services.assignment import Strategy
from plugins.sales.services.scoring import LeadGrade
from plugins.sales.services.states import LeadState


@entity(
    RawDocumentRow,
    filter=["received_at", "error_code", "channel"],
    order=["received_at"],
    create=False,
    update=False,
    archive=False,
)
class RawDocument:
    """A message with leads as it came in; its text is encrypted."""

    channel: str
    """How it came: ADF."""
    content_type: str
    """What the sender said it is."""
    encoding: str
    """What its text turned out to be encoded in; empty if it could not be read."""
    size_bytes: int
    """How long it is."""
    received_at: datetime
    """When it came in."""
    error_code: str
    """Why it could not be read as a whole; empty if it could."""
    results: list[dict[str, Any]]
    """What became of each prospect: index, outcome, lead_id, code."""
    warnings: list[str]
    """What had to be mended to read it."""
    leads: Connection[Lead]
    """The leads that came of it."""


@entity(
    LeadRow,
    search=["name", "phone", "email", "external_id"],
    filter=[
        "state", "grade", "score", "interest", "owner", "source", "customer", "provider", "external_id", "phone",
        "email", "received_at", "sla_due_at", "first_attempt_at", "first_contact_at", "recycle_count",
        "disqualify_reason", "duplicate_of", "vehicles", "touches",
    ],
    order=["received_at", "grade", "score", "sla_due_at", "name"],
    create=False,
    update=False,
    archive=False,
    owner="owner_id",
)  # fmt: skip
class Lead:
    """Somebody's interest that is not qualified yet."""

    source: SourceChannel | None
    """How it came."""
    document: RawDocument | None
    """The message that it came with."""
    provider: str
    """Who sent it; empty if nobody in between."""
    external_id: str
    """The sender's number of it."""
    warnings: list[str]
    """Codes of what was odd when it came in: EXTERNAL_ID_SHARED where its number came with several people."""
    name: str
    """Whose it is."""
    phone: str | None
    """Telephone number, masked."""
    email: str | None
    """E-mail address, masked."""
    interest: LeadInterest
    """What he wants."""
    message: str
    """What he wrote."""
    preferred_time: str
    """When he likes to be called, as the sender wrote it."""
    region_code: str
    """Where he lives, as the sender wrote it."""
    budget: Money | None
    """What he means to spend."""
    buying_within_days: int | None
    """In how many days he meant to buy when he asked."""
    captured_at: datetime | None
    """When he asked."""
    received_at: datetime
    """When the store learned of it."""
    customer: Customer | None
    """The store's record of him."""
    named_consultant: User | None
    """Whom he asked for."""
    owner: User | None
    """Who looks after it."""
    state: LeadState
    """Where it stands."""
    score: int
    """How promising it is, 0 to 100."""
    grade: LeadGrade
    """How promising it is, in a letter."""
    factors: list[dict[str, Any]]
    """Why it has its score: code and points of each factor; they add up to it."""
    assigned_at: datetime | None
    """Since when the owner has it."""
    sla_due_at: datetime | None
    """By when the first attempt is due."""
    recycle_at: datetime | None
    """When it goes to somebody else if nobody tries."""
    first_attempt_at: datetime | None
    """When somebody first tried to reach him."""
    first_contact_at: datetime | None
    """When he was first reached."""
    failed_attempts: int
    """How often he was not reached."""
    recycle_count: int
    """How often it was taken from an owner who let it lie."""
    wake_on: date | None
    """When to come back to one that is put off."""
    disqualify_reason: str
    """Why it was given up: a code of `sales.disqualify_reason`."""
    disqualified_at: datetime | None
    """When it was given up."""
    duplicate_of: Lead | None
    """The open lead of the same person."""
    vehicles: Connection[LeadVehicle]
    """What he wants, and what he would hand over."""
    touches: Connection[LeadTouch]
    """Each time that he turned to the store."""
    assignments: Connection[AssignmentLog]
    """How it came to its owners."""

    @computed
    @staticmethod
    def is_response_due(
        state: LeadState, sla_due_at: datetime | None, first_attempt_at: datetime | None, *, now: datetime
    ) -> bool:
        """The time for the first answer has passed and nobody has tried."""
        waiting = state == LeadState.ASSIGNED and first_attempt_at is None
        return waiting and sla_due_at is not None and now >= sla_due_at


@entity(
    LeadVehicleRow,
    filter=["wish", "series", "make", "model", "vin"],
    order=["line_no"],
    create=False,
    update=False,
    archive=False,
    visible_through="lead",
)
class LeadVehicle:
    """A vehicle that somebody wants or would hand over, in his own words."""

    lead: Lead
    """Whose wish it is."""
    wish: VehicleWish
    """Whether he wants it or would hand it over."""
    line_no: int
    """Where it stands in the message, from 1."""
    model_year: int | None
    """The model year that was named."""
    make: str
    """Make, as written."""
    model: str
    """Model, as written."""
    trim: str
    """Version, as written."""
    series: Series | None
    """The series of the catalogue that is meant, if one was recognised."""
    vin: str
    """Vehicle identification number, if it is a very car."""
    stock_no: str
    """Stock number, if it is a very car."""
    color: str
    """The colour that is liked best."""
    price: Money | None
    """The price that was named."""
    odometer_km: int | None
    """Kilometres of a trade-in."""
    note: str
    """What else was written about it."""
    extras: dict[str, Any]
    """What else was sent of it."""


@entity(
    LeadTouchRow,
    plural="leadTouches",
    filter=["kind", "at", "source", "provider"],
    order=["at"],
    create=False,
    visible_through="lead",
)
class LeadTouch:
    """One time that a person turned to the store."""

    lead: Lead
    """The lead that was open."""
    source: SourceChannel | None
    """How he came."""
    document: RawDocument | None
    """The message."""
    kind: TouchKind
    """The first time, the same message again, or the same person anew."""
    provider: str
    """Who sent it."""
    at: datetime
    """When."""


@entity(
    AssignmentRuleRow,
    filter=["code", "strategy"],
    order=["position", "code"],
    create=False,
    update=False,
    archive=True,
)
class AssignmentRule:
    """Whom a store considers for which leads; the first rule that matches decides."""

    code: str
    """Short and unique in the store."""
    title: str
    """What people call it."""
    position: int
    """Rules are tried from the lowest."""
    conditions: dict[str, Any]
    """Accepted values by attribute; an empty object matches every lead."""
    pool: list[str]
    """Ids of the users who may get the lead; empty for everybody who takes leads."""
    strategy: Strategy
    """How one of them is chosen."""
    manual: bool
    """Nobody gets the lead: a manager decides."""


@entity(
    AssignmentLogRow,
    filter=["rule", "at", "to_owner"],
    order=["at"],
    create=False,
    visible_through="lead",
)
class AssignmentLog:
    """How a lead came to its owner."""

    lead: Lead
    """The lead."""
    from_owner: User | None
    """Who had it before."""
    to_owner: User | None
    """Who got it; null if a manager must decide."""
    rule: str
    """The rule's code, or EXISTING_OWNER, NAMED_CONSULTANT, MANUAL, HANDED_OVER."""
    trace: list[dict[str, Any]]
    """Every consideration in order: step, outcome, subject."""
    actor: str
    """Who or what decided."""
    reason: str
    """Why, if a person decided."""
    at: datetime
    """When."""


@extend(Customer, filter=["leads"])
class CustomerLeads:
    leads: Connection[Lead] = field(via="customer")
    """His leads."""
