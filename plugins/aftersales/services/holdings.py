"""What of the service is in somebody's hands: vehicles looked after, requests under way, appointments to come."""

from __future__ import annotations

from uuid import UUID

from forecourt import Holding, Scope
from plugins.aftersales.models.requests import ServiceAppointment, ServiceRequest
from plugins.aftersales.models.vehicles import ServiceVehicle
from plugins.aftersales.services import appointments
from plugins.aftersales.services.requests import IN_HAND, members_of
from plugins.aftersales.services.states import AppointmentState, RequestState


async def _is_of_department(scope: Scope, request: ServiceRequest, to: UUID) -> bool:
    if request.department_id is None:
        return False
    return to in await members_of(scope, request.store_id, request.department_id)


async def _has_the_time(scope: Scope, appointment: ServiceAppointment, to: UUID) -> bool:
    return await appointments.is_free(to, appointment.starts_at, appointment.ends_at)


HOLDINGS = (
    Holding(ServiceVehicle, "advisor_id", {}, about=("customer_id",)),
    Holding(
        ServiceRequest,
        "assignee_id",
        {"state": sorted({*IN_HAND, RequestState.REOPENED})},
        about=("customer_id",),
        hand=_is_of_department,
    ),
    Holding(
        ServiceAppointment,
        "advisor_id",
        {"state": AppointmentState.CONFIRMED},
        about=("customer_id",),
        hand=_has_the_time,
    ),
)
