"""Commands about text messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

import strawberry
from pydantic import Field

from forecourt import uuid7
from forecourt.graphql import ID, Info, Input, command
from plugins.customers.api import Customer as CustomerRow
from plugins.customers.types import Customer
from plugins.sms_marketing import models
from plugins.sms_marketing.models import SmsSuppressionScope, SmsSuppressionSource
from plugins.sms_marketing.services import accounts, holds, messages, suppressions, templates
from plugins.sms_marketing.services.gate import SmsCategory
from plugins.sms_marketing.services.messages import PlannedSms
from plugins.sms_marketing.services.numbers import mobile_number
from plugins.sms_marketing.types import (
    SmsMessage,
    SmsProviderAccount,
    SmsReply,
    SmsSuppression,
    SmsTemplate,
    SmsTemplateVersion,
)

TEMPLATE = "sms_marketing.sms_template"
MESSAGE = "sms_marketing.sms_message"
SUPPRESSION = "sms_marketing.sms_suppression"
REPLY = "sms_marketing.sms_reply"
ACCOUNT = "sms_marketing.sms_provider_account"

Body = Annotated[str, Field(min_length=1, max_length=1000)]
Number = Annotated[str, Field(min_length=5, max_length=40)]
Reason = Annotated[str, Field(min_length=1, max_length=300)]


class BlankLengthInput(Input):
    """How long what fills a blank may be."""

    name: Annotated[str, Field(max_length=40, description="The blank, such as `customer_name`.")]
    most: Annotated[int, Field(ge=1, le=200, description="Characters; 20 for a blank that is not named.")]


class FillingInput(Input):
    """What fills one blank."""

    name: Annotated[str, Field(max_length=40, description="The blank, such as `due_on`.")]
    text: Annotated[str, Field(max_length=200, description="What stands in its place.")]


class ProviderCodeInput(Input):
    """Under which code a provider has approved a text."""

    account: Annotated[str, Field(max_length=60, description="Code of the account.")]
    code: Annotated[str, Field(max_length=60, description="The provider's code, such as `SMS_154950909`.")]


class CreateSmsTemplateInput(Input):
    """A template with its first version."""

    code: Annotated[str, Field(max_length=60, description="What automations name it by; small letters, digits and _.")]
    title: Annotated[str, Field(max_length=120, description="What people call it.")]
    category: SmsCategory = Field(description="Greetings and offers are promotions; notifications carry no offer.")
    body: Body = Field(description="The text, with blanks such as {customer_name}.")
    opt_out_text: Annotated[str, Field(max_length=60)] | None = Field(
        None, description="How to refuse a promotion; what the provider wants without it."
    )
    blank_lengths: list[BlankLengthInput] = Field([], description="How long what fills the blanks may be.")
    urgent: bool = Field(False, description="A service notice that doesn't wait for the window.")
    legally_required: bool = Field(False, description="A notice that the law wants, such as a recall.")


@command(SmsTemplate, permission=f"{TEMPLATE}.create")
async def create_sms_template(info: Info, input: CreateSmsTemplateInput) -> models.SmsTemplate:
    """Write a template; its first version is a draft that is not sent yet."""
    template = models.SmsTemplate(
        store_id=info.scope.store_id,
        code=input.code,
        title=input.title,
        category=input.category,
        urgent=input.urgent,
        legally_required=input.legally_required,
    )
    return await templates.create(
        info.scope, template, input.body, lengths=_lengths(input.blank_lengths), opt_out_text=input.opt_out_text
    )


class ReviseSmsTemplateInput(Input):
    """Another text for a template."""

    template: ID[SmsTemplate] = Field(description="The template.")
    body: Body = Field(description="The text, with blanks such as {customer_name}.")
    opt_out_text: Annotated[str, Field(max_length=60)] | None = Field(
        None, description="How to refuse a promotion; what the provider wants without it."
    )
    blank_lengths: list[BlankLengthInput] = Field([], description="How long what fills the blanks may be.")


@command(SmsTemplateVersion, permission=f"{TEMPLATE}.update")
async def revise_sms_template(info: Info, input: ReviseSmsTemplateInput) -> models.SmsTemplateVersion:
    """Change a template's draft, or write a new version; the approved one is sent until the new one is approved."""
    template = await info.scope.get(models.SmsTemplate, input.template.uuid, permission=f"{TEMPLATE}.update")
    return await templates.revise(
        info.scope, template, input.body, lengths=_lengths(input.blank_lengths), opt_out_text=input.opt_out_text
    )


