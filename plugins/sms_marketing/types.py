"""What the API shows of text messages; numbers are masked, and texts are not shown at all."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from forecourt import Money
from forecourt.graphql import Connection, computed, entity, extend
from plugins.customers.types.people import Customer
from plugins.sms_marketing.models.choices import (
    SmsCallbackState,
    SmsLegalBasis,
    SmsMessageState,
    SmsSuppressionScope,
    SmsSuppressionSource,
    SmsTemplateState,
)
from plugins.sms_marketing.models.inbox import SimulatedSms as SimulatedSmsRow
from plugins.sms_marketing.models.inbox import SmsCallback as SmsCallbackRow
from plugins.sms_marketing.models.inbox import SmsReceipt as SmsReceiptRow
from plugins.sms_marketing.models.inbox import SmsReply as SmsReplyRow
from plugins.sms_marketing.models.messages import SmsMessage as SmsMessageRow
from plugins.sms_marketing.models.messages import SmsSuppression as SmsSuppressionRow
from plugins.sms_marketing.models.templates import SmsProviderAccount as SmsProviderAccountRow
from plugins.sms_marketing.models.templates import SmsTemplate as SmsTemplateRow
from plugins.sms_marketing.models.templates import SmsTemplateVersion as SmsTemplateVersionRow
from plugins.sms_marketing.services.gate import SmsCategory, SmsSuppressReason
from plugins.sms_marketing.services.keywords import SmsKeyword
from plugins.sms_marketing.services.rendering import blanks_of
from plugins.sms_marketing.services.segments import segments


@entity(
    SmsProviderAccountRow,
    filter=["code", "kind", "active"],
    order=["priority", "code"],
    create=["code", "kind", "title", "signature", "secrets", "per_second", "priority", "price", "active"],
    update=["title", "signature", "secrets", "per_second", "priority", "price", "active"],
)
class SmsProviderAccount:
    """A store's account with a provider of text messages; the active one with the lowest priority number is used."""

    code: str
    """Short and unique in the store."""
    kind: str
    """Kind of provider, such as `simulator`; the module that knows it must be on."""
    title: str
    """What people call it."""
    signature: str
    """Who writes, 2 to 16 characters; shown in 【】 before each text."""
    secrets: str | None
    """What the provider wants to know of who calls, as a JSON object; written only, read as ****."""
    per_second: int
    """Messages a second at most; 0 for no limit."""
    priority: int
    """The lowest one is used first."""
    price: Money | None
    """Of one part of a message; null when it costs nothing or nobody counts."""
    active: bool
    """Whether messages go through it."""


@entity(
    SmsTemplateRow,
    search=["code", "title"],
    filter=["code", "category", "urgent", "versions"],
    order=["code", "title"],
    create=False,
    update=["title"],
)
class SmsTemplate:
    """A text with blanks that messages are made of; what it says stands in its versions."""

    code: str
    """What automations name it by, such as `delivery_thank_you`; unique in the store."""
    title: str
    """What people call it."""
    category: SmsCategory
    """One-time password, notification or promotion; greetings are promotions too."""
    urgent: bool
    """A service notice that is of no use tomorrow morning; it doesn't wait for the window."""
    legally_required: bool
    """A notice that the law wants, such as a recall."""
    versions: Connection[SmsTemplateVersion]
    """What it says and said; the approved one with the highest number is sent."""


@entity(
    SmsTemplateVersionRow,
    filter=["template", "number", "state"],
    order=["number"],
    create=False,
    update=False,
    archive=False,
    visible_through="template",
)
class SmsTemplateVersion:
    """What a template says; an approved version is never changed, a new text is a new version."""

    template: SmsTemplate
    """Of which template."""
    number: int
    """1 for the first."""
    body: str
    """The text, with blanks such as {customer_name}."""
    opt_out_text: str
    """How to refuse, at the end of a promotion; empty for other kinds."""
    provider_codes: dict[str, str]
    """Account code to the code under which its provider knows this version."""
    state: SmsTemplateState
    """Only an approved version is sent."""
    author: str
    """Who wrote and submitted it, as the audit names him."""
    submitted_at: datetime | None
    """When approval was asked for."""
    approver: str
    """Who decided on it; empty while nobody has."""
    decided_at: datetime | None
    """When it was decided on."""
    reason: str
    """Why it was rejected or disabled; empty otherwise."""

    @computed
    @staticmethod
    def blanks(body: str) -> list[str]:
        """Names of the blanks; `customer_name` and `store_name` fill themselves."""
        return list(blanks_of(body))

    @computed
    @staticmethod
    def least_parts(body: str, opt_out_text: str) -> int:
        """In how many parts it is sent and paid at least, without signature and with its blanks as written."""
        return segments(body + opt_out_text).parts


