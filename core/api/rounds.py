"""Rows that resolvers return, read together: as many statements for a list of rows with such a field as for one row."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from core.read.plan import Row

Read = Callable[[Sequence[UUID]], Awaitable[dict[UUID, Row]]]


class Round:
    """The resolvers of one field of an operation that run side by side, one for each row of the level above.

    Enter it around a resolver. When all that have begun are done, their rows are read at once.
    """

    def __init__(self, read: Read, close: Callable[[], object]) -> None:
        """Begin a round.

        Args:
            read: Reads rows by their ids.
            close: Called once, when nobody can join any more.
        """
        self._read_rows = read
        self._close: Callable[[], object] | None = close
        self._ids: dict[UUID, None] = {}
        self._begun = 0
        self._under_way = 0
        self._idle = asyncio.Event()
        self._waiting = 0
        self._task: asyncio.Task[dict[UUID, Row]] | None = None

    def __enter__(self) -> None:
        self._begun += 1
        self._under_way += 1
        self._idle.clear()

    def __exit__(self, *_: object) -> None:
        self._under_way -= 1
        if not self._under_way:
            self._idle.set()

    async def rows(self, ids: Sequence[UUID]) -> list[Row | None]:
        """Return rows that a resolver has returned, in its order; out of sight is None."""
        self._ids |= dict.fromkeys(ids)
        if self._task is None:
            self._task = asyncio.create_task(self._read())
        self._waiting += 1
        try:
            # One field may be given up while others still want their rows.
            found = await asyncio.shield(self._task)
        finally:
            self._waiting -= 1
            if not self._waiting:
                # Nobody wants it any more; who is still under way begins anew.
                self._task.cancel()
                self._task = None
                self._end()
        return [found.get(row_id) for row_id in ids]

    async def _read(self) -> dict[UUID, Row]:
        begun = 0
        while begun != self._begun:
            begun = self._begun
            await self._idle.wait()
            await asyncio.sleep(0)  # those that are about to begin
        self._end()
        return await self._read_rows(list(self._ids))

    def _end(self) -> None:
        if self._close is not None:
            self._close()
            self._close = None
