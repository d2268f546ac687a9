"""Commands on service requests and appointments."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from forecourt import Department as DepartmentRow
from forecourt import User as UserRow
from forecourt.graphql import ID, Department, Info, Input, User, command
from plugins.aftersales import rights
from plugins.aftersales.models.maintenance import PlanItem as PlanItemRow
from plugins.aftersales.models.requests import ServiceAppointment as ServiceAppointmentRow
from plugins.aftersales.models.requests import ServiceExtension as ServiceExtensionRow
from plugins.aftersales.models.requests import ServiceRequest as ServiceRequestRow
from plugins.aftersales.models.vehicles import ServiceVehicle as ServiceVehicleRow
from plugins.aftersales.services import appointments, escalation, requests
from plugins.aftersales.services.appointments import Booking
from plugins.aftersales.services.requests import NewRequest
from plugins.aftersales.services.states import AppointmentState, RequestState
from plugins.aftersales.types.maintenance import PlanItem
from plugins.aftersales.types.requests import ServiceAppointment, ServiceExtension, ServiceRequest
from plugins.aftersales.types.vehicles import ServiceVehicle
from plugins.customers.api import Customer as CustomerRow
from plugins.customers.types.people import Customer

Request = Annotated[ID[ServiceRequest], Field(description="The request.")]
Code = Annotated[str, Field(max_length=60)]
Reason = Annotated[str, Field(max_length=300, description="Why.")]


class CreateServiceRequestInput(Input):
    """What somebody asks of the service; the symptom is all that must be known."""

    symptom: Annotated[str, Field(max_length=1000)] = Field(description="What is wrong or wanted, in his words.")
    kind: Code = Field("REPAIR", description="A code of the list `aftersales.request_kind`.")
    symptom_group: Code = Field("", description="A code of the list `aftersales.symptom_group`.")
    conditions: Annotated[str, Field(max_length=500)] = Field("", description='When it happens: "cold start, −5 °C".')
    severity: Annotated[int, Field(ge=1, le=4)] | None = Field(
        None, description="1 (stands still, or dangerous) to 4 (a question); 3 without it, 1 for a rescue."
    )
    channel: Code = Field("PHONE", description="A code of the list `aftersales.request_channel`.")
    customer: ID[Customer] | None = Field(None, description="Who asks; who has the vehicle without it.")
    vehicle: ID[ServiceVehicle] | None = Field(None, description="About which vehicle.")
    department: ID[Department] | None = Field(None, description="Which department is to handle it.")
    due_at: datetime | None = Field(None, description="By when; by its severity without it.")


@command(ServiceRequest, permission=rights.CREATE)
async def create_service_request(info: Info, input: CreateServiceRequestInput) -> ServiceRequestRow:
    """Take what somebody asks of the service, at any hour."""
    scope = info.scope
    new = NewRequest(
        symptom=input.symptom,
        kind=input.kind,
        symptom_group=input.symptom_group,
        conditions=input.conditions,
        severity=input.severity,
        channel=input.channel,
        customer=await scope.get(CustomerRow, input.customer.uuid) if input.customer else None,
        vehicle=await scope.get(ServiceVehicleRow, input.vehicle.uuid) if input.vehicle else None,
        department=await scope.get(DepartmentRow, input.department.uuid) if input.department else None,
        due_at=input.due_at,
    )
    return await requests.create(scope, new)


class AssignServiceRequestInput(Input):
    """Into whose hands a request is given."""

    request: Request
    department: ID[Department] = Field(description="Which department handles it.")
    assignee: ID[User] = Field(description="Who handles it: a member of the department.")
    due_at: datetime | None = Field(
        None, description="By when; what holds already without it. Later on `extendServiceRequest` puts it off."
    )


@command(ServiceRequest, permission=rights.ASSIGN)
async def assign_service_request(info: Info[ServiceRequestRow], input: AssignServiceRequestInput) -> ServiceRequestRow:
    """Give a request into the hands of a department and one of its members, for the first time or to others."""
    scope = info.scope
    department = await scope.get(DepartmentRow, input.department.uuid)
    assignee = await scope.get(UserRow, input.assignee.uuid)
    return await requests.assign(scope, info.subject, department, assignee.id, input.due_at)


class StartServiceRequestInput(Input):
    """A request to begin with, or to go on with."""

    request: Request


@command(ServiceRequest, permission=rights.WORK)
async def start_service_request(info: Info[ServiceRequestRow], input: StartServiceRequestInput) -> ServiceRequestRow:
    """Begin with an assigned request, or go on with one that waited."""
    return await requests.start(info.scope, info.subject)


class WaitedFor(StrEnum):
    """What a request can wait for."""

    CUSTOMER = "CUSTOMER"
    PARTS = "PARTS"


class WaitServiceRequestInput(Input):
    """What a request waits for."""

    request: Request
    waiting_for: WaitedFor = Field(description="The customer, or parts.")
    note: Annotated[str, Field(max_length=300)] = Field(description="For what exactly.")


@command(ServiceRequest, permission=rights.WORK)
async def wait_service_request(info: Info[ServiceRequestRow], input: WaitServiceRequestInput) -> ServiceRequestRow:
    """Let a request wait for the customer or for parts; `startServiceRequest` goes on with it."""
    to = RequestState(f"WAITING_{input.waiting_for.value}")
    return await requests.wait(info.scope, info.subject, to, input.note)


class ResolveServiceRequestInput(Input):
    """What was done about a request."""

    request: Request
    resolution: Annotated[str, Field(max_length=2000)] = Field(description="What was done.")


@command(ServiceRequest, permission=rights.WORK)
async def resolve_service_request(
    info: Info[ServiceRequestRow], input: ResolveServiceRequestInput
) -> ServiceRequestRow:
    """Note that what was asked for is done."""
    return await requests.resolve(info.scope, info.subject, input.resolution)


class CloseServiceRequestInput(Input):
    """A resolved request that is settled."""

    request: Request


@command(ServiceRequest, permission=rights.CLOSE)
async def close_service_request(info: Info[ServiceRequestRow], input: CloseServiceRequestInput) -> ServiceRequestRow:
    """Close a resolved request for good."""
    return await requests.close(info.scope, info.subject)


class ReopenServiceRequestInput(Input):
    """A request that was resolved in vain."""

    request: Request
    reason: Reason


@command(ServiceRequest, permission=rights.REOPEN)
async def reopen_service_request(info: Info[ServiceRequestRow], input: ReopenServiceRequestInput) -> ServiceRequestRow:
    """Take up a resolved request again, within 14 days; it is to be assigned anew."""
    return await requests.reopen(info.scope, info.subject, input.reason)


class CancelServiceRequestInput(Input):
    """A request that nobody wants any more."""

    request: Request
    reason: Reason


@command(ServiceRequest, permission=rights.CANCEL)
async def cancel_service_request(info: Info[ServiceRequestRow], input: CancelServiceRequestInput) -> ServiceRequestRow:
    """Call a request off that isn't resolved."""
    return await requests.cancel(info.scope, info.subject, input.reason)


