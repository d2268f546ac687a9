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


class StartingClock:
    """A clock that runs as the machine's does, from another moment on; for trying things out."""

    def __init__(self, start: datetime) -> None:
        self._ahead = start.astimezone(UTC) - datetime.now(UTC)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead


def local_date(instant: datetime, zone: str) -> date:
    """Return the calendar date of an aware instant in an IANA zone."""
    return instant.astimezone(ZoneInfo(zone)).date()


def format_instant(value: datetime) -> str:
    """Return an instant as clients read it: UTC, as many digits below the second as there are, ending in Z."""
    text = value.astimezone(UTC).isoformat()[:-6]
    return f"{text.rstrip('0')}Z" if "." in text else f"{text}Z"
