"""The Chinese lunisolar calendar.

The library loads slowly, and most processes ask for no such day, so the functions import it.

A conversion takes about a tenth of a millisecond and depends on nothing, so the last ones are kept: a run over all
customers asks for the same few days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class LunarDate:
    """A day of the lunisolar calendar.

    Attributes:
        year: The lunar year; it begins in January or February of the solar year of the same number.
        leap: The day lies in the leap month that follows the plain month of this number.
    """

    year: int
    month: int
    day: int
    leap: bool = False


@lru_cache(maxsize=512)
def to_lunar(day: date) -> LunarDate:
    """Return the lunisolar date of a calendar date."""
    from lunar_python import Solar

    lunar = Solar.fromYmd(day.year, day.month, day.day).getLunar()
    month = lunar.getMonth()
    return LunarDate(lunar.getYear(), abs(month), lunar.getDay(), leap=month < 0)


@lru_cache(maxsize=512)
def to_solar(lunar: LunarDate) -> date:
    """Return the calendar date of a lunisolar date.

    Raises:
        ValueError: That month has no such day, or that year no such leap month.
    """
    from lunar_python import Lunar

    if lunar.leap and leap_month(lunar.year) != lunar.month:
        raise ValueError(f"lunar year {lunar.year} has no leap month {lunar.month}")
    if not 1 <= lunar.day <= days_in_month(lunar.year, lunar.month, leap=lunar.leap):
        raise ValueError(f"month {lunar.month} of lunar year {lunar.year} has no day {lunar.day}")
    month = -lunar.month if lunar.leap else lunar.month
    solar = Lunar.fromYmd(lunar.year, month, lunar.day).getSolar()
    return date(solar.getYear(), solar.getMonth(), solar.getDay())


@lru_cache(maxsize=512)
def days_in_month(year: int, month: int, *, leap: bool = False) -> int:
    """Return 29 or 30."""
    from lunar_python import LunarMonth

    return int(LunarMonth.fromYm(year, -month if leap else month).getDayCount())


def leap_month(year: int) -> int | None:
    """Return the number of the month that a lunar year repeats; None when it repeats none."""
    from lunar_python import LunarYear

    return int(LunarYear.fromYear(year).getLeapMonth()) or None


def solar_term(year: int, name: str) -> date:
    """Return the date of a solar term in a calendar year, by its Chinese name such as 清明.

    Raises:
        ValueError: There is no such term.
    """
    from lunar_python import Lunar

    # The table of a lunar year reaches from the winter solstice before it to the spring after it.
    for lunar_year in (year, year - 1):
        term = Lunar.fromYmd(lunar_year, 6, 1).getJieQiTable().get(name)
        if term is not None and term.getYear() == year:
            return date(year, term.getMonth(), term.getDay())
    # 冬至 of the year itself stands at the end of the table, under a name of its own.
    term = Lunar.fromYmd(year, 6, 1).getJieQiTable().get(_LATE_TERMS.get(name, ""))
    if term is None or term.getYear() != year:
        raise ValueError(f"{name!r} is no solar term")
    return date(year, term.getMonth(), term.getDay())


_LATE_TERMS = {"冬至": "DONG_ZHI"}
