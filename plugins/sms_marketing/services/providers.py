"""What a provider of text messages is: the contract that provider plugins fulfil through the hook `sms_provider`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from forecourt import Scope
from plugins.sms_marketing.models.choices import SmsMessageState
from plugins.sms_marketing.models.templates import SmsProviderAccount
from plugins.sms_marketing.services.gate import SmsCategory
from plugins.sms_marketing.services.refusals import NoProviderRefusal
from plugins.sms_marketing.services.window import HARD_WINDOW, Window


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider takes, and on which conditions.

    Attributes:
        opt_out_text: What it wants at the end of a promotion, and nowhere else.
        longest_text: Characters in all.
        longest_variable: Characters that fill one blank.
        variables_in_promotions: Whether a promotion may have blanks.
        needs_template_codes: Whether each version of a template is registered with it and sent by its code.
        promotion_window: Hours outside of which it takes no promotion.
    """

    opt_out_text: str = "拒收请回复R"
    longest_text: int = 500
    longest_variable: int = 35
    variables_in_promotions: bool = True
    needs_template_codes: bool = False
    promotion_window: Window = HARD_WINDOW


@dataclass(frozen=True, slots=True)
class Account:
    """A store's account as its provider sees it.

    Attributes:
        secrets: In clear; never logged.
    """

    id: UUID
    code: str
    signature: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class OutgoingSms:
    """A message to be handed over.

    Attributes:
        out_id: The message's id; receipts and queries name it.
        to: E.164.
        text: With signature and opt-out text.
        template_code: Under which the provider knows the template; empty where it needs none.
        filling: What fills the template's blanks.
    """

    out_id: UUID
    to: str = field(repr=False)
    text: str = field(repr=False)
    category: SmsCategory
    template_code: str = ""
    filling: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has taken the message."""

    provider_message_id: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider will not send the message.

    Attributes:
        code: The provider's own.
        text: In its words, without personal data.
    """

    code: str
    text: str = ""


SubmitResult = Accepted | Refused


@dataclass(frozen=True, slots=True)
class ReportedState:
    """What a provider says became of a message.

    Attributes:
        out_id: The id that the message was handed over with; null if the provider names its own only.
        state: SUBMITTED while it is under way, DELIVERED, FAILED, REJECTED or EXPIRED.
        at: When it happened, by the provider's clock.
        number_is_dead: The number will never take a message, such as one that is not in service.
    """

    state: SmsMessageState
    out_id: UUID | None = None
    provider_message_id: str = ""
    at: datetime | None = None
    code: str = ""
    text: str = ""
    number_is_dead: bool = False


@dataclass(frozen=True, slots=True)
class InboundText:
    """What somebody wrote back.

    Attributes:
        sender: As the provider writes numbers.
        ref: The provider's id of it; the same text may come again.
    """

    sender: str = field(repr=False)
    text: str = field(repr=False)
    ref: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CallbackContent:
    """What one call of a provider held."""

    receipts: Sequence[ReportedState] = ()
    replies: Sequence[InboundText] = ()


class SmsProvider(Protocol):
    """One kind of provider. It holds no state; everything comes with the call, outside of any transaction."""

    def capabilities(self) -> Capabilities:
        """Return what it takes."""
        ...

    async def submit(self, scope: Scope, account: Account, message: OutgoingSms) -> SubmitResult:
        """Hand a message over, once; whatever it raises means that nobody knows whether it was taken."""
        ...

    async def query(
        self, scope: Scope, account: Account, out_id: UUID, provider_message_id: str
    ) -> ReportedState | None:
        """Return what became of a message; None when the provider doesn't know it, or doesn't say."""
        ...

    def read_callback(self, body: bytes) -> CallbackContent:
        """Return what a call to the receipts address held.

        Raises:
            ValueError: It can't be read; the message holds nothing of it.
        """
        ...

    def acknowledgement(self) -> Mapping[str, object]:
        """Return the JSON object that the provider takes for an answer."""
        ...


SIMULATOR: Final = "simulator"


def provider_of(scope: Scope, kind: str) -> SmsProvider:
    """Return the provider of a kind.

    Raises:
        NoProviderRefusal: No module that is on has it.
    """
    found: SmsProvider | None = scope.hooks.sms_provider(kind=kind)
    if found is None:
        raise NoProviderRefusal(kind, SIMULATOR)
    return found


async def as_account(row: SmsProviderAccount) -> Account:
    """Return an account with its secrets in clear."""
    secrets = await row.reveal("secrets")
    return Account(row.id, row.code, row.signature, json.loads(secrets) if secrets else {})