class SmsTemplateVersionInput(Input):
    """One version of a template."""

    version: ID[SmsTemplateVersion] = Field(description="The version.")


@command(SmsTemplateVersion, permission=f"{TEMPLATE}.submit")
async def submit_sms_template(info: Info, input: SmsTemplateVersionInput) -> models.SmsTemplateVersion:
    """Ask for approval of a draft."""
    return await templates.submit(info.scope, await _version(info, input.version, "submit"))


class ApproveSmsTemplateInput(SmsTemplateVersionInput):
    """Approval of one version of a template."""

    provider_codes: list[ProviderCodeInput] = Field(
        [], description="Codes under which providers have approved it, where they want templates registered."
    )


@command(SmsTemplateVersion, permission=f"{TEMPLATE}.approve")
async def approve_sms_template(info: Info, input: ApproveSmsTemplateInput) -> models.SmsTemplateVersion:
    """Let a version be sent; somebody else than its author does it."""
    codes = {named.account: named.code for named in input.provider_codes}
    return await templates.approve(info.scope, await _version(info, input.version, "approve"), codes)


class DecideSmsTemplateInput(SmsTemplateVersionInput):
    """A decision against one version of a template."""

    reason: Reason = Field(description="Why.")


@command(SmsTemplateVersion, permission=f"{TEMPLATE}.approve")
async def reject_sms_template(info: Info, input: DecideSmsTemplateInput) -> models.SmsTemplateVersion:
    """Send a version back to its author."""
    return await templates.reject(info.scope, await _version(info, input.version, "approve"), input.reason)


@command(SmsTemplateVersion, permission=f"{TEMPLATE}.approve")
async def disable_sms_template(info: Info, input: DecideSmsTemplateInput) -> models.SmsTemplateVersion:
    """Stop an approved version at once; messages that wait with it are not sent."""
    return await templates.disable(info.scope, await _version(info, input.version, "approve"), input.reason)


class PlanSmsMessageInput(Input):
    """A message to one customer."""

    customer: ID[Customer] = Field(description="To whom; the mobile that is his when it is sent.")
    template: Annotated[str, Field(max_length=60, description="Code of an approved template.")]
    filling: list[FillingInput] = Field([], description="What fills the blanks that don't fill themselves.")
    dedupe_key: Annotated[str, Field(max_length=150)] | None = Field(
        None, description="A message of the store with the same key is returned instead of a second one."
    )
    not_before: datetime | None = Field(None, description="At once without it, or when the window opens.")
    expires_at: datetime | None = Field(None, description="After it the message is of no use.")


@command(SmsMessage, permission=f"{MESSAGE}.plan")
async def plan_sms_message(info: Info, input: PlanSmsMessageInput) -> models.SmsMessage:
    """Put a message in the queue; whether it may leave is decided when its time has come."""
    customer = await info.scope.get(CustomerRow, input.customer.uuid)
    wanted = PlannedSms(
        template=input.template,
        dedupe_key=input.dedupe_key or f"manual:{uuid7()}",
        customer_id=customer.id,
        filling={named.name: named.text for named in input.filling},
        not_before=input.not_before,
        expires_at=input.expires_at,
    )
    return await messages.plan(info.scope, wanted)


class SmsMessageInput(Input):
    """One message."""

    message: ID[SmsMessage] = Field(description="The message.")


@command(SmsMessage, permission=f"{MESSAGE}.cancel")
async def cancel_sms_message(info: Info, input: SmsMessageInput) -> models.SmsMessage:
    """Take back a message that has not been handed over."""
    row = await info.scope.get(models.SmsMessage, input.message.uuid, permission=f"{MESSAGE}.cancel")
    return await messages.cancel(row)


