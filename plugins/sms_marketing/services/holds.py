"""Promotions to somebody who wrote back wait until a person has read what: it may say that he wants no more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from tortoise.expressions import Q

from forecourt import Scope
from plugins.customers.api import Customer
from plugins.sms_marketing.models.choices import SmsMessageState
from plugins.sms_marketing.models.inbox import SmsReply
from plugins.sms_marketing.models.messages import SmsMessage
from plugins.sms_marketing.services.gate import SmsCategory
from plugins.sms_marketing.services.numbers import number_index

SUBJECT: Final = "sms_marketing.SmsReply"
"""What tasks about a reply refer to, before its id."""
AGAIN: Final = timedelta(hours=1)
"""How long after it was held back a promotion is looked at again."""


async def is_held(store_id: UUID, index: str, customer_id: UUID | None) -> bool:
    """Tell whether somebody has written what nobody has read yet.

    Args:
        index: Of his number.
    """
    his = Q(sender_index=index) if customer_id is None else Q(sender_index=index) | Q(customer_id=customer_id)
    return await SmsReply.filter(his, store_id=store_id, unread=True).exists()


async def hold(scope: Scope, number: str, customer: Customer | None, store_id: UUID) -> None:
    """Hold back what waits for somebody who has just written; a worker that is about to send it loses the race."""
    index = number_index(scope, number, store_id)
    for message in await waiting_for(store_id, index, customer).filter(category=SmsCategory.PROMOTION):
        later = max(message.not_before, scope.now() + AGAIN)
        await message.change_where(where={"state": SmsMessageState.QUEUED}, not_before=later)


def waiting_for(store_id: UUID, index: str, customer: Customer | None) -> Any:
    """Return the query for messages that wait for a number or its customer."""
    whose = Q(to_index=index) if customer is None else Q(to_index=index) | Q(customer_id=customer.id)
    return SmsMessage.filter(whose, store_id=store_id, state=SmsMessageState.QUEUED)


async def read(scope: Scope, reply: SmsReply) -> str:
    """Return what somebody wrote; from now on it holds nothing back. Who read it stands in the audit."""
    await _mark_read(scope, reply)
    return await reply.reveal("text") or ""


async def note_read(scope: Scope, reply_id: UUID) -> None:
    """Note that somebody has dealt with a reply, because he has done the task that it made."""
    reply = await SmsReply.find(reply_id)
    if reply is not None:
        await _mark_read(scope, reply)


async def _mark_read(scope: Scope, reply: SmsReply) -> None:
    if reply.unread:
        values = {"unread": False, "read_at": scope.now(), "read_by": scope.caller.actor[:200]}
        await reply.change_where(where={"unread": True}, **values)
