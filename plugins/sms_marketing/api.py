"""What other modules may use of text messages: planning them, and the contract of providers.

A provider is a plugin that requires this one and implements the hook `sms_provider`:

    @hookimpl
    def sms_provider(kind: str) -> SmsProvider | None:
        return Aliyun() if kind == "aliyun" else None
"""

from __future__ import annotations

from plugins.sms_marketing.models.choices import SmsMessageState, SmsSuppressionScope, SmsSuppressionSource
from plugins.sms_marketing.models.messages import SmsMessage
from plugins.sms_marketing.models.templates import SmsProviderAccount, SmsTemplate
from plugins.sms_marketing.services.automations import plan_if_wanted
from plugins.sms_marketing.services.gate import SmsCategory
from plugins.sms_marketing.services.messages import PlannedSms, cancel, plan
from plugins.sms_marketing.services.providers import (
    Accepted,
    Account,
    CallbackContent,
    Capabilities,
    InboundText,
    OutgoingSms,
    Refused,
    ReportedState,
    SmsProvider,
    SubmitResult,
)
from plugins.sms_marketing.services.suppressions import suppress
from plugins.sms_marketing.services.window import Window

__all__ = [
    "Accepted",
    "Account",
    "CallbackContent",
    "Capabilities",
    "InboundText",
    "OutgoingSms",
    "PlannedSms",
    "Refused",
    "ReportedState",
    "SmsCategory",
    "SmsMessage",
    "SmsMessageState",
    "SmsProvider",
    "SmsProviderAccount",
    "SmsSuppressionScope",
    "SmsSuppressionSource",
    "SmsTemplate",
    "SubmitResult",
    "Window",
    "cancel",
    "plan",
    "plan_if_wanted",
    "suppress",
]
