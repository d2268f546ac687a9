"""What becomes of a message once a provider has it; final states stay as they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from forecourt import Scope
from plugins.customers.api import ContactPoint, note_failure
from plugins.sms_marketing.events import SmsDelivered, SmsFailed, SmsSubmitted, SmsSuppressed
from plugins.sms_marketing.models.choices import SmsMessageState
from plugins.sms_marketing.models.messages import SmsMessage
from plugins.sms_marketing.services.gate import SmsSuppressReason
from plugins.sms_marketing.services.providers import ReportedState
from plugins.sms_marketing.services.states import MESSAGE_STATES

_TAKEN: Final = (SmsMessageState.SUBMITTED, SmsMessageState.DELIVERED)
FIRST_QUERY: Final = timedelta(hours=6)
"""A provider that tells nothing of an accepted message for so long is asked."""


async def apply(scope: Scope, message: SmsMessage, told: ReportedState) -> bool:
    """Move a message to what its provider reports.

    Publishes `SmsSubmitted`, `SmsDelivered` or `SmsFailed`.

    Returns:
        Whether it moved; what is late, came twice or contradicts a final state moves nothing.
    """
    now = scope.now()
    final = told.state in MESSAGE_STATES.final
    values: dict[str, object] = {
        "provider_message_id": told.provider_message_id[:100] or message.provider_message_id,
        "error_code": told.code[:60],
        "error_text": told.text[:200],
        "submitted_at": message.submitted_at or (now if told.state in _TAKEN else None),
        "finished_at": now if final else None,
        "next_query_at": None if final else now + FIRST_QUERY,
    }
    while not await _try_move(message, told.state, values):
        before = message.state
        await message.refresh_from_db()
        if message.state is before:
            return False
    _tell(scope, message, told)
    if told.number_is_dead:
        await _note_dead_number(scope, message)
    return True


async def suppress(scope: Scope, message: SmsMessage, reason: SmsSuppressReason) -> bool:
    """Decide that a message that waits is never sent; return False when it no longer waits.

    Publishes `SmsSuppressed`.
    """
    expired = reason is SmsSuppressReason.EXPIRED
    told = SmsSuppressed(
        message_id=message.id, customer_id=message.customer_id, reason=reason, store_id=message.store_id
    )
    to = SmsMessageState.EXPIRED if expired else SmsMessageState.SUPPRESSED
    values = {"suppress_reason": reason, "finished_at": scope.now()}
    waits = message.state is SmsMessageState.QUEUED
    return waits and await MESSAGE_STATES.try_move(message, to, values, event=told)


async def _try_move(message: SmsMessage, to: SmsMessageState, values: Mapping[str, Any]) -> bool:
    # A message that waits was never handed over: whoever reports on it means another one.
    if message.state is SmsMessageState.QUEUED or not MESSAGE_STATES.may(message.state, to):
        return False
    return await MESSAGE_STATES.try_move(message, to, values)


def _tell(scope: Scope, message: SmsMessage, told: ReportedState) -> None:
    ids: dict[str, Any] = {"message_id": message.id, "customer_id": message.customer_id, "store_id": message.store_id}
    if told.state is SmsMessageState.SUBMITTED:
        scope.publish(SmsSubmitted(**ids))
    elif told.state is SmsMessageState.DELIVERED:
        scope.publish(SmsDelivered(**ids))
    else:
        scope.publish(SmsFailed(**ids, state=told.state, code=told.code[:60]))


async def _note_dead_number(scope: Scope, message: SmsMessage) -> None:
    if message.customer_id is None:
        return
    index = message.to_index  # type: ignore[attr-defined]  # a column of the protected field
    points = ContactPoint.filter(customer_id=message.customer_id, phone_index=index, valid_to=None, archived_at=None)
    point = await points.first()
    if point is not None:
        await note_failure(scope, point)
