"""Festivals that dealers greet their customers on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from forecourt import ValidationRefusal
from plugins.organisation.services.lunar import LunarDate, days_in_month, solar_term, to_solar


class FestivalCalendar(StrEnum):
    """How the date of a festival is found."""

    SOLAR = "SOLAR"
    LUNAR = "LUNAR"
    TERM = "TERM"


@dataclass(frozen=True, slots=True)
class Festival:
    """One festival and the rule of its date.

    Attributes:
        month: Of the calendar that `calendar` names; unused for solar terms.
        day: The same; 0 is the last day of the month before the given one, which 除夕 needs.
        term: The Chinese name of the solar term.
    """

    code: str
    calendar: FestivalCalendar
    titles: Mapping[str, str]
    month: int = 0
    day: int = 0
    term: str = ""

    def in_year(self, year: int) -> date:
        """Return its date in a calendar year."""
        if self.calendar is FestivalCalendar.TERM:
            return solar_term(year, self.term)
        if self.calendar is FestivalCalendar.SOLAR:
            return date(year, self.month, self.day)
        if self.day == 0:
            return to_solar(LunarDate(year, self.month, 1)) - timedelta(days=1)
        day = min(self.day, days_in_month(year, self.month))
        return to_solar(LunarDate(year, self.month, day))


def _solar(code: str, month: int, day: int, english: str, chinese: str) -> Festival:
    return Festival(code, FestivalCalendar.SOLAR, _titles(english, chinese), month, day)


def _lunar(code: str, month: int, day: int, english: str, chinese: str) -> Festival:
    return Festival(code, FestivalCalendar.LUNAR, _titles(english, chinese), month, day)


def _term(code: str, term: str, english: str, chinese: str) -> Festival:
    return Festival(code, FestivalCalendar.TERM, _titles(english, chinese), term=term)


def _titles(english: str, chinese: str) -> Mapping[str, str]:
    return MappingProxyType({"en": english, "zh-CN": chinese})


FESTIVALS: tuple[Festival, ...] = (
    _solar("NEW_YEAR", 1, 1, "New Year's Day", "元旦"),
    # The last day of the twelfth month, which has 29 or 30 days: the day before the first of the year.
    _lunar("SPRING_FESTIVAL_EVE", 1, 0, "Chinese New Year's Eve", "除夕"),
    _lunar("SPRING_FESTIVAL", 1, 1, "Spring Festival", "春节"),
    _lunar("LANTERN", 1, 15, "Lantern Festival", "元宵节"),
    _solar("WOMENS_DAY", 3, 8, "Women's Day", "妇女节"),
    _term("QINGMING", "清明", "Tomb-Sweeping Day", "清明节"),
    _solar("LABOUR_DAY", 5, 1, "Labour Day", "劳动节"),
    _solar("CHILDRENS_DAY", 6, 1, "Children's Day", "儿童节"),
    _lunar("DRAGON_BOAT", 5, 5, "Dragon Boat Festival", "端午节"),
    _lunar("QIXI", 7, 7, "Qixi Festival", "七夕"),
    _lunar("MID_AUTUMN", 8, 15, "Mid-Autumn Festival", "中秋节"),
    _solar("NATIONAL_DAY", 10, 1, "National Day", "国庆节"),
    _lunar("DOUBLE_NINTH", 9, 9, "Double Ninth Festival", "重阳节"),
    _term("WINTER_SOLSTICE", "冬至", "Winter Solstice", "冬至"),
)


def festival(code: str) -> Festival:
    """Return the festival of a code.

    Raises:
        ValidationRefusal: There is none; the message names the known ones.
    """
    for known in FESTIVALS:
        if known.code == code:
            return known
    codes = ", ".join(known.code for known in FESTIVALS)
    raise ValidationRefusal(f"this is no festival; known are {codes}", rule="festival_unknown", allowed=codes)


def festivals_on(day: date) -> tuple[Festival, ...]:
    """Return the festivals of a date, in the order of the table; mostly none."""
    return tuple(known for known in FESTIVALS if known.in_year(day.year) == day)
