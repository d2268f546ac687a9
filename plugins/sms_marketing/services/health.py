"""Whether messages can leave."""

from __future__ import annotations

from datetime import timedelta

from forecourt import Scope
from plugins.sms_marketing.models.choices import SmsMessageState
from plugins.sms_marketing.models.messages import SmsMessage
from plugins.sms_marketing.models.templates import SmsProviderAccount
from plugins.sms_marketing.services.providers import provider_of
from plugins.sms_marketing.services.refusals import NoProviderRefusal

LATE = timedelta(minutes=15)


async def check_providers(scope: Scope) -> str | None:
    """Return what is wrong with the dealer's accounts, or that messages wait for too long."""
    for account in await SmsProviderAccount.filter(active=True, archived_at=None):
        try:
            provider_of(scope, account.kind)
        except NoProviderRefusal as error:
            return f"account {account.code}: {error.message}"
    late = SmsMessage.filter(state=SmsMessageState.QUEUED, not_before__lt=scope.now() - LATE)
    if await late.exists():
        return f"messages wait for more than {LATE // timedelta(minutes=1)} minutes: is a worker running?"
    return None
