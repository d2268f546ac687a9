"""The tables of text messages."""

from plugins.sms_marketing.models.choices import (
    CallbackState,
    LegalBasis,
    MessageState,
    SuppressionScope,
    SuppressionSource,
    TemplateState,
)
from plugins.sms_marketing.models.inbox import SimulatedSms, SmsCallback, SmsReceipt, SmsReply
from plugins.sms_marketing.models.messages import SmsFrequency, SmsMessage, SmsSuppression
from plugins.sms_marketing.models.templates import SmsProviderAccount, SmsTemplate, SmsTemplateVersion

__all__ = [
    "CallbackState",
    "LegalBasis",
    "MessageState",
    "SimulatedSms",
    "SmsCallback",
    "SmsFrequency",
    "SmsMessage",
    "SmsProviderAccount",
    "SmsReceipt",
    "SmsReply",
    "SmsSuppression",
    "SmsTemplate",
    "SmsTemplateVersion",
    "SuppressionScope",
    "SuppressionSource",
    "TemplateState",
]
