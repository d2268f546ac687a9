"""What the API shows of opportunities, test drives and offers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from forecourt import Money
from forecourt.graphql import Connection, User, computed, entity, extend, field
from plugins.customers.types.people import Customer
from plugins.inventory.types.catalogue import Trim
from plugins.inventory.types.vehicles import StockVehicle
from plugins.sales import rights
from plugins.sales.models.choices import DriveLocation
from plugins.sales.models.opportunities import Opportunity as OpportunityRow
from plugins.sales.models.opportunities import PipelineStage as PipelineStageRow
from plugins.sales.models.opportunities import StageEntry as StageEntryRow
from plugins.sales.models.opportunities import TestDrive as TestDriveRow
from plugins.sales.models.quotations import Quotation as QuotationRow
from plugins.sales.models.quotations import QuotationDiscount as QuotationDiscountRow
from plugins.sales.models.quotations import QuotationLine as QuotationLineRow
from plugins.sales.services.pricing import LineKind
from plugins.sales.services.stages import StageDirection, StageKind
from plugins.sales.services.states import OpportunityState, QuotationState, TestDriveState
from plugins.sales.types.leads import Lead

FLOOR = "inventory.floor_price.read"


@entity(
    PipelineStageRow,
    filter=["code", "kind"],
    order=["position"],
    public=True,
    create=False,
    update=["name", "name_en", "probability_bp", "max_dwell_hours"],
    archive=False,
)
class PipelineStage:
    """One stage of the pipeline; it can be renamed, its code stays."""

    code: str
    """Stable and meant for programs."""
    name: str
    """What people call it."""
    name_en: str
    """Its English name."""
    position: int
    """Where it stands."""
    probability_bp: int
    """Chance to win in it, in basis points."""
    kind: StageKind
    """What being in it says of the deal."""
    requires: list[str]
    """What an opportunity must have to enter it."""
    max_dwell_hours: int | None
    """After so long an opportunity counts as stalled."""


@entity(
    OpportunityRow,
    plural="opportunities",
    search=["doc_no"],
    filter=[
        "doc_no", "stage", "state", "owner", "customer", "lead", "purpose", "opened_at", "expected_close_on", "won_at",
        "lost_at", "loss_reason", "expected_amount", "stage_history", "quotations", "test_drives",
    ],
    order=["opened_at", "stage_entered_at", "expected_close_on", "expected_amount", "probability_bp"],
    create=False,
    update=["expected_amount", "expected_close_on", "probability_bp", "competitors"],
    archive=False,
    owner="owner_id",
)  # fmt: skip
class Opportunity:
    """A deal with one customer."""

    doc_no: str
    """Its number."""
    customer: Customer
    """With whom."""
    lead: Lead | None
    """What it began with."""
    owner: User | None
    """Whose deal it is."""
    purpose: str
    """MAIN, or EXTRA for a further car beside the one under way."""
    intention_version: int | None
    """The version of the customer's wishes that it began with."""
    stage: str
    """Code of the stage it is in."""
    stage_entered_at: datetime
    """Since when."""
    state: OpportunityState
    """Whether the deal can still be made."""
    opened_at: datetime
    """When it began."""
    expected_amount: Money | None
    """What it is expected to come to."""
    expected_close_on: date | None
    """When it is expected to be made."""
    probability_bp: int
    """Chance to win, in basis points."""
    competitors: list[str]
    """What else the customer looks at."""
    wake_on: date | None
    """When to come back to one that rests."""
    won_at: datetime | None
    """When it was won."""
    lost_at: datetime | None
    """When it was lost."""
    loss_reason: str
    """Why it was given up: a code of `sales.loss_reason`."""
    loss_note: str
    """What was said about it."""
    loss_competitor: str
    """Who made the deal instead."""
    loss_price_gap: Money | None
    """By how much the other one was cheaper."""
    loss_requested_by: User | None
    """Who asked to give it up."""
    loss_requested_at: datetime | None
    """When that was."""
    loss_decided_by: User | None
    """Who decided."""
    loss_decision_note: str
    """What he said."""
    stage_history: Connection[StageEntry]
    """The stages it has been in, without a gap."""
    quotations: Connection[Quotation]
    """Its offers; order by `versionNo`."""
    test_drives: Connection[TestDrive]
    """Its test drives."""


@entity(
    StageEntryRow,
    plural="stageEntries",
    filter=["stage", "entered_at", "left_at", "direction"],
    order=["position", "entered_at"],
    create=False,
    update=False,
    archive=False,
    visible_through="opportunity",
)
class StageEntry:
    """A time that an opportunity spent in a stage."""

    opportunity: Opportunity
    """The deal."""
    position: int
    """Its place in the history, from 1."""
    stage: str
    """Code of the stage."""
    entered_at: datetime
    """When it came in; the entry before ended then."""
    left_at: datetime | None
    """When it went on; null for the present one."""
    direction: StageDirection
    """Forward, back, or passed over."""
    reason: str
    """Why, for a move back."""
    moved_by: User | None
    """Who moved it."""


