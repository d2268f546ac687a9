"""When a scheduled job is due: rules in local time, answered in UTC.

A local time that the clock skips (the hour when summer time begins) is as much later as the clock jumps, and of a time
that comes twice the first one counts. A month without the day takes its last one.

Source: RFC 5545, section 3.3.5 (local time that does not occur, or occurs twice).
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Rule(Protocol):
    """Tells due times."""

    def next_after(self, instant: datetime, zone: str) -> datetime:
        """Return the first due time after an aware instant, in UTC."""
        ...

    def __str__(self) -> str:
        """Return the rule in words that only change when its due times do."""
        ...


def parse_time(text: str) -> time:
    """Return the time of day that `HH:MM` names.

    Raises:
        ValueError: It is none.
    """
    parsed = time.fromisoformat(text) if len(text) == 5 else None
    if parsed is None or parsed.tzinfo is not None:
        raise ValueError(f"a time of day is written as 08:30, not {text!r}")
    return parsed


def in_utc(day: date, at: time, zone: str) -> datetime:
    """Return the instant of a local day and time."""
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


def _first_after(days: Iterator[date], at: time, instant: datetime, zone: str) -> datetime:
    return next(due for due in (in_utc(day, at, zone) for day in days) if due > instant)


def _days_from(instant: datetime, zone: str) -> Iterator[date]:
    # One day early: a time that the clock skips may fall on the day after its own.
    day = instant.astimezone(ZoneInfo(zone)).date() - timedelta(days=1)
    while True:
        yield day
        day += timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Daily:
    """Every day at a local time."""

    at: time

    def next_after(self, instant: datetime, zone: str) -> datetime:
        return _first_after(_days_from(instant, zone), self.at, instant, zone)

    def __str__(self) -> str:
        return f"daily {self.at:%H:%M}"


@dataclass(frozen=True, slots=True)
class Weekly:
    """Every week on a day at a local time."""

    day: Weekday
    at: time

    def next_after(self, instant: datetime, zone: str) -> datetime:
        wanted = WEEKDAYS.index(self.day)
        days = (day for day in _days_from(instant, zone) if day.weekday() == wanted)
        return _first_after(days, self.at, instant, zone)

    def __str__(self) -> str:
        return f"weekly {self.day} {self.at:%H:%M}"


@dataclass(frozen=True, slots=True)
class Monthly:
    """Every month on a day (1 to 31, or the month's last if it has no such day) at a local time."""

    day: int
    at: time

    def next_after(self, instant: datetime, zone: str) -> datetime:
        def is_due(day: date) -> bool:
            return day.day == min(self.day, calendar.monthrange(day.year, day.month)[1])

        return _first_after((day for day in _days_from(instant, zone) if is_due(day)), self.at, instant, zone)

    def __str__(self) -> str:
        return f"monthly {self.day} {self.at:%H:%M}"


@dataclass(frozen=True, slots=True)
class Every:
    """At whole multiples of a number of seconds since 1970 UTC, so that all workers mean the same instants."""

    seconds: int

    def next_after(self, instant: datetime, zone: str) -> datetime:
        del zone
        return datetime.fromtimestamp((int(instant.timestamp()) // self.seconds + 1) * self.seconds, UTC)

    def __str__(self) -> str:
        return f"every {self.seconds}s"
