"""What odometers show: believed if it fits what they showed before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from forecourt import NotFoundRefusal, Scope, ValidationRefusal, local_date, settings
from plugins.aftersales.events import OdometerRecorded
from plugins.aftersales.models.vehicles import OdometerReading, ReadingSource, ServiceVehicle
from plugins.aftersales.services.prediction import Reading
from plugins.aftersales.services.refusals import OdometerDoubtfulRefusal
from plugins.aftersales.settings import AftersalesSettings

NO_LIMIT = 2_000_000
"""More than any vehicle has run."""


@dataclass(frozen=True, slots=True)
class NewReading:
    """An odometer as somebody read it.

    Attributes:
        read_at: Now without it.
        confirmed: It was read again: keep it though it is doubtful, but don't count it.
        replaced: It is the first reading of another odometer.
    """

    km: int
    source: ReadingSource
    read_at: datetime | None = None
    confirmed: bool = False
    replaced: bool = False
    note: str = ""


async def lock(vehicle_id: UUID) -> ServiceVehicle:
    """Load a vehicle for a change; another transaction that wants the same waits until this one has committed."""
    vehicle = await ServiceVehicle.filter(id=vehicle_id, archived_at=None).select_for_update().first()
    if vehicle is None:
        raise NotFoundRefusal("there is no such ServiceVehicle in your sight", what="ServiceVehicle")
    return vehicle


async def record(scope: Scope, vehicle: ServiceVehicle, new: NewReading) -> OdometerReading:
    """Keep a reading of a locked vehicle; one that is believed and the latest becomes the vehicle's own.

    Publishes `OdometerRecorded`. Predictions are left as they are; see `plans.review`.

    Raises:
        OdometerDoubtfulRefusal: It doesn't fit the others and isn't confirmed.
        ValidationRefusal: It was read in the future, or another odometer is entered with a later reading there.
    """
    at = new.read_at or scope.now()
    if at > scope.now():
        raise ValidationRefusal("nobody reads an odometer in the future", path=("readAt",), rule="aftersales_read_at")
    before, after = await _neighbours(vehicle.id, at)
    distance = new.km + (await _offset(vehicle.id, at))
    if new.replaced:
        if after is not None:
            raise ValidationRefusal(
                "another odometer is entered before what it showed later",
                path=("replaced",),
                rule="aftersales_replaced_order",
            )
        distance = vehicle.distance_km
    read_on = local_date(at, scope.zone(vehicle.store_id))
    most_a_day = (await settings(scope, AftersalesSettings, store_id=vehicle.store_id)).most_km_per_day
    least, most = _bounds(before, after, read_on, most_a_day)
    plausible = least <= distance <= most
    if not plausible and not new.confirmed:
        shown = new.km - distance
        raise OdometerDoubtfulRefusal(new.km, least + shown, most + shown)
    reading = OdometerReading(
        store_id=vehicle.store_id,
        vehicle_id=vehicle.id,
        read_at=at,
        read_on=read_on,
        km=new.km,
        distance_km=distance,
        source=new.source,
        plausible=plausible,
        replaced=new.replaced,
        note=new.note,
    )
    await reading.save()
    if plausible and after is None:
        vehicle.odometer_km, vehicle.offset_km, vehicle.odometer_at = new.km, distance - new.km, at
        await vehicle.save()
    scope.publish(
        OdometerRecorded(
            service_vehicle_id=vehicle.id,
            reading_id=reading.id,
            km=new.km,
            plausible=plausible,
            store_id=vehicle.store_id,
        )
    )
    return reading


async def believed(vehicle_id: UUID) -> list[Reading]:
    """Return the readings that count, the oldest first."""
    rows = await OdometerReading.filter(vehicle_id=vehicle_id, plausible=True, archived_at=None).order_by("read_at")
    return [Reading(row.read_on, row.distance_km) for row in rows]


async def _neighbours(vehicle_id: UUID, at: datetime) -> tuple[OdometerReading | None, OdometerReading | None]:
    counted = OdometerReading.filter(vehicle_id=vehicle_id, plausible=True, archived_at=None)
    before = await counted.filter(read_at__lte=at).order_by("-read_at", "-id").first()
    after = await counted.filter(read_at__gt=at).order_by("read_at", "id").first()
    return before, after


async def _offset(vehicle_id: UUID, at: datetime) -> int:
    """Return what to add to the odometer that was built in at an instant."""
    replaced = OdometerReading.filter(vehicle_id=vehicle_id, replaced=True, archived_at=None, read_at__lte=at)
    last = await replaced.order_by("-read_at", "-id").first()
    return 0 if last is None else last.distance_km - last.km


def _bounds(
    before: OdometerReading | None, after: OdometerReading | None, read_on: date, most_a_day: int
) -> tuple[int, int]:
    """Return the least and the most distance that a reading between two others may say."""
    least, most = 0, NO_LIMIT
    if before is not None:
        least = before.distance_km
        most = before.distance_km + most_a_day * ((read_on - before.read_on).days + 1)
    if after is not None:
        most = min(most, after.distance_km)
    return least, max(least, most)


def latest(readings: Sequence[Reading]) -> Reading | None:
    """Return the last of some readings."""
    return max(readings, key=lambda reading: (reading.on, reading.km), default=None)
