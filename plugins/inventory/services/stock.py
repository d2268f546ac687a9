"""Moves of a stock vehicle between its states; each is guarded in the database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from forecourt import NotFoundRefusal, Scope, require_code
from plugins.inventory.events import VehicleStateChanged
from plugins.inventory.models.vehicles import Reservation, StockVehicle
from plugins.inventory.services import ledger
from plugins.inventory.services.kinds import Condition, MovementKind, Purpose, ReservationKind, WarehouseKind
from plugins.inventory.services.ledger import Line
from plugins.inventory.services.places import place_of
from plugins.inventory.services.refusals import OdometerBackwardsError
from plugins.inventory.services.states import STOCK_VEHICLE, ReservationState, VehicleState


async def lock(vehicle_id: UUID) -> StockVehicle:
    """Load a vehicle for a change; another transaction that wants the same waits until this one has committed."""
    vehicle = await StockVehicle.filter(id=vehicle_id, archived_at=None).select_for_update().first()
    if vehicle is None:
        raise NotFoundRefusal("there is no such vehicle in stock", path=("vehicle",))
    return vehicle


async def move(vehicle: StockVehicle, to: VehicleState, values: Mapping[str, Any] | None = None) -> None:
    """Move a vehicle as its state machine does. Publishes `VehicleStateChanged`."""
    told = VehicleStateChanged(vehicle_id=vehicle.id, from_state=vehicle.state.value, to_state=to.value)
    await STOCK_VEHICLE.move(vehicle, to, values, event=told)


async def hard_claim(vehicle_id: UUID) -> Reservation | None:
    """Return the claim that takes a vehicle out of what is available."""
    return await Reservation.filter(
        vehicle_id=vehicle_id, kind=ReservationKind.HARD, state=ReservationState.ACTIVE
    ).first()


async def free_or_reserved(vehicle: StockVehicle) -> None:
    """Bring a vehicle in stock back to somebody who has a claim to it."""
    if await hard_claim(vehicle.id) is not None:
        await move(vehicle, VehicleState.RESERVED)


async def hold(scope: Scope, vehicle_id: UUID, reason: str) -> StockVehicle:
    """Stop the sale of a vehicle; a claim to it stays."""
    await require_code(scope, "inventory.hold_reason", reason, path=("reason",))
    vehicle = await lock(vehicle_id)
    await move(vehicle, VehicleState.ON_HOLD, {"hold_reason": reason})
    return vehicle


async def lift_hold(scope: Scope, vehicle_id: UUID) -> StockVehicle:
    """Give a vehicle free again; if somebody has a claim to it, it is reserved for him again."""
    vehicle = await lock(vehicle_id)
    if vehicle.state != VehicleState.ON_HOLD:
        raise STOCK_VEHICLE.refusal(vehicle.state, VehicleState.IN_STOCK)
    await move(vehicle, VehicleState.IN_STOCK, {"hold_reason": ""})
    await free_or_reserved(vehicle)
    return vehicle


async def change_purpose(scope: Scope, vehicle_id: UUID, purpose: Purpose, odometer_km: int | None) -> StockVehicle:
    """Take a vehicle out of sale as a demonstrator or loaner, or bring it back, then as a used demonstrator."""
    vehicle = await lock(vehicle_id)
    driven = {} if odometer_km is None else {"odometer_km": later_odometer(vehicle, odometer_km)}
    if purpose == Purpose.SALE:
        if vehicle.state != VehicleState.DEMO_USE:
            return vehicle
        condition = Condition.USED if vehicle.condition == Condition.USED else Condition.DEMO
        await move(vehicle, VehicleState.IN_STOCK, {"purpose": purpose, "condition": condition, **driven})
    elif vehicle.state == VehicleState.DEMO_USE:
        await vehicle.change_where(where={"state": VehicleState.DEMO_USE}, purpose=purpose, **driven)
    else:
        await move(vehicle, VehicleState.DEMO_USE, {"purpose": purpose, **driven})
    return vehicle


def later_odometer(vehicle: StockVehicle, odometer_km: int) -> int:
    """Return a reading of the odometer, which never runs backwards.

    Raises:
        OdometerBackwardsError: It is below the last one.
    """
    if odometer_km < vehicle.odometer_km:
        raise OdometerBackwardsError(vehicle.odometer_km, odometer_km)
    return odometer_km


async def retire(scope: Scope, vehicle_id: UUID, *, to: VehicleState, note: str) -> StockVehicle:
    """Write a vehicle off or give it back to the supplier; its stay in stock ends."""
    vehicle = await lock(vehicle_id)
    gone = to == VehicleState.WRITTEN_OFF
    kind = MovementKind.WRITE_OFF if gone else MovementKind.RETURN_OUT
    place_kind = WarehouseKind.SCRAP if gone else WarehouseKind.SUPPLIER
    STOCK_VEHICLE.check(vehicle.state, to)
    source = await place_of(vehicle)
    place = await ledger.virtual_place(scope, place_kind, vehicle.store_id)
    line = Line(source=source, target=place, value=vehicle.landed_cost, vehicle=vehicle)
    await ledger.post(scope, kind, f"vehicle:{vehicle.id}", [line], store_id=vehicle.store_id, note=note)
    await move(vehicle, to, {"warehouse_id": place.id, "slot": None})
    return vehicle
