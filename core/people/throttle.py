"""Slows down those who guess."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock import Clock
from core.errors import LimitRefusal


@dataclass(slots=True)
class _Record:
    attempts: int
    last: datetime
    blocked_until: datetime | None = None


class Throttle:
    """Counts attempts per key and blocks a key for longer and longer.

    Args:
        free: Attempts before the first block.
        first: Length of the first block; each further attempt doubles it.
        longest: The longest block, and how long without an attempt makes a key new again.
        size: Keys kept; the ones unused for longest go first.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        free: int,
        first: timedelta = timedelta(seconds=15),
        longest: timedelta = timedelta(minutes=15),
        size: int = 10_000,
    ) -> None:
        self._clock = clock
        self._free = free
        self._first = first
        self._longest = longest
        self._size = size
        self._records: OrderedDict[str, _Record] = OrderedDict()

    def __len__(self) -> int:
        return len(self._records)

    def check(self, key: str) -> None:
        """Refuse a key that is blocked.

        Raises:
            LimitRefusal: With `retry_after_s`.
        """
        record = self._records.get(key)
        now = self._clock.now()
        if record is None or record.blocked_until is None or now >= record.blocked_until:
            return
        wait = max(1, round((record.blocked_until - now).total_seconds()))
        raise LimitRefusal(f"too many attempts; try again in {wait} seconds", retry_after_s=wait)

    def count(self, key: str) -> bool:
        """Count an attempt before its outcome is known, so that parallel ones don't slip through.

        Returns:
            Whether it is the one that blocks the key for the first time.
        """
        now = self._clock.now()
        record = self._records.pop(key, None)
        if record is None or now - record.last > self._longest:
            record = _Record(0, now)
        record.attempts += 1
        record.last = now
        over = record.attempts - self._free
        if over >= 0:
            # 2 ** 20 times the first block is beyond any longest one, and the power stays small.
            record.blocked_until = now + min(self._longest, self._first * 2 ** min(over, 20))
        self._records[key] = record
        while len(self._records) > self._size:
            self._records.popitem(last=False)
        return over == 0

    def attempts(self, key: str) -> int:
        """Return how many attempts are counted for a key."""
        record = self._records.get(key)
        return 0 if record is None else record.attempts

    def forgive(self, key: str) -> None:
        """Forget a key's attempts: one was right."""
        self._records.pop(key, None)

    def take_back(self, key: str) -> None:
        """Uncount one attempt: it was right, but others share the key."""
        record = self._records.get(key)
        if record is None:
            return
        record.attempts -= 1
        if record.attempts < self._free:
            record.blocked_until = None
