"""What a store spends on messages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tortoise.functions import Sum

from forecourt import Money, Scope
from plugins.sms_marketing.models.messages import SmsMessage
from plugins.sms_marketing.settings import SmsSettings


async def affordable(scope: Scope, message: SmsMessage, rules: SmsSettings) -> bool:
    """Tell whether a message's cost fits what is left of the calendar month's budget in the store's zone."""
    cost: Money | None = message.cost
    if rules.monthly_budget_minor is None or cost is None:
        return True
    zone = ZoneInfo(scope.zone(message.store_id))
    first = scope.now().astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return await spent_since(message, first) + cost.amount_minor <= rules.monthly_budget_minor


async def spent_since(message: SmsMessage, since: datetime) -> int:
    """Return what messages that were handed over cost since an instant, in minor units of the message's currency."""
    spent = SmsMessage.filter(
        store_id=message.store_id,
        submitting_at__gte=since.astimezone(UTC),
        cost_currency=message.cost.currency,
    )
    rows: list[Any] = await spent.annotate(total=Sum("cost_minor")).values_list("total", flat=True)
    return int(rows[0] or 0)