class ExtendServiceRequestInput(Input):
    """A later deadline for a request."""

    request: Request
    due_at: datetime = Field(description="By when instead.")
    reason: Reason


@command(ServiceExtension, permission=rights.EXTEND)
async def extend_service_request(
    info: Info[ServiceRequestRow], input: ExtendServiceRequestInput
) -> ServiceExtensionRow:
    """Put a request's deadline off; from the third time on it holds once somebody else has agreed."""
    return await escalation.extend(info.scope, info.subject, input.due_at, input.reason)


class AnswerServiceExtensionInput(Input):
    """Whether a later deadline is agreed to."""

    service_extension: ID[ServiceExtension] = Field(description="The extension that was asked for.")
    approve: bool = Field(description="Agree to it, or refuse it.")


@command(ServiceExtension, permission=rights.APPROVE)
async def answer_service_extension(
    info: Info[ServiceExtensionRow], input: AnswerServiceExtensionInput
) -> ServiceExtensionRow:
    """Agree to a later deadline that somebody else asked for, or refuse it."""
    return await escalation.answer(info.scope, info.subject, approve=input.approve)


class BookServiceAppointmentInput(Input):
    """When a customer is to come to the workshop, and to whom."""

    vehicle: ID[ServiceVehicle] = Field(description="With which vehicle; its customer comes.")
    advisor: ID[User] = Field(description="Who receives him.")
    starts_at: datetime = Field(description="One of `serviceSlots`.")
    item: ID[PlanItem] | None = Field(None, description="For which planned maintenance.")
    request: ID[ServiceRequest] | None = Field(None, description="For which request.")
    note: Annotated[str, Field(max_length=300)] = Field("", description="What to know about it.")


@command(ServiceAppointment, permission=rights.BOOK)
async def book_service_appointment(info: Info, input: BookServiceAppointmentInput) -> ServiceAppointmentRow:
    """Give a customer one of an advisor's free slots."""
    scope = info.scope
    booking = Booking(
        vehicle=await scope.get(ServiceVehicleRow, input.vehicle.uuid),
        advisor_id=(await scope.get(UserRow, input.advisor.uuid)).id,
        starts_at=input.starts_at,
        item=await scope.get(PlanItemRow, input.item.uuid) if input.item else None,
        request=await scope.get(ServiceRequestRow, input.request.uuid) if input.request else None,
        note=input.note,
    )
    return await appointments.book(scope, booking)


class AppointmentOutcome(StrEnum):
    """What can become of an appointment."""

    ARRIVED = "ARRIVED"
    NO_SHOW = "NO_SHOW"
    CANCELLED = "CANCELLED"


class FinishServiceAppointmentInput(Input):
    """What became of an appointment."""

    appointment: ID[ServiceAppointment] = Field(description="Which.")
    outcome: AppointmentOutcome = Field(description="Whether the customer came, didn't come, or comes no more.")


@command(ServiceAppointment, permission=rights.BOOK)
async def finish_service_appointment(
    info: Info[ServiceAppointmentRow], input: FinishServiceAppointmentInput
) -> ServiceAppointmentRow:
    """Note what became of an appointment; one that comes to nothing gives its slot free."""
    return await appointments.finish(info.scope, info.subject, AppointmentState(input.outcome.value))
