"""Who would get a message, as the gate looks at him: what is true now, not when the message was planned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from forecourt import Scope
from plugins.customers.api import ConsentPurpose, Customer, has_consent, mobile_of
from plugins.sms_marketing.models.messages import SmsFrequency, SmsMessage, SmsSuppression
from plugins.sms_marketing.services import holds
from plugins.sms_marketing.services.gate import Recipient, SmsCategory
from plugins.sms_marketing.services.numbers import number_index, takes_texts, zone_of

REMEMBERED: Final = timedelta(days=30)
"""The longest span that a cap speaks of."""


async def number_of(scope: Scope, message: SmsMessage) -> str | None:
    """Return the number of a message in clear; None if there is none that works."""
    if message.customer_id is None:
        return await message.reveal("to")
    mobile = await mobile_of(scope, message.customer_id, purpose="sms_marketing.send")
    return None if mobile is None else mobile.phone_e164


async def recipient_of(scope: Scope, message: SmsMessage, number: str | None) -> Recipient:
    """Return what the gate must know of a message's recipient."""
    customer = None if message.customer_id is None else await Customer.get(id=message.customer_id)
    restricted = customer is not None and (customer.archived_at is not None or customer.merged_into_id is not None)
    if number is None or not takes_texts(number):
        return Recipient(mobile=False, restricted=restricted)
    index = number_index(scope, number, message.store_id)
    live = SmsSuppression.filter(store_id=message.store_id, to_index=index, released_at=None)
    return Recipient(
        restricted=restricted,
        suppressed=frozenset(str(scope_name) for scope_name in await live.values_list("scope", flat=True)),
        held_until=await _held_until(scope, message, index),
        promotion_consent=await _consents(scope, message),
        zone=zone_of(number, scope.zone(message.store_id)),
        promotions_at=await promotions_at(message.store_id, index),
    )


async def promotions_at(store_id: UUID, index: str) -> tuple[datetime, ...]:
    """Return when promotions were handed over for a number in the last 30 days."""
    row = await SmsFrequency.filter(store_id=store_id, to_index=index).first()
    return () if row is None else instants(row.promotions_at)


async def count_promotion(scope: Scope, store_id: UUID, index: str, seen: Sequence[datetime]) -> bool:
    """Count one more promotion to a number, if no other one was counted since `seen` was read.

    Returns:
        Whether it was counted; False means that another worker was faster.
    """
    now = scope.now()
    kept = [at.isoformat() for at in (*seen, now) if at > now - REMEMBERED]
    row = await SmsFrequency.filter(store_id=store_id, to_index=index).first()
    if row is None:
        # Two workers at once: the unique index fails the second one's transaction.
        await SmsFrequency(store_id=store_id, to_index=index, promotions_at=kept).save()
        return not seen
    if instants(row.promotions_at) != tuple(seen):
        return False
    return await row.change_where(where={"version": row.version}, promotions_at=kept)


def instants(texts: Sequence[str]) -> tuple[datetime, ...]:
    """Return instants from ISO 8601."""
    return tuple(datetime.fromisoformat(text) for text in texts)


async def _held_until(scope: Scope, message: SmsMessage, index: str) -> datetime | None:
    if message.category is not SmsCategory.PROMOTION:
        return None
    held = await holds.is_held(message.store_id, index, message.customer_id)
    return scope.now() + holds.AGAIN if held else None


async def _consents(scope: Scope, message: SmsMessage) -> bool:
    if message.category is not SmsCategory.PROMOTION or message.customer_id is None:
        return False
    return await has_consent(scope, message.customer_id, ConsentPurpose.MARKETING_SMS)
