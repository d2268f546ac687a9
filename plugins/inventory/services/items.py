"""Quantities of accessories, parts and material: received, moved, counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from forecourt import Money, NotFoundRefusal, Scope, ValidationRefusal, require_code, uuid7
from plugins.inventory.models.catalogue import Item
from plugins.inventory.models.ledger import MovementLine, StockBalance, StockMovement
from plugins.inventory.models.vehicles import Warehouse
from plugins.inventory.services import ledger
from plugins.inventory.services.kinds import PHYSICAL, MovementKind, WarehouseKind
from plugins.inventory.services.ledger import Line


@dataclass(frozen=True, slots=True)
class ReceivedItem:
    """An item, how much of it came in, and what one unit cost."""

    item_id: UUID
    quantity_milli: int
    unit_cost: Money


def quantity_milli(quantity: Decimal, *, path: tuple[str | int, ...] = ("quantity",)) -> int:
    """Return a quantity in thousandths.

    Raises:
        ValidationRefusal: It is not above zero, or has more than three decimals.
    """
    scaled = quantity * 1000
    if scaled <= 0 or scaled != scaled.to_integral_value():
        raise ValidationRefusal(
            "a quantity is above zero and has three decimals at the most", path=path, rule="inventory_quantity"
        )
    return int(scaled)


async def receive(
    scope: Scope, place: Warehouse, received: Sequence[ReceivedItem], source_ref: str, note: str = ""
) -> StockMovement:
    """Post items that came from a supplier; only this changes their moving average.

    A cause that was posted before returns that movement.
    """
    known = await ledger.posted(MovementKind.RECEIPT, source_ref) if source_ref else None
    if known is not None:
        return known
    supplier = await ledger.virtual_place(scope, WarehouseKind.SUPPLIER, place.store_id)
    lines = [
        Line(
            source=supplier,
            target=place,
            value=one.unit_cost.times(Decimal(one.quantity_milli) / 1000),
            item=await find(one.item_id),
            quantity_milli=one.quantity_milli,
        )
        for one in received
    ]
    reference = source_ref or f"receipt:{uuid7()}"
    return await ledger.post(scope, MovementKind.RECEIPT, reference, lines, store_id=place.store_id, note=note)


async def transfer(scope: Scope, source: Warehouse, target: Warehouse, item_id: UUID, quantity: int) -> StockMovement:
    """Move a quantity, in thousandths, from one place to another at its cost.

    Raises:
        NotEnoughStockError: The source holds less.
    """
    if source.id == target.id:
        raise ValidationRefusal("source and target are the same place", path=("target",), rule="inventory_same_place")
    item = await find(item_id)
    cost = await ledger.cost_of(source, item, quantity, item.price.currency)
    line = Line(source=source, target=target, value=cost, item=item, quantity_milli=quantity)
    return await ledger.post(scope, MovementKind.TRANSFER, f"items:{uuid7()}", [line], store_id=source.store_id)


async def count(scope: Scope, place: Warehouse, item_id: UUID, counted_milli: int, reason: str) -> StockMovement | None:
    """Bring the book to what was counted; None where it agrees already.

    What was found comes in at the moving average, or at no cost where there was none.
    """
    await require_code(scope, "inventory.adjust_reason", reason, path=("reason",))
    if counted_milli < 0:
        raise ValidationRefusal("nobody counts less than nothing", path=("counted",), rule="inventory_quantity")
    item = await find(item_id)
    balance = await StockBalance.filter(warehouse_id=place.id, item_id=item.id).select_for_update().first()
    gap = counted_milli - (balance.quantity_milli if balance else 0)
    if gap == 0:
        return None
    adjust = await ledger.virtual_place(scope, WarehouseKind.ADJUST, place.store_id)
    cost = await ledger.cost_of(place, item, abs(gap), item.price.currency)
    source, target = (adjust, place) if gap > 0 else (place, adjust)
    line = Line(source=source, target=target, value=cost, item=item, quantity_milli=abs(gap))
    return await ledger.post(
        scope, MovementKind.ADJUST, f"count:{uuid7()}", [line], store_id=place.store_id, note=reason
    )


async def reverse(scope: Scope, movement: StockMovement, note: str) -> StockMovement:
    """Post the mirror of a movement of items.

    Raises:
        ValidationRefusal: It moved vehicles or belongs to a fitting job: their commands take it back.
    """
    vehicles = await MovementLine.filter(movement_id=movement.id, vehicle_id__isnull=False).exists()
    if vehicles or movement.kind == MovementKind.FIT:
        raise ValidationRefusal(
            "vehicles and fitting jobs are taken back by their own commands",
            path=("movement",),
            rule="inventory_items_only",
        )
    return await ledger.reverse(scope, movement, note)


async def find(item_id: UUID) -> Item:
    """Return an item in use.

    Raises:
        NotFoundRefusal: There is none.
    """
    item = await Item.filter(id=item_id, archived_at=None).first()
    if item is None:
        raise NotFoundRefusal("there is no such item", path=("item",))
    return item


async def average_cost(store_id: UUID, item_id: UUID) -> Money | None:
    """Return what one unit of an item has cost a store on average; None while it has none."""
    held = await StockBalance.filter(
        store_id=store_id, item_id=item_id, warehouse__kind__in=sorted(PHYSICAL), quantity_milli__gt=0
    )
    currencies = {balance.value.currency for balance in held}
    if len(currencies) != 1:
        return None
    quantity = sum(balance.quantity_milli for balance in held)
    value = Money(sum(balance.value.amount_minor for balance in held), currencies.pop())
    return value.times(Decimal(1000) / quantity)
