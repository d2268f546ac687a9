"""By what each line of an offer is measured: the catalogue where it knows the thing, or what the seller says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from forecourt import Money
from plugins.inventory.api import Item, average_cost
from plugins.sales.services.pricing import BASIS, COST_KINDS, LineKind


class NamedLine(Protocol):
    """What is entered of a line, and counts here."""

    @property
    def kind(self) -> LineKind: ...
    @property
    def code(self) -> str: ...
    @property
    def list_price(self) -> Money | None: ...
    @property
    def cost(self) -> Money | None: ...
    @property
    def tax_bp(self) -> int | None: ...
    @property
    def tax_included(self) -> bool: ...


async def references(
    store_id: UUID, lines: Sequence[NamedLine], guide: Money | None, currency: str
) -> list[Money | None]:
    """Return for each line by what one unit of it is measured; None where nobody knows.

    That is the guide price of a vehicle, the list price of extras with tax, the net cost of services and gifts. Where
    the catalogue and the seller both name one, the higher counts. Nothing can be measured by a price of zero.
    """
    codes = {line.code for line in lines if line.code and line.kind is not LineKind.VEHICLE}
    items = {item.code: item for item in await Item.filter(code__in=sorted(codes), archived_at=None)} if codes else {}
    return [await _reference(store_id, line, items, guide, currency) for line in lines]


async def _reference(
    store_id: UUID, line: NamedLine, items: Mapping[str, Item], guide: Money | None, currency: str
) -> Money | None:
    if line.kind is LineKind.VEHICLE:
        return guide
    item = items.get(line.code)
    if line.kind in COST_KINDS:
        known = [line.cost, await average_cost(store_id, item.id) if item else None]
    else:
        known = [_with_tax(line), item.price if item else None]
    worth = [one.amount_minor for one in known if one is not None and one.currency == currency and one.amount_minor > 0]
    return Money(max(worth), currency) if worth else None


def _with_tax(line: NamedLine) -> Money | None:
    if line.list_price is None or line.tax_included:
        return line.list_price
    return line.list_price.times(Decimal(BASIS + (line.tax_bp or 0)) / BASIS)
