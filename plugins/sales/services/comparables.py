"""What comparable cars were sold for, so that nobody's deal can be told from it."""

from __future__ import annotations

from datetime import timedelta
from statistics import median_low
from typing import Any, Final
from uuid import UUID

from forecourt import Scope, Store
from plugins.sales.models.orders import SalesOrder

FEWEST: Final = 3
_MONTH: Final = timedelta(days=30)


async def of_trim(scope: Scope, trim_id: UUID, months: int) -> dict[str, Any] | None:
    """Return lowest, median and highest price and the median discount of the last months' deliveries.

    Returns:
        None below three deals, because one of two would know the other.
    """
    currency = (await Store.get(id=scope.store_id)).currency
    rows = await SalesOrder.filter(
        store_id=scope.store_id,
        trim_id=trim_id,
        delivered_on__gte=scope.today() - _MONTH * months,
        total_currency=currency,
    )
    if len(rows) < FEWEST:
        return None
    prices = sorted((row.vehicle_total - row.discount_total).amount_minor for row in rows)
    return {
        "count": len(rows),
        "currency": currency,
        "lowest_minor": prices[0],
        "median_minor": median_low(prices),
        "highest_minor": prices[-1],
        "median_discount_minor": median_low(row.discount_total.amount_minor for row in rows),
    }
