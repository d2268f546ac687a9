"""Inspection before delivery: rounds, freshness, and who may inspect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from forecourt import PreconditionRefusal, Scope, ValidationRefusal, codes, settings
from plugins.inventory.events import PdiPassed
from plugins.inventory.models.preparation import FittingJob, PdiInspection
from plugins.inventory.models.vehicles import StockVehicle
from plugins.inventory.services import stock
from plugins.inventory.services.refusals import InspectorIsFitterError, PdiNotPassedError
from plugins.inventory.services.states import PDI, FittingState, PdiState
from plugins.inventory.settings import InventorySettings

CHECKLIST = "inventory.pdi_check"
CHECKLIST_VERSION = "1"
_OPEN = (PdiState.PENDING, PdiState.IN_PROGRESS)


class PdiReadiness(StrEnum):
    """What an inspection is worth today."""

    NONE = "NONE"
    OPEN = "OPEN"
    FAILED = "FAILED"
    PASSED = "PASSED"
    STALE = "STALE"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The outcome of one check."""

    code: str
    ok: bool
    note: str = ""


def is_fresh(
    passed_at: datetime, passed_km: int, *, now: datetime, odometer_km: int, valid_days: int, valid_km: int
) -> bool:
    """Tell whether a passed inspection still counts: neither too many days nor too many kilometres ago.

    The last day and the last kilometre count.
    """
    return now - passed_at <= timedelta(days=valid_days) and odometer_km - passed_km <= valid_km


async def readiness(scope: Scope, vehicle: StockVehicle, odometer_km: int | None = None) -> PdiReadiness:
    """Return what the last round of a vehicle is worth.

    Args:
        odometer_km: The present reading; the last known one without it.
    """
    last = await _last(vehicle.id)
    if last is None:
        return PdiReadiness.NONE
    if last.state in _OPEN:
        return PdiReadiness.OPEN
    if last.state != PdiState.PASSED or last.finished_at is None:
        return PdiReadiness.FAILED
    own = await settings(scope, InventorySettings, store_id=vehicle.store_id)
    fresh = is_fresh(
        last.finished_at,
        last.odometer_km or 0,
        now=scope.now(),
        odometer_km=vehicle.odometer_km if odometer_km is None else odometer_km,
        valid_days=own.pdi_valid_days,
        valid_km=own.pdi_valid_km,
    )
    return PdiReadiness.PASSED if fresh else PdiReadiness.STALE


async def require_passed(scope: Scope, vehicle: StockVehicle, odometer_km: int) -> None:
    """Refuse unless the vehicle's inspection is passed and fresh."""
    found = await readiness(scope, vehicle, odometer_km)
    if found != PdiReadiness.PASSED:
        raise PdiNotPassedError(vehicle.stock_no, found)


async def open_round(scope: Scope, vehicle: StockVehicle) -> PdiInspection:
    """Return the round that is open, or open one; a fresh, passed one needs no other."""
    last = await _last(vehicle.id)
    if last is not None:
        current = await readiness(scope, vehicle)
        if current in (PdiReadiness.OPEN, PdiReadiness.PASSED):
            return last
    row = PdiInspection(
        store_id=vehicle.store_id,
        vehicle_id=vehicle.id,
        round_no=1 if last is None else last.round_no + 1,
        checklist_version=CHECKLIST_VERSION,
    )
    await row.save()
    return row


async def start(scope: Scope, vehicle_id: UUID, odometer_km: int) -> PdiInspection:
    """Begin the inspection of a vehicle; the caller is the inspector.

    Raises:
        InspectorIsFitterError: He has fitted something to it.
    """
    vehicle = await stock.lock(vehicle_id)
    inspector_id = _person(scope)
    await _require_not_fitter(vehicle.id, inspector_id)
    row = await open_round(scope, vehicle)
    if row.state == PdiState.PASSED:  # asked for again although it is fresh: another round
        row = PdiInspection(store_id=vehicle.store_id, vehicle_id=vehicle.id, round_no=row.round_no + 1)
        await row.save()
    reading = stock.later_odometer(vehicle, odometer_km)
    begun = {"inspector_id": inspector_id, "started_at": scope.now(), "odometer_km": reading}
    await PDI.move(row, PdiState.IN_PROGRESS, begun)
    if reading != vehicle.odometer_km:
        vehicle.odometer_km = reading
        await vehicle.save()
    return row


