"""Places where stock may be put."""

from __future__ import annotations

from uuid import UUID

from forecourt import NotFoundRefusal, PreconditionRefusal, ValidationRefusal
from plugins.inventory.models.vehicles import StockVehicle, Warehouse
from plugins.inventory.services.kinds import PHYSICAL


async def physical_place(warehouse_id: UUID, store_id: UUID | None = None, *, path: str = "warehouse") -> Warehouse:
    """Return a place that has walls, of a store if one is named.

    Raises:
        NotFoundRefusal: There is none, or it is another store's.
        ValidationRefusal: It is a virtual one.
    """
    place = await Warehouse.filter(id=warehouse_id, archived_at=None).first()
    if place is None or (store_id is not None and place.store_id != store_id):
        raise NotFoundRefusal("there is no such warehouse at this store", path=(path,))
    if place.kind not in PHYSICAL:
        raise ValidationRefusal(f"{place.name} is no physical place", path=(path,), rule="inventory_physical")
    return place


async def place_of(vehicle: StockVehicle) -> Warehouse:
    """Return where a vehicle stands.

    Raises:
        PreconditionRefusal: It has only been ordered, and stands nowhere yet.
    """
    place = await Warehouse.filter(id=vehicle.warehouse_id).first() if vehicle.warehouse_id else None
    if place is None:
        raise PreconditionRefusal(
            f"the vehicle {vehicle.stock_no} stands nowhere yet: receive it first",
            rule="inventory_nowhere",
            stock_no=vehicle.stock_no,
        )
    return place
