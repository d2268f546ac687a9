"""What aftersales does when something happens elsewhere."""

from __future__ import annotations

from forecourt import on
from plugins.aftersales.services import vehicles
from plugins.inventory.api import StockVehicle, VehicleState
from plugins.inventory.events import VehicleReceived, VehicleStateChanged


@on(VehicleReceived)
async def give_up_traded_in(event: VehicleReceived) -> None:
    """Look no more after a vehicle that came into stock: who had it has given it away."""
    await vehicles.give_up(event.vehicle_identity_id)


@on(VehicleStateChanged)
async def give_up_returned(event: VehicleStateChanged) -> None:
    """Look no more after a vehicle that its customer has given back."""
    if event.to_state != VehicleState.RETURNED:
        return
    stay = await StockVehicle.get_or_none(id=event.vehicle_id)
    if stay is not None and stay.identity_id is not None:
        await vehicles.give_up(stay.identity_id)
