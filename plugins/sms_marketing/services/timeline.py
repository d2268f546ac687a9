"""What the customer's timeline shows of text messages."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from forecourt import Scope
from plugins.customers.api import TimelineEntry
from plugins.sms_marketing.models.choices import SmsMessageState
from plugins.sms_marketing.models.messages import SmsMessage

PERMISSION = "sms_marketing.sms_message.read"
_SHOWN = {
    SmsMessageState.SUBMITTED: "sms_marketing.sms_submitted",
    SmsMessageState.DELIVERED: "sms_marketing.sms_delivered",
    SmsMessageState.FAILED: "sms_marketing.sms_failed",
    SmsMessageState.REJECTED: "sms_marketing.sms_failed",
}


async def entries(scope: Scope, customer_id: UUID, limit: int) -> Iterable[TimelineEntry]:
    """Return the latest messages that were handed over for a customer."""
    sent = SmsMessage.filter(customer_id=customer_id, state__in=list(_SHOWN)).select_related("template")
    return [
        TimelineEntry(
            at=message.finished_at or message.submitted_at or message.not_before,
            kind=_SHOWN[SmsMessageState(message.state)],
            text=message.template.title,
            permission=PERMISSION,
        )
        for message in await sent.order_by("-submitting_at").limit(limit)
    ]
