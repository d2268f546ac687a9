"""Asking providers for messages of which nobody knows what became of them; nothing is sent again."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Final

from forecourt import Scope, settings, transact
from plugins.sms_marketing.models.choices import SmsMessageState
from plugins.sms_marketing.models.messages import SmsMessage
from plugins.sms_marketing.models.templates import SmsProviderAccount
from plugins.sms_marketing.services import outcomes
from plugins.sms_marketing.services.providers import ReportedState, as_account, provider_of
from plugins.sms_marketing.services.sending import BATCH
from plugins.sms_marketing.services.states import MESSAGE_STATES
from plugins.sms_marketing.settings import SmsSettings

_log = logging.getLogger("forecourt.sms_marketing")

PAUSE: Final = timedelta(minutes=30)
"""Between two questions for one message."""


async def find_abandoned(scope: Scope) -> int:
    """Mark messages as UNKNOWN whose worker died between claiming and marking; return how many."""
    rules = await settings(scope, SmsSettings)
    after = timedelta(seconds=rules.abandoned_after_seconds)

    async def work(inner: Scope) -> int:
        claimed = SmsMessage.filter(store_id=inner.store_id, state=SmsMessageState.SUBMITTING)
        now = inner.now()
        moved = [
            await MESSAGE_STATES.try_move(message, SmsMessageState.UNKNOWN, {"next_query_at": now})
            # One that lies ahead was claimed by a worker whose clock was.
            for over in ({"submitting_at__lt": now - after}, {"submitting_at__gt": now + after})
            for message in await claimed.filter(**over).limit(BATCH)
        ]
        return sum(moved)

    return await transact(scope, "sms_marketing.find_abandoned", work)


async def ask_due(scope: Scope) -> int:
    """Ask for messages whose time to ask has come; return how many questions were asked."""
    rules = await settings(scope, SmsSettings)
    waiting = SmsMessage.filter(
        store_id=scope.store_id,
        state__in=[SmsMessageState.UNKNOWN, SmsMessageState.SUBMITTED],
    )
    # No question is put off for longer than a pause, unless by a clock that was ahead.
    due = ({"next_query_at__lte": scope.now()}, {"next_query_at__gt": scope.now() + 2 * PAUSE})
    messages = [row for over in due for row in await waiting.filter(**over).order_by("next_query_at").limit(BATCH)]
    for message in messages:
        told = await _query(scope, message, rules)

        async def work(inner: Scope, message: SmsMessage = message, told: ReportedState | None = told) -> None:
            await _conclude(inner, message, told, rules)

        await transact(scope, "sms_marketing.ask", work)
    return len(messages)


async def _query(scope: Scope, message: SmsMessage, rules: SmsSettings) -> ReportedState | None:
    row = await SmsProviderAccount.get(id=message.account_id)
    provider = provider_of(scope, row.kind)
    try:
        async with asyncio.timeout(rules.submit_timeout_seconds):
            return await provider.query(scope, await as_account(row), message.id, message.provider_message_id)
    except Exception as error:  # noqa: BLE001 - whatever a provider's plugin raises is no answer
        _log.warning("message %s: its provider can't be asked (%s)", message.id, type(error).__name__)
        return None


async def _conclude(scope: Scope, message: SmsMessage, told: ReportedState | None, rules: SmsSettings) -> None:
    if told is not None and await outcomes.apply(scope, message, told):
        return
    assert message.submitting_at is not None
    if scope.now() - message.submitting_at < timedelta(hours=rules.give_up_after_hours):
        still = {"state__in": [SmsMessageState.UNKNOWN, SmsMessageState.SUBMITTED]}
        await message.change_where(where=still, next_query_at=scope.now() + PAUSE)
        return
    unknown = message.state == SmsMessageState.UNKNOWN
    given_up = SmsMessageState.FAILED if unknown else SmsMessageState.EXPIRED
    await outcomes.apply(scope, message, ReportedState(given_up, code="NO_ANSWER" if unknown else "NO_RECEIPT"))
