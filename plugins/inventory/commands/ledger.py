"""Commands on quantities of items and on the ledger."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from forecourt import Money, Permission
from forecourt.graphql import ID, Info, Input, command
from plugins.inventory import rights
from plugins.inventory.models.ledger import StockMovement as StockMovementRow
from plugins.inventory.models.vehicles import Warehouse as WarehouseRow
from plugins.inventory.services import items
from plugins.inventory.services.items import ReceivedItem, quantity_milli
from plugins.inventory.services.places import physical_place
from plugins.inventory.types.catalogue import Item
from plugins.inventory.types.ledger import StockMovement
from plugins.inventory.types.vehicles import Warehouse

Note = Annotated[str, Field(max_length=200, description="What to know about it.")]
Quantity = Annotated[Decimal, Field(description="In the item's unit; three decimals at the most.")]


class ReceivedItemInput(Input):
    """An item that came in."""

    item: ID[Item] = Field(description="What it is.")
    quantity: Quantity
    unit_cost: Money = Field(description="What one unit cost.")


class ReceiveItemsInput(Input):
    """Items that came from a supplier."""

    warehouse: ID[Warehouse] = Field(description="Where they are put.")
    lines: list[ReceivedItemInput] = Field(min_length=1, max_length=200, description="What came in.")
    source_ref: Annotated[str, Field(max_length=120)] = Field(
        "", description="The supplier's delivery note; the same one is posted once."
    )
    note: Note = ""


@command(StockMovement, permission=rights.POST)
async def receive_items(info: Info, input: ReceiveItemsInput) -> StockMovementRow:
    """Post accessories, parts or material that came from a supplier."""
    place = await _place(info, input.warehouse, "warehouse")
    received = [
        ReceivedItem(line.item.uuid, quantity_milli(line.quantity, path=("lines", index, "quantity")), line.unit_cost)
        for index, line in enumerate(input.lines)
    ]
    return await items.receive(info.scope, place, received, input.source_ref, input.note)


class TransferItemsInput(Input):
    """What to move, and between which places."""

    source: ID[Warehouse] = Field(description="Where they leave.")
    target: ID[Warehouse] = Field(description="Where they arrive.")
    item: ID[Item] = Field(description="What it is.")
    quantity: Quantity


@command(StockMovement, permission=rights.POST)
async def transfer_items(info: Info, input: TransferItemsInput) -> StockMovementRow:
    """Move items from one place of the store to another."""
    source, target = await _place(info, input.source, "source"), await _place(info, input.target, "target")
    return await items.transfer(info.scope, source, target, input.item.uuid, quantity_milli(input.quantity))


class CountItemInput(Input):
    """What was counted where."""

    warehouse: ID[Warehouse] = Field(description="Where it was counted.")
    item: ID[Item] = Field(description="What was counted.")
    counted: Annotated[Decimal, Field(ge=0)] = Field(description="How much is there, in the item's unit.")
    reason: Annotated[str, Field(max_length=60)] = Field(description="A code of `inventory.adjust_reason`.")


@command(StockMovement, permission=rights.ADJUST)
async def count_item(info: Info, input: CountItemInput) -> StockMovementRow | None:
    """Bring the book to what was counted; nothing is posted where it agrees."""
    place = await _place(info, input.warehouse, "warehouse", rights.ADJUST)
    counted = quantity_milli(input.counted, path=("counted",)) if input.counted else 0
    return await items.count(info.scope, place, input.item.uuid, counted, input.reason)


class ReverseMovementInput(Input):
    """Which movement to take back, and why."""

    movement: ID[StockMovement] = Field(description="A movement of items that was posted.")
    note: Annotated[str, Field(min_length=1, max_length=200)] = Field(description="Why.")


@command(
    StockMovement,
    permission=Permission("inventory.stock_movement.reverse", {"en": "Reverse movements", "zh-CN": "冲销单据"}),
)
async def reverse_movement(info: Info[StockMovementRow], input: ReverseMovementInput) -> StockMovementRow:
    """Post the mirror of a movement of items; it is returned. Vehicles go back by their own commands."""
    return await items.reverse(info.scope, info.subject, input.note)


async def _place(info: Info, named: ID[Warehouse], path: str, permission: str = rights.POST) -> WarehouseRow:
    seen = await info.scope.get(WarehouseRow, named.uuid, permission=permission)
    return await physical_place(seen.id, path=path)
