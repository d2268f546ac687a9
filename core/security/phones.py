"""Telephone numbers as people write them, and what they are."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from core.errors import ValidationRefusal

_WRITTEN = re.compile(r"(?:tel:)?([\d+()\-./ ]+)(?:(?:ext\.?|x|#|转) ?\d{1,6})?", re.IGNORECASE)
_DASHES = re.compile("[\u2010-\u2015\u2212\u30fc]")
_LONGEST = 40


class PhoneKind(StrEnum):
    """What answers at a number; text messages go to MOBILE only."""

    MOBILE = "MOBILE"
    FIXED = "FIXED"
    SHARED = "SHARED"
    OTHER = "OTHER"


def normalise_phone(value: str, region: str = "CN") -> str:
    """Return a telephone number in E.164, without its extension.

    Args:
        value: As written: full-width digits, spaces, dashes, `+86`, `0086` and `86` in front are fine.
        region: ISO 3166 code of the country whose numbers come without a country code.

    Raises:
        ValidationRefusal: No such number can exist.
    """
    import phonenumbers  # its tables take 40 ms, which the command line should not pay for

    text = "".join(char for char in unicodedata.normalize("NFKC", value) if unicodedata.category(char) != "Cf")
    text = " ".join(_DASHES.sub("-", text).split())
    refusal = ValidationRefusal(
        "this is no telephone number; give it with its area code, and with its country code if it is from abroad",
        kind="phone",
    )
    written = _WRITTEN.fullmatch(text)
    if len(text) > _LONGEST or written is None:
        raise refusal
    try:
        number = phonenumbers.parse(written[1], region)
    except phonenumbers.NumberParseException:
        raise refusal from None
    if not phonenumbers.is_valid_number(number):
        raise refusal
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone_kind(e164: str) -> PhoneKind:
    """Return what kind of telephone a number in E.164 belongs to.

    Where a country's numbers don't tell mobile from fixed (North America), it is MOBILE.
    """
    import phonenumbers

    kind = phonenumbers.number_type(phonenumbers.parse(e164, None))
    types = phonenumbers.PhoneNumberType
    if kind in (types.MOBILE, types.FIXED_LINE_OR_MOBILE):
        return PhoneKind.MOBILE
    if kind == types.FIXED_LINE:
        return PhoneKind.FIXED
    return PhoneKind.SHARED if kind == types.SHARED_COST else PhoneKind.OTHER


def national_digits(e164: str, region: str = "CN") -> tuple[str, str]:
    """Return the country code, empty for `region`'s own, and the digits that are dialled within the country."""
    import phonenumbers

    number = phonenumbers.parse(e164, None)
    if number.country_code != phonenumbers.country_code_for_region(region):
        return f"+{number.country_code}", phonenumbers.national_significant_number(number)
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return "", "".join(char for char in written if char.isdigit())
