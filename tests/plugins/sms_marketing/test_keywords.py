"""What a reply means that says nothing but a keyword, and which ones are for people."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.sms_marketing.services.keywords import LONGEST, WORDS, SmsKeyword, keyword_of

pytestmark = pytest.mark.once

REFUSALS = WORDS[SmsKeyword.OPT_OUT]


@pytest.mark.parametrize(
    "text",
    [
        "R", "r", "Ｒ", " T ", "td", "N", "退订", "拒收", "STOP", "stop", "StopAll", "UNSUBSCRIBE", "cancel", "END",
        "quit", "REVOKE", "optout", "“R”", "R。", "STOP!", "\u3000退订\n",
        # blanks and punctuation within
        "OPT OUT", "opt-out", "un-subscribe", "T D", "退 订", "S T O P", "s.t.o.p", "ＴＤ", "Ⓡ", "\u200bTD\u200b",
        # traditional characters
        "退訂", "回覆R", "取消訂閱",
        # twice, or one for each operator
        "RR", "R R", "TDTD", "TD TD", "退订退订", "T!T!", "TD退订", "退订TD", "T/R",
        # our own invitation, politeness
        "回复R", "回复 TD", "回T退订", "拒收请回复R", "请退订，谢谢", "我要退订", "stop please",
        "Please stop", "STOP it now",
        # emoji
        "STOP🙏", "退订👍🏻", "🙏R🙏", "R\ufe0f",
        # signatures
        "退订\n张三", "R -- 张三", "R - Zhang San", "【张三】退订", "退订【张三】", "退订(张三)", "退订——王先生",
        "STOP\nSent from my iPhone", "退订\n发自我的手机", "【R】", "[TD]",
    ],
)  # fmt: skip
def test_refusal_is_understood_in_any_spelling(text: str) -> None:
    assert keyword_of(text) is SmsKeyword.OPT_OUT


@pytest.mark.parametrize("text", ["START", "unstop", "恢复", "恢復", "Start!"])
def test_resumption_is_understood(text: str) -> None:
    assert keyword_of(text) is SmsKeyword.RESUME


@pytest.mark.parametrize("text", ["HELP", "帮助", "help?"])
def test_call_for_help_is_understood(text: str) -> None:
    assert keyword_of(text) is SmsKeyword.HELP


SENTENCES = [
    "", ".", "🙏", "Please stop by tomorrow", "不要退订", "要不要退订", "怎么退订?", "退订费用多少", "NO", "Not now",
    "T 1", "R1", "trend", "tend", "rent", "END of month?", "Don't stop", "R u there", "cancel my appointment",
    "T恤多少钱",
    "T-恤", "N线怎么走", "想买R8", "周六上午可以试驾吗?", "ok", "谢谢", "你好", "收到", "回复", "please",
    "Please start the engine", "停车场在哪", "订一辆", "我要订车",
]  # fmt: skip


@pytest.mark.parametrize("text", SENTENCES)
def test_sentence_is_for_people(text: str) -> None:
    assert keyword_of(text) is None


def test_long_text_is_for_people_and_costs_next_to_nothing() -> None:
    assert keyword_of("R" + " " * 100_000 + "R" * LONGEST) is None
    assert keyword_of("R" * (LONGEST + 1)) is None
    assert keyword_of("R" + "\n" * 100_000) is SmsKeyword.OPT_OUT


AROUND = " \t\n\u3000\u00a0.。,，!！?？~…*\"'“”‘’「」-_/👍🙏🏻❤\ufe0f\u200b\u200d"
DECORATION = st.text(st.sampled_from(list(AROUND)), max_size=6)
WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})
SPELLINGS: tuple[Callable[[str], str], ...] = (str, str.lower, str.upper, str.title, lambda word: word.translate(WIDE))


@given(
    word=st.sampled_from(REFUSALS),
    before=DECORATION,
    after=DECORATION,
    spelled=st.sampled_from(SPELLINGS),
    times=st.integers(1, 3),
)
def test_any_decoration_of_a_refusal_is_one(
    word: str, before: str, after: str, spelled: Callable[[str], str], times: int
) -> None:
    assert keyword_of(before + " ".join([spelled(word)] * times) + after) is SmsKeyword.OPT_OUT


@given(word=st.sampled_from(REFUSALS), between=st.sampled_from(" .-_·"), before=DECORATION, after=DECORATION)
def test_blanks_within_a_refusal_make_no_difference(word: str, between: str, before: str, after: str) -> None:
    assert keyword_of(before + between.join(word) + after) is SmsKeyword.OPT_OUT


@given(
    word=st.sampled_from(REFUSALS),
    name=st.sampled_from(["张三", "Zhang San", "王先生 138", "Sent from my phone"]),
    sign=st.sampled_from(
        ["{word}\n{name}", "{word} -- {name}", "{word}【{name}】", "【{name}】{word}", "{word} - {name}"]
    ),
)
def test_signature_makes_no_difference(word: str, name: str, sign: str) -> None:
    assert keyword_of(sign.format(word=word, name=name)) is SmsKeyword.OPT_OUT


@given(sentence=st.sampled_from(SENTENCES[3:]), before=DECORATION, after=DECORATION)
def test_no_decoration_makes_a_sentence_a_refusal(sentence: str, before: str, after: str) -> None:
    assert keyword_of(before + sentence + after) is None
