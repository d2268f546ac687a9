"""Vehicles on their way between places of the group."""

from __future__ import annotations

from uuid import UUID

from forecourt import NotFoundRefusal, Scope, ValidationRefusal, next_number
from plugins.inventory.models.preparation import VehicleTransfer
from plugins.inventory.models.vehicles import StockVehicle, Warehouse
from plugins.inventory.services import ledger, stock
from plugins.inventory.services.kinds import MovementKind, WarehouseKind
from plugins.inventory.services.ledger import Line
from plugins.inventory.services.places import physical_place, place_of
from plugins.inventory.services.states import STOCK_VEHICLE, TRANSFER, TransferState, VehicleState


async def dispatch(
    scope: Scope, vehicle_id: UUID, target_id: UUID, odometer_km: int, carrier: str = ""
) -> VehicleTransfer:
    """Send a free vehicle to another place of the group."""
    vehicle = await stock.lock(vehicle_id)
    STOCK_VEHICLE.check(vehicle.state, VehicleState.IN_TRANSFER)
    source = await place_of(vehicle)
    target = await physical_place(target_id, path="target")
    if target.id == source.id:
        raise ValidationRefusal("the vehicle is there already", path=("target",), rule="inventory_same_place")
    transfer = VehicleTransfer(
        store_id=vehicle.store_id,
        doc_no=await next_number(scope, "DB", store_id=vehicle.store_id),
        vehicle_id=vehicle.id,
        source_id=source.id,
        target_id=target.id,
        carrier=carrier,
        odometer_out_km=stock.later_odometer(vehicle, odometer_km),
    )
    await transfer.save()
    way = await ledger.virtual_place(scope, WarehouseKind.TRANSFER, vehicle.store_id)
    await _post(scope, transfer, "out", vehicle, source, way)
    left = {"warehouse_id": way.id, "slot": None, "odometer_km": odometer_km}
    await stock.move(vehicle, VehicleState.IN_TRANSFER, left)
    return transfer


async def on_its_way(scope: Scope, vehicle_id: UUID, permission: str, *, back: bool) -> VehicleTransfer:
    """Load the transfer of a vehicle for who puts it into stock: his right is at the place where it arrives.

    Raises:
        NotFoundRefusal: It is on no way that ends in the caller's sight.
    """
    transfer = await VehicleTransfer.filter(vehicle_id=vehicle_id, state=TransferState.DISPATCHED).first()
    if transfer is None:
        raise NotFoundRefusal("this vehicle is on no way to you", path=("vehicle",))
    await scope.get(Warehouse, transfer.source_id if back else transfer.target_id, permission=permission)
    return transfer


async def arrive(scope: Scope, transfer: VehicleTransfer, odometer_km: int, *, back: bool = False) -> StockVehicle:
    """Put a vehicle into stock where it was sent, or back where it came from; it becomes that store's."""
    vehicle = await stock.lock(transfer.vehicle_id)
    to = TransferState.RETURNED if back else TransferState.RECEIVED
    TRANSFER.check(transfer.state, to)
    reading = stock.later_odometer(vehicle, odometer_km)
    place = await Warehouse.get(id=transfer.source_id if back else transfer.target_id)
    await TRANSFER.move(transfer, to, {"received_at": scope.now(), "odometer_in_km": reading})
    way = await place_of(vehicle)
    await _post(scope, transfer, "in", vehicle, way, place)
    arrived = {"warehouse_id": place.id, "store_id": place.store_id, "odometer_km": reading}
    await stock.move(vehicle, VehicleState.IN_STOCK, arrived)
    return vehicle


async def _post(
    scope: Scope, transfer: VehicleTransfer, leg: str, vehicle: StockVehicle, source: Warehouse, target: Warehouse
) -> None:
    line = Line(source=source, target=target, value=vehicle.landed_cost, vehicle=vehicle)
    reference = f"transfer:{transfer.id}:{leg}"
    await ledger.post(scope, MovementKind.TRANSFER, reference, [line], store_id=transfer.store_id)
