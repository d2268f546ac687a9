"""Service requests: taken at any time, in the hands of a department and a person, with a deadline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from forecourt import (
    Department,
    Event,
    Membership,
    PreconditionRefusal,
    Scope,
    User,
    ValidationRefusal,
    local_date,
    next_number,
    settings,
)
from plugins.aftersales.events import (
    ServiceRequestEvent,
    ServiceRequestMoved,
    ServiceRequestOpened,
    ServiceRequestResolved,
)
from plugins.aftersales.models.requests import ServiceRequest, ServiceRequestStep
from plugins.aftersales.models.vehicles import ServiceVehicle
from plugins.aftersales.services.refusals import (
    DeadlinePassedRefusal,
    HandlerNotInDepartmentRefusal,
    NotAssignedRefusal,
    ReopenTooLateRefusal,
)
from plugins.aftersales.services.states import SERVICE_REQUEST, RequestState
from plugins.aftersales.settings import AftersalesSettings
from plugins.customers.api import Customer
from plugins.organisation.api import business_clock

URGENT = 1
DEFAULT_SEVERITY = 3
REQUEST_KINDS = "aftersales.request_kind"
SYMPTOM_GROUPS = "aftersales.symptom_group"
REQUEST_CHANNELS = "aftersales.request_channel"
FIRST_HAND = (RequestState.OPEN, RequestState.REOPENED)
IN_HAND = (
    RequestState.ASSIGNED,
    RequestState.IN_PROGRESS,
    RequestState.WAITING_CUSTOMER,
    RequestState.WAITING_PARTS,
)


@dataclass(frozen=True, slots=True)
class NewRequest:
    """What somebody asks of the service; the symptom is all that must be known.

    Attributes:
        severity: 3 without it; 1 for a rescue.
        due_at: By severity without it.
    """

    symptom: str
    kind: str = "REPAIR"
    symptom_group: str = ""
    conditions: str = ""
    severity: int | None = None
    channel: str = "PHONE"
    customer: Customer | None = None
    vehicle: ServiceVehicle | None = None
    department: Department | None = None
    due_at: datetime | None = None


async def create(scope: Scope, new: NewRequest) -> ServiceRequest:
    """Take a request, at any hour. Publishes `ServiceRequestOpened`.

    Raises:
        DeadlinePassedRefusal: Its deadline lies in the past.
        ValidationRefusal: The symptom is empty, or a code is none of its list.
    """
    if not new.symptom.strip():
        raise ValidationRefusal("say what is wrong or wanted", path=("symptom",), rule="aftersales_symptom")
    owner = new.vehicle or new.customer or new.department
    store_id = scope.store_id if owner is None else owner.store_id
    severity = new.severity or (URGENT if new.kind == "RESCUE" else DEFAULT_SEVERITY)
    customer_id = new.customer.id if new.customer else None
    if customer_id is None and new.vehicle is not None:
        customer_id = new.vehicle.customer_id
    if new.department is not None and new.department.store_id != store_id:
        raise ValidationRefusal(
            "the department is of another store", path=("department",), rule="aftersales_department_store"
        )
    due_at = checked(scope, new.due_at) or await deadline(scope, store_id, severity)
    request = ServiceRequest(
        store_id=store_id,
        doc_no=await next_number(scope, "SR", store_id=store_id),
        customer_id=customer_id,
        vehicle_id=new.vehicle.id if new.vehicle else None,
        department_id=new.department.id if new.department else None,
        kind=new.kind,
        symptom_group=new.symptom_group,
        symptom=new.symptom.strip(),
        conditions=new.conditions.strip(),
        severity=severity,
        channel=new.channel,
        reported_at=scope.now(),
        due_at=due_at,
        escalate_at=due_at,
    )
    await request.save()
    await _step(scope, request, None, "")
    tell(scope, ServiceRequestOpened, request, urgent=severity == URGENT)
    return request


async def deadline(scope: Scope, store_id: UUID, severity: int) -> datetime:
    """Return by when a request that comes now is to be done: severity 1 by the clock, others in opening hours."""
    hours = (await settings(scope, AftersalesSettings, store_id=store_id)).deadline_hours[severity - 1]
    if severity == URGENT:
        return scope.now() + timedelta(hours=hours)
    return (await business_clock(scope, store_id)).add_minutes(scope.now(), hours * 60)


def checked(scope: Scope, due_at: datetime | None) -> datetime | None:
    """Return a deadline that somebody names.

    Raises:
        DeadlinePassedRefusal: It isn't in the future.
    """
    if due_at is not None and due_at <= scope.now():
        raise DeadlinePassedRefusal
    return due_at


async def assign(
    scope: Scope, request: ServiceRequest, department: Department, assignee_id: UUID, due_at: datetime | None
) -> ServiceRequest:
    """Give a request into the hands of a department and one of its members. Publishes `ServiceRequestMoved`.

    Args:
        due_at: The deadline that holds without it, or one by severity if that is past. It is named when the request
            is given to somebody for the first time; later on it takes an extension.

    Raises:
        DeadlinePassedRefusal: The deadline lies in the past.
        HandlerNotInDepartmentRefusal: He is no member of the department today.
        TransitionRefusal: It is done, or called off.
    """
    await require_member(scope, request.store_id, department.id, assignee_id)
    state = request.state
    if state in IN_HAND:
        if due_at is not None:
            raise PreconditionRefusal(
                "the request has its deadline; extend it", path=("dueAt",), rule="aftersales_extension_needed"
            )
        request.department_id, request.assignee_id = department.id, assignee_id
        await request.save()
        await _moved(scope, request, state)
        return request
    SERVICE_REQUEST.check(state, RequestState.ASSIGNED)
    due = checked(scope, due_at) or request.due_at
    if due <= scope.now():
        due = await deadline(scope, request.store_id, request.severity)
    hands: dict[str, Any] = {"department_id": department.id, "assignee_id": assignee_id}
    await move(scope, request, RequestState.ASSIGNED, {**hands, **new_deadline(request, due)})
    return request


def new_deadline(request: ServiceRequest, due_at: datetime) -> dict[str, Any]:
    """Return the columns of another deadline: it is told anew when it is past."""
    if due_at == request.due_at:
        return {}
    return {"due_at": due_at, "escalate_at": due_at, "overdue_at": None}


async def require_member(scope: Scope, store_id: UUID, department_id: UUID, user_id: UUID) -> None:
    """Refuse a handler who isn't an active member of a store's department today.

    Raises:
        HandlerNotInDepartmentRefusal: He isn't.
    """
    if user_id not in await members_of(scope, store_id, department_id):
        raise HandlerNotInDepartmentRefusal


async def members_of(scope: Scope, store_id: UUID, department_id: UUID) -> list[UUID]:
    """Return the active users who belong to a store's department today."""
    today = local_date(scope.now(), scope.zone(store_id))
    rows = await Membership.filter(
        store_id=store_id, department_id=department_id, archived_at=None, valid_from__lte=today
    )
    named = [row.user_id for row in rows if row.valid_to is None or row.valid_to >= today]
    active = User.filter(id__in=named, status="ACTIVE", archived_at=None).order_by("display_name", "id")
    return [user.id for user in await active]


