"""Vehicle identification numbers: what they must be, and what they tell."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

from forecourt import ValidationRefusal

LENGTH: Final = 17
_ALPHABET: Final = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
_SPACING: Final = re.compile(r"[\s-]+")
_VALUES: Final = {str(digit): digit for digit in range(10)} | dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ", (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)
)
_WEIGHTS: Final = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
# Where position 9 is a check digit by law: North America (1 to 5) and China (L). Europe puts anything there.
_NORTH_AMERICA: Final = frozenset("12345")
_CHECKED: Final = _NORTH_AMERICA | {"L"}
_YEAR_CODES: Final = "ABCDEFGHJKLMNPRSTVWXY123456789"
_FIRST_YEAR: Final = 1980


class InvalidVinError(ValidationRefusal):
    """The text can't be a VIN.

    Args:
        reason: LENGTH, CHARACTER or CHECK_DIGIT.
    """

    code: ClassVar[str] = "INVALID_VIN"

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message, path=("vin",), reason=reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class VinReport:
    """A VIN and what it tells.

    Attributes:
        vin: In capitals, without spaces.
        wmi: World manufacturer identifier, the first three characters.
        check_digit_ok: Whether position 9 is the check digit, be it required there or not.
        years: Model years that position 10 may mean, the latest first; empty if it means none.
        warnings: CHECK_DIGIT if it is wrong where none is required, or was overridden.
    """

    vin: str
    wmi: str
    check_digit_ok: bool
    years: tuple[int, ...]
    warnings: tuple[str, ...] = ()


def normalise_vin(text: str) -> str:
    """Return a VIN as written anywhere in capitals, half-width, without spaces and hyphens."""
    return _SPACING.sub("", unicodedata.normalize("NFKC", text)).upper()


def check_digit(vin: str) -> str:
    """Return the check digit that a North American or Chinese VIN carries in position 9.

    Args:
        vin: 17 upper-case characters without I, O or Q; position 9 is ignored.

    Returns:
        One of "0".."9", or "X" for remainder 10.

    Raises:
        InvalidVinError: Wrong length, or a character outside the VIN alphabet.

    Source: 49 CFR 565.15(c).
    """
    _check_shape(vin)
    remainder = sum(_VALUES[character] * weight for character, weight in zip(vin, _WEIGHTS, strict=True)) % 11
    return "X" if remainder == 10 else str(remainder)


def validate_vin(text: str, *, override: bool = False) -> VinReport:
    """Return what a VIN tells, if it can be one.

    Args:
        override: Accept a wrong check digit where it is required, because somebody entitled to it says so.

    Raises:
        InvalidVinError: Wrong length, a character outside the alphabet, or a wrong check digit where the law wants one.
    """
    vin = normalise_vin(text)
    right = check_digit(vin) == vin[8]
    if not right and vin[0] in _CHECKED and not override:
        raise InvalidVinError(f"position 9 of the VIN is {vin[8]}, but should be {check_digit(vin)}", "CHECK_DIGIT")
    return VinReport(vin, vin[:3], right, model_years(vin), () if right else ("CHECK_DIGIT",))


def model_years(vin: str) -> tuple[int, ...]:
    """Return the model years that position 10 may mean, the latest first.

    The codes repeat after 30 years. In North America position 7 decides; elsewhere see `pick_model_year`.

    Source: 49 CFR 565.15(d).
    """
    index = _YEAR_CODES.find(vin[9])
    if index < 0:
        return ()
    early, late = _FIRST_YEAR + index, _FIRST_YEAR + len(_YEAR_CODES) + index
    if vin[0] in _NORTH_AMERICA:
        return (early,) if vin[6].isdecimal() else (late,)
    return (late, early)


def pick_model_year(years: tuple[int, ...], known_on: date) -> int | None:
    """Return the candidate nearest to a date of production or first registration; None if there is no candidate."""
    return min(years, key=lambda year: abs(year - known_on.year), default=None)


def maker(vin: str) -> str | None:
    """Return the name of the maker that a VIN's first characters stand for; None if it isn't known."""
    # Its tables of makers are needed for new vehicles only.
    from vininfo import Vin

    found = Vin(vin).manufacturer
    return None if found == "UnsupportedBrand" else str(found)


def _check_shape(vin: str) -> None:
    if len(vin) != LENGTH:
        raise InvalidVinError(f"a VIN has {LENGTH} characters, this has {len(vin)}", "LENGTH")
    if not _ALPHABET.fullmatch(vin):
        raise InvalidVinError("a VIN has digits and the letters A to Z without I, O and Q", "CHARACTER")
