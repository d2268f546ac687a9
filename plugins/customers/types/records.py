"""What the API shows of what customers want, said, agreed to and own."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from forecourt import Caller, Money, Reach
from forecourt.graphql import Connection, User, computed, entity, extend, field
from plugins.customers import rights
from plugins.customers.models.choices import (
    ConsentPurpose,
    ConsentState,
    InteractionDirection,
    PaymentWay,
    VehicleRole,
    Visibility,
)
from plugins.customers.models.records import AccessLog as AccessLogRow
from plugins.customers.models.records import Consent as ConsentRow
from plugins.customers.models.records import CustomerVehicle as CustomerVehicleRow
from plugins.customers.models.records import Interaction as InteractionRow
from plugins.customers.models.records import MergeRecord as MergeRecordRow
from plugins.customers.models.records import OwnershipTransfer as OwnershipTransferRow
from plugins.customers.models.records import PurchaseIntention as PurchaseIntentionRow
from plugins.customers.types.people import Customer


def may_read_talk(visibility: Visibility, author_id: UUID | None, caller: Caller) -> bool:
    """Tell whether a caller reads what was said: the service side only what is shared, nobody a colleague's notes.

    Somebody whose right reaches further than his own rows reads notes too.
    """
    if visibility == Visibility.SERVICE:
        return True
    reach = caller.reach(rights.READ_TALKS)
    if reach is None or visibility == Visibility.TEAM:
        return reach is not None
    return reach > Reach.OWN or (author_id is not None and author_id == caller.user_id)


@entity(
    PurchaseIntentionRow,
    filter=["version_no", "purpose", "budget_min", "budget_max", "payment", "expected_on", "trade_in", "valid_to",
            "customer"],
    order=["version_no", "expected_on", "valid_from"],
    create=False,
    update=False,
    archive=False,
    visible_through="customer",
)  # fmt: skip
class PurchaseIntention:
    """What a customer wants to buy; each change makes the next version."""

    customer: Customer
    """Who wants it."""
    version_no: int
    """1 for the first; the highest is the present one."""
    purpose: str
    """A code of the list `customers.purchase_purpose`; empty when unknown."""
    brands: list[str]
    """Brands, the most wanted first."""
    models: list[str]
    """Codes of series or trims, the most wanted first."""
    options: list[str]
    """What the car should have."""
    colors: list[str]
    """Colours, the most wanted first."""
    avoid_colors: list[str]
    """Colours that it must not have."""
    powertrains: list[str]
    """Drives, such as BEV or PHEV."""
    competitors: list[str]
    """Cars of others that he thinks of."""
    budget_min: Money | None
    """What he means to pay at least."""
    budget_max: Money | None
    """What he means to pay at most."""
    payment: PaymentWay | None
    """How he means to pay."""
    expected_on: date | None
    """When he means to buy."""
    trade_in: bool
    """He has a car to give in."""
    note: str
    """What else he wants."""
    valid_from: datetime
    """Since when he wants it."""
    valid_to: datetime | None
    """When he wanted something else; null for the present version."""

    @computed
    @staticmethod
    def is_current(valid_to: datetime | None) -> bool:
        """It is what he wants now."""
        return valid_to is None


@entity(
    InteractionRow,
    filter=["channel", "direction", "occurred_at", "reached", "visibility", "author", "subject_ref", "customer",
            "corrects"],
    order=["occurred_at"],
    create=False,
    visible_through="customer",
)  # fmt: skip
class Interaction:
    """Something that passed between a customer and the store; it is never changed, only corrected by another one."""

    customer: Customer
    """With whom."""
    subject_ref: str
    """What it was about in another module, such as `sales.Opportunity:0192…`; empty for none."""
    channel: str
    """A code of the list `customers.channel`."""
    direction: InteractionDirection
    """Who began it."""
    occurred_at: datetime
    """When it happened; `createdAt` is when it was written down."""
    duration_s: int | None
    """How long it took, in seconds."""
    reached: bool
    """He answered; false for a mere attempt."""
    objections: list[str] | None = field(permission=rights.READ_TALKS)
    """What kept him from buying."""
    next_step: str
    """What was agreed on."""
    visibility: Visibility
    """Who may read what was said."""
    author: User | None
    """Who wrote it down."""
    corrects: Interaction | None
    """The one that this one corrects."""

    @computed
    @staticmethod
    def content(content: str, visibility: Visibility, author_id: UUID | None, *, caller: Caller) -> str | None:
        """What was said; null for those who may not read it."""
        return content if may_read_talk(visibility, author_id, caller) else None

    @computed
    @staticmethod
    def feedback(feedback: str, visibility: Visibility, author_id: UUID | None, *, caller: Caller) -> str | None:
        """What he thought of it; null for those who may not read it."""
        return feedback if may_read_talk(visibility, author_id, caller) else None


@entity(
    CustomerVehicleRow,
    filter=["vin", "model", "plate", "role", "from_on", "to_on", "customer", "vehicle_identity_id"],
    order=["from_on"],
    search=["vin", "plate"],
    visible_through="customer",
)
class CustomerVehicle:
    """A car that a customer owns, drives or pays for, bought here or not."""

    customer: Customer
    """Whose."""
    vehicle_identity_id: UUID | None
    """The identity in the module inventory, if it knows the car."""
    vin: str
    """Vehicle identification number; empty when unknown."""
    model: str
    """What the car is called."""
    plate: str | None
    """Number plate, masked."""
    role: VehicleRole
    """What he is to the car."""
    from_on: date
    """His first day with it."""
    to_on: date | None
    """His last day with it; null while he has it."""


@entity(
    ConsentRow,
    filter=["purpose", "state", "at", "customer"],
    order=["at"],
    create=False,
    visible_through="customer",
)
class Consent:
    """What a customer agreed to, or no longer does; it is never changed, the latest of a purpose holds."""

    customer: Customer
    """Who."""
    purpose: ConsentPurpose
    """To what."""
    state: ConsentState
    """Whether he agrees."""
    evidence: str
    """How it is known, such as a form's number."""
    at: datetime
    """When he said so."""


