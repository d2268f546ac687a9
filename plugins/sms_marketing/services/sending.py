"""Handing messages over: claim and commit, submit, mark.

A provider's interface is not idempotent. So a message is SUBMITTING, and committed as such, before its provider hears
of it; a worker that dies afterwards leaves it so, and nobody submits it again. It becomes UNKNOWN, and the provider is
asked for it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from forecourt import ConflictRefusal, ForecourtError, Scope, StorageFullError, TransitionRefusal, settings, transact
from plugins.sms_marketing.models.choices import SmsMessageState, SmsTemplateState
from plugins.sms_marketing.models.messages import SmsMessage
from plugins.sms_marketing.models.templates import SmsProviderAccount, SmsTemplate, SmsTemplateVersion
from plugins.sms_marketing.services import gate, outcomes
from plugins.sms_marketing.services.accounts import account_for
from plugins.sms_marketing.services.budget import affordable
from plugins.sms_marketing.services.gate import Content, Decision, Defer, SendRequest, SmsCategory, Suppress
from plugins.sms_marketing.services.messages import price, rendered_with, spread
from plugins.sms_marketing.services.numbers import number_index
from plugins.sms_marketing.services.providers import (
    Accepted,
    Account,
    OutgoingSms,
    Refused,
    ReportedState,
    SmsProvider,
    SubmitResult,
    as_account,
    provider_of,
)
from plugins.sms_marketing.services.recipients import count_promotion, number_of, recipient_of
from plugins.sms_marketing.services.rendering import Rendered
from plugins.sms_marketing.services.states import MESSAGE_STATES
from plugins.sms_marketing.settings import SmsSettings

_log = logging.getLogger("forecourt.sms_marketing")

BATCH: Final = 100
FIRST_QUERY: Final = timedelta(minutes=1)
"""How long after a submission of unknown outcome its provider is asked."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this worker, and no other, hands over."""

    message_id: UUID
    provider: SmsProvider
    account: Account
    per_second: int
    outgoing: OutgoingSms


class Pace:
    """Keeps to the rate of each account within one run."""

    def __init__(self) -> None:
        self._next: dict[UUID, float] = {}

    async def wait(self, account_id: UUID, per_second: int) -> None:
        """Wait until the account's rate allows one more message."""
        if per_second:
            now = time.monotonic()
            due = max(now, self._next.get(account_id, now))
            self._next[account_id] = due + 1 / per_second
            await asyncio.sleep(due - now)


async def send_due(scope: Scope) -> int:
    """Hand over what may leave now in the scope's store; return how many messages were looked at.

    Needs a scope without a unit of work: each message has two transactions of its own.
    """
    pace, looked_at = Pace(), 0
    while True:
        due = SmsMessage.filter(store_id=scope.store_id, state=SmsMessageState.QUEUED, not_before__lte=scope.now())
        ids: list[Any] = await due.order_by("not_before", "id").limit(BATCH).values_list("id", flat=True)
        moved = [await send(scope, message_id, pace) for message_id in ids]
        looked_at += len(ids)
        # What another worker holds, or had to be left, is found by the next run.
        if len(ids) < BATCH or not any(moved):
            return looked_at


async def send(scope: Scope, message_id: UUID, pace: Pace) -> bool:
    """Hand one message over if it may leave; return whether it no longer waits as it did."""
    rules = await settings(scope, SmsSettings)

    async def work(inner: Scope) -> Claimed | bool:
        return await _claim(inner, message_id, rules)

    try:
        claimed = await transact(scope, "sms_marketing.claim", work)
    except (ConflictRefusal, TransitionRefusal):
        return False  # somebody was faster: another worker, or the customer himself
    except StorageFullError:
        raise  # none of the others would find room either
    except ForecourtError as error:
        # One message that can't be read, or whose provider's module is off, must not hold up the others.
        _log.error("message %s can't be handed over: %s", message_id, error.code)
        return False
    if isinstance(claimed, bool):
        return claimed
    await pace.wait(claimed.account.id, claimed.per_second)
    result = await _submit(scope, claimed, rules)

    async def mark(inner: Scope) -> None:
        await _mark(inner, claimed, result)

    await transact(scope, "sms_marketing.mark", mark)
    return True