async def start(scope: Scope, request: ServiceRequest) -> ServiceRequest:
    """Begin, or go on after waiting. Publishes `ServiceRequestMoved`.

    Raises:
        NotAssignedRefusal: It lacks department, handler or deadline, or the handler has left the department.
        TransitionRefusal: It isn't assigned or waiting.
    """
    SERVICE_REQUEST.check(request.state, RequestState.IN_PROGRESS)
    if request.department_id is None or request.assignee_id is None or request.due_at <= request.created_at:
        raise NotAssignedRefusal
    if request.assignee_id not in await members_of(scope, request.store_id, request.department_id):
        raise NotAssignedRefusal
    await move(scope, request, RequestState.IN_PROGRESS, {"waiting_for": ""})
    return request


async def wait(scope: Scope, request: ServiceRequest, to: RequestState, what: str) -> ServiceRequest:
    """Wait for the customer or for parts. Publishes `ServiceRequestMoved`."""
    await move(scope, request, to, {"waiting_for": what}, note=what)
    return request


async def resolve(scope: Scope, request: ServiceRequest, resolution: str) -> ServiceRequest:
    """Note what was done. Publishes `ServiceRequestMoved` and `ServiceRequestResolved`.

    Raises:
        ValidationRefusal: Nothing is said.
    """
    if not resolution.strip():
        raise ValidationRefusal("say what was done", path=("resolution",), rule="aftersales_resolution")
    text = resolution.strip()
    await move(
        scope,
        request,
        RequestState.RESOLVED,
        {"resolution": text, "resolved_at": scope.now(), "escalate_at": None},
        note=text,
    )
    tell(scope, ServiceRequestResolved, request, assignee_id=request.assignee_id)
    return request


