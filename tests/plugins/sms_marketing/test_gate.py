"""Whether a message may leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.sms_marketing.services.gate import (
    CHECKS,
    Allow,
    Caps,
    Content,
    Defer,
    DeferReason,
    Recipient,
    SendRequest,
    SmsCategory,
    SmsSuppressReason,
    Suppress,
    decide,
)
from plugins.sms_marketing.services.window import Window

pytestmark = pytest.mark.once


NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
EVENING = datetime(2026, 11, 21, 13, 10, tzinfo=UTC)  # 21:10 in Shanghai
MORNING = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)

PROMOTION = SendRequest(
    SmsCategory.PROMOTION,
    Recipient(promotion_consent=True),
    Content(approved=True, template_category=SmsCategory.PROMOTION, text="【示例】谢谢您。拒收请回复R"),
    now=NOON,
)
NOTICE = SendRequest(
    SmsCategory.NOTIFICATION,
    Recipient(),
    Content(approved=True, template_category=SmsCategory.NOTIFICATION, text="【示例】您的车已就绪。"),
    now=NOON,
)


def suppressed(request: SendRequest) -> SmsSuppressReason | None:
    decision = decide(request)
    return decision.reason if isinstance(decision, Suppress) else None


def test_message_in_order_may_leave() -> None:
    assert decide(PROMOTION) == decide(NOTICE) == Allow()


def test_thanks_after_an_evening_delivery_wait_for_nine() -> None:
    assert decide(replace(PROMOTION, now=EVENING)) == Defer(MORNING, DeferReason.WINDOW)
    later = replace(PROMOTION, now=EVENING, jitter=timedelta(seconds=90))
    assert decide(later) == Defer(MORNING + timedelta(seconds=90), DeferReason.WINDOW)


@pytest.mark.parametrize(
    ("recipient", "reason"),
    [
        (Recipient(mobile=False), SmsSuppressReason.INVALID),
        (Recipient(anonymised=True), SmsSuppressReason.RESTRICTED),
        (Recipient(restricted=True), SmsSuppressReason.RESTRICTED),
        (Recipient(suppressed=frozenset({"ALL"})), SmsSuppressReason.OPTED_OUT),
        (Recipient(suppressed=frozenset({"MARKETING"})), None),
    ],
)
def test_notice_reaches_all_but_those_who_must_not_be_reached(
    recipient: Recipient, reason: SmsSuppressReason | None
) -> None:
    assert suppressed(replace(NOTICE, recipient=recipient)) is reason


@pytest.mark.parametrize("scope", ["ALL", "MARKETING"])
def test_promotion_needs_consent_and_no_refusal(scope: str) -> None:
    refused = Recipient(promotion_consent=True, suppressed=frozenset({scope}))
    assert suppressed(replace(PROMOTION, recipient=refused)) is SmsSuppressReason.OPTED_OUT
    assert suppressed(replace(PROMOTION, recipient=Recipient())) is SmsSuppressReason.NO_CONSENT


def test_recall_reaches_a_restricted_customer_but_not_an_anonymised_one() -> None:
    recall = replace(NOTICE, legally_required=True, recipient=Recipient(restricted=True))
    assert decide(recall) == Allow()
    assert suppressed(replace(recall, recipient=Recipient(anonymised=True))) is SmsSuppressReason.RESTRICTED


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"approved": False}, SmsSuppressReason.TEMPLATE),
        ({"template_category": SmsCategory.NOTIFICATION}, SmsSuppressReason.TEMPLATE),
        ({"text": "【示例】谢谢您。"}, SmsSuppressReason.CONTENT),
        ({"text": "拒收请回复R【示例】谢谢您。"}, SmsSuppressReason.CONTENT),
        ({"opt_out_text": ""}, SmsSuppressReason.CONTENT),
        ({"missing": ("name",)}, SmsSuppressReason.CONTENT),
        ({"too_long": ("name",)}, SmsSuppressReason.CONTENT),
        ({"longest": 10}, SmsSuppressReason.CONTENT),
        ({"text": "【示例】\x07谢谢您。拒收请回复R"}, SmsSuppressReason.CONTENT),
    ],
)
def test_promotion_is_sent_only_as_the_provider_wants_it(content: dict[str, object], reason: SmsSuppressReason) -> None:
    changed = replace(PROMOTION.content, **content)  # type: ignore[arg-type] # the table names fields of several types
    assert suppressed(replace(PROMOTION, content=changed)) is reason


def test_notice_must_not_carry_the_opt_out_text() -> None:
    content = replace(NOTICE.content, text="【示例】您的车已就绪。拒收请回复R")
    assert suppressed(replace(NOTICE, content=content)) is SmsSuppressReason.CONTENT


def test_code_and_urgent_notice_leave_at_night_an_ordinary_notice_waits() -> None:
    code = replace(
        NOTICE,
        category=SmsCategory.OTP,
        content=replace(NOTICE.content, template_category=SmsCategory.OTP),
        now=EVENING,
    )
    assert decide(code) == Allow()
    assert decide(replace(NOTICE, now=EVENING, urgent=True)) == Allow()
    assert decide(replace(NOTICE, now=EVENING)) == Defer(MORNING, DeferReason.WINDOW)


def test_message_that_would_come_too_late_never_leaves() -> None:
    assert suppressed(replace(PROMOTION, expires_at=NOON)) is SmsSuppressReason.EXPIRED
    assert suppressed(replace(PROMOTION, now=EVENING, expires_at=MORNING)) is SmsSuppressReason.EXPIRED
    late = replace(PROMOTION, now=EVENING, expires_at=MORNING + timedelta(seconds=1))
    assert decide(late) == Defer(MORNING, DeferReason.WINDOW)


def sent(*days_ago: float) -> SendRequest:
    at = tuple(NOON - timedelta(days=days) for days in days_ago)
    return replace(PROMOTION, recipient=replace(PROMOTION.recipient, promotions_at=at))


@pytest.mark.parametrize(
    ("request_", "until"),
    [
        (sent(1), None),
        (sent(0.5), NOON + timedelta(days=1) - timedelta(hours=12) + timedelta(hours=9)),  # free at midnight
        (sent(2, 6), NOON + timedelta(days=1)),
        (sent(6, 2), NOON + timedelta(days=1)),
        (sent(2, 8), None),
        (sent(8, 12, 20, 29), NOON + timedelta(days=1)),
        (sent(0.25, 2, 8, 29), NOON + timedelta(days=5)),
    ],
)
def test_caps_hold_promotions_back_until_the_oldest_is_past(request_: SendRequest, until: datetime | None) -> None:
    assert decide(request_) == (Allow() if until is None else Defer(until, DeferReason.CAP))


def test_caps_may_suppress_and_never_touch_notices() -> None:
    strict = replace(sent(0.5), caps=Caps(defer=False))
    assert suppressed(strict) is SmsSuppressReason.CAP
    assert suppressed(replace(PROMOTION, caps=Caps(((1, 0),)))) is SmsSuppressReason.CAP
    assert decide(replace(NOTICE, recipient=strict.recipient)) == Allow()


def test_unread_reply_holds_promotions_and_nothing_else() -> None:
    unread = replace(PROMOTION.recipient, held_until=NOON + timedelta(hours=1))
    assert decide(replace(PROMOTION, recipient=unread)) == Defer(NOON + timedelta(hours=1), DeferReason.HELD)
    assert decide(replace(NOTICE, recipient=unread)) == Allow()
    late = replace(PROMOTION, recipient=unread, expires_at=NOON + timedelta(minutes=30))
    assert suppressed(late) is SmsSuppressReason.EXPIRED


def test_duplicate_and_unpaid_messages_never_leave() -> None:
    assert suppressed(replace(NOTICE, duplicate=True)) is SmsSuppressReason.DUPLICATE
    assert suppressed(replace(NOTICE, affordable=False)) is SmsSuppressReason.BUDGET


def test_first_objection_decides() -> None:
    wrong = replace(
        PROMOTION,
        recipient=Recipient(mobile=False, anonymised=True, suppressed=frozenset({"ALL"})),
        content=Content(approved=False, template_category=SmsCategory.OTP, text=""),
        now=EVENING,
        duplicate=True,
        affordable=False,
    )
    assert suppressed(wrong) is SmsSuppressReason.INVALID
    assert [name for name, _ in CHECKS] == [
        "number",
        "customer",
        "suppression",
        "legal_basis",
        "template",
        "opt_out_text",
        "text",
        "unread",
        "window",
        "caps",
        "dedupe_key",
        "budget",
    ]


REQUESTS = st.builds(
    SendRequest,
    st.sampled_from(SmsCategory),
    st.builds(
        Recipient,
        suppressed=st.frozensets(st.sampled_from(["ALL", "MARKETING"])),
        zone=st.sampled_from(["Asia/Shanghai", "America/New_York"]),
        promotions_at=st.lists(st.integers(0, 800).map(lambda hours: NOON - timedelta(hours=hours)), max_size=4).map(
            tuple
        ),
    ),
    st.sampled_from([PROMOTION.content, NOTICE.content]),
    st.integers(0, 23).map(lambda hours: NOON + timedelta(hours=hours)),
    urgent=st.booleans(),
    window=st.sampled_from([Window(), Window(time(0), time(23))]),
    expires_at=st.none() | st.integers(0, 40).map(lambda hours: NOON + timedelta(hours=hours)),
    jitter=st.just(timedelta()),
    hard_window=st.just(Window(time(8), time(20))),
    caps=st.just(Caps()),
)


@given(REQUESTS)
def test_no_promotion_leaves_against_refusal_consent_hours_or_caps(request: SendRequest) -> None:
    decision = decide(request)
    if isinstance(decision, Defer):
        assert decision.until > request.now
        assert request.expires_at is None or decision.until < request.expires_at
    if not isinstance(decision, Allow):
        return
    assert "ALL" not in request.recipient.suppressed
    assert request.expires_at is None or request.now < request.expires_at
    if request.is_promotion:
        wall = request.now.astimezone(ZoneInfo(request.recipient.zone)).time()
        assert time(8) <= wall < time(20)
        assert not request.recipient.suppressed
        assert request.recipient.promotion_consent
        assert not [at for at in request.recipient.promotions_at if at > request.now - timedelta(days=1)]
