"""A lock that people get before the background does."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from core.data.background import in_background

_IN_A_ROW: Final = 20
"""So many people are let in before one who works in the background is, however many there are."""


class PriorityLock:
    """Lets one in at a time: people in their order, and the background when none of them waits."""

    def __init__(self) -> None:
        self._people: deque[asyncio.Future[None]] = deque()
        self._background: deque[asyncio.Future[None]] = deque()
        self._taken = False
        self._in_a_row = 0

    def locked(self) -> bool:
        """Return whether somebody is in."""
        return self._taken

    @property
    def people_wait(self) -> bool:
        """Whether somebody waits who does not work in the background."""
        return any(not waiter.done() for waiter in self._people)

    async def acquire(self) -> None:
        """Wait until nobody else is in."""
        if not self._taken:
            self._taken = True
            return
        waiter = asyncio.get_running_loop().create_future()
        (self._background if in_background() else self._people).append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self.release()  # it came at this very moment
            raise

    def release(self) -> None:
        """Let the next one in."""
        people, background = self._first(self._people), self._first(self._background)
        if people is None or (background is not None and self._in_a_row >= _IN_A_ROW):
            self._in_a_row, chosen, queue = 0, background, self._background
        else:
            self._in_a_row, chosen, queue = self._in_a_row + 1, people, self._people
        if chosen is None:
            self._taken = False
            return
        queue.popleft()
        chosen.set_result(None)

    @staticmethod
    def _first(queue: deque[asyncio.Future[None]]) -> asyncio.Future[None] | None:
        while queue and queue[0].done():  # it was cancelled
            queue.popleft()
        return queue[0] if queue else None
