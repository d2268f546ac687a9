"""The closed ledger: whatever moves leaves one place and arrives at another, and is never changed again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from uuid import UUID

from tortoise.expressions import F

from forecourt import (
    ConflictRefusal,
    Money,
    NotFoundRefusal,
    Scope,
    ValidationRefusal,
    local_date,
    next_number,
    save_all,
)
from plugins.inventory.events import StockMoved
from plugins.inventory.models.catalogue import Item
from plugins.inventory.models.ledger import MovementLine, StockBalance, StockMovement
from plugins.inventory.models.vehicles import StockVehicle, Warehouse
from plugins.inventory.services.kinds import ENDLESS, PHYSICAL, MovementKind, WarehouseKind
from plugins.inventory.services.refusals import NotEnoughStockError, WarehouseFullError

VEHICLE_MILLI = 1000
"""One vehicle in thousandths."""

Key = tuple[UUID, UUID | None, UUID | None]
"""Place, vehicle, item."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a movement carries.

    Attributes:
        quantity_milli: Thousandths, not negative; 0 moves value alone.
    """

    source: Warehouse
    target: Warehouse
    value: Money
    vehicle: StockVehicle | None = None
    item: Item | None = None
    quantity_milli: int = VEHICLE_MILLI

    @property
    def label(self) -> str:
        """What a refusal calls the thing."""
        return self.vehicle.stock_no if self.vehicle else self.item.code if self.item else ""


async def virtual_place(scope: Scope, kind: WarehouseKind, store_id: UUID) -> Warehouse:
    """Return a store's virtual place of a kind; it is made when first needed."""
    found = await Warehouse.filter(store_id=store_id, kind=kind, archived_at=None).first()
    if found is None:
        found = Warehouse(store_id=store_id, kind=kind, code=kind.value, name=kind.value)
        await found.save()
    return found


async def posted(kind: MovementKind, source_ref: str, *, vehicle_id: UUID | None = None) -> StockMovement | None:
    """Return the movement that a cause has led to already.

    Args:
        vehicle_id: Only if it moved this vehicle.
    """
    movement = await StockMovement.filter(kind=kind, source_ref=source_ref).first()
    if movement is None or vehicle_id is None:
        return movement
    moved = await MovementLine.filter(movement_id=movement.id, vehicle_id=vehicle_id).exists()
    return movement if moved else None


async def post(
    scope: Scope,
    kind: MovementKind,
    source_ref: str,
    lines: Sequence[Line],
    *,
    store_id: UUID,
    note: str = "",
    reverses_id: UUID | None = None,
) -> StockMovement:
    """Post a movement and bring the balances up to it. Publishes `StockMoved`.

    Raises:
        ConflictRefusal: The cause has led to a movement of this kind already, as the database alone can know.
        NotEnoughStockError: A physical place or a way would hold less than nothing.
        WarehouseFullError: More vehicles than fit in.
    """
    if not lines or any(line.quantity_milli < 0 for line in lines):
        raise ValidationRefusal(
            "a movement has lines, and none of them is negative", path=("lines",), rule="inventory_quantity"
        )
    movement = StockMovement(
        store_id=store_id,
        doc_no=await next_number(scope, "SM", store_id=store_id),
        kind=kind,
        source_ref=source_ref,
        posted_at=scope.now(),
        posted_on=local_date(scope.now(), scope.zone(store_id)),
        note=note,
        reverses_id=reverses_id,
    )
    await save_all([movement, *(_line(movement, number, line) for number, line in enumerate(lines, 1))])
    await _apply(lines)
    scope.publish(StockMoved(movement_id=movement.id, kind=kind.value, source_ref=source_ref, reverses_id=reverses_id))
    return movement


async def reverse(scope: Scope, movement: StockMovement, note: str) -> StockMovement:
    """Post the exact mirror of a movement.

    Raises:
        ValidationRefusal: It is a mirror itself.
        ConflictRefusal: It has been reversed already.
    """
    # Who comes second waits here, and then sees what the first has posted.
    await StockMovement.filter(id=movement.id).select_for_update().get()
    if await StockMovement.filter(reverses_id=movement.id).exists():
        raise ConflictRefusal("this movement has been reversed already", rule="inventory_reversed")
    if movement.reverses_id is not None:
        raise ValidationRefusal("a reversal can't be reversed; post the movement again", rule="inventory_reversal")
    mirrored = [
        Line(
            source=await Warehouse.get(id=row.target_id),
            target=await Warehouse.get(id=row.source_id),
            value=row.value,
            vehicle=await StockVehicle.get(id=row.vehicle_id) if row.vehicle_id else None,
            item=await Item.get(id=row.item_id) if row.item_id else None,
            quantity_milli=row.quantity_milli,
        )
        for row in await MovementLine.filter(movement_id=movement.id).order_by("line_no")
    ]
    return await post(
        scope,
        movement.kind,
        f"reversal:{movement.id}",
        mirrored,
        store_id=movement.store_id,
        note=note,
        reverses_id=movement.id,
    )


