"""What aftersales does when something happens elsewhere."""

from __future__ import annotations

from uuid import UUID

from forecourt import on
from plugins.aftersales.services import vehicles
from plugins.inventory.api import StockVehicle, VehicleState
from plugins.inventory.events import VehicleReceived, VehicleStateChanged


@on(VehicleReceived)
async def give_up_traded_in(event: VehicleReceived) -> None:
    """Look no more after a vehicle that came into stock: who had it has given it away."""
    await _give_up(event.vehicle_id)


@on(VehicleStateChanged)
async def give_up_returned(event: VehicleStateChanged) -> None:
    """Look no more after a vehicle that its customer has given back."""
    if event.to_state == VehicleState.RETURNED:
        await _give_up(event.vehicle_id)


async def _give_up(stock_vehicle_id: UUID) -> None:
    stay = await StockVehicle.get(id=stock_vehicle_id)
    # Events of two aggregates come in any order: it may have been sold on by now, and has its next customer.
    if stay.identity_id is not None and stay.state != VehicleState.DELIVERED:
        await vehicles.give_up(stay.identity_id)
