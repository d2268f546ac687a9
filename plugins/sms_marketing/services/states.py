"""Which state of a template's version, of a message or of a provider's call may follow which."""

from __future__ import annotations

from typing import Final

from forecourt import BY_SYSTEM, StateMachine
from plugins.sms_marketing.models.choices import SmsCallbackState, SmsMessageState, SmsTemplateState

VERSION_STATES: Final = StateMachine(
    {"en": "template's version", "zh-CN": "模板版本"},
    {
        SmsTemplateState.DRAFT: {SmsTemplateState.SUBMITTED: "submit_sms_template"},
        SmsTemplateState.SUBMITTED: {
            SmsTemplateState.APPROVED: "approve_sms_template",
            SmsTemplateState.REJECTED: "reject_sms_template",
        },
        SmsTemplateState.REJECTED: {SmsTemplateState.DRAFT: "revise_sms_template"},
        SmsTemplateState.APPROVED: {SmsTemplateState.DISABLED: "disable_sms_template"},
        SmsTemplateState.DISABLED: {},
    },
)

MESSAGE_STATES: Final = StateMachine(
    {"en": "message", "zh-CN": "短信"},
    {
        SmsMessageState.QUEUED: {
            SmsMessageState.SUBMITTING: BY_SYSTEM,
            SmsMessageState.SUPPRESSED: BY_SYSTEM,
            SmsMessageState.EXPIRED: BY_SYSTEM,
            SmsMessageState.CANCELLED: ("cancel_sms_message", BY_SYSTEM),
        },
        # A receipt may overtake the provider's own answer, so SUBMITTING may end like SUBMITTED.
        SmsMessageState.SUBMITTING: {
            SmsMessageState.SUBMITTED: BY_SYSTEM,
            SmsMessageState.UNKNOWN: BY_SYSTEM,
            SmsMessageState.DELIVERED: BY_SYSTEM,
            SmsMessageState.FAILED: BY_SYSTEM,
            SmsMessageState.REJECTED: BY_SYSTEM,
            SmsMessageState.EXPIRED: BY_SYSTEM,
        },
        SmsMessageState.UNKNOWN: {
            SmsMessageState.SUBMITTED: BY_SYSTEM,
            SmsMessageState.DELIVERED: BY_SYSTEM,
            SmsMessageState.FAILED: BY_SYSTEM,
            SmsMessageState.REJECTED: BY_SYSTEM,
            SmsMessageState.EXPIRED: BY_SYSTEM,
        },
        SmsMessageState.SUBMITTED: {
            SmsMessageState.DELIVERED: BY_SYSTEM,
            SmsMessageState.FAILED: BY_SYSTEM,
            SmsMessageState.REJECTED: BY_SYSTEM,
            SmsMessageState.EXPIRED: BY_SYSTEM,
        },
        SmsMessageState.DELIVERED: {},
        SmsMessageState.FAILED: {},
        SmsMessageState.REJECTED: {},
        SmsMessageState.EXPIRED: {},
        SmsMessageState.SUPPRESSED: {},
        SmsMessageState.CANCELLED: {},
    },
)

CALLBACK_STATES: Final = StateMachine(
    {"en": "provider's call", "zh-CN": "服务商回调"},
    {
        SmsCallbackState.RECEIVED: {SmsCallbackState.PROCESSED: BY_SYSTEM, SmsCallbackState.UNREADABLE: BY_SYSTEM},
        SmsCallbackState.PROCESSED: {},
        SmsCallbackState.UNREADABLE: {},
    },
)
