"""What a reply of one word means."""

from __future__ import annotations

import pytest

from plugins.sms_marketing.services.keywords import SmsKeyword, keyword_of

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "text",
    [
        "R", "r", "Ｒ", " T ", "td", "N", "退订", "拒收", "STOP", "stop", "StopAll", "UNSUBSCRIBE", "cancel", "END",
        "quit", "REVOKE", "optout", "“R”", "R。", "STOP!", "\u3000退订\n",
    ],
)  # fmt: skip
def test_refusal_is_understood_in_any_spelling(text: str) -> None:
    assert keyword_of(text) is SmsKeyword.OPT_OUT


@pytest.mark.parametrize("text", ["START", "unstop", "恢复"])
def test_resumption_is_understood(text: str) -> None:
    assert keyword_of(text) is SmsKeyword.RESUME


@pytest.mark.parametrize("text", ["HELP", "帮助"])
def test_call_for_help_is_understood(text: str) -> None:
    assert keyword_of(text) is SmsKeyword.HELP


@pytest.mark.parametrize("text", ["", "RR", "Please stop by tomorrow", "不要退订", "NO", "T 1", "."])
def test_sentence_is_for_people(text: str) -> None:
    assert keyword_of(text) is None
