"""So many statements of one caller at once: whoever asks for much leaves the others their connections."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from math import ceil
from typing import Final

from core.data.address import PostgresSettings, SqliteSettings
from core.errors import LimitRefusal

_MOST_WAITING: Final = 200


class _Line:
    """One caller's statements: how many are under way, and those that wait, in the order in which they came."""

    __slots__ = ("under_way", "waiting")

    def __init__(self) -> None:
        self.under_way = 0
        self.waiting: OrderedDict[asyncio.Future[None], None] = OrderedDict()


class StatementQuota:
    """Gives each caller's statements their turns.

    Whoever has fewer under way than he may goes on at once, for the price of two look-ups.
    """

    def __init__(self, settings: SqliteSettings | PostgresSettings) -> None:
        self._most = settings.statements_per_caller
        self._patience = settings.turn_timeout_seconds
        self._retry_after_s = ceil(settings.read_timeout_seconds)  # by then what is under way now has ended
        self._lines: dict[str, _Line] = {}

    def enter(self, who: str) -> bool:
        """Take a turn if there is one; `leave` ends it."""
        line = self._lines.get(who)
        if line is None:
            line = self._lines[who] = _Line()
        if line.under_way >= self._most:
            return False
        line.under_way += 1
        return True

    async def wait(self, who: str) -> None:
        """Take a turn when one comes; `leave` ends it.

        Raises:
            LimitRefusal: None came in time, or too many wait already; `retry_after_s` says when to come again.
        """
        line = self._lines[who]
        if len(line.waiting) >= _MOST_WAITING:
            raise self._refusal()
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line.waiting[turn] = None
        try:
            async with asyncio.timeout(self._patience):
                await turn
        except BaseException as error:
            line.waiting.pop(turn, None)
            if turn.done() and not turn.cancelled():  # it came at this very moment
                self.leave(who)
            if isinstance(error, TimeoutError):
                raise self._refusal() from None
            raise

    def leave(self, who: str) -> None:
        """End a turn: it goes to whoever of the same caller waits longest."""
        line = self._lines[who]
        while line.waiting:
            turn, _ = line.waiting.popitem(last=False)
            if not turn.done():
                turn.set_result(None)
                return
        line.under_way -= 1
        if not line.under_way:
            del self._lines[who]

    def _refusal(self) -> LimitRefusal:
        return LimitRefusal(
            f"{self._most} of your requests keep the database busy already; try again in {self._retry_after_s} seconds",
            rule="statements",
            limit="statements",
            allowed=self._most,
            retry_after_s=self._retry_after_s,
        )
