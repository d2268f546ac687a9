"""What a reply means that says nothing but a keyword, however it is spelled and decorated.

People refuse with `R`, `回复R`, `TD退订`, `退 订!!`, `T T`, `OPT OUT 🙏`, or with their name below. A refusal must not
be lost over that; a sentence that merely has such letters in it is for people to read.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from itertools import groupby
from typing import Final


class SmsKeyword(StrEnum):
    """What somebody wants who replies with a keyword."""

    OPT_OUT = "OPT_OUT"
    RESUME = "RESUME"
    HELP = "HELP"


WORDS: Final = {
    SmsKeyword.OPT_OUT: (
        "R", "T", "TD", "N", "退订", "退定", "拒收", "取消订阅",
        "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT",
    ),
    SmsKeyword.RESUME: ("START", "UNSTOP", "恢复"),
    SmsKeyword.HELP: ("HELP", "帮助"),
}  # fmt: skip
_BY_WORD: Final = {word.casefold(): keyword for keyword, words in WORDS.items() for word in words}
_REFUSALS: Final = tuple(word.casefold() for word in WORDS[SmsKeyword.OPT_OUT])

LONGEST: Final = 200
"""Characters; who writes more says more than a keyword."""

# What may stand beside a refusal without changing it: politeness, and the words of our own invitation to refuse.
_AND_LATIN: Final = frozenset(
    {"please", "pls", "plz", "thanks", "thank", "thx", "you", "hi", "hello", "reply", "text", "send", "sending", "sms",
     "texts", "texting", "messages", "me", "it", "this", "now", "to"}
)  # fmt: skip
_AND_CHINESE: Final = (
    "请", "麻烦", "您好", "你好", "我要", "我想", "申请", "需要", "帮我", "给我", "回复", "回", "发送", "发", "短信",
    "信息", "广告", "谢谢", "多谢", "感谢", "全部", "我", "要", "了", "吧", "啊", "啦", "的",
)  # fmt: skip
_PART: Final = re.compile("|".join(sorted({*(w for w in _REFUSALS if not w.isascii()), *_AND_CHINESE}, key=len)[::-1]))

_UNSEEN: Final = ("Cf", "Cc", "Mn")
_SIMPLIFIED: Final = str.maketrans("訂復覆幫請謝煩給發資訊廣啟閱", "订复复帮请谢烦给发资讯广启阅")
_BRACKETED: Final = re.compile(r"[\[【〔(「『《<{][^\[\]【】]{0,20}?[\]】〕)」』》>}]")
# "R -- Zhang San", or a name, or the telephone's own, on a line of its own.
_SIGNATURE: Final = re.compile(r"\s*(?:\n|\s[-–—~]|--|——)\s*(?P<name>[^\n]{0,24})\s*$")


def keyword_of(text: str) -> SmsKeyword | None:
    """Return what a reply asks for; None if it is a message to be read by people.

    Case, width, blanks, punctuation, emoji, a signature, politeness and repetition make no difference, and neither do
    traditional characters. A word within a sentence is no keyword.
    """
    if len(text.strip()) > LONGEST:
        return None
    plain = _plain(text)
    bare = _BRACKETED.sub(" ", plain)
    if any(_refuses(reading) for reading in (plain, bare, _SIGNATURE.sub("", plain), _SIGNATURE.sub("", bare))):
        return SmsKeyword.OPT_OUT
    return _BY_WORD.get("".join(_runs(plain)))


def _plain(text: str) -> str:
    """Return a text in one width, case and script, without characters that can't be seen."""
    folded = unicodedata.normalize("NFKC", text.strip()).casefold().translate(_SIMPLIFIED).replace("\r", "\n").strip()
    return "".join(letter for letter in folded if letter == "\n" or unicodedata.category(letter) not in _UNSEEN)


def _runs(text: str) -> list[str]:
    """Return the runs of letters and digits of one script, in their order; all else only stands between them."""
    parts = [(letter.isalnum(), letter.isascii(), letter) for letter in text]
    grouped = groupby(parts, key=lambda part: part[:2])
    return ["".join(part[2] for part in run) for (is_letter, _), run in grouped if is_letter]


def _refuses(text: str) -> bool:
    """Tell whether a text is made of refusals and what may stand beside them, one refusal at least."""
    found = False
    for is_latin, grouped in groupby(_runs(text), key=str.isascii):
        runs = list(grouped)
        said = _latin(runs) if is_latin else _chinese("".join(runs))
        if said is None:
            return False
        found = found or said
    return found


def _latin(words: list[str]) -> bool | None:
    """Tell whether words refuse; None if some of them say anything else. "OPT OUT" and "T D" are one word."""
    if _once("".join(words)) in _REFUSALS:
        return True
    refusing = [word for word in words if _once(word) in _REFUSALS]
    if any(word not in _AND_LATIN and word not in refusing for word in words):
        return None
    return bool(refusing)


def _chinese(text: str) -> bool | None:
    parts = _PART.findall(text)
    if "".join(parts) != text:
        return None
    return any(part in _REFUSALS for part in parts)


def _once(word: str) -> str:
    """Return what a word repeats, such as `td` for `tdtd`; itself if it repeats nothing."""
    for size in range(1, len(word)):
        if word[:size] in _BY_WORD and word == word[:size] * (len(word) // size):
            return word[:size]
    return word
