"""The only place that asks what time it is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Tells the time; tests and the demo bring clocks of their own."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands where it was put."""

    def __init__(self, at: datetime) -> None:
        self.at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self.at


def local_date(instant: datetime, zone: str) -> date:
    """Return the calendar date of an aware instant in an IANA zone."""
    return instant.astimezone(ZoneInfo(zone)).date()
