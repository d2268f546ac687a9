"""What the customer's timeline shows of text messages."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from forecourt import Scope
from plugins.customers.api import TimelineEntry
from plugins.sms_marketing.models import MessageState, SmsMessage

PERMISSION = "sms_marketing.sms_message.read"
_SHOWN = {
    MessageState.SUBMITTED: "sms_marketing.sms_submitted",
    MessageState.DELIVERED: "sms_marketing.sms_delivered",
    MessageState.FAILED: "sms_marketing.sms_failed",
    MessageState.REJECTED: "sms_marketing.sms_failed",
}


async def entries(scope: Scope, customer_id: UUID, limit: int) -> Iterable[TimelineEntry]:
    """Return the latest messages that were handed over for a customer."""
    sent = SmsMessage.filter(customer_id=customer_id, state__in=list(_SHOWN)).select_related("template")
    return [
        TimelineEntry(
            at=message.finished_at or message.submitted_at or message.not_before,
            kind=_SHOWN[MessageState(message.state)],
            text=message.template.title,
            permission=PERMISSION,
        )
        for message in await sent.order_by("-submitting_at").limit(limit)
    ]
