"""What follows from what happens to customers."""

from __future__ import annotations

from uuid import UUID

from forecourt import current, on
from plugins.customers.api import ConsentPurpose, FollowUpTask, has_consent
from plugins.customers.events import ConsentWithdrawn, TaskDone
from plugins.sms_marketing.models.choices import SmsMessageState
from plugins.sms_marketing.models.messages import SmsMessage
from plugins.sms_marketing.services import holds, outcomes
from plugins.sms_marketing.services.gate import SmsCategory, SmsSuppressReason


@on(ConsentWithdrawn)
async def stop_promotions(event: ConsentWithdrawn) -> None:
    """Suppress promotions that wait for a customer who no longer wants any; the gate would stop them too, later."""
    if event.purpose != ConsentPurpose.MARKETING_SMS:
        return
    if await has_consent(current(), event.customer_id, ConsentPurpose.MARKETING_SMS):
        return  # he has agreed again since
    waiting = SmsMessage.filter(
        customer_id=event.customer_id, state=SmsMessageState.QUEUED, category=SmsCategory.PROMOTION
    )
    for message in await waiting:
        await outcomes.suppress(current(), message, SmsSuppressReason.NO_CONSENT)


@on(TaskDone)
async def note_answered_reply(event: TaskDone) -> None:
    """Let promotions go on to somebody whose text was dealt with."""
    task = await FollowUpTask.find(event.task_id)
    kind, _, row_id = (task.subject_ref if task else "").partition(":")
    if kind == holds.SUBJECT:
        await holds.note_read(current(), UUID(row_id))
