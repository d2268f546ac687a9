"""Opening hours of a store, and the clock that runs during them only (SLA)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from forecourt import ForecourtError, Scope, ValidationRefusal, settings
from plugins.organisation.services.calendar import BusinessCalendar, business_calendar
from plugins.organisation.settings import OrganisationSettings

_DAY = 24 * 60
_FORM = '[{"days": [1, 2, 3, 4, 5], "from": "09:00", "to": "18:00"}], days 1 = Monday to 7 = Sunday'

Span = tuple[int, int]
"""Minutes after local midnight: from (included) to (excluded, at most 1440)."""


class NeverOpenError(ForecourtError):
    """The store has no opening hours in sight, so that no deadline can be computed."""

    code = "NEVER_OPEN"


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """The hours of an ordinary week.

    Attributes:
        week: For Monday to Sunday the spans of opening, in order and apart.
        closed_on_holidays: Whether public holidays close the store; most showrooms open on them.
    """

    week: tuple[tuple[Span, ...], ...]
    closed_on_holidays: bool = False

    @classmethod
    def parse(cls, rows: Sequence[Mapping[str, Any]], *, closed_on_holidays: bool = False) -> OpeningHours:
        """Read the stored form `[{"days": [1, …], "from": "09:00", "to": "18:00"}]`, days 1 = Monday to 7 = Sunday.

        Raises:
            ValidationRefusal: It has another shape, or two spans of a day overlap.
        """
        week: list[list[Span]] = [[] for _ in range(7)]
        for index, row in enumerate(rows):
            span, days = _read_row(row, index)
            for day in days:
                week[day - 1].append(span)
        for spans in week:
            spans.sort()
            if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
                raise _refused("two spans of one day overlap")
        return cls(tuple(tuple(spans) for spans in week), closed_on_holidays)

    def on(self, day: date, calendar: BusinessCalendar) -> tuple[Span, ...]:
        """Return the spans of one date, holidays, make-up days and corrections considered."""
        ordinary = self.week[day.weekday()]
        if day in calendar.corrections:
            return (ordinary or self._busiest()) if calendar.is_work_day(day) else ()
        if calendar.is_make_up_day(day):
            return ordinary or self._busiest()
        if self.closed_on_holidays and calendar.is_public_holiday(day):
            return ()
        return ordinary

    def _busiest(self) -> tuple[Span, ...]:
        """Return the hours of an ordinary open day, for a day that is open by exception."""
        return next((spans for spans in self.week if spans), ())


def _read_row(row: Mapping[str, Any], index: int) -> tuple[Span, list[int]]:
    try:
        span = (_minutes(row["from"]), _minutes(row["to"]))
        days = [int(day) for day in row["days"]]
    except (KeyError, TypeError, ValueError):
        raise _refused(f"row {index + 1} can't be read") from None
    if span[0] >= span[1] or span[1] > _DAY:
        raise _refused(f"row {index + 1} ends before it begins; split hours past midnight over two days")
    if not days or not all(1 <= day <= 7 for day in days):
        raise _refused(f"row {index + 1} names no day from 1 to 7")
    return span, days


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    if not 0 <= int(minutes) < 60:
        raise ValueError(text)
    return int(hours) * 60 + int(minutes)


def _refused(what: str) -> ValidationRefusal:
    return ValidationRefusal(
        f"opening hours: {what}; the form is {_FORM}", path=("businessHours",), rule="business_hours", form=_FORM
    )


@dataclass(frozen=True, slots=True)
class BusinessClock:
    """Measures and adds time during opening hours only."""

    calendar: BusinessCalendar
    hours: OpeningHours
    zone: str

    def is_open(self, at: datetime) -> bool:
        """Tell whether the store is open at an aware instant."""
        return any(start <= at < end for start, end in self._spans(self._local_date(at)))

    def open_time(self, start: datetime, end: datetime) -> timedelta:
        """Return how long the store was open between two aware instants; zero when `end` is not after `start`."""
        total = timedelta()
        day, last = self._local_date(start), self._local_date(end)
        while day <= last:
            for opens, closes in self._spans(day):
                total += max(min(closes, end) - max(opens, start), timedelta())
            day += timedelta(days=1)
        return total

    def minutes_between(self, start: datetime, end: datetime) -> int:
        """Return the whole business minutes between two aware instants."""
        return int(self.open_time(start, end) // timedelta(minutes=1))

    def add_minutes(self, start: datetime, minutes: int) -> datetime:
        """Return the instant (UTC) at which that many business minutes have passed.

        The clock stands while the store is closed: a deadline falls into opening hours, at the latest on closing time.

        Raises:
            NeverOpenError: The store doesn't open often enough within the next ten years.
            ValueError: `minutes` is negative.
        """
        if minutes < 0:
            raise ValueError("business minutes are added, never taken away")
        left = timedelta(minutes=minutes)
        day = self._local_date(start)
        for _ in range(3660):
            for opens, closes in self._spans(day):
                begin = max(opens, start)
                if begin < closes and left <= closes - begin:
                    return begin + left
                left -= max(closes - begin, timedelta())
            day += timedelta(days=1)
        raise NeverOpenError("the store has no opening hours; set its business hours or correct its calendar")

    def _local_date(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.zone)).date()

    def _spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        for start, end in self.hours.on(day, self.calendar):
            yield self._instant(day, start), self._instant(day, end)

    def _instant(self, day: date, minutes: int) -> datetime:
        # Wall-clock time first, UTC then: on the two days of a clock change the order decides.
        over, minutes = divmod(minutes, _DAY)
        local = datetime.combine(day + timedelta(days=over), time(minutes // 60, minutes % 60), ZoneInfo(self.zone))
        return local.astimezone(UTC)


async def business_clock(scope: Scope, store_id: UUID) -> BusinessClock:
    """Return the clock of a store: its hours, its calendar, its zone."""
    chosen = await settings(scope, OrganisationSettings, store_id=store_id)
    return BusinessClock(
        calendar=await business_calendar(scope, store_id),
        hours=OpeningHours.parse(chosen.business_hours, closed_on_holidays=chosen.closed_on_holidays),
        zone=scope.zone(store_id),
    )