async def finish(scope: Scope, inspection: PdiInspection, results: Iterable[CheckResult]) -> PdiInspection:
    """Enter the results of an inspection: it is passed if every check is all right, else failed.

    Publishes `PdiPassed`. A failed one is to be reworked, then a new round begins.

    Raises:
        ValidationRefusal: A check of the list is missing, unknown or named twice.
        PreconditionRefusal: Somebody else began it.
    """
    if inspection.inspector_id != _person(scope):
        raise PreconditionRefusal("who began the inspection enters its results", rule="inventory_inspector")
    await stock.lock(inspection.vehicle_id)
    await _require_not_fitter(inspection.vehicle_id, inspection.inspector_id)
    entered = list(results)
    await _require_complete(scope, entered)
    passed = all(result.ok for result in entered)
    found: list[dict[str, Any]] = [{"code": r.code, "ok": r.ok, "note": r.note} for r in entered]
    told = PdiPassed(vehicle_id=inspection.vehicle_id, inspection_id=inspection.id) if passed else None
    to = PdiState.PASSED if passed else PdiState.FAILED
    await PDI.move(inspection, to, {"finished_at": scope.now(), "results": found}, event=told)
    return inspection


async def note_passed(scope: Scope, vehicle: StockVehicle) -> None:
    """Note that the inspection of a vehicle was passed without anybody who signs for it, as a demo does."""
    inspection = await _last(vehicle.id)
    if inspection is not None:
        begun = {"odometer_km": vehicle.odometer_km, "started_at": scope.now()}
        await PDI.move(inspection, PdiState.IN_PROGRESS, begun)
        await PDI.move(inspection, PdiState.PASSED, {"finished_at": scope.now()})


async def all_right(scope: Scope) -> list[CheckResult]:
    """Return the whole checklist as found to be all right."""
    today = scope.today()
    return [CheckResult(entry.code, ok=True) for entry in await codes(scope, CHECKLIST) if entry.valid_on(today)]


async def rework(scope: Scope, inspection: PdiInspection) -> PdiInspection:
    """Close a failed round because its faults have been mended, and open the next one; return the new one."""
    vehicle = await stock.lock(inspection.vehicle_id)
    await PDI.move(inspection, PdiState.REWORK)
    return await open_round(scope, vehicle)


async def _last(vehicle_id: UUID) -> PdiInspection | None:
    return await PdiInspection.filter(vehicle_id=vehicle_id).order_by("-round_no").first()


def _person(scope: Scope) -> UUID:
    if scope.caller.user_id is None:
        raise PreconditionRefusal("an inspection is signed by a person; sign in as one", rule="inventory_person")
    return scope.caller.user_id


async def _require_not_fitter(vehicle_id: UUID, inspector_id: UUID | None) -> None:
    fitted = await FittingJob.filter(
        vehicle_id=vehicle_id, technician_id=inspector_id, state__not=FittingState.CANCELLED
    ).exists()
    if fitted:
        raise InspectorIsFitterError


async def _require_complete(scope: Scope, entered: list[CheckResult]) -> None:
    today = scope.today()
    wanted = {entry.code for entry in await codes(scope, CHECKLIST) if entry.valid_on(today)}
    named = [result.code for result in entered]
    missing = sorted(wanted - set(named))
    if sorted(named) != sorted(wanted):
        raise ValidationRefusal(
            f"enter each of {', '.join(sorted(wanted))} once; missing are {', '.join(missing) or 'none'}",
            path=("results",),
            rule="inventory_checklist",
            missing=", ".join(missing) or "-",
            allowed=", ".join(sorted(wanted)),
        )