async def close(scope: Scope, request: ServiceRequest) -> ServiceRequest:
    """Close a resolved request for good. Publishes `ServiceRequestMoved`."""
    await move(scope, request, RequestState.CLOSED, {"closed_at": scope.now()})
    return request


async def reopen(scope: Scope, request: ServiceRequest, reason: str) -> ServiceRequest:
    """Take up a request again that was resolved in vain; it is to be assigned anew. Publishes `ServiceRequestMoved`.

    Raises:
        ReopenTooLateRefusal: It was resolved too long ago.
        ValidationRefusal: There is no reason.
    """
    SERVICE_REQUEST.check(request.state, RequestState.REOPENED)
    if not reason.strip():
        raise ValidationRefusal("say why it is opened again", path=("reason",), rule="aftersales_reason")
    days = (await settings(scope, AftersalesSettings, store_id=request.store_id)).reopen_days
    if request.resolved_at is not None and scope.now() > request.resolved_at + timedelta(days=days):
        raise ReopenTooLateRefusal(days)
    due = await deadline(scope, request.store_id, request.severity)
    values = {
        "resolved_at": None,
        "reopened_times": request.reopened_times + 1,
        "due_at": due,
        "escalate_at": due,
        "overdue_at": None,
    }
    await move(scope, request, RequestState.REOPENED, values, note=reason.strip())
    return request


async def cancel(scope: Scope, request: ServiceRequest, reason: str) -> ServiceRequest:
    """Call a request off. Publishes `ServiceRequestMoved`.

    Raises:
        ValidationRefusal: There is no reason.
    """
    if not reason.strip():
        raise ValidationRefusal("say why it is called off", path=("reason",), rule="aftersales_reason")
    text = reason.strip()
    await move(scope, request, RequestState.CANCELLED, {"cancel_reason": text, "escalate_at": None}, note=text)
    return request


async def move(
    scope: Scope, request: ServiceRequest, to: RequestState, values: Mapping[str, Any] | None = None, *, note: str = ""
) -> None:
    """Bring a request into another state, unless anybody has changed it since it was loaded.

    Publishes `ServiceRequestMoved`.

    Raises:
        TransitionRefusal: The state machine has no such move.
        ConflictRefusal: Somebody else was faster.
    """
    before = await SERVICE_REQUEST.move(request, to, values, where={"version": request.version})
    await _moved(scope, request, before, note)


async def _moved(scope: Scope, request: ServiceRequest, before: RequestState, note: str = "") -> None:
    """Note that a request has come into another state, or into other hands in the same."""
    await _step(scope, request, before, note)
    tell(
        scope,
        ServiceRequestMoved,
        request,
        from_state=before.value,
        to_state=request.state.value,
        department_id=request.department_id,
        assignee_id=request.assignee_id,
    )


async def _step(scope: Scope, request: ServiceRequest, before: RequestState | None, note: str) -> None:
    await ServiceRequestStep(
        store_id=request.store_id,
        request_id=request.id,
        from_state=before,
        to_state=request.state,
        at=scope.now(),
        by_id=scope.caller.user_id,
        note=note,
    ).save()


def tell(scope: Scope, event: type[ServiceRequestEvent], request: ServiceRequest, **more: Any) -> Event:
    """Publish what became of a request."""
    told = event(
        service_request_id=request.id,
        customer_id=request.customer_id,
        service_vehicle_id=request.vehicle_id,
        kind=request.kind,
        severity=request.severity,
        store_id=request.store_id,
        **more,
    )
    scope.publish(told)
    return told
