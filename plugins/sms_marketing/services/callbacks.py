"""What providers send: kept at once as it came, read a moment later."""

from __future__ import annotations

from uuid import UUID

from forecourt import Scope, ValidationRefusal, enqueue
from plugins.customers.api import Customer, InteractionDirection, plan_task, record_interaction
from plugins.sms_marketing.models.choices import (
    SmsCallbackState,
    SmsMessageState,
    SmsSuppressionScope,
    SmsSuppressionSource,
)
from plugins.sms_marketing.models.inbox import SmsCallback, SmsReceipt, SmsReply
from plugins.sms_marketing.models.messages import SmsMessage
from plugins.sms_marketing.models.templates import SmsProviderAccount
from plugins.sms_marketing.services import holds, outcomes, suppressions
from plugins.sms_marketing.services.keywords import SmsKeyword, keyword_of
from plugins.sms_marketing.services.providers import InboundText, ReportedState, provider_of
from plugins.sms_marketing.services.states import CALLBACK_STATES


async def receive(scope: Scope, account: SmsProviderAccount, body: bytes) -> SmsCallback:
    """Keep what a provider has sent, encrypted, and have it read soon."""
    from plugins.sms_marketing import jobs  # it imports the services

    row = SmsCallback(
        store_id=account.store_id,
        account_id=account.id,
        body=body.decode("utf-8", "replace"),
        received_at=scope.now(),
    )
    await row.save()
    await enqueue(scope, jobs.read_callback, {"callback_id": row.id}, store_id=account.store_id)
    return row


async def read(scope: Scope, callback_id: UUID) -> None:
    """Apply receipts and replies of one call; a call that was read already is left alone."""
    row = await SmsCallback.get(id=callback_id)
    if row.state != SmsCallbackState.RECEIVED:
        return
    account = await SmsProviderAccount.get(id=row.account_id)
    body = await row.reveal("body")
    try:
        content = provider_of(scope, account.kind).read_callback((body or "").encode())
    except ValueError:
        await CALLBACK_STATES.move(row, SmsCallbackState.UNREADABLE)
        return
    for told in content.receipts:
        await _apply(scope, row, told)
    for reply in content.replies:
        await _take_reply(scope, account, reply)
    found = {"receipts": len(content.receipts), "replies": len(content.replies)}
    await CALLBACK_STATES.move(row, SmsCallbackState.PROCESSED, found)


async def _apply(scope: Scope, row: SmsCallback, told: ReportedState) -> None:
    message = await _message(row, told)
    applied = message is not None and await outcomes.apply(scope, message, told)
    await SmsReceipt(
        store_id=row.store_id,
        callback_id=row.id,
        message_id=None if message is None else message.id,
        state=SmsMessageState(told.state),
        reported_at=told.at,
        error_code=told.code[:60],
        applied=applied,
    ).save()


async def _message(row: SmsCallback, told: ReportedState) -> SmsMessage | None:
    of_account = SmsMessage.filter(store_id=row.store_id, account_id=row.account_id)
    if told.out_id is not None:
        return await of_account.filter(id=told.out_id).first()
    if told.provider_message_id:
        return await of_account.filter(provider_message_id=told.provider_message_id).first()
    return None


async def _take_reply(scope: Scope, account: SmsProviderAccount, reply: InboundText) -> None:
    ref = reply.ref[:100]
    if await SmsReply.filter(account_id=account.id, provider_ref=ref).exists():
        return
    store_id = account.store_id
    try:
        customer = await suppressions.customer_with(scope, reply.sender, store_id)
    except ValidationRefusal:
        return  # from a service number: nobody to answer, nothing to suppress
    keyword = keyword_of(reply.text)
    row = SmsReply(
        store_id=store_id,
        account_id=account.id,
        customer_id=None if customer is None else customer.id,
        sender=reply.sender,
        text=reply.text[:2000],
        keyword=keyword,
        provider_ref=ref,
        at=reply.at or scope.now(),
        unread=keyword is None,
    )
    await row.save()
    if keyword is SmsKeyword.OPT_OUT:
        await suppressions.suppress(
            scope,
            reply.sender,
            what=SmsSuppressionScope.MARKETING,
            source=SmsSuppressionSource.REPLY,
            note=f"sms_marketing.SmsReply:{row.id}",
            store_id=store_id,
        )
        return
    if keyword is SmsKeyword.RESUME:
        await suppressions.resume(scope, reply.sender, store_id)
        return
    if keyword is None:
        await holds.hold(scope, reply.sender, customer, store_id)
    if customer is not None:
        await _hand_to_owner(scope, customer, row, reply.text)


async def _hand_to_owner(scope: Scope, customer: Customer, row: SmsReply, text: str) -> None:
    """Put a text that people must read on the customer's timeline, and on his owner's list."""
    subject_ref = f"{holds.SUBJECT}:{row.id}"
    await record_interaction(
        scope,
        customer.id,
        channel="SMS",
        direction=InteractionDirection.IN,
        occurred_at=min(row.at, scope.now()),
        content=text[:2000],
        subject_ref=subject_ref,
    )
    await plan_task(
        scope,
        customer.id,
        channel="SMS",
        due_at=scope.now(),
        subject=_TASK.get(scope.locale, _TASK["en"]),
        subject_ref=subject_ref,
        dedupe_key=f"sms_reply:{row.id}",
    )


_TASK = {"en": "Answer the customer's text message", "zh-CN": "回复客户短信"}
