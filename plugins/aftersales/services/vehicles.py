"""Vehicles that the store looks after: how they come, and what stands behind them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from forecourt import Scope, ValidationRefusal, local_date, settings
from plugins.aftersales.events import ServiceVehicleRegistered
from plugins.aftersales.models.vehicles import (
    OdometerReading,
    ReadingSource,
    ServiceVehicle,
    WarrantyKind,
    WarrantyTerm,
)
from plugins.aftersales.services import odometer, plans
from plugins.aftersales.services.odometer import NewReading
from plugins.aftersales.services.prediction import add_months
from plugins.aftersales.settings import AftersalesSettings
from plugins.customers.api import Customer, add_owned_vehicle, surviving
from plugins.inventory.api import Trim, VehicleIdentity, identity_for


@dataclass(frozen=True, slots=True)
class Handover:
    """A delivery, as far as the time after it goes.

    Attributes:
        ref: What brought the vehicle, such as `sales_order:0192…`; the same a second time changes nothing.
        at: When it was delivered.
        is_new: Nobody had it before: warranties begin, and the first maintenance is the next.
    """

    store_id: UUID
    ref: str
    identity_id: UUID
    customer_id: UUID
    trim_id: UUID
    odometer_km: int
    delivered_on: date
    at: datetime
    is_new: bool


async def take_over(scope: Scope, handover: Handover) -> ServiceVehicle | None:
    """Look after a vehicle that was delivered: warranty, odometer, first maintenance.

    A vehicle that was here before, and is sold on to somebody else, keeps its warranties and its plan.
    Publishes `ServiceVehicleRegistered`, `OdometerRecorded`, `MaintenanceScheduled`.

    Returns:
        None if the customer is no longer there.
    """
    customer = await surviving(handover.customer_id)
    if customer is None:
        return None
    known = ServiceVehicle.filter(store_id=handover.store_id, identity_id=handover.identity_id)
    vehicle = await known.order_by("-id").select_for_update().first()
    if vehicle is not None and _is_older(vehicle, handover):
        return vehicle
    if vehicle is None:
        identity = await VehicleIdentity.get(id=handover.identity_id)
        vehicle = ServiceVehicle(store_id=handover.store_id, identity_id=identity.id, vin=identity.vin)
    vehicle.archived_at = None
    vehicle.customer_id = customer.id
    vehicle.delivery_ref = handover.ref
    vehicle.delivered_on = handover.delivered_on
    await vehicle.save()
    tell(scope, vehicle)
    if handover.is_new:
        await give_warranties(scope, vehicle, handover.delivered_on)
    reading = NewReading(handover.odometer_km, ReadingSource.DELIVERY, handover.at, confirmed=True)
    await odometer.record(scope, vehicle, reading)
    template = await plans.template_for(scope, handover.trim_id)
    new_on = handover.delivered_on if handover.is_new else None
    await plans.start_plan(
        scope, vehicle, template, new_on=new_on, last_on=handover.delivered_on, last_km=vehicle.distance_km
    )
    await plans.review(scope, vehicle)
    return vehicle


def _is_older(vehicle: ServiceVehicle, handover: Handover) -> bool:
    """Tell whether a handover is the one that brought the vehicle, or one before it."""
    if vehicle.delivery_ref == handover.ref:
        return True
    return vehicle.delivered_on is not None and handover.delivered_on < vehicle.delivered_on


async def give_warranties(scope: Scope, vehicle: ServiceVehicle, from_on: date) -> None:
    """Let the warranties of a new vehicle begin; one that it has already stays as it is.

    Source: SAMR order 43 of 2021, article 18, for the least that the law asks for.
    """
    chosen = await settings(scope, AftersalesSettings, store_id=vehicle.store_id)
    terms = (
        (WarrantyKind.OEM, chosen.maker_warranty_months, chosen.maker_warranty_km),
        (WarrantyKind.THREE_GUARANTEES, chosen.three_guarantees_months, chosen.three_guarantees_km),
    )
    for kind, months, km in terms:
        if not months or await WarrantyTerm.exists(vehicle_id=vehicle.id, kind=kind, archived_at=None):
            continue
        await WarrantyTerm(
            store_id=vehicle.store_id,
            vehicle_id=vehicle.id,
            kind=kind,
            from_on=from_on,
            until_on=add_months(from_on, months),
            until_km=km or None,
        ).save()


@dataclass(frozen=True, slots=True)
class Registration:
    """A vehicle that was bought elsewhere, as its customer brings it.

    Attributes:
        delivered_on: When it was new, if that is known.
        serviced_on: Its last maintenance elsewhere, with the odometer then.
    """

    customer: Customer
    vin: str
    odometer_km: int
    trim: Trim | None = None
    plate: str | None = None
    delivered_on: date | None = None
    serviced_on: date | None = None
    serviced_km: int | None = None
    advisor_id: UUID | None = None
    override_reason: str = ""


async def register(scope: Scope, new: Registration) -> ServiceVehicle:
    """Look after a vehicle that was bought elsewhere, beginning with its next maintenance.

    Publishes `ServiceVehicleRegistered`, `OdometerRecorded`, `MaintenanceScheduled`.

    Raises:
        ConflictRefusal: The store looks after it already.
        InvalidVinError: The text is no VIN.
        ValidationRefusal: Its dates lie in the future, or a last maintenance lacks its odometer.
    """
    store_id = new.customer.store_id
    today = local_date(scope.now(), scope.zone(store_id))
    _check_past(new, today)
    trim_id = new.trim.id if new.trim else None
    identity = await identity_for(scope, new.vin, trim_id, new.override_reason)
    vehicle = ServiceVehicle(
        store_id=store_id,
        identity_id=identity.id,
        customer_id=new.customer.id,
        advisor_id=new.advisor_id,
        vin=identity.vin,
        delivered_on=new.delivered_on,
        visited_on=today,
    )
    if new.plate:
        vehicle.plate = new.plate
    await vehicle.save()
    tell(scope, vehicle)
    name = new.trim.name if new.trim else ""
    await add_owned_vehicle(
        scope, new.customer.id, vehicle_identity_id=identity.id, vin=identity.vin, model=name, plate=new.plate
    )
    await odometer.record(scope, vehicle, NewReading(new.odometer_km, ReadingSource.VISIT))
    template = await plans.template_for(scope, identity.trim_id)
    never = new.serviced_on is None and new.odometer_km < template.first_km
    await plans.start_plan(
        scope,
        vehicle,
        template,
        new_on=new.delivered_on if never else None,
        last_on=new.serviced_on or today,
        last_km=new.odometer_km if new.serviced_km is None else new.serviced_km,
    )
    await plans.review(scope, vehicle)
    return vehicle


def _check_past(new: Registration, today: date) -> None:
    for path, day in (("deliveredOn", new.delivered_on), ("servicedOn", new.serviced_on)):
        if day is not None and day > today:
            raise ValidationRefusal("this day is still to come", path=(path,), rule="aftersales_future")
    if (new.serviced_on is None) != (new.serviced_km is None):
        raise ValidationRefusal(
            "of the last maintenance say both the day and the odometer",
            path=("servicedKm",),
            rule="aftersales_serviced",
        )
    if new.serviced_km is not None and new.serviced_km > new.odometer_km:
        raise ValidationRefusal(
            "the last maintenance was at no higher odometer than now",
            path=("servicedKm",),
            rule="aftersales_serviced_km",
        )


async def give_up(identity_id: UUID) -> int:
    """Look after a vehicle no more that its customer has given away, in no store of the group; return how many did.

    Its customer is asked in no more. What was known of it stays for whoever gets it next.
    """
    rows = await ServiceVehicle.filter(identity_id=identity_id, archived_at=None)
    for vehicle in rows:
        await vehicle.archive()
    return len(rows)


async def read_odometer(scope: Scope, vehicle_id: UUID, new: NewReading) -> OdometerReading:
    """Keep a reading, and predict the vehicle's maintenance anew. Publishes what has come due by it.

    Raises:
        OdometerDoubtfulRefusal: It doesn't fit the others and isn't confirmed.
    """
    vehicle = await odometer.lock(vehicle_id)
    reading = await odometer.record(scope, vehicle, new)
    await plans.review(scope, vehicle)
    return reading


def tell(scope: Scope, vehicle: ServiceVehicle) -> None:
    """Publish that the store looks after a vehicle for a customer."""
    scope.publish(
        ServiceVehicleRegistered(
            service_vehicle_id=vehicle.id,
            vehicle_identity_id=vehicle.identity_id,
            customer_id=vehicle.customer_id,
            store_id=vehicle.store_id,
        )
    )
