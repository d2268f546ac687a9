"""Check digits of Chinese identity cards and company codes."""

from __future__ import annotations

import re
from datetime import date

_CARD = re.compile(r"[1-9]\d{16}[\dX]", re.ASCII)
_CARD_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CARD_DIGITS = "10X98765432"

_COMPANY_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# The place of registration begins with 10 for the state or a province's code; without it, one identity card in 31 with
# a mistyped date would pass for a company.
_PROVINCE = "(?:10|1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])"
_COMPANY = re.compile(rf"[{_COMPANY_ALPHABET}]{{2}}{_PROVINCE}\d{{4}}[{_COMPANY_ALPHABET}]{{10}}", re.ASCII)
_COMPANY_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))


def card_check_digit(number: str) -> str:
    """Return the check digit that belongs to the first 17 digits of a resident identity number.

    Source: GB 11643-1999, 4.2 (ISO 7064, MOD 11-2).
    """
    total = sum(int(digit) * weight for digit, weight in zip(number, _CARD_WEIGHTS, strict=False))
    return _CARD_DIGITS[total % 11]


def is_card_number(number: str) -> bool:
    """Tell whether a resident identity number can exist: its form, date of birth and check digit.

    Args:
        number: 18 characters, upper case.

    Source: GB 11643-1999.
    """
    return bool(_CARD.fullmatch(number)) and born_on(number) is not None and card_check_digit(number) == number[17]


def born_on(number: str) -> date | None:
    """Return the date of birth in a resident identity number; None when there is no such day."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def company_check_digit(code: str) -> str:
    """Return the check character that belongs to the first 17 of a unified social credit code.

    Source: GB 32100-2015, 5 and annex A.
    """
    total = sum(_COMPANY_ALPHABET.index(char) * weight for char, weight in zip(code, _COMPANY_WEIGHTS, strict=False))
    return _COMPANY_ALPHABET[-total % 31]


def is_company_code(code: str) -> bool:
    """Tell whether a unified social credit code can exist: its form and check character.

    Args:
        code: 18 characters, upper case.

    Source: GB 32100-2015; GB/T 2260 for the provinces.
    """
    return bool(_COMPANY.fullmatch(code)) and company_check_digit(code) == code[17]
