"""From bytes to text, when what they declare can't be trusted."""

from __future__ import annotations

import codecs
import re
from typing import Final

_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_DECLARED: Final = re.compile(
    rb"""<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']([A-Za-z0-9._:-]{1,40})["']""", re.IGNORECASE
)
# What people write letters in; anything else that Python knows (rot13, idna, utf-7) is no reason to try it.
_TRUSTED: Final = re.compile(r"utf-8|big5|big5hkscs|cp950|cp125\d|iso8859-\d+|shift_jis|cp932|euc_jp|euc_kr|cp949")
_CHINESE: Final = frozenset({"gb2312", "gbk", "gb18030", "hz"})
_PAIR: Final = re.compile(rb"[\x81-\xfe][\x80-\xfe]")
_HIGH: Final = re.compile(rb"[\x80-\xff]")


def decode(raw: bytes, declared: str | None = None) -> tuple[str, str, bool]:
    """Return the text, the encoding that it turned out to be in, and whether every byte could be read.

    Args:
        declared: What the transport says (`charset=…`), if it says anything; the XML declaration comes after it.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return _lenient(raw[len(mark) :], encoding)
    wide = _wide(raw)
    if wide:
        return _lenient(raw, wide)
    in_document = _DECLARED.search(raw[:4096])
    named = [_canonical(declared), _canonical(in_document[1].decode("ascii") if in_document else None)]
    for encoding in _guesses(raw, [name for name in named if name]):
        try:
            return raw.decode(encoding), encoding, True
        except UnicodeDecodeError:
            continue
    return _lenient(raw, "utf-8")


def _guesses(raw: bytes, named: list[str]) -> list[str]:
    """Return the encodings to try, the likeliest first."""
    chinese = "gb18030" in named
    if _is_utf8(raw, strict=chinese):
        return ["utf-8"]
    single_byte = [name for name in named if name.startswith(("cp125", "iso8859"))]
    several_bytes = [name for name in named if name not in single_byte and name not in {"utf-8", "gb18030"}]
    # Western code pages read any bytes at all, so a mail server that put one in proves nothing.
    guesses = ["gb18030"] if chinese else several_bytes
    guesses += ["gb18030"] if _looks_chinese(raw) else []
    return [*guesses, *single_byte, "cp1252"]


def _is_utf8(raw: bytes, *, strict: bool) -> bool:
    """Tell whether these bytes are UTF-8.

    Args:
        strict: They say that they are Chinese. A few GBK words happen to be valid UTF-8 of two bytes a letter, in which
            nobody writes Chinese; UTF-8 of three bytes is no accident.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not (strict and any("\x80" <= letter <= "\u07ff" for letter in text))


def _looks_chinese(raw: bytes) -> bool:
    """Tell whether high bytes come in pairs, as in GBK, rather than alone between Latin letters."""
    pairs = len(_PAIR.findall(raw))
    alone = len(_HIGH.findall(_PAIR.sub(b"", raw)))
    return pairs > alone


def _wide(raw: bytes) -> str | None:
    """Return the UTF-16 or UTF-32 that the zeros beside the first `<` give away."""
    start = raw[:64].lstrip(b" \t\r\n\0")
    at = len(raw[:64]) - len(start)
    if not start.startswith(b"<"):
        return None
    before, after = raw[max(0, at - 3) : at], raw[at + 1 : at + 4]
    if after == b"\0\0\0" and at % 4 == 0:
        return "utf-32-le"
    if before == b"\0\0\0" and at % 4 == 3:
        return "utf-32-be"
    if before[-1:] == b"\0" and at % 2 == 1:
        return "utf-16-be"
    return "utf-16-le" if after[:1] == b"\0" and at % 2 == 0 else None


def _canonical(name: str | None) -> str | None:
    """Return the codec for a declared encoding, or None if it isn't one that letters are written in."""
    try:
        found = codecs.lookup(name.strip("\"' ")).name if name else ""
    except (LookupError, ValueError):
        return None
    if found in _CHINESE:
        return "gb18030"  # holds all of GB 2312 and GBK, whose declarations are used for each other
    return found if _TRUSTED.fullmatch(found) else None


def _lenient(raw: bytes, encoding: str) -> tuple[str, str, bool]:
    """Decode what can be decoded: one broken byte must not cost the lead."""
    try:
        return raw.decode(encoding), encoding, True
    except UnicodeDecodeError:
        return raw.decode(encoding, "replace"), encoding, False
