"""The tables of text messages."""

from plugins.sms_marketing.models.choices import (
    SmsCallbackState,
    SmsLegalBasis,
    SmsMessageState,
    SmsSuppressionScope,
    SmsSuppressionSource,
    SmsTemplateState,
)
from plugins.sms_marketing.models.inbox import SimulatedSms, SmsCallback, SmsReceipt, SmsReply
from plugins.sms_marketing.models.messages import SmsFrequency, SmsMessage, SmsSuppression
from plugins.sms_marketing.models.templates import SmsProviderAccount, SmsTemplate, SmsTemplateVersion

__all__ = [
    "SimulatedSms",
    "SmsCallback",
    "SmsCallbackState",
    "SmsFrequency",
    "SmsLegalBasis",
    "SmsMessage",
    "SmsMessageState",
    "SmsProviderAccount",
    "SmsReceipt",
    "SmsReply",
    "SmsSuppression",
    "SmsSuppressionScope",
    "SmsSuppressionSource",
    "SmsTemplate",
    "SmsTemplateState",
    "SmsTemplateVersion",
]
