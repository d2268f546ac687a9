"""How many parts a text message is sent and paid in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

# Source: 3GPP TS 23.038, GSM 7 bit default alphabet and its extension table.
_GSM_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED: Final = frozenset("\f^{}\\[~]|€")


class SmsEncoding(StrEnum):
    """How a text travels."""

    GSM_7 = "GSM_7"
    UCS_2 = "UCS_2"


# Units in a single message and, because of the header that joins them, in each part of a longer one.
_LIMITS: Final = {SmsEncoding.GSM_7: (160, 153), SmsEncoding.UCS_2: (70, 67)}


@dataclass(frozen=True, slots=True)
class Segments:
    """The size of a text: septets in GSM 7, UTF-16 units in UCS-2."""

    encoding: SmsEncoding
    units: int
    parts: int


def segments(text: str) -> Segments:
    """Return the size of a complete text, with signature and opt-out text; an empty one has no part.

    Neither an escaped character nor an emoji is cut in two at the end of a part.
    """
    encoding = SmsEncoding.GSM_7 if set(text) <= _GSM_BASIC | _GSM_EXTENDED else SmsEncoding.UCS_2
    if encoding is SmsEncoding.GSM_7:
        sizes = [2 if letter in _GSM_EXTENDED else 1 for letter in text]
    else:
        sizes = [2 if ord(letter) > 0xFFFF else 1 for letter in text]
    units = sum(sizes)
    whole, part = _LIMITS[encoding]
    if units <= whole:
        return Segments(encoding, units, 1 if units else 0)
    return Segments(encoding, units, _packed(sizes, part))


def _packed(sizes: Iterable[int], limit: int) -> int:
    parts, used = 1, 0
    for size in sizes:
        if used + size > limit:
            parts, used = parts + 1, 0
        used += size
    return parts
