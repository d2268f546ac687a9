"""Messages of the demo dealership, and the templates that they are made of."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final
from uuid import UUID

from forecourt import Money, Scope
from plugins.customers.api import Consent, ConsentPurpose, ConsentState, Customer
from plugins.sms_marketing.demo.templates import TEMPLATES, DemoTemplate
from plugins.sms_marketing.models.choices import SmsTemplateState
from plugins.sms_marketing.models.templates import SmsTemplate, SmsTemplateVersion
from plugins.sms_marketing.services import templates
from plugins.sms_marketing.services.accounts import account_for
from plugins.sms_marketing.services.messages import PlannedSms, plan
from plugins.sms_marketing.services.states import VERSION_STATES

MESSAGES: Final = 12
"""So many customers get the invitation to the weekend, and as many the notice that their car has come."""


async def write(scope: Scope) -> AsyncIterator[object]:
    """Write the simulator's account, ten approved templates, and messages that wait or leave."""
    account = await account_for(scope, scope.store_id)
    account.price = Money(5)
    await account.save()
    yield account
    for one in TEMPLATES:
        yield await _template(scope, one)
    for customer_id in await _customers(scope, with_consent=True):
        yield await plan(scope, _message("weekend_event", customer_id))
    for customer_id in await _customers(scope, with_consent=False):
        yield await plan(scope, _message("vehicle_arrived", customer_id))


async def _template(scope: Scope, one: DemoTemplate) -> SmsTemplate:
    template = SmsTemplate(
        store_id=scope.store_id,
        code=one.code,
        title=one.title,
        category=one.category,
        urgent=one.urgent,
        legally_required=one.legally_required,
    )
    await templates.create(scope, template, one.body, lengths=one.lengths, opt_out_text=None)
    version = await SmsTemplateVersion.get(template_id=template.id)
    # The demo writes as one person; for the four eyes it names two.
    now = scope.now()
    await VERSION_STATES.move(version, SmsTemplateState.SUBMITTED, {"author": "demo:marketing", "submitted_at": now})
    decided = {"approver": "demo:store_manager", "decided_at": now}
    await VERSION_STATES.move(version, SmsTemplateState.APPROVED, decided)
    return template


async def _customers(scope: Scope, *, with_consent: bool) -> list[UUID]:
    living = Customer.filter(store_id=scope.store_id, archived_at=None, merged_into_id=None)
    reachable = living.exclude(mobile_index=None)
    if with_consent:
        agreed = Consent.filter(purpose=ConsentPurpose.MARKETING_SMS, state=ConsentState.GRANTED)
        reachable = reachable.filter(id__in=await agreed.values_list("customer_id", flat=True))
    ids: list[Any] = await reachable.order_by("id").limit(MESSAGES).values_list("id", flat=True)
    return ids


def _message(template: str, customer_id: UUID) -> PlannedSms:
    return PlannedSms(template=template, dedupe_key=f"demo:{template}:{customer_id}", customer_id=customer_id)