@entity(
    AccessLogRow,
    filter=["user", "actor", "field", "at", "customer"],
    order=["at"],
    create=False,
)
class AccessLog:
    """That somebody read a protected value in clear, and why."""

    customer: Customer
    """Whose value it was."""
    user: User | None
    """Who read it; null for jobs and machines."""
    actor: str
    """Who read it, as the audit names him."""
    field: str
    """What was read, such as `ContactPoint.phone`."""
    reason: str
    """Why, in his words."""
    at: datetime
    """When."""


@entity(
    OwnershipTransferRow,
    filter=["from_owner", "to_owner", "acknowledged_at", "customer"],
    order=["acknowledged_at"],
    create=False,
    update=False,
    archive=False,
    visible_through="customer",
)
class OwnershipTransfer:
    """A customer's move from one salesperson to another, or that of one of the customer's deals alone."""

    customer: Customer
    """Who moved, or whose deal."""
    subject_ref: str
    """What moved without the customer, such as `sales.Opportunity:0192…`; empty if the customer moved."""
    from_owner: User | None
    """Who looked after him before."""
    to_owner: User
    """Who looks after him now."""
    reason: str
    """Why."""
    summary: str
    """What the new owner should know."""
    open_tasks: int
    """How many planned tasks moved along."""
    moved: dict[str, Any]
    """What moved along, as numbers of rows by table, such as `{"sales.Opportunity": 1}`."""
    kept: dict[str, Any]
    """What stayed, because the new one may not have it or has no time then; numbers of rows by table."""
    acknowledged_at: datetime | None
    """When the new owner had read it."""


@entity(
    MergeRecordRow,
    filter=["survivor"],
    create=False,
    update=False,
    archive=False,
    visible_through="survivor",
)
class MergeRecord:
    """That two records were one customer."""

    survivor: Customer
    """The record that stayed."""
    loser: Customer
    """The record that the survivor stands for."""
    reason: str
    """How it was found out."""


@extend(Customer, filter=["vehicles", "consents", "intentions", "interactions"])
class CustomerRecords:
    intentions: Connection[PurchaseIntention]
    """What he wants to buy; order by `versionNo: DESC` for the present one first."""
    interactions: Connection[Interaction]
    """What passed between him and the store."""
    vehicles: Connection[CustomerVehicle]
    """His cars, bought here or not."""
    consents: Connection[Consent]
    """What he agreed to; the latest of a purpose holds."""
    transfers: Connection[OwnershipTransfer]
    """Who looked after him before."""