async def _claim(scope: Scope, message_id: UUID, rules: SmsSettings) -> Claimed | bool:
    message = await SmsMessage.get(id=message_id)
    if message.state != SmsMessageState.QUEUED or message.not_before > scope.now():
        return False
    account = await _account(scope, message)
    provider = provider_of(scope, account.kind)
    version = await SmsTemplateVersion.get(id=message.template_version_id)
    filling: Mapping[str, str] = json.loads(await message.reveal("filling") or "{}")
    rendered = rendered_with(version, account, filling)
    number = await number_of(scope, message)
    price(message, account, rendered.text)
    recipient = await recipient_of(scope, message, number)
    request = await _request(scope, message, version, account, provider, rendered, recipient, rules)
    decision = gate.decide(request)
    if not isinstance(decision, gate.Allow):
        return await _leave(scope, message, decision)
    assert number is not None  # the gate stops a message without one
    if request.is_promotion:
        index = number_index(scope, number, message.store_id)
        if not await count_promotion(scope, message.store_id, index, recipient.promotions_at):
            return False
    claim = {
        "account_id": account.id,
        "to": number,
        "text": rendered.text,
        "submitting_at": scope.now(),
        "attempts": message.attempts + 1,
        "segments": message.segments,
        "cost": message.cost,
    }
    # A cancellation, an opt-out or another worker in between refuses this.
    await MESSAGE_STATES.move(message, SmsMessageState.SUBMITTING, claim, where={"version": message.version})
    code = version.provider_codes.get(account.code, "")
    outgoing = OutgoingSms(message.id, number, rendered.text, SmsCategory(message.category), code, filling)
    return Claimed(message.id, provider, await as_account(account), account.per_second, outgoing)


async def _account(scope: Scope, message: SmsMessage) -> SmsProviderAccount:
    account = await SmsProviderAccount.get(id=message.account_id)
    return account if account.active and account.archived_at is None else await account_for(scope, message.store_id)


async def _request(
    scope: Scope,
    message: SmsMessage,
    version: SmsTemplateVersion,
    account: SmsProviderAccount,
    provider: SmsProvider,
    rendered: Rendered,
    recipient: gate.Recipient,
    rules: SmsSettings,
) -> SendRequest:
    wants = provider.capabilities()
    template = await SmsTemplate.get(id=message.template_id)
    known = not wants.needs_template_codes or account.code in version.provider_codes
    blanks_fit = wants.variables_in_promotions or not version.variables
    category = SmsCategory(message.category)
    return SendRequest(
        category=category,
        recipient=recipient,
        content=Content(
            approved=version.state == SmsTemplateState.APPROVED and template.archived_at is None and known,
            template_category=SmsCategory(template.category),
            text=rendered.text,
            opt_out_text=wants.opt_out_text,
            missing=rendered.missing,
            too_long=() if category is not SmsCategory.PROMOTION or blanks_fit else tuple(version.variables),
            longest=wants.longest_text,
        ),
        now=scope.now(),
        legally_required=template.legally_required,
        urgent=message.urgent,
        expires_at=message.expires_at,
        window=rules.window,
        hard_window=wants.promotion_window,
        caps=rules.caps,
        affordable=await affordable(scope, message, rules),
        jitter=spread(message.dedupe_key, rules.jitter_minutes),
    )


async def _leave(scope: Scope, message: SmsMessage, decision: Decision) -> bool:
    if isinstance(decision, Suppress):
        return await outcomes.suppress(scope, message, decision.reason)
    assert isinstance(decision, Defer)
    return await message.change_where(where={"state": SmsMessageState.QUEUED}, not_before=decision.until)


async def _submit(scope: Scope, claimed: Claimed, rules: SmsSettings) -> SubmitResult | None:
    """Return the provider's answer; None when nobody knows whether it took the message."""
    try:
        async with asyncio.timeout(rules.submit_timeout_seconds):
            return await claimed.provider.submit(scope, claimed.account, claimed.outgoing)
    except Exception as error:  # noqa: BLE001 - whatever a provider's plugin raises, the message may have left
        # By its kind only: the text may quote the number.
        _log.warning("message %s: its provider's answer is missing (%s)", claimed.message_id, type(error).__name__)
        return None


async def _mark(scope: Scope, claimed: Claimed, result: SubmitResult | None) -> None:
    message = await SmsMessage.get(id=claimed.message_id)
    if result is None:
        if message.state is SmsMessageState.SUBMITTING:  # else a receipt was faster
            unknown = {"next_query_at": scope.now() + FIRST_QUERY}
            await MESSAGE_STATES.try_move(message, SmsMessageState.UNKNOWN, unknown)
    elif isinstance(result, Refused):
        await outcomes.apply(
            scope, message, ReportedState(SmsMessageState.REJECTED, code=result.code, text=result.text)
        )
    else:
        assert isinstance(result, Accepted)
        told = ReportedState(SmsMessageState.SUBMITTED, provider_message_id=result.provider_message_id)
        if not await outcomes.apply(scope, message, told) and not message.provider_message_id:
            # A receipt was faster than the answer; the provider's id is worth keeping all the same.
            await message.change_where(where={}, provider_message_id=result.provider_message_id[:100])
