"""What happens to leads and deals; ids, codes and amounts only."""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from uuid import UUID

from forecourt import Event


class LeadReceived(Event):
    """Somebody turned to the store who had no open lead here."""

    type: ClassVar[str] = "sales.lead_received"
    aggregate: ClassVar[str] = "lead_id"
    lead_id: UUID
    source_code: str = ""
    interest: str
    score: int
    grade: str


class LeadTouched(Event):
    """A person with an open lead turned to the store again, or his lead was sent again."""

    type: ClassVar[str] = "sales.lead_touched"
    aggregate: ClassVar[str] = "lead_id"
    lead_id: UUID
    kind: str
    source_code: str = ""


class LeadAssigned(Event):
    """A lead has an owner."""

    type: ClassVar[str] = "sales.lead_assigned"
    aggregate: ClassVar[str] = "lead_id"
    lead_id: UUID
    owner_id: UUID
    rule: str


class LeadUnassigned(Event):
    """Nobody could take a lead: a manager must decide."""

    type: ClassVar[str] = "sales.lead_unassigned"
    aggregate: ClassVar[str] = "lead_id"
    lead_id: UUID
    grade: str


class LeadResponseDue(Event):
    """The time for the first answer has passed without an attempt; told once."""

    type: ClassVar[str] = "sales.lead_response_due"
    aggregate: ClassVar[str] = "lead_id"
    lead_id: UUID
    owner_id: UUID | None = None


class LeadRecycled(Event):
    """A lead was taken from an owner who let it lie."""

    type: ClassVar[str] = "sales.lead_recycled"
    aggregate: ClassVar[str] = "lead_id"
    lead_id: UUID
    from_owner_id: UUID | None = None
    count: int


class LeadContacted(Event):
    """Somebody tried to reach the person for the first time, or reached him for the first time."""

    type: ClassVar[str] = "sales.lead_contacted"
    aggregate: ClassVar[str] = "lead_id"
    lead_id: UUID
    reached: bool


class LeadQualified(Event):
    """It is known what the person wants."""

    type: ClassVar[str] = "sales.lead_qualified"
    aggregate: ClassVar[str] = "lead_id"
    lead_id: UUID
    customer_id: UUID


class LeadConverted(Event):
    """A lead became an opportunity."""

    type: ClassVar[str] = "sales.lead_converted"
    aggregate: ClassVar[str] = "lead_id"
    lead_id: UUID
    customer_id: UUID
    opportunity_id: UUID


class LeadClosed(Event):
    """A lead leads nowhere, or not now."""

    type: ClassVar[str] = "sales.lead_closed"
    aggregate: ClassVar[str] = "lead_id"
    lead_id: UUID
    state: str
    reason: str = ""


class OpportunityOpened(Event):
    """A deal is under way."""

    type: ClassVar[str] = "sales.opportunity_opened"
    aggregate: ClassVar[str] = "opportunity_id"
    opportunity_id: UUID
    customer_id: UUID
    owner_id: UUID | None = None


class OpportunityStageChanged(Event):
    """A deal stands in another stage."""

    type: ClassVar[str] = "sales.opportunity_stage_changed"
    aggregate: ClassVar[str] = "opportunity_id"
    opportunity_id: UUID
    from_stage: str
    to_stage: str
    direction: str
    dwell_seconds: int


class OpportunityStateChanged(Event):
    """A deal was won, suspended, resumed, given up or taken up again."""

    type: ClassVar[str] = "sales.opportunity_state_changed"
    aggregate: ClassVar[str] = "opportunity_id"
    opportunity_id: UUID
    customer_id: UUID
    from_state: str
    to_state: str
    reason: str = ""


class OpportunityReassigned(Event):
    """A deal has another owner, while its customer stays where he is."""

    type: ClassVar[str] = "sales.opportunity_reassigned"
    aggregate: ClassVar[str] = "opportunity_id"
    opportunity_id: UUID
    customer_id: UUID
    from_owner_id: UUID | None = None
    to_owner_id: UUID


