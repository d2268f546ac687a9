"""The states of leads, opportunities, quotations and orders."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from forecourt import BY_SYSTEM, Money, PreconditionRefusal, StateMachine


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


_ALLOTTED: Final = {LeadState.ASSIGNED: ("assign_lead", BY_SYSTEM)}
_GIVEN_UP: Final = {LeadState.DISQUALIFIED: "disqualify_lead"}
_PUT_OFF: Final = {LeadState.NURTURE: "nurture_lead"}

LEAD: Final = StateMachine(
    {"en": "lead", "zh-CN": "线索"},
    {
        LeadState.NEW: {
            LeadState.UNASSIGNED: ("receive_lead", BY_SYSTEM),
            LeadState.ASSIGNED: ("receive_lead", "assign_lead", BY_SYSTEM),
            **_GIVEN_UP,
        },
        LeadState.UNASSIGNED: {**_ALLOTTED, **_GIVEN_UP},
        LeadState.ASSIGNED: {
            LeadState.CONTACTED: ("record_lead_contact", BY_SYSTEM),
            LeadState.RECYCLED: BY_SYSTEM,
            **_PUT_OFF,
            **_GIVEN_UP,
        },
        LeadState.RECYCLED: {**_ALLOTTED, **_GIVEN_UP},
        LeadState.CONTACTED: {LeadState.QUALIFIED: "qualify_lead", **_PUT_OFF, **_GIVEN_UP},
        LeadState.QUALIFIED: {LeadState.CONVERTED: "convert_lead", **_PUT_OFF, **_GIVEN_UP},
        LeadState.NURTURE: {LeadState.CONTACTED: ("record_lead_contact", "receive_lead", BY_SYSTEM), **_GIVEN_UP},
        LeadState.DISQUALIFIED: {LeadState.ASSIGNED: "reopen_lead"},
        LeadState.DUPLICATE: {},
        LeadState.CONVERTED: {},
    },
    # A message of somebody who has an open lead is kept as a row of its own that leads there.
    initial=(LeadState.NEW, LeadState.DUPLICATE),
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
    {"en": "opportunity", "zh-CN": "商机"},
    {
        OpportunityState.OPEN: {
            OpportunityState.WON: "confirm_order",
            OpportunityState.LOSS_REQUESTED: "request_loss",
            OpportunityState.SUSPENDED: "suspend_opportunity",
        },
        OpportunityState.SUSPENDED: {OpportunityState.OPEN: ("resume_opportunity", BY_SYSTEM)},
        OpportunityState.LOSS_REQUESTED: {
            OpportunityState.LOST: "approve_loss",
            OpportunityState.OPEN: "reject_loss",
        },
        OpportunityState.WON: {OpportunityState.OPEN: "cancel_order"},  # before delivery
        OpportunityState.LOST: {OpportunityState.OPEN: "resume_opportunity"},
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


_CALLED_OFF: Final = {TestDriveState.CANCELLED: "cancel_test_drive"}

TEST_DRIVE: Final = StateMachine(
    {"en": "test drive", "zh-CN": "试驾"},
    {
        # Nothing asks for a drive yet that it doesn't confirm at once.
        TestDriveState.REQUESTED: {TestDriveState.CONFIRMED: BY_SYSTEM, **_CALLED_OFF},
        TestDriveState.CONFIRMED: {
            TestDriveState.CHECKED_OUT: "check_out_test_drive",
            **_CALLED_OFF,
            TestDriveState.NO_SHOW: BY_SYSTEM,
        },
        TestDriveState.CHECKED_OUT: {TestDriveState.RETURNED: "return_test_drive"},
        TestDriveState.RETURNED: {TestDriveState.COMPLETED: "complete_test_drive"},
        TestDriveState.COMPLETED: {},
        TestDriveState.CANCELLED: {},
        TestDriveState.NO_SHOW: {},
    },
    initial=(TestDriveState.REQUESTED, TestDriveState.CONFIRMED),
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


_REPLACED: Final = {QuotationState.SUPERSEDED: "create_quotation"}

QUOTATION: Final = StateMachine(
    {"en": "quotation", "zh-CN": "报价"},
    {
        QuotationState.DRAFT: {
            QuotationState.PENDING_APPROVAL: "submit_quotation",
            QuotationState.SENT: "send_quotation",
            **_REPLACED,
        },
        QuotationState.PENDING_APPROVAL: {
            QuotationState.APPROVED: "approve_quotation",
            QuotationState.DRAFT: "decline_quotation",
            **_REPLACED,
        },
        QuotationState.APPROVED: {QuotationState.SENT: "send_quotation", **_REPLACED},
        QuotationState.SENT: {
            QuotationState.ACCEPTED: "accept_quotation",
            QuotationState.REJECTED: "reject_quotation",
            QuotationState.EXPIRED: BY_SYSTEM,
            **_REPLACED,
        },
        QuotationState.ACCEPTED: {},
        QuotationState.REJECTED: {},
        QuotationState.EXPIRED: {},
        QuotationState.SUPERSEDED: {},
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


_TO_BE_CANCELLED: Final = {OrderState.CANCEL_REQUESTED: "request_order_cancellation"}
# The car may be ready before the money is there or after: the order keeps both instants, the state the later. What is
# done to the car is known by events; an allocation looks at it at once.
_READY: Final = {OrderState.READY: (BY_SYSTEM, "allocate_vehicle")}

SALES_ORDER: Final = StateMachine(
    {"en": "order", "zh-CN": "订单"},
    {
        OrderState.DRAFT: {
            OrderState.PENDING_APPROVAL: BY_SYSTEM,  # nothing makes it yet
            OrderState.CONFIRMED: "confirm_order",
            OrderState.CANCELLED: "request_order_cancellation",
        },
        OrderState.PENDING_APPROVAL: {
            OrderState.CONFIRMED: "confirm_order",
            OrderState.DRAFT: BY_SYSTEM,  # nothing makes it yet
            OrderState.CANCELLED: BY_SYSTEM,  # nothing makes it yet
        },
        OrderState.CONFIRMED: {OrderState.ALLOCATED: "allocate_vehicle", **_TO_BE_CANCELLED},
        OrderState.ALLOCATED: {
            **_READY,
            OrderState.PAID: ("record_receipt", "allocate_vehicle"),
            OrderState.CONFIRMED: BY_SYSTEM,  # nothing makes it yet
            **_TO_BE_CANCELLED,
        },
        OrderState.READY: {OrderState.PAID: "record_receipt", OrderState.INVOICED: "issue_invoice", **_TO_BE_CANCELLED},
        OrderState.PAID: {**_READY, OrderState.INVOICED: "issue_invoice", **_TO_BE_CANCELLED},
        OrderState.INVOICED: {OrderState.DELIVERED: "deliver_order", **_TO_BE_CANCELLED},
        OrderState.DELIVERED: {
            OrderState.CLOSED: BY_SYSTEM,  # nothing makes it yet
            OrderState.RETURN_REQUESTED: BY_SYSTEM,  # nothing makes it yet
        },
        OrderState.CLOSED: {OrderState.RETURN_REQUESTED: BY_SYSTEM},  # nothing makes it yet
        OrderState.CANCEL_REQUESTED: {
            OrderState.CANCELLED: "cancel_order",
            # Refused, and everything goes on where it was.
            OrderState.CONFIRMED: "keep_order",
            OrderState.ALLOCATED: "keep_order",
            OrderState.READY: "keep_order",
            OrderState.PAID: "keep_order",
            OrderState.INVOICED: "keep_order",
        },
        OrderState.RETURN_REQUESTED: {
            OrderState.RETURNED: BY_SYSTEM,  # nothing makes it yet
            OrderState.DELIVERED: BY_SYSTEM,  # nothing makes it yet
        },
        OrderState.CANCELLED: {},
        OrderState.RETURNED: {},
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
