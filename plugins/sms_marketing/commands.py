"""Commands about text messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final

import strawberry
from pydantic import Field

from forecourt import Permission, uuid7
from forecourt.graphql import ID, Info, Input, command
from plugins.customers.api import Customer as CustomerRow
from plugins.customers.types.people import Customer
from plugins.sms_marketing.models.choices import SmsSuppressionScope, SmsSuppressionSource
from plugins.sms_marketing.models.inbox import SmsReply as SmsReplyRow
from plugins.sms_marketing.models.messages import SmsMessage as SmsMessageRow
from plugins.sms_marketing.models.messages import SmsSuppression as SmsSuppressionRow
from plugins.sms_marketing.models.templates import SmsProviderAccount as SmsProviderAccountRow
from plugins.sms_marketing.models.templates import SmsTemplate as SmsTemplateRow
from plugins.sms_marketing.models.templates import SmsTemplateVersion as SmsTemplateVersionRow
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

APPROVE: Final = Permission(
    "sms_marketing.sms_template.approve",
    {"en": "Approve, reject and disable text message templates", "zh-CN": "审批短信模板"},
)

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


@command(
    SmsTemplate,
    permission=Permission(
        "sms_marketing.sms_template.create", {"en": "Write text message templates", "zh-CN": "编写短信模板"}
    ),
)
async def create_sms_template(info: Info, input: CreateSmsTemplateInput) -> SmsTemplateRow:
    """Write a template; its first version is a draft that is not sent yet."""
    template = SmsTemplateRow(
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


@command(SmsTemplateVersion, permission="sms_marketing.sms_template.update")
async def revise_sms_template(info: Info[SmsTemplateRow], input: ReviseSmsTemplateInput) -> SmsTemplateVersionRow:
    """Change a template's draft, or write a new version; the approved one is sent until the new one is approved."""
    return await templates.revise(
        info.scope, info.subject, input.body, lengths=_lengths(input.blank_lengths), opt_out_text=input.opt_out_text
    )


class SmsTemplateVersionInput(Input):
    """One version of a template."""

    version: ID[SmsTemplateVersion] = Field(description="The version.")


@command(
    SmsTemplateVersion,
    permission=Permission(
        "sms_marketing.sms_template.submit", {"en": "Submit text message templates", "zh-CN": "提交短信模板"}
    ),
)
async def submit_sms_template(
    info: Info[SmsTemplateVersionRow], input: SmsTemplateVersionInput
) -> SmsTemplateVersionRow:
    """Ask for approval of a draft."""
    return await templates.submit(info.scope, info.subject)


class ApproveSmsTemplateInput(SmsTemplateVersionInput):
    """Approval of one version of a template."""

    provider_codes: list[ProviderCodeInput] = Field(
        [], description="Codes under which providers have approved it, where they want templates registered."
    )


@command(SmsTemplateVersion, permission=APPROVE)
async def approve_sms_template(
    info: Info[SmsTemplateVersionRow], input: ApproveSmsTemplateInput
) -> SmsTemplateVersionRow:
    """Let a version be sent; somebody else than its author does it."""
    codes = {named.account: named.code for named in input.provider_codes}
    return await templates.approve(info.scope, info.subject, codes)


class DecideSmsTemplateInput(SmsTemplateVersionInput):
    """A decision against one version of a template."""

    reason: Reason = Field(description="Why.")


@command(SmsTemplateVersion, permission=APPROVE)
async def reject_sms_template(
    info: Info[SmsTemplateVersionRow], input: DecideSmsTemplateInput
) -> SmsTemplateVersionRow:
    """Send a version back to its author."""
    return await templates.reject(info.scope, info.subject, input.reason)


@command(SmsTemplateVersion, permission=APPROVE)
async def disable_sms_template(
    info: Info[SmsTemplateVersionRow], input: DecideSmsTemplateInput
) -> SmsTemplateVersionRow:
    """Stop an approved version at once; messages that wait with it are not sent."""
    return await templates.disable(info.scope, info.subject, input.reason)


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


