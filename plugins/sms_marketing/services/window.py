"""When the recipient may be disturbed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Window:
    """The hours of a day in which promotions may be sent: from `opens` on, before `closes`, on the recipient's clock.

    Raises:
        ValueError: It opens no earlier than it closes.
    """

    opens: time = time(9)
    closes: time = time(20)

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError(f"a window that opens at {self.opens} can't close at {self.closes}")

    def within(self, hard: Window) -> Window:
        """Return this window without what lies outside a stricter one; that one if nothing is left."""
        opens, closes = max(self.opens, hard.opens), min(self.closes, hard.closes)
        return Window(opens, closes) if opens < closes else hard


DEFAULT_WINDOW: Final = Window()
# Source: rules of Chinese SMS providers for promotions, which are not sent from 20:00 to 08:00.
HARD_WINDOW: Final = Window(time(8), time(20))


def next_opening(instant: datetime, zone: str, window: Window = DEFAULT_WINDOW) -> datetime:
    """Return the instant itself if the window is open then, or else when it opens next, in UTC.

    Args:
        instant: Aware.
        zone: IANA name of the recipient's zone.
    """
    local = instant.astimezone(ZoneInfo(zone))
    if window.opens <= local.time() < window.closes:
        return instant.astimezone(UTC)
    day = local.date() if local.time() < window.opens else local.date() + timedelta(days=1)
    return datetime.combine(day, window.opens, ZoneInfo(zone)).astimezone(UTC)
