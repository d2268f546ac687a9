"""How many parts a message has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.sms_marketing.services.segments import SmsEncoding, segments

pytestmark = pytest.mark.once


BIRTHDAY = "【示例4S店】王女士您好,祝您生日快乐!本月到店保养享九折。拒收请回复R"


@pytest.mark.parametrize(
    ("text", "units", "parts"),
    [
        ("", 0, 0),
        ("中" * 70, 70, 1),
        ("中" * 71, 71, 2),
        ("中" * 134, 134, 2),
        ("中" * 135, 135, 3),
        ("😀" * 35, 70, 1),
        ("😀" * 36, 72, 2),
        (BIRTHDAY, 36, 1),
        ("中" + "😀" * 67, 135, 3),  # 67 units a part, but 33 emoji and no half one
    ],
)
def test_chinese_text_counts_utf16_units(text: str, units: int, parts: int) -> None:
    size = segments(text)
    assert (size.units, size.parts) == (units, parts)


@pytest.mark.parametrize(
    ("text", "units", "parts"),
    [
        ("a" * 160, 160, 1),
        ("a" * 161, 161, 2),
        ("a" * 306, 306, 2),
        ("a" * 307, 307, 3),
        ("€" * 80, 160, 1),
        ("€" * 81, 162, 2),
        ("€" * 153, 306, 3),  # 76 escaped characters a part
    ],
)
def test_plain_text_counts_septets(text: str, units: int, parts: int) -> None:
    size = segments(text)
    assert (size.encoding, size.units, size.parts) == (SmsEncoding.GSM_7, units, parts)


def test_alphabet_has_all_its_characters() -> None:
    every = [letter for letter in map(chr, range(0x10000)) if segments(letter).encoding is SmsEncoding.GSM_7]
    assert len(every) == 127 + 10  # the escape itself is no character
    assert segments("a`").encoding is SmsEncoding.UCS_2


@given(st.text(max_size=400), st.text(max_size=5))
def test_longer_text_never_has_fewer_parts_of_one_encoding(text: str, more: str) -> None:
    size, longer = segments(text), segments(text + more)
    assert longer.units >= len(text + more)
    if size.encoding is longer.encoding:
        assert longer.parts >= size.parts
    limit = 153 if size.encoding is SmsEncoding.GSM_7 else 67
    assert size.parts * limit >= size.units or size.parts <= 1
