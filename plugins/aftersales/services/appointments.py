"""Appointments at the workshop: one slot of an advisor each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from forecourt import (
    ConflictRefusal,
    Membership,
    Scope,
    ValidationRefusal,
    local_date,
    settings,
)
from plugins.aftersales.events import ServiceAppointmentMoved
from plugins.aftersales.models.maintenance import PlanItem
from plugins.aftersales.models.requests import ServiceAppointment, ServiceRequest
from plugins.aftersales.models.vehicles import ServiceVehicle
from plugins.aftersales.services import odometer, plans
from plugins.aftersales.services.states import APPOINTMENT, AppointmentState
from plugins.aftersales.settings import AftersalesSettings
from plugins.organisation.api import business_clock


@dataclass(frozen=True, slots=True)
class Booking:
    """An appointment as it is asked for."""

    vehicle: ServiceVehicle
    advisor_id: UUID
    starts_at: datetime
    item: PlanItem | None = None
    request: ServiceRequest | None = None
    note: str = ""


async def free_slots(scope: Scope, store_id: UUID, advisor_id: UUID, day: date) -> list[datetime]:
    """Return when appointments with an advisor can still begin on a day: within opening hours, and not in the past."""
    minutes = (await settings(scope, AftersalesSettings, store_id=store_id)).slot_minutes
    clock = await business_clock(scope, store_id)
    midnight = datetime.combine(day, time(), ZoneInfo(scope.zone(store_id)))
    begin, end = midnight.astimezone(scope.now().tzinfo), (midnight + timedelta(days=1)).astimezone(scope.now().tzinfo)
    taken = await ServiceAppointment.filter(
        advisor_id=advisor_id, holds_slot=True, starts_at__lt=end, ends_at__gt=begin, archived_at=None
    )
    slots, length = [], timedelta(minutes=minutes)
    while begin < end:
        whole = clock.open_time(begin, begin + length) == length
        clash = any(row.starts_at < begin + length and begin < row.ends_at for row in taken)
        if begin > scope.now() and whole and not clash:
            slots.append(begin)
        begin += length
    return slots


async def book(scope: Scope, booking: Booking) -> ServiceAppointment:
    """Give a customer a slot. Publishes `ServiceAppointmentMoved`, and `MaintenanceAppointed` for a planned one.

    Raises:
        ConflictRefusal: The advisor has another appointment then.
        TransitionRefusal: The maintenance is done or has an appointment already.
        ValidationRefusal: No slot begins then, or what it is for is of another vehicle.
    """
    vehicle = booking.vehicle
    for path, row in (("item", booking.item), ("request", booking.request)):
        if row is not None and row.vehicle_id != vehicle.id:
            raise ValidationRefusal("this is of another vehicle", path=(path,), rule="aftersales_other_vehicle")
    await _check_advisor(scope, vehicle.store_id, booking.advisor_id)
    starts_at = booking.starts_at
    day = local_date(starts_at, scope.zone(vehicle.store_id))
    if starts_at not in await free_slots(scope, vehicle.store_id, booking.advisor_id, day):
        if await _is_taken(booking.advisor_id, starts_at):
            raise ConflictRefusal(
                "the advisor has another appointment then", path=("startsAt",), rule="aftersales_slot_taken"
            )
        raise ValidationRefusal(
            "no appointment begins then; ask for `serviceSlots`", path=("startsAt",), rule="aftersales_slot"
        )
    minutes = (await settings(scope, AftersalesSettings, store_id=vehicle.store_id)).slot_minutes
    appointment = ServiceAppointment(
        store_id=vehicle.store_id,
        customer_id=vehicle.customer_id,
        vehicle_id=vehicle.id,
        advisor_id=booking.advisor_id,
        item_id=booking.item.id if booking.item else None,
        request_id=booking.request.id if booking.request else None,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        note=booking.note,
    )
    await appointment.save()
    _tell(scope, appointment, "")
    if booking.item is not None:
        await plans.appoint(scope, booking.item, vehicle)
    return appointment


async def finish(scope: Scope, appointment: ServiceAppointment, to: AppointmentState) -> ServiceAppointment:
    """Note that a customer came, didn't come, or comes no more; one that comes to nothing gives its slot free.

    Publishes `ServiceAppointmentMoved`, and `MaintenanceAppointed` where a planned maintenance is due again.

    Raises:
        TransitionRefusal: It was said already.
    """
    came = to == AppointmentState.ARRIVED
    before = await APPOINTMENT.move(appointment, to, {"holds_slot": came})
    _tell(scope, appointment, before)
    vehicle = await odometer.lock(appointment.vehicle_id)
    if came:
        vehicle.visited_on = local_date(scope.now(), scope.zone(vehicle.store_id))
        await vehicle.save()
    elif appointment.item_id is not None:
        await plans.unappoint(scope, await PlanItem.get(id=appointment.item_id), vehicle)
    return appointment


async def _check_advisor(scope: Scope, store_id: UUID, advisor_id: UUID) -> None:
    today = local_date(scope.now(), scope.zone(store_id))
    rows = await Membership.filter(store_id=store_id, user_id=advisor_id, archived_at=None, valid_from__lte=today)
    if not any(row.valid_to is None or row.valid_to >= today for row in rows):
        raise ValidationRefusal("the advisor works in another store", path=("advisor",), rule="aftersales_advisor")


async def is_free(advisor_id: UUID, begin: datetime, end: datetime) -> bool:
    """Tell whether an advisor has no appointment within a time."""
    busy = ServiceAppointment.filter(advisor_id=advisor_id, holds_slot=True, archived_at=None)
    return not await busy.filter(starts_at__lt=end, ends_at__gt=begin).exists()


async def _is_taken(advisor_id: UUID, at: datetime) -> bool:
    return await ServiceAppointment.exists(
        advisor_id=advisor_id, holds_slot=True, starts_at__lte=at, ends_at__gt=at, archived_at=None
    )


def _tell(scope: Scope, appointment: ServiceAppointment, before: str) -> None:
    scope.publish(
        ServiceAppointmentMoved(
            appointment_id=appointment.id,
            service_vehicle_id=appointment.vehicle_id,
            customer_id=appointment.customer_id,
            starts_at=appointment.starts_at,
            from_state=str(before),
            to_state=str(appointment.state),
            store_id=appointment.store_id,
        )
    )
