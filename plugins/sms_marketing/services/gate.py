"""Whether a message may leave now: ordered checks over a snapshot, the first that objects decides.

It is asked at the moment of submission. What was right when the message was planned may not be any more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from plugins.sms_marketing.services.window import DEFAULT_WINDOW, HARD_WINDOW, Window, next_opening


class SmsCategory(StrEnum):
    """What kind of message it is by law and by the provider's rules."""

    OTP = "OTP"
    NOTIFICATION = "NOTIFICATION"
    PROMOTION = "PROMOTION"


class SmsSuppressReason(StrEnum):
    """Why a message never leaves."""

    INVALID = "INVALID"
    RESTRICTED = "RESTRICTED"
    OPTED_OUT = "OPTED_OUT"
    NO_CONSENT = "NO_CONSENT"
    TEMPLATE = "TEMPLATE"
    CONTENT = "CONTENT"
    EXPIRED = "EXPIRED"
    CAP = "CAP"
    DUPLICATE = "DUPLICATE"
    BUDGET = "BUDGET"


class DeferReason(StrEnum):
    """Why a message leaves later."""

    WINDOW = "WINDOW"
    CAP = "CAP"
    HELD = "HELD"


@dataclass(frozen=True, slots=True)
class Allow:
    """It may leave now."""


@dataclass(frozen=True, slots=True)
class Suppress:
    """It never leaves."""

    reason: SmsSuppressReason


@dataclass(frozen=True, slots=True)
class Defer:
    """It is asked for again at an instant in UTC."""

    until: datetime
    reason: DeferReason


