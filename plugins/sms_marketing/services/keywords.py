"""What a reply means when it is a single word."""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import Final


class SmsKeyword(StrEnum):
    """What somebody wants who replies with a keyword."""

    OPT_OUT = "OPT_OUT"
    RESUME = "RESUME"
    HELP = "HELP"


_WORDS: Final = {
    SmsKeyword.OPT_OUT: (
        "R", "T", "TD", "N", "退订", "拒收",
        "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT",
    ),
    SmsKeyword.RESUME: ("START", "UNSTOP", "恢复"),
    SmsKeyword.HELP: ("HELP", "帮助"),
}  # fmt: skip
_BY_WORD: Final = {word.casefold(): keyword for keyword, words in _WORDS.items() for word in words}
# A full stop or quotation marks copied from "reply 'R'." must not stand in the way of a refusal.
_AROUND: Final = " \t\r\n\f\v\u3000.。!！\"'“”‘’「」[]【】"


def keyword_of(text: str) -> SmsKeyword | None:
    """Return what a reply asks for; None if it is a message to be read by people.

    Case, width and what surrounds the word make no difference; a word within a sentence is no keyword.
    """
    return _BY_WORD.get(unicodedata.normalize("NFKC", text).strip(_AROUND).casefold())
