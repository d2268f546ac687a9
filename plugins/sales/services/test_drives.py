"""Test drives: a car and a specialist for a time, nobody else in between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from forecourt import (
    PreconditionRefusal,
    Scope,
    User,
    ValidationRefusal,
    local_date,
    settings,
)
from plugins.customers.api import live_customer, plan_task
from plugins.inventory.api import Purpose, StockVehicle
from plugins.inventory.api import lock as lock_vehicle
from plugins.sales.events import TestDriveCompleted, TestDriveScheduled
from plugins.sales.models.choices import DriveLocation
from plugins.sales.models.opportunities import Opportunity, TestDrive
from plugins.sales.services import opportunities
from plugins.sales.services.refusals import SlotTakenRefusal
from plugins.sales.services.states import BUSY_DRIVE_STATES, TEST_DRIVE, TestDriveState
from plugins.sales.services.wording import said
from plugins.sales.settings import SalesSettings

_BUSY = sorted(BUSY_DRIVE_STATES)
LONGEST = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that a drive takes; the end is no part of it."""

    begin: datetime
    end: datetime


async def schedule(
    scope: Scope,
    *,
    customer_id: UUID,
    vehicle_id: UUID,
    specialist_id: UUID,
    slot: Slot,
    opportunity: Opportunity | None = None,
    location: DriveLocation = DriveLocation.STORE,
    route: str = "",
) -> TestDrive:
    """Agree a test drive. Publishes `TestDriveScheduled`.

    Raises:
        ValidationRefusal: The slot lies in the past or has the wrong length, or the car is no demonstrator.
        SlotTakenRefusal: Car or specialist is out then; it names when both are free.
    """
    _check_slot(scope, slot)
    customer = await live_customer(customer_id)
    if opportunity is not None and opportunity.customer_id != customer.id:
        raise ValidationRefusal("the opportunity is another customer's", path=("opportunity",), rule="other_customer")
    vehicle = await lock_vehicle(vehicle_id)
    if vehicle.purpose != Purpose.TEST_DRIVE or vehicle.store_id != customer.store_id:
        raise ValidationRefusal(
            "a test drive needs a demonstrator of the store", path=("vehicle",), rule="demonstrator"
        )
    # After the car's row, the specialist's: all take them in this order, so that nobody waits in a circle.
    await User.filter(id=specialist_id).select_for_update(no_key=True)
    await _require_free(vehicle.id, specialist_id, slot)
    row = TestDrive(
        store_id=customer.store_id,
        customer_id=customer.id,
        opportunity_id=opportunity.id if opportunity else None,
        vehicle_id=vehicle.id,
        specialist_id=specialist_id,
        slot_from=slot.begin,
        slot_to=slot.end,
        location=location,
        route=route,
        state=TestDriveState.CONFIRMED,
    )
    await row.save()
    scope.publish(
        TestDriveScheduled(
            test_drive_id=row.id,
            customer_id=customer.id,
            vehicle_id=vehicle.id,
            specialist_id=specialist_id,
            store_id=row.store_id,
        )
    )
    return row


def _check_slot(scope: Scope, slot: Slot) -> None:
    if not timedelta() < slot.end - slot.begin <= LONGEST:
        raise ValidationRefusal("a test drive ends after it begins, on the same day", path=("slotTo",), rule="slot")
    if slot.end <= scope.now():
        raise ValidationRefusal("a test drive is agreed for the future", path=("slotFrom",), rule="slot_past")


async def is_free(specialist_id: UUID, slot: Slot) -> bool:
    """Tell whether a specialist has no drive within a time; lock his row first."""
    busy = TestDrive.filter(specialist_id=specialist_id, state__in=_BUSY, archived_at=None)
    return not await busy.filter(slot_from__lt=slot.end, slot_to__gt=slot.begin).exists()


async def _require_free(vehicle_id: UUID, specialist_id: UUID, slot: Slot) -> None:
    live = TestDrive.filter(state__in=_BUSY, archived_at=None)
    of_vehicle = await live.filter(vehicle_id=vehicle_id, slot_to__gt=slot.begin).order_by("slot_from")
    of_person = await live.filter(specialist_id=specialist_id, slot_to__gt=slot.begin).order_by("slot_from")
    for what, rows in (("vehicle", of_vehicle), ("specialist", of_person)):
        in_the_way = next((row for row in rows if row.slot_from < slot.end), None)
        if in_the_way is not None:
            taken = [Slot(row.slot_from, row.slot_to) for row in (*of_vehicle, *of_person)]
            raise SlotTakenRefusal(what, next_free(taken, slot), in_the_way)


def next_free(taken: list[Slot], slot: Slot) -> datetime:
    """Return the first instant, not before the slot's begin, at which nothing is taken for as long as the slot is."""
    length, begin = slot.end - slot.begin, slot.begin
    for one in sorted(taken, key=lambda busy: busy.begin):
        if one.begin < begin + length and one.end > begin:
            begin = one.end
    return begin


