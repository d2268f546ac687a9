"""Waiting for what happens, instead of for a time in which it should have happened."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

HANGS_SECONDS = 60.0
"""After this something hangs; how busy the machine is decides nothing below it."""


async def until(condition: Callable[[], bool] | Callable[[], Awaitable[bool]]) -> None:
    """Wait for something that nobody tells, such as in a server, a database or a thread."""
    async with asyncio.timeout(HANGS_SECONDS):
        while True:
            held = condition()
            if held if isinstance(held, bool) else await held:
                return
            await asyncio.sleep(0.005)


class LoopClock:
    """Puts the clock of the running event loop forward, so that its timers are due."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        loop = asyncio.get_running_loop()
        self._ahead, self._real = 0.0, loop.time
        monkeypatch.setattr(loop, "time", self._time)

    def _time(self) -> float:
        return self._real() + self._ahead

    async def forward(self, seconds: float) -> None:
        """Let what has been started begin, go forward, and let what is due run."""
        for step in (0.0, seconds):
            self._ahead += step
            for _ in range(3):
                await asyncio.sleep(0)
