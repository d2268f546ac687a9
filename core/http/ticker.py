"""Deadlines of many requests on one timer: a timer for each costs more than most of what a request does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic

_INTERVAL_SECONDS = 0.05


class Ticker:
    """Calls back what is still waited for when its time has come, exact to a twentieth of a second."""

    def __init__(self) -> None:
        self._waiting: dict[int, tuple[float, Callable[[], None]]] = {}
        self._next = 0
        self._timer: asyncio.TimerHandle | None = None

    def after(self, seconds: float, callback: Callable[[], None]) -> int:
        """Call back after a time; give what this returns to `forget` when it is no longer wanted."""
        self._next = key = self._next + 1
        self._waiting[key] = (monotonic() + seconds, callback)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_INTERVAL_SECONDS, self._tick)
        return key

    def forget(self, key: int) -> None:
        """Don't call back; does nothing where that has happened."""
        self._waiting.pop(key, None)

    def _tick(self) -> None:
        now = monotonic()
        due = [key for key, (time, _) in self._waiting.items() if time <= now]
        self._timer = None
        for key in due:
            _, callback = self._waiting.pop(key)
            callback()
        if self._waiting and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_INTERVAL_SECONDS, self._tick)