async def check_out(
    scope: Scope,
    drive: TestDrive,
    *,
    licence_valid_until: date,
    agreement_signed: bool,
    odometer_km: int,
    agreement_file_id: UUID | None = None,
) -> TestDrive:
    """Let a customer drive: his licence is valid today and he has signed the agreement.

    Raises:
        PreconditionRefusal: `missing` has LICENCE or AGREEMENT.
        ValidationRefusal: The odometer is below what the car had.
    """
    today = local_date(scope.now(), scope.zone(drive.store_id))
    missing = [
        code
        for code, lacking in (("LICENCE", licence_valid_until < today), ("AGREEMENT", not agreement_signed))
        if lacking
    ]
    if missing:
        raise PreconditionRefusal(
            f"a test drive needs {', '.join(missing)}", missing=tuple(missing), rule="test_drive_papers"
        )
    vehicle = await StockVehicle.get(id=drive.vehicle_id)
    if odometer_km < vehicle.odometer_km:
        raise ValidationRefusal(
            f"the odometer was at {vehicle.odometer_km} km already", path=("odometerKm",), rule="odometer"
        )
    papers = {
        "licence_valid_until": licence_valid_until,
        "agreement_signed_at": scope.now(),
        "agreement_file_id": agreement_file_id,
        "checked_out_at": scope.now(),
        "odometer_out_km": odometer_km,
    }
    await TEST_DRIVE.move(drive, TestDriveState.CHECKED_OUT, papers)
    return drive


async def take_back(scope: Scope, drive: TestDrive, odometer_km: int) -> TestDrive:
    """Take the car back.

    Raises:
        ValidationRefusal: The odometer is below what it was at the start.
    """
    TEST_DRIVE.check(drive.state, TestDriveState.RETURNED)
    if odometer_km < (drive.odometer_out_km or 0):
        raise ValidationRefusal(
            f"the odometer was at {drive.odometer_out_km} km at the start", path=("odometerKm",), rule="odometer"
        )
    await TEST_DRIVE.move(drive, TestDriveState.RETURNED, {"returned_at": scope.now(), "odometer_in_km": odometer_km})
    return drive


async def complete(scope: Scope, drive: TestDrive, satisfaction: int | None, feedback: str) -> TestDrive:
    """Note what the customer thinks, and plan to ask him again a day later. Publishes `TestDriveCompleted`."""
    await TEST_DRIVE.move(drive, TestDriveState.COMPLETED, {"satisfaction": satisfaction, "feedback": feedback})
    chosen = await settings(scope, SalesSettings, store_id=drive.store_id)
    subject = f"sales.TestDrive:{drive.id}"
    if drive.opportunity_id is not None:
        subject = opportunities.subject_of(drive.opportunity_id)
    await plan_task(
        scope,
        drive.customer_id,
        due_at=scope.now() + timedelta(hours=chosen.after_drive_hours),
        subject=said(scope, "SALES_TASK_AFTER_DRIVE", "Ask how he liked the test drive"),
        subject_ref=subject,
        dedupe_key=f"sales.after_drive:{drive.id}",
    )
    scope.publish(
        TestDriveCompleted(
            test_drive_id=drive.id,
            customer_id=drive.customer_id,
            opportunity_id=drive.opportunity_id,
            vehicle_id=drive.vehicle_id,
            distance_km=(drive.odometer_in_km or 0) - (drive.odometer_out_km or 0),
            satisfaction=satisfaction,
            store_id=drive.store_id,
        )
    )
    return drive


async def cancel(scope: Scope, drive: TestDrive, reason: str) -> TestDrive:
    """Call a test drive off; car and specialist are free again."""
    await TEST_DRIVE.move(drive, TestDriveState.CANCELLED, {"cancel_reason": reason})
    return drive


async def mark_no_shows(scope: Scope, store_id: UUID) -> int:
    """Mark drives that nobody came to; return how many."""
    chosen = await settings(scope, SalesSettings, store_id=store_id)
    late = await TestDrive.filter(
        store_id=store_id,
        state=TestDriveState.CONFIRMED,
        slot_from__lt=scope.now() - timedelta(minutes=chosen.no_show_minutes),
        archived_at=None,
    ).limit(200)
    return sum([await TEST_DRIVE.try_move(row, TestDriveState.NO_SHOW) for row in late])


def require_specialist(user_id: UUID | None) -> UUID:
    """Return who goes along.

    Raises:
        ValidationRefusal: Nobody was named, and the caller is a machine.
    """
    if user_id is None:
        raise ValidationRefusal("name who goes along", path=("specialist",), rule="specialist")
    return user_id