@entity(
    TestDriveRow,
    filter=["state", "slot_from", "slot_to", "vehicle", "specialist", "customer", "opportunity", "location"],
    order=["slot_from"],
    create=False,
    update=False,
    archive=False,
    owner="specialist_id",
)
class TestDrive:
    """A drive with a demonstrator, agreed for a time."""

    customer: Customer
    """Who drives."""
    opportunity: Opportunity | None
    """The deal it is for."""
    vehicle: StockVehicle
    """The car."""
    specialist: User
    """Who goes along."""
    slot_from: datetime
    """Begin of the time that car and specialist are taken."""
    slot_to: datetime
    """End of it."""
    location: DriveLocation
    """Where it begins."""
    route: str
    """Where it goes."""
    state: TestDriveState
    """How far it is."""
    licence_valid_until: date | None
    """Last day of the driver's licence, as it was read at the counter."""
    agreement_signed_at: datetime | None
    """When the customer signed the agreement."""
    checked_out_at: datetime | None
    """When the car left."""
    returned_at: datetime | None
    """When it was back."""
    odometer_out_km: int | None
    """Kilometres at the start."""
    odometer_in_km: int | None
    """Kilometres at the end."""
    satisfaction: int | None
    """What the customer gives it, 1 to 10."""
    feedback: str
    """What he said."""
    cancel_reason: str
    """Why it was called off."""


@entity(
    QuotationRow,
    search=["doc_no"],
    filter=[
        "doc_no", "state", "opportunity", "customer", "owner", "version_no", "valid_until", "trim", "vehicle", "total",
        "sent_at", "approved_by", "content_hash", "lines", "discounts",
    ],
    order=["version_no", "valid_until", "total", "sent_at"],
    create=False,
    update=False,
    archive=False,
    owner="owner_id",
)  # fmt: skip
class Quotation:
    """One version of an offer; it doesn't change once it was sent."""

    doc_no: str
    """Its number."""
    opportunity: Opportunity
    """The deal."""
    customer: Customer
    """For whom."""
    owner: User | None
    """Whose deal it is."""
    version_no: int
    """Which version of the deal's offer it is, from 1."""
    state: QuotationState
    """How far it has come."""
    valid_until: date
    """Its last day."""
    trim: Trim | None
    """The version of the car."""
    vehicle: StockVehicle | None
    """The very car, if it is for one."""
    guide_price: Money | None
    """List price of the trim when it was made."""
    floor_price: Money | None = field(permission=FLOOR)
    """Lowest price of the trim when it was made."""
    vehicle_price: Money
    """What the car comes to, before discounts."""
    goods_total: Money
    """All but agency services, before discounts."""
    agency_total: Money
    """Agency services: insurance, tax, registration, loan fees."""
    discount_total: Money
    """What is taken off."""
    accessories_total: Money
    """Accessories and their fitting, within the goods."""
    tax_total: Money
    """The tax within the total."""
    cost_total: Money | None = field(permission=rights.COST)
    """What it costs the store, net."""
    gifts_total: Money | None = field(permission=rights.COST)
    """What the gifts cost the store, within the cost."""
    total: Money
    """What the customer pays."""
    given_away: Money | None = field(permission=rights.COST)
    """All that is given away as known then: prices below guide and list, gifts at cost, services below cost."""
    approval_reasons: list[str]
    """Why somebody else had to approve it: AMOUNT, PERCENTAGE, FLOOR, or UNPRICED if nobody knows a line's worth."""
    submitted_by: User | None
    """Who asked for the approval."""
    approved_by: User | None
    """Who granted it."""
    approved_at: datetime | None
    """When."""
    approval_note: str
    """What he said."""
    sent_at: datetime | None
    """When it left the house."""
    discussed_at: datetime | None
    """When it was talked about with the customer."""
    answered_at: datetime | None
    """When he said yes or no."""
    answer_note: str
    """What he said."""
    content_hash: str
    """SHA-256 of what was sent."""
    lines: Connection[QuotationLine]
    """Its positions; order by `lineNo`."""
    discounts: Connection[QuotationDiscount]
    """What is taken off."""


@entity(
    QuotationLineRow,
    filter=["kind", "code", "is_optional"],
    order=["line_no"],
    create=False,
    visible_through="quotation",
)
class QuotationLine:
    """One position of an offer."""

    quotation: Quotation
    """The offer."""
    line_no: int
    """Its place, from 1."""
    kind: LineKind
    """What is sold with it."""
    code: str
    """Of the trim, option, item or service."""
    name: str
    """What it is called on the offer."""
    list_price: Money
    """List price of one unit."""
    price: Money
    """Price of one unit."""
    cost: Money | None = field(permission=rights.COST)
    """What one unit costs the store, net."""
    reference: Money | None = field(permission=rights.COST)
    """By what one unit is measured: its list price, or the cost of services and gifts; null where nobody knows."""
    tax_bp: int
    """Tax rate in basis points."""
    tax_included: bool
    """Whether the price contains the tax."""
    net: Money
    """The line without tax."""
    tax: Money
    """Its tax."""
    gross: Money
    """The line with tax."""
    is_optional: bool
    """The customer may leave it out without any other price changing."""

    @computed
    @staticmethod
    def quantity(quantity_milli: int) -> Decimal:
        """How many units."""
        return Decimal(quantity_milli) / 1000


@entity(
    QuotationDiscountRow,
    filter=["kind"],
    order=["line_no"],
    create=False,
    visible_through="quotation",
)
class QuotationDiscount:
    """One discount of an offer."""

    quotation: Quotation
    """The offer."""
    line_no: int
    """Its place, from 1."""
    kind: str
    """A code of `sales.discount_kind`."""
    amount: Money
    """What is taken off, tax included."""
    reason: str
    """Why."""


@extend(Customer, filter=["opportunities"])
class CustomerDeals:
    opportunities: Connection[Opportunity] = field(via="customer")
    """Deals with him."""
    quotations: Connection[Quotation] = field(via="customer")
    """Offers to him."""
    test_drives: Connection[TestDrive] = field(via="customer")
    """His test drives."""


@extend(StockVehicle, filter=["test_drives"])
class StockVehicleDrives:
    test_drives: Connection[TestDrive] = field(via="vehicle")
    """Test drives with it."""
