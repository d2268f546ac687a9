"""The states of service requests and of planned maintenance."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from forecourt import StateMachine


class RequestState(StrEnum):
    """How far a service request has come; how urgent it has become is a level beside it."""

    OPEN = "OPEN"
    ASSIGNED = "ASSIGNED"
    IN_PROGRESS = "IN_PROGRESS"
    WAITING_CUSTOMER = "WAITING_CUSTOMER"
    WAITING_PARTS = "WAITING_PARTS"
    RESOLVED = "RESOLVED"
    CLOSED = "CLOSED"
    REOPENED = "REOPENED"
    CANCELLED = "CANCELLED"


SERVICE_REQUEST: Final = StateMachine(
    "the service request",
    {
        RequestState.OPEN: (RequestState.ASSIGNED, RequestState.CANCELLED),
        RequestState.ASSIGNED: (RequestState.IN_PROGRESS, RequestState.CANCELLED),
        RequestState.IN_PROGRESS: (
            RequestState.WAITING_CUSTOMER,
            RequestState.WAITING_PARTS,
            RequestState.RESOLVED,
            RequestState.CANCELLED,
        ),
        RequestState.WAITING_CUSTOMER: (RequestState.IN_PROGRESS, RequestState.CANCELLED),
        RequestState.WAITING_PARTS: (RequestState.IN_PROGRESS, RequestState.CANCELLED),
        RequestState.RESOLVED: (RequestState.CLOSED, RequestState.REOPENED),
        RequestState.REOPENED: (RequestState.ASSIGNED, RequestState.CANCELLED),
        RequestState.CLOSED: (),
        RequestState.CANCELLED: (),
    },
)


class PlanItemState(StrEnum):
    """Whether planned maintenance is near, arranged or done."""

    PLANNED = "PLANNED"
    DUE = "DUE"
    APPOINTED = "APPOINTED"
    OVERDUE = "OVERDUE"
    DONE = "DONE"
    SKIPPED = "SKIPPED"


PLAN_ITEM: Final = StateMachine(
    "the maintenance item",
    {
        # A customer may come before he is asked.
        PlanItemState.PLANNED: (
            PlanItemState.DUE,
            PlanItemState.APPOINTED,
            PlanItemState.DONE,
            PlanItemState.SKIPPED,
        ),
        PlanItemState.DUE: (
            PlanItemState.APPOINTED,
            PlanItemState.OVERDUE,
            PlanItemState.DONE,
            PlanItemState.SKIPPED,
        ),
        PlanItemState.APPOINTED: (
            PlanItemState.DONE,
            PlanItemState.DUE,  # the appointment was cancelled or missed
            PlanItemState.OVERDUE,
            PlanItemState.SKIPPED,
        ),
        PlanItemState.OVERDUE: (PlanItemState.APPOINTED, PlanItemState.DONE, PlanItemState.SKIPPED),
        PlanItemState.DONE: (),
        PlanItemState.SKIPPED: (),
    },
)


class ExtensionState(StrEnum):
    """Whether a later deadline holds."""

    REQUESTED = "REQUESTED"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"


EXTENSION: Final = StateMachine(
    "the extension",
    {
        ExtensionState.REQUESTED: (ExtensionState.APPROVED, ExtensionState.REFUSED),
        ExtensionState.APPROVED: (),
        ExtensionState.REFUSED: (),
    },
    initial=(ExtensionState.REQUESTED, ExtensionState.APPROVED),
)


class AppointmentState(StrEnum):
    """Whether a customer will come to the workshop, or came."""

    CONFIRMED = "CONFIRMED"
    ARRIVED = "ARRIVED"
    NO_SHOW = "NO_SHOW"
    CANCELLED = "CANCELLED"


APPOINTMENT: Final = StateMachine(
    "the appointment",
    {
        AppointmentState.CONFIRMED: (
            AppointmentState.ARRIVED,
            AppointmentState.NO_SHOW,
            AppointmentState.CANCELLED,
        ),
        AppointmentState.ARRIVED: (),
        AppointmentState.NO_SHOW: (),
        AppointmentState.CANCELLED: (),
    },
)
