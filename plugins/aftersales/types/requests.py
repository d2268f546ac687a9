"""Service requests and appointments as the API shows them."""

from __future__ import annotations

from datetime import datetime

from forecourt.graphql import Connection, Department, Store, User, computed, entity, extend
from plugins.aftersales.models.requests import ServiceAppointment as ServiceAppointmentRow
from plugins.aftersales.models.requests import ServiceExtension as ServiceExtensionRow
from plugins.aftersales.models.requests import ServiceRequest as ServiceRequestRow
from plugins.aftersales.models.requests import ServiceRequestStep as ServiceRequestStepRow
from plugins.aftersales.services.states import AppointmentState, ExtensionState, RequestState
from plugins.aftersales.types.maintenance import PlanItem
from plugins.aftersales.types.vehicles import ServiceVehicle
from plugins.customers.types.people import Customer

_ENDED = (RequestState.RESOLVED, RequestState.CLOSED, RequestState.CANCELLED)


@entity(
    ServiceRequestRow,
    search=["doc_no", "symptom"],
    filter=[
        "doc_no", "customer", "vehicle", "store", "kind", "symptom_group", "severity", "channel", "reported_at",
        "department", "assignee", "due_at", "state", "escalation_level", "resolved_at", "reopened_times",
    ],
    order=["doc_no", "reported_at", "due_at", "severity", "escalation_level", "resolved_at"],
    create=False,
    update=False,
    archive=False,
    owner="assignee_id",
)  # fmt: skip
class ServiceRequest:
    """What a customer asks of the store about a vehicle, until it is done."""

    store: Store
    """The store that was asked."""
    doc_no: str
    """Its number, unique within the store."""
    customer: Customer | None
    """Who asks; null when unknown."""
    vehicle: ServiceVehicle | None
    """About which vehicle; null when unknown."""
    kind: str
    """A code of the list `aftersales.request_kind`."""
    symptom_group: str
    """A code of the list `aftersales.symptom_group`; empty when unknown."""
    symptom: str
    """What is wrong or wanted, in the customer's words."""
    conditions: str
    """When it happens, such as "cold start, −5 °C"; empty when unknown."""
    severity: int
    """1 (stands still, or dangerous) to 4 (a question)."""
    channel: str
    """How it came: a code of the list `aftersales.request_channel`."""
    reported_at: datetime
    """When it came."""
    department: Department | None
    """Which department handles it."""
    assignee: User | None
    """Who handles it: a member of the department."""
    due_at: datetime
    """By when it is to be resolved."""
    state: RequestState
    """How far it has come."""
    waiting_for: str
    """What it waits for; empty if it doesn't."""
    resolution: str
    """What was done; empty until it is resolved."""
    resolved_at: datetime | None
    """When it was resolved."""
    closed_at: datetime | None
    """When it was closed for good."""
    reopened_times: int
    """How often it was resolved in vain."""
    cancel_reason: str
    """Why it was called off; empty if it wasn't."""
    escalation_level: int
    """How urgent it has become by missed deadlines, 0 to 3."""
    overdue_at: datetime | None
    """When it was told that its deadline is past; null while it isn't."""

    @computed
    @staticmethod
    def is_overdue(due_at: datetime, state: RequestState, *, now: datetime) -> bool:
        """Whether its deadline is past and it is still under way."""
        return now > due_at and state not in _ENDED


@entity(
    ServiceRequestStepRow,
    filter=["request", "to_state", "at"],
    order=["at"],
    create=False,
    update=False,
    archive=False,
    visible_through="request",
)
class ServiceRequestStep:
    """One move of a service request from a state to the next, or into other hands."""

    request: ServiceRequest
    """The request."""
    from_state: RequestState | None
    """Where it stood before; null at its beginning."""
    to_state: RequestState
    """Where it stood then; the same if it came into other hands."""
    at: datetime
    """When."""
    by: User | None
    """Who moved it; null if it moved by itself."""
    note: str
    """What he said."""


@entity(
    ServiceExtensionRow,
    filter=["request", "state", "requested_by", "approver"],
    order=["number", "until_at"],
    create=False,
    update=False,
    archive=False,
    visible_through="request",
)
class ServiceExtension:
    """That a service request gets a later deadline; from the third on somebody else must agree."""

    request: ServiceRequest
    """The request."""
    number: int
    """Which one of the request it is, from 1."""
    from_at: datetime
    """The deadline before."""
    until_at: datetime
    """The deadline asked for."""
    reason: str
    """Why it takes longer."""
    state: ExtensionState
    """Whether the later deadline holds."""
    requested_by: User | None
    """Who asked for it."""
    approver: User | None
    """Who answered; null where nobody had to, or has yet."""


@entity(
    ServiceAppointmentRow,
    filter=["customer", "vehicle", "advisor", "item", "request", "store", "starts_at", "state"],
    order=["starts_at"],
    create=False,
    update=False,
    archive=False,
)
class ServiceAppointment:
    """That a customer comes to the workshop at a time, and to whom."""

    store: Store
    """The store whose workshop it is."""
    customer: Customer
    """Who comes."""
    vehicle: ServiceVehicle
    """With which vehicle."""
    advisor: User
    """Who receives him."""
    item: PlanItem | None
    """For which planned maintenance."""
    request: ServiceRequest | None
    """For which request."""
    starts_at: datetime
    """When he comes."""
    ends_at: datetime
    """When the advisor is free for the next one."""
    state: AppointmentState
    """Whether he will come, or came."""
    note: str
    """What to know about it."""


@extend(ServiceRequest, filter=["extensions", "appointments"])
class ServiceRequestRecords:
    steps: Connection[ServiceRequestStep]
    """What became of it, the oldest first."""
    extensions: Connection[ServiceExtension]
    """Later deadlines that were asked for."""
    appointments: Connection[ServiceAppointment]
    """When the customer comes because of it."""


@extend(ServiceVehicle, filter=["service_requests", "appointments"])
class ServiceVehicleRequests:
    service_requests: Connection[ServiceRequest]
    """What was asked about it."""
    appointments: Connection[ServiceAppointment]
    """When it comes to the workshop."""


@extend(Customer, filter=["service_requests"])
class CustomerServiceRequests:
    service_requests: Connection[ServiceRequest]
    """What he asked of the service."""
