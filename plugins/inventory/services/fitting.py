"""Fitting jobs: what is built into a vehicle, what it costs, and who bears it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from forecourt import (
    Money,
    NotFoundRefusal,
    PreconditionRefusal,
    Scope,
    ValidationRefusal,
    next_number,
    total,
)
from plugins.inventory.events import FittingDone
from plugins.inventory.models.catalogue import Item
from plugins.inventory.models.ledger import StockMovement
from plugins.inventory.models.preparation import FittingJob, FittingLine
from plugins.inventory.models.vehicles import StockVehicle, Warehouse
from plugins.inventory.services import ledger, stock
from plugins.inventory.services.kinds import FittingCharge, MovementKind, WarehouseKind
from plugins.inventory.services.ledger import Line
from plugins.inventory.services.places import physical_place, place_of
from plugins.inventory.services.states import CLOSED_STATES, FITTING, FittingState, VehicleState

_FITTABLE = (VehicleState.IN_STOCK, VehicleState.RESERVED, VehicleState.ALLOCATED, VehicleState.ON_HOLD)


@dataclass(frozen=True, slots=True)
class FittingPart:
    """An item and how much of it, in thousandths of its unit."""

    item_id: UUID
    quantity_milli: int = 1000


async def request(
    scope: Scope,
    vehicle_id: UUID,
    warehouse_id: UUID,
    parts: Sequence[FittingPart],
    charge: FittingCharge,
    *,
    source_ref: str = "",
    note: str = "",
) -> FittingJob:
    """Ask for accessories to be built into a vehicle in stock; one cause asks once.

    Its price is that of the items where the customer bears it, else zero.

    Raises:
        ConflictRefusal: The same cause has asked for something on another vehicle.
    """
    vehicle = await stock.lock(vehicle_id)
    asked = FittingJob.filter(source_ref=source_ref, vehicle_id=vehicle.id)
    if source_ref and (known := await asked.first()) is not None:
        return known
    if vehicle.state not in _FITTABLE:
        raise PreconditionRefusal(
            f"a vehicle that is {vehicle.state} is not here to be fitted", rule="inventory_not_here"
        )
    place = await physical_place(warehouse_id, vehicle.store_id)
    currency = vehicle.landed_cost.currency
    items = await _items(parts, currency)
    listed = total((items[p.item_id].price.times(Decimal(p.quantity_milli) / 1000) for p in parts), currency)
    job = FittingJob(
        store_id=vehicle.store_id,
        doc_no=await next_number(scope, "FJ", store_id=vehicle.store_id),
        vehicle_id=vehicle.id,
        warehouse_id=place.id,
        charge=charge,
        cost=Money(0, currency),
        price=listed if charge == FittingCharge.CUSTOMER else Money(0, currency),
        source_ref=source_ref,
        note=note,
    )
    await job.save()
    for part in parts:
        line = FittingLine(
            store_id=job.store_id, job_id=job.id, item_id=part.item_id, quantity_milli=part.quantity_milli
        )
        await line.save()
    return job


async def schedule(job: FittingJob, technician_id: UUID, at: datetime) -> FittingJob:
    """Name who does it, and when."""
    await FITTING.move(job, FittingState.SCHEDULED, {"technician_id": technician_id, "scheduled_at": at})
    return job


async def start(scope: Scope, job: FittingJob, technician_id: UUID | None) -> FittingJob:
    """Begin the work: the items leave stock at their moving average.

    Raises:
        NotEnoughStockError: The warehouse lacks an item.
    """
    fitter = technician_id or job.technician_id or scope.caller.user_id
    if fitter is None:
        raise ValidationRefusal("name the technician who does it", path=("technician",), rule="inventory_required")
    again = job.state == FittingState.REWORK
    rounds = job.rounds + 1 if again else job.rounds
    await FITTING.move(job, FittingState.IN_PROGRESS, {"technician_id": fitter, "rounds": rounds})
    if not again:
        await _take_items(scope, job)
    return job


async def finish(job: FittingJob) -> FittingJob:
    """Hand the work in for its check."""
    await FITTING.move(job, FittingState.QC)
    return job


async def reject(job: FittingJob) -> FittingJob:
    """Send the work back after its check."""
    await FITTING.move(job, FittingState.REWORK)
    return job


async def complete(scope: Scope, job: FittingJob) -> FittingJob:
    """Accept the work; a capitalised one raises what the vehicle has cost. Publishes `FittingDone`.

    Raises:
        PreconditionRefusal: The vehicle whose cost it would raise has left stock.
    """
    vehicle = await stock.lock(job.vehicle_id)
    if job.charge == FittingCharge.CAPITALISE and vehicle.state in CLOSED_STATES:
        raise PreconditionRefusal(
            f"a vehicle that is {vehicle.state} can't become worth more: send the job back and cancel it",
            rule="inventory_gone",
            state=vehicle.state,
        )
    await FITTING.move(job, FittingState.DONE, {"finished_at": scope.now()})
    if job.charge == FittingCharge.CAPITALISE:
        await _capitalise(scope, job, vehicle)
    left = await FittingJob.filter(vehicle_id=vehicle.id).exclude(state__in=list(FITTING.final)).count()
    scope.publish(FittingDone(vehicle_id=vehicle.id, fitting_job_id=job.id, charge=job.charge.value, open_jobs=left))
    return job


async def cancel(scope: Scope, job: FittingJob) -> FittingJob:
    """Call the work off; items that were taken for it return."""
    await FITTING.move(job, FittingState.CANCELLED)
    taken = await ledger.posted(MovementKind.FIT, f"fitting:{job.id}")
    if taken is not None:
        await ledger.reverse(scope, taken, "cancelled")
        await job.change_where(where={"state": FittingState.CANCELLED}, cost_minor=0)
    return job


async def _items(parts: Sequence[FittingPart], currency: str) -> dict[UUID, Item]:
    if not parts or any(part.quantity_milli <= 0 for part in parts):
        raise ValidationRefusal(
            "name at least one item, and more than nothing of each", path=("lines",), rule="inventory_parts"
        )
    found = {item.id: item for item in await Item.filter(id__in=[p.item_id for p in parts], archived_at=None)}
    if any(item.price.currency != currency for item in found.values()):
        raise ValidationRefusal(
            f"the vehicle is valued in {currency}, an item is not", path=("lines",), rule="inventory_currency"
        )
    if len(found) != len(parts):
        raise NotFoundRefusal("an item is unknown or named twice", path=("lines",))
    return found


async def _take_items(scope: Scope, job: FittingJob) -> StockMovement:
    place = await Warehouse.get(id=job.warehouse_id)
    fitted = await ledger.virtual_place(scope, WarehouseKind.FITTED, job.store_id)
    lines = []
    for row in await FittingLine.filter(job_id=job.id).order_by("item_id"):
        item = await Item.get(id=row.item_id)
        cost = await ledger.cost_of(place, item, row.quantity_milli, job.cost.currency)
        lines.append(Line(source=place, target=fitted, value=cost, item=item, quantity_milli=row.quantity_milli))
    movement = await ledger.post(scope, MovementKind.FIT, f"fitting:{job.id}", lines, store_id=job.store_id)
    spent = total((line.value for line in lines), job.cost.currency)
    await job.change_where(where={"state": FittingState.IN_PROGRESS}, cost_minor=spent.amount_minor)
    return movement


async def _capitalise(scope: Scope, job: FittingJob, vehicle: StockVehicle) -> None:
    """Move the items' value from what was fitted to the vehicle, where it stands."""
    fitted = await ledger.virtual_place(scope, WarehouseKind.FITTED, job.store_id)
    place = await place_of(vehicle)
    line = Line(source=fitted, target=place, value=job.cost, vehicle=vehicle, quantity_milli=0)
    await ledger.post(scope, MovementKind.REVALUE, f"fitting:{job.id}", [line], store_id=job.store_id)
    vehicle.landed_cost = vehicle.landed_cost + job.cost
    await vehicle.save()
