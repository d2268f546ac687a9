"""The states of service requests and of planned maintenance."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from forecourt import BY_SYSTEM, StateMachine


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


_CANCEL: Final = {RequestState.CANCELLED: "cancel_service_request"}

SERVICE_REQUEST: Final = StateMachine(
    {"en": "service request", "zh-CN": "服务请求"},
    {
        RequestState.OPEN: {RequestState.ASSIGNED: "assign_service_request", **_CANCEL},
        RequestState.ASSIGNED: {RequestState.IN_PROGRESS: "start_service_request", **_CANCEL},
        RequestState.IN_PROGRESS: {
            RequestState.WAITING_CUSTOMER: "wait_service_request",
            RequestState.WAITING_PARTS: "wait_service_request",
            RequestState.RESOLVED: "resolve_service_request",
            **_CANCEL,
        },
        RequestState.WAITING_CUSTOMER: {RequestState.IN_PROGRESS: "start_service_request", **_CANCEL},
        RequestState.WAITING_PARTS: {RequestState.IN_PROGRESS: "start_service_request", **_CANCEL},
        RequestState.RESOLVED: {
            RequestState.CLOSED: ("close_service_request", BY_SYSTEM),
            RequestState.REOPENED: "reopen_service_request",
        },
        RequestState.REOPENED: {RequestState.ASSIGNED: "assign_service_request", **_CANCEL},
        RequestState.CLOSED: {},
        RequestState.CANCELLED: {},
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


_SERVED: Final = {PlanItemState.DONE: "complete_plan_item", PlanItemState.SKIPPED: "skip_plan_item"}
_BOOKED: Final = {PlanItemState.APPOINTED: "book_service_appointment"}

PLAN_ITEM: Final = StateMachine(
    {"en": "maintenance item", "zh-CN": "保养项目"},
    {
        # A customer may come before being asked. A reading of the odometer may show that a service is due, or overdue.
        PlanItemState.PLANNED: {
            PlanItemState.DUE: (BY_SYSTEM, "record_odometer", "complete_plan_item"),
            **_BOOKED,
            **_SERVED,
        },
        PlanItemState.DUE: {
            **_BOOKED,
            PlanItemState.OVERDUE: (BY_SYSTEM, "record_odometer", "complete_plan_item"),
            **_SERVED,
        },
        PlanItemState.APPOINTED: {
            PlanItemState.DUE: "finish_service_appointment",  # it was cancelled or missed
            PlanItemState.OVERDUE: BY_SYSTEM,
            **_SERVED,
        },
        PlanItemState.OVERDUE: {**_BOOKED, **_SERVED},
        PlanItemState.DONE: {},
        PlanItemState.SKIPPED: {},
    },
)


class ExtensionState(StrEnum):
    """Whether a later deadline holds."""

    REQUESTED = "REQUESTED"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"


EXTENSION: Final = StateMachine(
    {"en": "extension", "zh-CN": "延期"},
    {
        ExtensionState.REQUESTED: {
            ExtensionState.APPROVED: "answer_service_extension",
            ExtensionState.REFUSED: "answer_service_extension",
        },
        ExtensionState.APPROVED: {},
        ExtensionState.REFUSED: {},
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
    {"en": "appointment", "zh-CN": "预约"},
    {
        AppointmentState.CONFIRMED: {
            AppointmentState.ARRIVED: "finish_service_appointment",
            AppointmentState.NO_SHOW: "finish_service_appointment",
            AppointmentState.CANCELLED: "finish_service_appointment",
        },
        AppointmentState.ARRIVED: {},
        AppointmentState.NO_SHOW: {},
        AppointmentState.CANCELLED: {},
    },
)
