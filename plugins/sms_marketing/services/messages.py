"""Planning messages, and taking them back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2s
from uuid import UUID

from forecourt import Money, NotFoundRefusal, Scope, Store, enqueue, settings
from plugins.customers.api import Customer
from plugins.sms_marketing.events import SmsPlanned
from plugins.sms_marketing.models.choices import SmsLegalBasis, SmsMessageState
from plugins.sms_marketing.models.messages import SmsMessage
from plugins.sms_marketing.models.templates import SmsProviderAccount, SmsTemplate, SmsTemplateVersion
from plugins.sms_marketing.services.accounts import account_for
from plugins.sms_marketing.services.gate import SmsCategory
from plugins.sms_marketing.services.refusals import BlanksRefusal, NoApprovedTemplateRefusal
from plugins.sms_marketing.services.rendering import Rendered, render
from plugins.sms_marketing.services.segments import segments
from plugins.sms_marketing.services.states import MESSAGE_STATES
from plugins.sms_marketing.services.templates import approved_version
from plugins.sms_marketing.services.window import next_opening
from plugins.sms_marketing.settings import SmsSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSms:
    """What is to be written to whom, and when.

    Attributes:
        template: The template's code.
        dedupe_key: Must not change on a retry; a second message with it is not planned.
        number: Without a customer, such as for a test; E.164 or as people write it.
        filling: What fills the blanks; `customer_name` and `store_name` fill themselves.
        not_before: At once without it, or when the window opens.
        expires_at: After it the message is of no use.
        automation: The rule that wants it; empty for a person.
    """

    template: str
    dedupe_key: str
    customer_id: UUID | None = None
    number: str | None = field(default=None, repr=False)
    filling: Mapping[str, str] = field(default_factory=dict, repr=False)
    not_before: datetime | None = None
    expires_at: datetime | None = None
    subject_ref: str = ""
    automation: str = ""


async def plan(scope: Scope, wanted: PlannedSms) -> SmsMessage:
    """Put a message in the queue, or return the one that has its dedupe key.

    Whether it may leave is decided when its time has come, by what is true then. Publishes `SmsPlanned`.

    Raises:
        NoApprovedTemplateRefusal: The store has no such template, or no approved version of it.
        BlanksRefusal: Blanks of the template are not filled, or what fills them is too long.
    """
    store_id = scope.store_id
    known = await SmsMessage.filter(store_id=store_id, dedupe_key=wanted.dedupe_key).first()
    if known is not None:
        return known
    found = await approved_version(store_id, wanted.template)
    if found is None:
        raise NoApprovedTemplateRefusal()
    template, version = found
    account = await account_for(scope, store_id)
    filling = {**await _own_filling(scope, version, wanted.customer_id), **wanted.filling}
    rendered = rendered_with(version, account, filling)
    _check_blanks(rendered)
    message = SmsMessage(
        store_id=store_id,
        customer_id=wanted.customer_id,
        template_id=template.id,
        template_version_id=version.id,
        account_id=account.id,
        to=wanted.number,
        text=None,
        filling=json.dumps(filling, ensure_ascii=False),
        category=template.category,
        legal_basis=_legal_basis(template),
        urgent=template.urgent,
        dedupe_key=wanted.dedupe_key,
        automation=wanted.automation,
        subject_ref=wanted.subject_ref,
        **await _times(scope, template, wanted),
    )
    price(message, account, rendered.text)
    await message.save()
    await _call_for_sending(scope, message)
    scope.publish(
        SmsPlanned(
            message_id=message.id,
            customer_id=message.customer_id,
            template=template.code,
            category=template.category,
            not_before=message.not_before,
        )
    )
    return message


async def cancel(message: SmsMessage) -> SmsMessage:
    """Take a message back that has not been handed over.

    Raises:
        TransitionRefusal: It is under way, or its fate is decided.
    """
    await MESSAGE_STATES.move(message, SmsMessageState.CANCELLED)
    return message


def rendered_with(version: SmsTemplateVersion, account: SmsProviderAccount, filling: Mapping[str, str]) -> Rendered:
    """Return what a version says when it goes through an account."""
    return render(
        version.body,
        version.variables,
        filling,
        signature=account.signature,
        opt_out_text=version.opt_out_text,
    )


def price(message: SmsMessage, account: SmsProviderAccount, text: str) -> None:
    """Set in how many parts a text is sent and what they cost."""
    message.segments = segments(text).parts
    each: Money | None = account.price
    message.cost = None if each is None else each.times(message.segments)


def _check_blanks(rendered: Rendered) -> None:
    if rendered.missing:
        raise BlanksRefusal(", ".join(rendered.missing), "nothing fills this blank")
    if rendered.too_long:
        raise BlanksRefusal(", ".join(rendered.too_long), "what fills this blank is too long")


async def _own_filling(scope: Scope, version: SmsTemplateVersion, customer_id: UUID | None) -> dict[str, str]:
    filling: dict[str, str] = {}
    if "store_name" in version.variables:
        filling["store_name"] = (await Store.get(id=scope.store_id)).name
    if "customer_name" in version.variables and customer_id is not None:
        customer = await Customer.get_or_none(id=customer_id)
        if customer is None:
            raise NotFoundRefusal("there is no such Customer in your sight", path=("customer",), what="Customer")
        filling["customer_name"] = customer.name[: version.variables["customer_name"]]
    return filling


async def _times(scope: Scope, template: SmsTemplate, wanted: PlannedSms) -> dict[str, datetime | None]:
    rules = await settings(scope, SmsSettings)
    not_before = max(scope.now(), wanted.not_before or scope.now())
    if template.category is not SmsCategory.OTP and not template.urgent:
        # By the store's clock; the recipient's is known when the number is, and asked again then.
        opening = next_opening(not_before, scope.zone(scope.store_id), rules.window)
        if opening > not_before:
            not_before = opening + spread(wanted.dedupe_key, rules.jitter_minutes)
    expires_at = wanted.expires_at
    if expires_at is None and template.category is SmsCategory.PROMOTION:
        expires_at = not_before + timedelta(hours=rules.promotion_valid_hours)
    return {"not_before": not_before, "expires_at": expires_at}


def spread(dedupe_key: str, minutes: int) -> timedelta:
    """Return how long after the opening a message leaves, so that not all leave at once; always the same for a key."""
    if not minutes:
        return timedelta()
    return timedelta(seconds=int.from_bytes(blake2s(dedupe_key.encode(), digest_size=4).digest()) % (minutes * 60))


def _legal_basis(template: SmsTemplate) -> SmsLegalBasis:
    if template.category is SmsCategory.PROMOTION:
        return SmsLegalBasis.CONSENT
    return SmsLegalBasis.LAW if template.legally_required else SmsLegalBasis.CONTRACT


async def _call_for_sending(scope: Scope, message: SmsMessage) -> None:
    from plugins.sms_marketing import jobs  # it imports the services

    # One call serves all that wait for the same instant; for what may leave now, the call before has run already.
    later = message.not_before > scope.now()
    key = f"{message.store_id}|{message.not_before.isoformat()}" if later else ""
    await enqueue(scope, jobs.send_due, run_at=message.not_before, dedupe_key=key, store_id=message.store_id)
