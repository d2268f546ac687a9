"""The business calendar: which days are worked, make-up days (补班) and the dealer's own corrections included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING
from uuid import UUID

from forecourt import ConfigurationError, Scope, settings
from plugins.organisation.models import CalendarDay, DayKind
from plugins.organisation.settings import OrganisationSettings

if TYPE_CHECKING:
    from holidays import HolidayBase


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """The work days of a country with corrections; it reads no clock and no database.

    Attributes:
        country: ISO 3166 code; its public holidays and make-up days come from the `holidays` package, which knows
            the official dates up to some year and estimates later ones.
        corrections: Days that the dealer knows better; they win.
    """

    country: str = "CN"
    corrections: Mapping[date, DayKind] = field(default_factory=lambda: MappingProxyType({}))

    def is_work_day(self, day: date) -> bool:
        """Tell whether offices work: no weekend and no public holiday, or a make-up day."""
        correction = self.corrections.get(day)
        if correction is not None:
            return correction is DayKind.WORK
        return bool(_public_holidays(self.country).is_working_day(day))

    def is_public_holiday(self, day: date) -> bool:
        """Tell whether a day other than a plain weekend is free, by law or by the dealer's correction."""
        correction = self.corrections.get(day)
        if correction is not None:
            return correction is DayKind.REST
        return day in _public_holidays(self.country)

    def is_make_up_day(self, day: date) -> bool:
        """Tell whether a weekend day is worked in exchange for a day off (补班)."""
        return _public_holidays(self.country).is_weekend(day) and self.is_work_day(day)

    def is_estimated(self, day: date) -> bool:
        """Tell whether the official plan of that year is not known to the library yet."""
        if day in self.corrections:
            return False
        official = _last_official_year(self.country)
        return official is not None and day.year > official

    def next_work_day(self, day: date) -> date:
        """Return the first work day after a day."""
        return self.add_work_days(day, 1)

    def work_day_from(self, day: date) -> date:
        """Return the day itself if it is worked, else the next work day."""
        return day if self.is_work_day(day) else self.next_work_day(day)

    def add_work_days(self, day: date, count: int) -> date:
        """Return the `count`-th work day after a day; 0 gives the day itself, worked or not.

        Raises:
            ValueError: `count` is negative.
        """
        if count < 0:
            raise ValueError("work days are counted forwards")
        while count:
            day += timedelta(days=1)
            count -= self.is_work_day(day)
        return day


@lru_cache(maxsize=32)
def _public_holidays(country: str) -> HolidayBase:
    """Return the library's calendar, which fills itself year by year; it depends on nothing but the country."""
    from holidays import country_holidays  # loads slowly, and most processes ask for no calendar

    try:
        return country_holidays(country)
    except NotImplementedError:
        raise ConfigurationError(
            f"country {country!r} has no calendar; give an ISO 3166 code such as 'CN' or 'DE'"
        ) from None


@lru_cache(maxsize=32)
def _last_official_year(country: str) -> int | None:
    """Return the last year whose substituted days are announced; None where a country has no such days."""
    announced = getattr(_public_holidays(country), "special_public_holidays", None)
    return max(announced, default=None) if isinstance(announced, dict) else None


async def business_calendar(scope: Scope, store_id: UUID | None = None) -> BusinessCalendar:
    """Return the calendar of a store, or of the dealer without one; a store's correction wins over the dealer's."""
    rows = await CalendarDay.filter(store_key__in=_keys(store_id), archived_at=None).order_by("store_key")
    return BusinessCalendar(
        country=(await settings(scope, OrganisationSettings, store_id=store_id)).country,
        corrections=MappingProxyType({row.day: DayKind(row.kind) for row in rows}),
    )


async def correct_day(
    scope: Scope, day: date, kind: DayKind, *, note: str = "", store_id: UUID | None = None
) -> CalendarDay:
    """Say whether a day is worked, for one store or for all; a second correction replaces the first."""
    row = await CalendarDay.get_or_none(day=day, store_key=_key(store_id))
    if row is None:
        row = CalendarDay(day=day, store_id=store_id)
    row.kind = kind
    row.note = note
    row.archived_at = None
    await row.save()
    return row


def _key(store_id: UUID | None) -> str:
    return "" if store_id is None else str(store_id)


def _keys(store_id: UUID | None) -> list[str]:
    return [""] if store_id is None else ["", str(store_id)]
