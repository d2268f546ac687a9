"""Places where stock may be put."""

from __future__ import annotations

from uuid import UUID

from forecourt import NotFoundRefusal, ValidationRefusal
from plugins.inventory.models import Warehouse
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