class TestDriveScheduled(Event):
    """A test drive was agreed."""

    __test__: ClassVar[bool] = False  # pytest takes classes called Test… for tests
    type: ClassVar[str] = "sales.test_drive_scheduled"
    aggregate: ClassVar[str] = "test_drive_id"
    test_drive_id: UUID
    customer_id: UUID
    vehicle_id: UUID
    specialist_id: UUID


class TestDriveCompleted(Event):
    """A test drive is over and the customer said what he thinks."""

    __test__: ClassVar[bool] = False  # pytest takes classes called Test… for tests
    type: ClassVar[str] = "sales.test_drive_completed"
    aggregate: ClassVar[str] = "test_drive_id"
    test_drive_id: UUID
    customer_id: UUID
    opportunity_id: UUID | None = None
    vehicle_id: UUID
    distance_km: int
    satisfaction: int | None = None


class QuotationSent(Event):
    """An offer has left the house."""

    type: ClassVar[str] = "sales.quotation_sent"
    aggregate: ClassVar[str] = "quotation_id"
    quotation_id: UUID
    opportunity_id: UUID
    version_no: int
    total_minor: int
    currency: str


class QuotationAccepted(Event):
    """The customer takes an offer."""

    type: ClassVar[str] = "sales.quotation_accepted"
    aggregate: ClassVar[str] = "quotation_id"
    quotation_id: UUID
    opportunity_id: UUID
    total_minor: int
    currency: str


class QuotationExpired(Event):
    """An offer was not taken in time."""

    type: ClassVar[str] = "sales.quotation_expired"
    aggregate: ClassVar[str] = "quotation_id"
    quotation_id: UUID
    opportunity_id: UUID


class OrderConfirmed(Event):
    """A contract is signed and the deposit is named."""

    type: ClassVar[str] = "sales.order_confirmed"
    aggregate: ClassVar[str] = "order_id"
    order_id: UUID
    customer_id: UUID
    opportunity_id: UUID
    total_minor: int
    earnest_minor: int
    refundable_minor: int
    currency: str


class OrderAllocated(Event):
    """An order has its vehicle."""

    type: ClassVar[str] = "sales.order_allocated"
    aggregate: ClassVar[str] = "order_id"
    order_id: UUID
    vehicle_id: UUID


class PaymentReceived(Event):
    """Money came in for an order, or was paid back (negative)."""

    type: ClassVar[str] = "sales.payment_received"
    aggregate: ClassVar[str] = "order_id"
    order_id: UUID
    receipt_id: UUID
    amount_minor: int
    currency: str


class OrderPaid(Event):
    """The whole amount of an order has come in."""

    type: ClassVar[str] = "sales.order_paid"
    aggregate: ClassVar[str] = "order_id"
    order_id: UUID
    total_minor: int
    currency: str


class OrderInvoiced(Event):
    """An order has its invoice."""

    type: ClassVar[str] = "sales.order_invoiced"
    aggregate: ClassVar[str] = "order_id"
    order_id: UUID
    invoice_id: UUID
    amount_minor: int
    currency: str


class OrderCancelled(Event):
    """A sale was called off before the delivery."""

    type: ClassVar[str] = "sales.order_cancelled"
    aggregate: ClassVar[str] = "order_id"
    order_id: UUID
    customer_id: UUID
    opportunity_id: UUID
    reason: str
    forfeited_minor: int
    refunded_minor: int
    currency: str


class VehicleDelivered(Event):
    """A customer has his car.

    Amounts are minor units of `currency`: what he paid, what the store paid, and the accessories within.
    """

    type: ClassVar[str] = "sales.vehicle_delivered"
    aggregate: ClassVar[str] = "order_id"
    order_id: UUID
    customer_id: UUID
    opportunity_id: UUID
    stock_vehicle_id: UUID
    vehicle_identity_id: UUID
    trim_id: UUID
    odometer_km: int
    delivered_on: date
    total_minor: int
    cost_minor: int
    accessories_minor: int
    currency: str
