"""Messages that events ask for."""

from __future__ import annotations

from dataclasses import replace

from forecourt import Scope
from plugins.customers.api import surviving
from plugins.sms_marketing.models.messages import SmsMessage
from plugins.sms_marketing.services.messages import PlannedSms, plan
from plugins.sms_marketing.services.templates import approved_version


async def plan_if_wanted(scope: Scope, wanted: PlannedSms) -> SmsMessage | None:
    """Plan a customer's message if the store has an approved template for it, and the customer is still there.

    A store that doesn't want an automation has no template for it. Who was merged gets it as the one he became.
    """
    assert wanted.customer_id is not None
    if await approved_version(scope.store_id, wanted.template) is None:
        return None
    customer = await surviving(wanted.customer_id)
    return None if customer is None else await plan(scope, replace(wanted, customer_id=customer.id))
