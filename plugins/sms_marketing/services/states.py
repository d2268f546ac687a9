"""Which state of a template's version or of a message may follow which."""

from __future__ import annotations

from typing import Final

from forecourt import StateMachine
from plugins.sms_marketing.models.choices import SmsMessageState, SmsTemplateState

VERSION_STATES: Final = StateMachine[SmsTemplateState](
    "the template's version",
    {
        SmsTemplateState.DRAFT: (SmsTemplateState.SUBMITTED,),
        SmsTemplateState.SUBMITTED: (SmsTemplateState.APPROVED, SmsTemplateState.REJECTED),
        SmsTemplateState.REJECTED: (SmsTemplateState.DRAFT,),
        SmsTemplateState.APPROVED: (SmsTemplateState.DISABLED,),
        SmsTemplateState.DISABLED: (),
    },
)

MESSAGE_STATES: Final = StateMachine[SmsMessageState](
    "the message",
    {
        SmsMessageState.QUEUED: (
            SmsMessageState.SUBMITTING,
            SmsMessageState.SUPPRESSED,
            SmsMessageState.EXPIRED,
            SmsMessageState.CANCELLED,
        ),
        # A receipt may overtake the provider's own answer, so SUBMITTING may end like SUBMITTED.
        SmsMessageState.SUBMITTING: (
            SmsMessageState.SUBMITTED,
            SmsMessageState.UNKNOWN,
            SmsMessageState.DELIVERED,
            SmsMessageState.FAILED,
            SmsMessageState.REJECTED,
            SmsMessageState.EXPIRED,
        ),
        SmsMessageState.UNKNOWN: (
            SmsMessageState.SUBMITTED,
            SmsMessageState.DELIVERED,
            SmsMessageState.FAILED,
            SmsMessageState.REJECTED,
            SmsMessageState.EXPIRED,
        ),
        SmsMessageState.SUBMITTED: (
            SmsMessageState.DELIVERED,
            SmsMessageState.FAILED,
            SmsMessageState.REJECTED,
            SmsMessageState.EXPIRED,
        ),
        SmsMessageState.DELIVERED: (),
        SmsMessageState.FAILED: (),
        SmsMessageState.REJECTED: (),
        SmsMessageState.EXPIRED: (),
        SmsMessageState.SUPPRESSED: (),
        SmsMessageState.CANCELLED: (),
    },
)