async def cost_of(place: Warehouse, item: Item, quantity_milli: int, currency: str) -> Money:
    """Return what a quantity costs at the place's moving average; the balance stays locked until the commit."""
    balance = await StockBalance.filter(warehouse_id=place.id, item_id=item.id).select_for_update().first()
    if balance is None or balance.quantity_milli <= 0:
        return Money(0, currency)
    part = Decimal(balance.value.amount_minor) * quantity_milli / balance.quantity_milli
    return Money(int(part.quantize(Decimal(1), ROUND_HALF_EVEN)), balance.value.currency)


async def fold() -> dict[Key, tuple[int, int]]:
    """Return quantity and value of every place and thing, added up from all lines ever posted."""
    sums: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
    for row in await MovementLine.all():
        for place, sign in ((row.source_id, -1), (row.target_id, 1)):
            entry = sums[place, row.vehicle_id, row.item_id]
            entry[0] += sign * row.quantity_milli
            entry[1] += sign * row.value.amount_minor
    return {key: (quantity, value) for key, (quantity, value) in sums.items()}


async def differences() -> list[Key]:
    """Return where the stored balances are not the sum of the movements; empty when all is well."""
    right = {key: entry for key, entry in (await fold()).items() if entry != (0, 0)}
    stored = {
        (row.warehouse_id, row.vehicle_id, row.item_id): (row.quantity_milli, row.value.amount_minor)
        for row in await StockBalance.all()
    }
    stored = {key: entry for key, entry in stored.items() if entry != (0, 0)}
    return sorted({key for key in right.keys() | stored.keys() if right.get(key) != stored.get(key)}, key=str)


async def rebuild() -> int:
    """Write the balances anew from the movements; return how many were wrong."""
    wrong, right = await differences(), await fold()
    for place_id, vehicle_id, item_id in wrong:
        quantity, value = right.get((place_id, vehicle_id, item_id), (0, 0))
        row = await StockBalance.filter(warehouse_id=place_id, vehicle_id=vehicle_id, item_id=item_id).first()
        if row is None:
            place = await Warehouse.get(id=place_id)
            row = StockBalance(
                store_id=place.store_id,
                warehouse_id=place_id,
                vehicle_id=vehicle_id,
                item_id=item_id,
                value=Money(0, await _currency(vehicle_id, item_id)),
            )
        row.quantity_milli = quantity
        row.value = Money(value, row.value.currency)
        await row.save()
    return len(wrong)


async def _currency(vehicle_id: UUID | None, item_id: UUID | None) -> str:
    line = await MovementLine.filter(vehicle_id=vehicle_id, item_id=item_id).first()
    if line is None:
        raise NotFoundRefusal("nothing of this has ever moved")
    return line.value.currency


def _line(movement: StockMovement, number: int, line: Line) -> MovementLine:
    return MovementLine(
        store_id=movement.store_id,
        movement_id=movement.id,
        line_no=number,
        vehicle_id=line.vehicle.id if line.vehicle else None,
        item_id=line.item.id if line.item else None,
        quantity_milli=line.quantity_milli,
        source_id=line.source.id,
        target_id=line.target.id,
        value=line.value,
    )


async def _apply(lines: Iterable[Line]) -> None:
    steps = [(line, place, sign) for line in lines for place, sign in ((line.source, -1), (line.target, 1))]
    # All transactions lock in one order, so that two of them never wait for each other.
    for line, place, sign in sorted(steps, key=lambda step: (step[1].id, step[2])):
        if line.vehicle is not None and line.quantity_milli and place.kind in PHYSICAL:
            await _occupy(place, sign)
    for line, place, sign in sorted(steps, key=lambda step: (step[1].id, _thing(step[0]), step[2])):
        await _change(line, place, sign)


def _thing(line: Line) -> UUID:
    thing = line.vehicle or line.item
    assert thing is not None
    return thing.id


async def _occupy(place: Warehouse, sign: int) -> None:
    full = {"occupied__lt": place.capacity} if sign > 0 and place.capacity is not None else {}
    if not await place.change_where(where=full, occupied=F("occupied") + sign):
        raise WarehouseFullError(place.name, place.capacity)


async def _change(line: Line, place: Warehouse, sign: int) -> None:
    balance = await _balance(line, place)
    if balance.value.currency != line.value.currency:
        raise ValidationRefusal(
            f"{line.label} is valued in {balance.value.currency}, not in {line.value.currency}",
            rule="inventory_currency",
        )
    enough = (
        {"quantity_milli__gte": line.quantity_milli}
        if sign < 0 and place.kind not in ENDLESS
        else {"archived_at": None}
    )
    changed = await balance.change_where(
        where=enough,
        quantity_milli=F("quantity_milli") + sign * line.quantity_milli,
        value_minor=F("value_minor") + sign * line.value.amount_minor,
    )
    if not changed:
        raise NotEnoughStockError(line.label, place.name)


async def _balance(line: Line, place: Warehouse) -> StockBalance:
    vehicle_id = line.vehicle.id if line.vehicle else None
    item_id = line.item.id if line.item else None
    found = await StockBalance.filter(warehouse_id=place.id, vehicle_id=vehicle_id, item_id=item_id).first()
    if found is None:
        found = StockBalance(
            store_id=place.store_id,
            warehouse_id=place.id,
            vehicle_id=vehicle_id,
            item_id=item_id,
            value=Money(0, line.value.currency),
        )
        await found.save()
    return found