@command(
    SmsMessage,
    permission=Permission(
        "sms_marketing.sms_message.plan", {"en": "Plan a text message to a customer", "zh-CN": "给客户发短信"}
    ),
)
async def plan_sms_message(info: Info, input: PlanSmsMessageInput) -> SmsMessageRow:
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


@command(
    SmsMessage,
    permission=Permission(
        "sms_marketing.sms_message.cancel", {"en": "Cancel a text message that waits", "zh-CN": "取消待发短信"}
    ),
)
async def cancel_sms_message(info: Info[SmsMessageRow], input: SmsMessageInput) -> SmsMessageRow:
    """Take back a message that has not been handed over."""
    return await messages.cancel(info.subject)


class TestSmsTemplateInput(Input):
    """A test of a template."""

    template: Annotated[str, Field(max_length=60, description="Code of an approved template.")]
    number: Number = Field(description="The mobile that it goes to, such as one's own.")
    filling: list[FillingInput] = Field([], description="What fills the blanks.")


@command(
    SmsMessage,
    permission=Permission(
        "sms_marketing.sms_message.test", {"en": "Send a test to a number of one's own", "zh-CN": "发送测试短信"}
    ),
)
async def test_sms_template(info: Info, input: TestSmsTemplateInput) -> SmsMessageRow:
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


@command(
    SmsSuppression,
    permission=Permission(
        "sms_marketing.sms_suppression.create",
        {"en": "Record that a number is to be left alone", "zh-CN": "登记拒收号码"},
    ),
)
async def suppress_sms_number(info: Info, input: SuppressSmsNumberInput) -> SmsSuppressionRow:
    """Leave a number alone from now on; what waits for it is not sent."""
    return await suppressions.suppress(info.scope, input.number, what=input.scope, source=input.source, note=input.note)


class ReleaseSmsNumberInput(Input):
    """A number that may be written to again."""

    suppression: ID[SmsSuppression] = Field(description="What holds it back.")
    reason: Reason = Field(description="The proof, such as the number of a signed form.")


@command(
    SmsSuppression,
    permission=Permission(
        "sms_marketing.sms_suppression.release",
        {"en": "Release a suppressed number with proof", "zh-CN": "凭证解除拒收"},
    ),
)
async def release_sms_number(info: Info[SmsSuppressionRow], input: ReleaseSmsNumberInput) -> SmsSuppressionRow:
    """Let a number be written to again; a customer's new consent comes first."""
    return await suppressions.release(info.scope, info.subject, input.reason)


class ReadSmsReplyInput(Input):
    """A text that somebody wrote back."""

    reply: ID[SmsReply] = Field(description="The reply.")


@strawberry.type(description="What somebody wrote back; not to be kept.")
class SmsReplyText:
    text: str = strawberry.field(description="As he wrote it.")


@command(
    permission=Permission(
        "sms_marketing.sms_reply.open",
        {"en": "Read replies, and let promotions go on", "zh-CN": "阅读短信回复并恢复营销发送"},
    ),
    result=SmsReplyText,
)
async def read_sms_reply(info: Info[SmsReplyRow], input: ReadSmsReplyInput) -> SmsReplyText:
    """Read what somebody wrote back: promotions to him no longer wait for that. If he wants none, suppress his number.

    Who was the first to read it stands with the reply, and in the audit.
    """
    return SmsReplyText(text=await holds.read(info.scope, info.subject))


@strawberry.type(description="Where a provider's receipts come to; shown once.")
class SmsReceiptsAddress:
    path: str = strawberry.field(description="Below the dealer's own address; whoever has it can send receipts.")


class SmsProviderAccountInput(Input):
    """One account."""

    account: ID[SmsProviderAccount] = Field(description="The account.")


@command(permission="sms_marketing.sms_provider_account.update", result=SmsReceiptsAddress)
async def renew_sms_receipts_address(
    info: Info[SmsProviderAccountRow], input: SmsProviderAccountInput
) -> SmsReceiptsAddress:
    """Make a new address for a provider's receipts; the one before ends at once."""
    return SmsReceiptsAddress(path=await accounts.new_receipts_address(info.subject))


def _lengths(named: Sequence[BlankLengthInput]) -> Mapping[str, int]:
    return {one.name: one.most for one in named}