@entity(
    SmsMessageRow,
    search=["to"],
    filter=[
        "customer", "template", "template_version", "account", "to", "category", "legal_basis", "state",
        "suppress_reason", "automation", "subject_ref", "not_before", "submitting_at", "submitted_at", "finished_at",
        "error_code", "cost", "segments", "dedupe_key",
    ],
    order=["not_before", "submitted_at", "finished_at", "state"],
    create=False,
    update=False,
    archive=False,
)  # fmt: skip
class SmsMessage:
    """One message to one number."""

    customer: Customer | None
    """To whom; null for a test."""
    template: SmsTemplate
    """What it is made of."""
    template_version: SmsTemplateVersion
    """In which version."""
    account: SmsProviderAccount
    """Through which account it went, or is to go."""
    to: str | None
    """The number, masked; null while a customer's message waits, because the number of its time counts."""
    category: SmsCategory
    """One-time password, notification or promotion."""
    legal_basis: SmsLegalBasis
    """Why the store may write: consent for promotions, contract or law for others."""
    urgent: bool
    """It doesn't wait for the window."""
    segments: int
    """In how many parts it is sent and paid."""
    cost: Money | None
    """What it costs; null when the account has no price."""
    dedupe_key: str
    """At most one message of the store has it."""
    automation: str
    """The rule that wanted it; empty when somebody planned it by hand."""
    subject_ref: str
    """What it is about in another module, such as `sales.SalesOrder:0192…`; empty for none."""
    not_before: datetime
    """When it is looked at to be sent."""
    expires_at: datetime | None
    """After it the message is of no use; null for never."""
    state: SmsMessageState
    """Where it stands."""
    suppress_reason: SmsSuppressReason | None
    """Why it was not sent; null otherwise."""
    attempts: int
    """How often it was handed over: never more than once."""
    submitting_at: datetime | None
    """When it was taken to be handed over."""
    submitted_at: datetime | None
    """When the provider had taken it."""
    finished_at: datetime | None
    """When its fate was known."""
    provider_message_id: str
    """What the provider calls it; empty when unknown."""
    error_code: str
    """The provider's code of what went wrong; empty otherwise."""
    error_text: str
    """The same in its words."""
    receipts: Connection[SmsReceipt]
    """What the provider told of it, late and repeated receipts included."""


@entity(
    SmsCallbackRow,
    filter=["account", "state", "received_at"],
    order=["received_at"],
    create=False,
    update=False,
    archive=False,
)
class SmsCallback:
    """A call of a provider; what it held is kept encrypted."""

    account: SmsProviderAccount
    """Of which account."""
    received_at: datetime
    """When it came."""
    state: SmsCallbackState
    """Whether it has been read."""
    receipts: int
    """How many receipts it held."""
    replies: int
    """How many replies it held."""


@entity(
    SmsReceiptRow,
    filter=["message", "state", "error_code", "applied"],
    order=["reported_at"],
    create=False,
)
class SmsReceipt:
    """What a provider says became of a message."""

    message: SmsMessage | None
    """Of which message; null when the store has none of this id."""
    state: SmsMessageState
    """What it reports."""
    reported_at: datetime | None
    """When it happened, by the provider's clock."""
    error_code: str
    """The provider's code of what went wrong; empty otherwise."""
    applied: bool
    """It moved the message; false for one that was late, came twice or contradicts a final state."""


@entity(
    SmsReplyRow,
    search=["sender"],
    filter=["customer", "keyword", "sender", "at", "unread"],
    order=["at"],
    create=False,
    update=False,
    archive=False,
    plural="smsReplies",
)
class SmsReply:
    """What somebody wrote back; a text for people stands on the customer's timeline."""

    customer: Customer | None
    """Whose number it came from; null for a stranger's."""
    sender: str
    """The number, masked."""
    keyword: SmsKeyword | None
    """What it asks for; null for a text to be read by people."""
    at: datetime
    """When it was written."""
    unread: bool
    """Nobody has read it yet, so that promotions to whoever wrote it wait; `readSmsReply` shows it."""
    read_at: datetime | None
    """When it was read."""
    read_by: str
    """Who read it, as the audit names him; empty while nobody has."""


@entity(
    SmsSuppressionRow,
    filter=["customer", "scope", "source", "at", "released_at"],
    order=["at"],
    create=False,
    update=False,
    archive=False,
)
class SmsSuppression:
    """That a number is to be left alone; the number itself is not kept."""

    customer: Customer | None
    """Whose number it was; null for a stranger's."""
    scope: SmsSuppressionScope
    """What it no longer gets."""
    source: SmsSuppressionSource
    """How it became known."""
    note: str
    """Who said so and where it is written down."""
    at: datetime
    """Since when."""
    released_at: datetime | None
    """Until when; null while it holds."""
    released_by: str
    """Who released it, as the audit names him; empty while it holds."""
    release_reason: str
    """The proof that the number may be written to again."""


@entity(
    SimulatedSmsRow,
    filter=["out_id", "outcome", "accepted_at"],
    order=["accepted_at"],
    create=False,
    update=False,
    archive=False,
    plural="simulatedSmsList",
)
class SimulatedSms:
    """What the built-in simulator was given: one row per submission."""

    account: SmsProviderAccount
    """Through which account it came."""
    out_id: UUID
    """The message's id, without its type."""
    to: str
    """The number, masked."""
    category: str
    """What it came as."""
    outcome: str
    """The number's last four digits, which say what becomes of it."""
    accepted_at: datetime
    """When it came."""


@extend(Customer)
class CustomerSms:
    sms_messages: Connection[SmsMessage]
    """Text messages to him."""
    sms_replies: Connection[SmsReply]
    """What he wrote back."""
    sms_suppressions: Connection[SmsSuppression]
    """What he no longer wants to get, now and before."""
