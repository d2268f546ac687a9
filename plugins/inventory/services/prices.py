"""What a trim costs on a day."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from tortoise.expressions import Q

from forecourt import Money, Scope
from plugins.inventory.models.catalogue import PriceItem
from plugins.inventory.services.refusals import NoPriceError


async def price_on(trim_id: UUID, day: date) -> PriceItem | None:
    """Return the price that is valid on a day, which need not be the newest; of several the one that began last."""
    return (
        await PriceItem.filter(Q(valid_to=None) | Q(valid_to__gte=day))
        .filter(trim_id=trim_id, archived_at=None, valid_from__lte=day)
        .order_by("-valid_from")
        .first()
    )


async def guide_price_or_none(scope: Scope, trim_id: UUID, day: date) -> tuple[Money, date] | None:
    """Return the guide price of a day and since when it is valid; None where there is none.

    The first plugin that implements `trim_price` may have its own.
    """
    found = await price_on(trim_id, day)
    if found is None:
        return None
    changed: Money | None = scope.hooks.trim_price(trim_id=trim_id, day=day, listed=found.guide_price)
    return found.guide_price if changed is None else changed, found.valid_from


async def guide_price(scope: Scope, trim_id: UUID, day: date) -> Money:
    """Return the guide price of a day.

    Raises:
        NoPriceError: There is none.
    """
    found = await guide_price_or_none(scope, trim_id, day)
    if found is None:
        raise NoPriceError(day.isoformat())
    return found[0]


async def floor_price(scope: Scope, trim_id: UUID, day: date) -> Money | None:
    """Return the price of a day below which nothing is sold without approval; None where nobody set one.

    Raises:
        NoPriceError: The trim has no price on that day.
    """
    found = await price_on(trim_id, day)
    if found is None:
        raise NoPriceError(day.isoformat())
    floor: Money | None = found.floor_price
    return floor