class TestSmsTemplateInput(Input):
    """A test of a template."""

    template: Annotated[str, Field(max_length=60, description="Code of an approved template.")]
    number: Number = Field(description="The mobile that it goes to, such as one's own.")
    filling: list[FillingInput] = Field([], description="What fills the blanks.")


@command(SmsMessage, permission=f"{MESSAGE}.test")
async def test_sms_template(info: Info, input: TestSmsTemplateInput) -> models.SmsMessage:
    """Send a notification to a number of one's own; a promotion needs a customer's consent, so it is no test."""
    wanted = PlannedSms(
        template=input.template,
        dedupe_key=f"test:{uuid7()}",
        number=mobile_number(info.scope, input.number),
        filling={named.name: named.text for named in input.filling},
        automation="test",
    )
    return await messages.plan(info.scope, wanted)


class SuppressSmsNumberInput(Input):
    """A number that is to be left alone."""

    number: Number = Field(description="The number; only its keyed hash is kept.")
    scope: SmsSuppressionScope = Field(SmsSuppressionScope.MARKETING, description="What it no longer gets.")
    source: SmsSuppressionSource = Field(SmsSuppressionSource.MANUAL, description="How it became known.")
    note: Annotated[str, Field(max_length=300, description="Who said so and where it is written down.")] = ""


@command(SmsSuppression, permission=f"{SUPPRESSION}.create")
async def suppress_sms_number(info: Info, input: SuppressSmsNumberInput) -> models.SmsSuppression:
    """Leave a number alone from now on; what waits for it is not sent."""
    return await suppressions.suppress(info.scope, input.number, what=input.scope, source=input.source, note=input.note)


class ReleaseSmsNumberInput(Input):
    """A number that may be written to again."""

    suppression: ID[SmsSuppression] = Field(description="What holds it back.")
    reason: Reason = Field(description="The proof, such as the number of a signed form.")


@command(SmsSuppression, permission=f"{SUPPRESSION}.release")
async def release_sms_number(info: Info, input: ReleaseSmsNumberInput) -> models.SmsSuppression:
    """Let a number be written to again; a customer's new consent comes first."""
    row = await info.scope.get(models.SmsSuppression, input.suppression.uuid, permission=f"{SUPPRESSION}.release")
    return await suppressions.release(info.scope, row, input.reason)


class ReadSmsReplyInput(Input):
    """A text that somebody wrote back."""

    reply: ID[SmsReply] = Field(description="The reply.")


@strawberry.type(description="What somebody wrote back; not to be kept.")
class SmsReplyText:
    text: str = strawberry.field(description="As he wrote it.")


@command(permission=f"{REPLY}.open", result=SmsReplyText)
async def read_sms_reply(info: Info, input: ReadSmsReplyInput) -> SmsReplyText:
    """Read what somebody wrote back: promotions to him no longer wait for that. If he wants none, suppress his number.

    Who was the first to read it stands with the reply, and in the audit.
    """
    row = await info.scope.get(models.SmsReply, input.reply.uuid, permission=f"{REPLY}.open")
    return SmsReplyText(text=await holds.read(info.scope, row))


@strawberry.type(description="Where a provider's receipts come to; shown once.")
class SmsReceiptsAddress:
    path: str = strawberry.field(description="Below the dealer's own address; whoever has it can send receipts.")


class SmsProviderAccountInput(Input):
    """One account."""

    account: ID[SmsProviderAccount] = Field(description="The account.")


@command(permission=f"{ACCOUNT}.update", result=SmsReceiptsAddress)
async def renew_sms_receipts_address(info: Info, input: SmsProviderAccountInput) -> SmsReceiptsAddress:
    """Make a new address for a provider's receipts; the one before ends at once."""
    row = await info.scope.get(models.SmsProviderAccount, input.account.uuid, permission=f"{ACCOUNT}.update")
    return SmsReceiptsAddress(path=await accounts.new_receipts_address(row))


async def _version(info: Info, version: ID[SmsTemplateVersion], action: str) -> models.SmsTemplateVersion:
    return await info.scope.get(models.SmsTemplateVersion, version.uuid, permission=f"{TEMPLATE}.{action}")


def _lengths(named: Sequence[BlankLengthInput]) -> Mapping[str, int]:
    return {one.name: one.most for one in named}