Decision = Allow | Suppress | Defer


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who would get it.

    Attributes:
        mobile: Whether the number is valid and can receive text messages.
        restricted: Whether only what the law requires may still be sent.
        suppressed: Scopes of the suppressions of the number: ALL, MARKETING.
        held_until: When to look again, because he has written what nobody has read yet; None if he hasn't.
        promotion_consent: Whether there is an active consent for this channel and purpose.
        zone: IANA name.
        promotions_at: When promotions were sent to the number in the last 30 days.
    """

    mobile: bool = True
    anonymised: bool = False
    restricted: bool = False
    suppressed: frozenset[str] = frozenset()
    held_until: datetime | None = None
    promotion_consent: bool = False
    zone: str = "Asia/Shanghai"
    promotions_at: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """What would be sent.

    Attributes:
        approved: Whether the chosen provider has approved this version of the template.
        template_category: What it was approved as.
        text: Rendered, with signature and opt-out text.
        opt_out_text: What the provider wants at the end of a promotion, and nowhere else.
        missing: Names of variables without a value.
        too_long: Names of variables longer than the provider takes.
        longest: Characters that the provider takes in all.
    """

    approved: bool
    template_category: SmsCategory
    text: str
    opt_out_text: str = "拒收请回复R"
    missing: tuple[str, ...] = ()
    too_long: tuple[str, ...] = ()
    longest: int = 500


@dataclass(frozen=True, slots=True)
class Caps:
    """How many promotions a number gets at most: in so many days, so many."""

    limits: tuple[tuple[int, int], ...] = ((1, 1), (7, 2), (30, 4))
    defer: bool = True


@dataclass(frozen=True, slots=True)
class SendRequest:
    """All that the gate looks at.

    Attributes:
        legally_required: A notice that the law wants, such as a recall.
        urgent: A service notice that is of no use tomorrow morning.
        now: Aware.
        expires_at: After it the message is of no use.
        duplicate: Whether another message has the same dedupe key or automation key.
        affordable: Whether budget and balance cover its parts.
        jitter: Added to the next opening, so that not all leave in the same second.
    """

    category: SmsCategory
    recipient: Recipient
    content: Content
    now: datetime
    legally_required: bool = False
    urgent: bool = False
    expires_at: datetime | None = None
    window: Window = DEFAULT_WINDOW
    hard_window: Window = HARD_WINDOW
    caps: Caps = field(default_factory=Caps)
    duplicate: bool = False
    affordable: bool = True
    jitter: timedelta = timedelta()

    @property
    def is_promotion(self) -> bool:
        """Whether the strict rules apply."""
        return self.category is SmsCategory.PROMOTION


Check = Callable[[SendRequest], Decision]
_ALLOW: Final = Allow()


def decide(request: SendRequest) -> Decision:
    """Return what becomes of a message now. The provider's rate is the sender's business.

    An expired message is suppressed with EXPIRED, whichever check would have deferred it.
    """
    for _, check in CHECKS:
        decision = check(request)
        if isinstance(decision, Defer) and request.expires_at is not None and decision.until >= request.expires_at:
            return Suppress(SmsSuppressReason.EXPIRED)
        if not isinstance(decision, Allow):
            return decision
    return _ALLOW


def _suppress(reason: SmsSuppressReason, applies: bool) -> Decision:
    return Suppress(reason) if applies else _ALLOW


def _number(request: SendRequest) -> Decision:
    return _suppress(SmsSuppressReason.INVALID, not request.recipient.mobile)


def _customer(request: SendRequest) -> Decision:
    barred = request.recipient.restricted and not request.legally_required
    return _suppress(SmsSuppressReason.RESTRICTED, request.recipient.anonymised or barred)


def _suppression(request: SendRequest) -> Decision:
    scopes = {"ALL", "MARKETING"} if request.is_promotion else {"ALL"}
    return _suppress(SmsSuppressReason.OPTED_OUT, bool(scopes & request.recipient.suppressed))


def _legal_basis(request: SendRequest) -> Decision:
    return _suppress(SmsSuppressReason.NO_CONSENT, request.is_promotion and not request.recipient.promotion_consent)


def _template(request: SendRequest) -> Decision:
    content = request.content
    return _suppress(
        SmsSuppressReason.TEMPLATE, not content.approved or content.template_category is not request.category
    )


def _opt_out_text(request: SendRequest) -> Decision:
    content = request.content
    if request.is_promotion:
        wrong = not content.opt_out_text or not content.text.rstrip().endswith(content.opt_out_text)
    else:
        wrong = bool(content.opt_out_text) and content.opt_out_text in content.text
    return _suppress(SmsSuppressReason.CONTENT, wrong)


def _text(request: SendRequest) -> Decision:
    content = request.content
    forbidden = any((letter < " " and letter not in "\r\n") or letter == "\ufffd" for letter in content.text)
    wrong = bool(content.missing or content.too_long) or not 0 < len(content.text) <= content.longest or forbidden
    return _suppress(SmsSuppressReason.CONTENT, wrong)


def _unread(request: SendRequest) -> Decision:
    until = request.recipient.held_until
    return Defer(until, DeferReason.HELD) if request.is_promotion and until is not None else _ALLOW


def _window(request: SendRequest) -> Decision:
    if request.expires_at is not None and request.now >= request.expires_at:
        return Suppress(SmsSuppressReason.EXPIRED)
    if not request.is_promotion:
        return _ALLOW if request.category is SmsCategory.OTP or request.urgent else _quiet_hours(request)
    return _quiet_hours(request)


def _quiet_hours(request: SendRequest) -> Decision:
    window = request.window.within(request.hard_window) if request.is_promotion else request.window
    opening = next_opening(request.now, request.recipient.zone, window)
    return _ALLOW if opening <= request.now else Defer(opening + request.jitter, DeferReason.WINDOW)


def _caps(request: SendRequest) -> Decision:
    if not request.is_promotion:
        return _ALLOW
    waits = [_cap_ends(request, days, most) for days, most in request.caps.limits]
    reached = [wait for wait in waits if wait > request.now]
    if not reached:
        return _ALLOW
    if not request.caps.defer or any(most < 1 for _, most in request.caps.limits):
        return Suppress(SmsSuppressReason.CAP)
    window = request.window.within(request.hard_window)
    return Defer(next_opening(max(reached), request.recipient.zone, window), DeferReason.CAP)


def _cap_ends(request: SendRequest, days: int, most: int) -> datetime:
    """Return when the number may get another promotion under one limit; now if it may."""
    span = timedelta(days=days)
    recent = sorted(at for at in request.recipient.promotions_at if at > request.now - span)
    if most < 1:
        return request.now + span
    return recent[-most] + span if len(recent) >= most else request.now


def _duplicate(request: SendRequest) -> Decision:
    return _suppress(SmsSuppressReason.DUPLICATE, request.duplicate)


def _budget(request: SendRequest) -> Decision:
    return _suppress(SmsSuppressReason.BUDGET, not request.affordable)


CHECKS: Final[tuple[tuple[str, Check], ...]] = (
    ("number", _number),
    ("customer", _customer),
    ("suppression", _suppression),
    ("legal_basis", _legal_basis),
    ("template", _template),
    ("opt_out_text", _opt_out_text),
    ("text", _text),
    ("unread", _unread),
    ("window", _window),
    ("caps", _caps),
    ("dedupe_key", _duplicate),
    ("budget", _budget),
)
