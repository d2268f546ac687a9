"""What follows a sale; loaded only when the module sales is on."""

from __future__ import annotations

from forecourt import current, on
from plugins.aftersales.services import vehicles
from plugins.aftersales.services.vehicles import Handover
from plugins.inventory.api import Condition, StockVehicle
from plugins.sales.events import VehicleDelivered


@on(VehicleDelivered)
async def look_after_vehicle(event: VehicleDelivered) -> None:
    """Look after a delivered vehicle: warranty, odometer, and its first maintenance."""
    scope = current()
    stay = await StockVehicle.get(id=event.stock_vehicle_id)
    await vehicles.take_over(
        scope,
        Handover(
            store_id=event.store_id or stay.store_id,
            ref=f"sales_order:{event.order_id}",
            identity_id=event.vehicle_identity_id,
            customer_id=event.customer_id,
            trim_id=event.trim_id,
            odometer_km=event.odometer_km,
            delivered_on=event.delivered_on,
            at=event.occurred_at or scope.now(),
            is_new=stay.condition != Condition.USED,
        ),
    )
