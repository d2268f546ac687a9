"""The states of leads, opportunities, quotations and orders."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from forecourt import Money, PreconditionRefusal, StateMachine


class LeadState(StrEnum):
    """Where a lead stands."""

    NEW = "NEW"
    DUPLICATE = "DUPLICATE"
    UNASSIGNED = "UNASSIGNED"
    ASSIGNED = "ASSIGNED"
    CONTACTED = "CONTACTED"
    RECYCLED = "RECYCLED"
    QUALIFIED = "QUALIFIED"
    CONVERTED = "CONVERTED"
    NURTURE = "NURTURE"
    DISQUALIFIED = "DISQUALIFIED"


LEAD: Final = StateMachine(
    "the lead",
    {
        LeadState.NEW: (LeadState.DUPLICATE, LeadState.UNASSIGNED, LeadState.ASSIGNED, LeadState.DISQUALIFIED),
        LeadState.UNASSIGNED: (LeadState.ASSIGNED, LeadState.DISQUALIFIED),
        LeadState.ASSIGNED: (
            LeadState.CONTACTED,
            LeadState.RECYCLED,
            LeadState.NURTURE,
            LeadState.DISQUALIFIED,
        ),
        LeadState.RECYCLED: (LeadState.ASSIGNED, LeadState.DISQUALIFIED),
        LeadState.CONTACTED: (LeadState.QUALIFIED, LeadState.NURTURE, LeadState.DISQUALIFIED),
        LeadState.QUALIFIED: (LeadState.CONVERTED, LeadState.NURTURE, LeadState.DISQUALIFIED),
        LeadState.NURTURE: (LeadState.CONTACTED, LeadState.DISQUALIFIED),
        LeadState.DISQUALIFIED: (LeadState.ASSIGNED,),
        LeadState.DUPLICATE: (),
        LeadState.CONVERTED: (),
    },
)
# Of one person, a store has at most one lead in one of these.
OPEN_LEAD_STATES: Final = frozenset(
    {
        LeadState.NEW,
        LeadState.UNASSIGNED,
        LeadState.ASSIGNED,
        LeadState.CONTACTED,
        LeadState.RECYCLED,
        LeadState.QUALIFIED,
        LeadState.NURTURE,
    }
)


class OpportunityState(StrEnum):
    """Whether a deal can still be made."""

    OPEN = "OPEN"
    SUSPENDED = "SUSPENDED"
    LOSS_REQUESTED = "LOSS_REQUESTED"
    WON = "WON"
    LOST = "LOST"


OPPORTUNITY: Final = StateMachine(
    "the opportunity",
    {
        OpportunityState.OPEN: (OpportunityState.WON, OpportunityState.LOSS_REQUESTED, OpportunityState.SUSPENDED),
        OpportunityState.SUSPENDED: (OpportunityState.OPEN,),
        OpportunityState.LOSS_REQUESTED: (OpportunityState.LOST, OpportunityState.OPEN),
        OpportunityState.WON: (OpportunityState.OPEN,),  # the order was cancelled before delivery
        OpportunityState.LOST: (OpportunityState.OPEN,),
    },
)


# In one of these a deal may still be made, so that a second one for the same car would be the same.
LIVE_OPPORTUNITY_STATES: Final = frozenset(
    {OpportunityState.OPEN, OpportunityState.SUSPENDED, OpportunityState.LOSS_REQUESTED}
)


class TestDriveState(StrEnum):
    """How far a test drive has come."""

    __test__ = False  # pytest takes classes called Test… for tests

    REQUESTED = "REQUESTED"
    CONFIRMED = "CONFIRMED"
    CHECKED_OUT = "CHECKED_OUT"
    RETURNED = "RETURNED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    NO_SHOW = "NO_SHOW"


TEST_DRIVE: Final = StateMachine(
    "the test drive",
    {
        TestDriveState.REQUESTED: (TestDriveState.CONFIRMED, TestDriveState.CANCELLED),
        TestDriveState.CONFIRMED: (TestDriveState.CHECKED_OUT, TestDriveState.CANCELLED, TestDriveState.NO_SHOW),
        TestDriveState.CHECKED_OUT: (TestDriveState.RETURNED,),
        TestDriveState.RETURNED: (TestDriveState.COMPLETED,),
        TestDriveState.COMPLETED: (),
        TestDriveState.CANCELLED: (),
        TestDriveState.NO_SHOW: (),
    },
)
# In one of these it lies ahead: somebody else may go along as well.
COMING_DRIVE_STATES: Final = frozenset({TestDriveState.REQUESTED, TestDriveState.CONFIRMED})
# In one of these somebody still has to do something about it.
LIVE_DRIVE_STATES: Final = COMING_DRIVE_STATES | {TestDriveState.CHECKED_OUT, TestDriveState.RETURNED}
# In one of these vehicle and specialist are taken.
BUSY_DRIVE_STATES: Final = frozenset({TestDriveState.REQUESTED, TestDriveState.CONFIRMED, TestDriveState.CHECKED_OUT})


class QuotationState(StrEnum):
    """How far a version of an offer has come."""

    DRAFT = "DRAFT"
    PENDING_APPROVAL = "PENDING_APPROVAL"
    APPROVED = "APPROVED"
    SENT = "SENT"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    SUPERSEDED = "SUPERSEDED"


QUOTATION: Final = StateMachine(
    "the quotation",
    {
        QuotationState.DRAFT: (QuotationState.PENDING_APPROVAL, QuotationState.SENT, QuotationState.SUPERSEDED),
        QuotationState.PENDING_APPROVAL: (QuotationState.APPROVED, QuotationState.DRAFT, QuotationState.SUPERSEDED),
        QuotationState.APPROVED: (QuotationState.SENT, QuotationState.SUPERSEDED),
        QuotationState.SENT: (
            QuotationState.ACCEPTED,
            QuotationState.REJECTED,
            QuotationState.EXPIRED,
            QuotationState.SUPERSEDED,
        ),
        QuotationState.ACCEPTED: (),
        QuotationState.REJECTED: (),
        QuotationState.EXPIRED: (),
        QuotationState.SUPERSEDED: (),
    },
)


class OrderState(StrEnum):
    """How far a sale has come."""

    DRAFT = "DRAFT"
    PENDING_APPROVAL = "PENDING_APPROVAL"
    CONFIRMED = "CONFIRMED"
    ALLOCATED = "ALLOCATED"
    READY = "READY"
    PAID = "PAID"
    INVOICED = "INVOICED"
    DELIVERED = "DELIVERED"
    CLOSED = "CLOSED"
    CANCEL_REQUESTED = "CANCEL_REQUESTED"
    CANCELLED = "CANCELLED"
    RETURN_REQUESTED = "RETURN_REQUESTED"
    RETURNED = "RETURNED"


SALES_ORDER: Final = StateMachine(
    "the order",
    {
        OrderState.DRAFT: (OrderState.PENDING_APPROVAL, OrderState.CONFIRMED, OrderState.CANCELLED),
        OrderState.PENDING_APPROVAL: (OrderState.CONFIRMED, OrderState.DRAFT, OrderState.CANCELLED),
        OrderState.CONFIRMED: (OrderState.ALLOCATED, OrderState.CANCEL_REQUESTED),
        # The car may be ready before the money is there or after: the order keeps both instants, the state the later.
        OrderState.ALLOCATED: (OrderState.READY, OrderState.PAID, OrderState.CONFIRMED, OrderState.CANCEL_REQUESTED),
        OrderState.READY: (OrderState.PAID, OrderState.INVOICED, OrderState.CANCEL_REQUESTED),
        OrderState.PAID: (OrderState.READY, OrderState.INVOICED, OrderState.CANCEL_REQUESTED),
        OrderState.INVOICED: (OrderState.DELIVERED, OrderState.CANCEL_REQUESTED),
        OrderState.DELIVERED: (OrderState.CLOSED, OrderState.RETURN_REQUESTED),
        OrderState.CLOSED: (OrderState.RETURN_REQUESTED,),
        OrderState.CANCEL_REQUESTED: (
            OrderState.CANCELLED,
            # Refused, and everything goes on where it was.
            OrderState.CONFIRMED,
            OrderState.ALLOCATED,
            OrderState.READY,
            OrderState.PAID,
            OrderState.INVOICED,
        ),
        OrderState.RETURN_REQUESTED: (OrderState.RETURNED, OrderState.DELIVERED),
        OrderState.CANCELLED: (),
        OrderState.RETURNED: (),
    },
)
# In one of these there is still something to do about an order.
LIVE_ORDER_STATES: Final = frozenset(OrderState) - {
    OrderState.DELIVERED,
    OrderState.CLOSED,
    OrderState.CANCELLED,
    OrderState.RETURNED,
}
# In any other state an order holds its vehicle, so that no second order can have it.
RELEASED_ORDER_STATES: Final = frozenset({OrderState.CANCELLED, OrderState.RETURNED})


@dataclass(frozen=True, slots=True)
class DeliveryFacts:
    """What must be so before the keys are handed over.

    Attributes:
        pdi_fresh: The pre-delivery inspection passed and hasn't expired since.
        pledged: A bank holds the certificate of conformity.
    """

    amount: Money
    received: Money
    pdi_fresh: bool
    fitting_done: bool
    invoiced: bool
    pledged: bool
    checklist_signed: bool


def check_invoice(amount: Money, received: Money) -> None:
    """Refuse an invoice before the whole amount has come in.

    Raises:
        PreconditionRefusal: Money is missing.
    """
    if received.amount_minor < amount.amount_minor:
        raise PreconditionRefusal("the invoice needs the whole amount paid", missing=("PAYMENT",))


def missing_for_delivery(facts: DeliveryFacts) -> tuple[str, ...]:
    """Return what still keeps a vehicle from being delivered, as codes; empty if nothing does."""
    obstacles = {
        "PDI": not facts.pdi_fresh,
        "FITTING": not facts.fitting_done,
        "PAYMENT": facts.received.amount_minor < facts.amount.amount_minor,
        "INVOICE": not facts.invoiced,
        "CERTIFICATE_PLEDGED": facts.pledged,
        "CHECKLIST": not facts.checklist_signed,
    }
    return tuple(code for code, applies in obstacles.items() if applies)


def check_delivery(facts: DeliveryFacts) -> None:
    """Refuse a delivery for which something is missing.

    Raises:
        PreconditionRefusal: `missing` has the codes.
    """
    missing = missing_for_delivery(facts)
    if missing:
        raise PreconditionRefusal(f"the delivery still needs {', '.join(missing)}", missing=missing)
