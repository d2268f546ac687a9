"""Which state of a template's version or of a message may follow which."""

from __future__ import annotations

from typing import Final

from forecourt import StateMachine
from plugins.sms_marketing.models.choices import MessageState, TemplateState

VERSION_STATES: Final = StateMachine[TemplateState](
    "the template's version",
    {
        TemplateState.DRAFT: (TemplateState.SUBMITTED,),
        TemplateState.SUBMITTED: (TemplateState.APPROVED, TemplateState.REJECTED),
        TemplateState.REJECTED: (TemplateState.DRAFT,),
        TemplateState.APPROVED: (TemplateState.DISABLED,),
        TemplateState.DISABLED: (),
    },
)

MESSAGE_STATES: Final = StateMachine[MessageState](
    "the message",
    {
        MessageState.QUEUED: (
            MessageState.SUBMITTING,
            MessageState.SUPPRESSED,
            MessageState.EXPIRED,
            MessageState.CANCELLED,
        ),
        # A receipt may overtake the provider's own answer, so SUBMITTING may end like SUBMITTED.
        MessageState.SUBMITTING: (
            MessageState.SUBMITTED,
            MessageState.UNKNOWN,
            MessageState.DELIVERED,
            MessageState.FAILED,
            MessageState.REJECTED,
            MessageState.EXPIRED,
        ),
        MessageState.UNKNOWN: (
            MessageState.SUBMITTED,
            MessageState.DELIVERED,
            MessageState.FAILED,
            MessageState.REJECTED,
            MessageState.EXPIRED,
        ),
        MessageState.SUBMITTED: (
            MessageState.DELIVERED,
            MessageState.FAILED,
            MessageState.REJECTED,
            MessageState.EXPIRED,
        ),
        MessageState.DELIVERED: (),
        MessageState.FAILED: (),
        MessageState.REJECTED: (),
        MessageState.EXPIRED: (),
        MessageState.SUPPRESSED: (),
        MessageState.CANCELLED: (),
    },
)
