"""How vehicles go out to customers, and come back from them."""

from __future__ import annotations

from uuid import UUID

from forecourt import Scope, local_date
from plugins.inventory.models.ledger import StockMovement
from plugins.inventory.models.preparation import FittingJob
from plugins.inventory.models.vehicles import StockVehicle
from plugins.inventory.services import ledger, pdi, reservations, stock
from plugins.inventory.services.kinds import Condition, MovementKind, WarehouseKind
from plugins.inventory.services.ledger import Line
from plugins.inventory.services.places import physical_place, place_of
from plugins.inventory.services.refusals import CertificatePledgedError, FittingOpenError
from plugins.inventory.services.states import STOCK_VEHICLE, FittingState, VehicleState

_OPEN_FITTING = frozenset(FittingState) - {FittingState.DONE, FittingState.CANCELLED}


async def issue_to_customer(scope: Scope, vehicle_id: UUID, *, source_ref: str, odometer_km: int) -> StockMovement:
    """Hand an allocated vehicle over: it leaves stock, and its claim is fulfilled. The same cause does it once.

    Raises:
        TransitionRefusal: It isn't allocated.
        ConflictRefusal: The same cause has handed over another vehicle.
        PdiNotPassedError: Its inspection isn't passed, or is stale.
        FittingOpenError: Something is still to be built in.
        CertificatePledgedError: Its certificate lies with a bank.
    """
    vehicle = await stock.lock(vehicle_id)
    known = await ledger.posted(MovementKind.ISSUE, source_ref, vehicle_id=vehicle.id)
    if known is not None:
        return known
    STOCK_VEHICLE.check(vehicle.state, VehicleState.DELIVERED)
    reading = stock.later_odometer(vehicle, odometer_km)
    await require_deliverable(scope, vehicle, reading)
    source = await place_of(vehicle)
    customer = await ledger.virtual_place(scope, WarehouseKind.CUSTOMER, vehicle.store_id)
    line = Line(source=source, target=customer, value=vehicle.landed_cost, vehicle=vehicle)
    gone = {"warehouse_id": customer.id, "slot": None, "odometer_km": reading}
    await stock.move(vehicle, VehicleState.DELIVERED, gone)
    movement = await ledger.post(scope, MovementKind.ISSUE, source_ref, [line], store_id=vehicle.store_id)
    await reservations.fulfil(scope, vehicle)
    return movement


async def require_deliverable(scope: Scope, vehicle: StockVehicle, odometer_km: int) -> None:
    """Refuse unless certificate, fitting and inspection allow a delivery."""
    if vehicle.cert_pledged:
        raise CertificatePledgedError(vehicle.stock_no)
    if not await fitting_done(vehicle.id):
        raise FittingOpenError(vehicle.stock_no)
    await pdi.require_passed(scope, vehicle, odometer_km)


async def fitting_done(vehicle_id: UUID) -> bool:
    """Tell whether nothing is left to be built into a vehicle."""
    return not await FittingJob.filter(vehicle_id=vehicle_id, state__in=sorted(_OPEN_FITTING)).exists()


async def return_from_customer(
    scope: Scope, vehicle_id: UUID, *, source_ref: str, warehouse_id: UUID, odometer_km: int
) -> StockVehicle:
    """Take a delivered vehicle back, to be looked at before it is sold again. The same cause does it once.

    Raises:
        ConflictRefusal: It is in stock already in another stay.
    """
    vehicle = await stock.lock(vehicle_id)
    if await ledger.posted(MovementKind.RETURN_IN, source_ref, vehicle_id=vehicle.id) is not None:
        return vehicle
    if vehicle.state != VehicleState.DELIVERED:
        raise STOCK_VEHICLE.refusal(vehicle.state, VehicleState.RETURNED)
    place = await physical_place(warehouse_id, vehicle.store_id)
    customer = await ledger.virtual_place(scope, WarehouseKind.CUSTOMER, vehicle.store_id)
    line = Line(source=customer, target=place, value=vehicle.landed_cost, vehicle=vehicle)
    await ledger.post(scope, MovementKind.RETURN_IN, source_ref, [line], store_id=vehicle.store_id)
    reading = stock.later_odometer(vehicle, odometer_km)
    await stock.move(vehicle, VehicleState.RETURNED, {"warehouse_id": place.id, "odometer_km": reading})
    return vehicle


async def restock(scope: Scope, vehicle_id: UUID) -> StockVehicle:
    """Put a vehicle that came back from a customer up for sale, now a used one."""
    vehicle = await stock.lock(vehicle_id)
    if vehicle.state != VehicleState.RETURNED:
        raise STOCK_VEHICLE.refusal(vehicle.state, VehicleState.IN_STOCK)
    now = scope.now()
    aged_from_on = local_date(now, scope.zone(vehicle.store_id))
    back = {"condition": Condition.USED, "received_at": now, "aged_from_on": aged_from_on}
    await stock.move(vehicle, VehicleState.IN_STOCK, back)
    return vehicle
