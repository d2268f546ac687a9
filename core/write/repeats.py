"""When a unit of work is run again, because others were in its way and not because it is wrong."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from uuid import UUID

from core.data.lock_queues import HeldLocks, Key, LockTakenError
from core.unit import Touched
from core.write.integrity import is_retryable
from core.write.refusals import refusals_in

if TYPE_CHECKING:
    from core.data.database import Database

ATTEMPTS: Final = 5
_FIRST_PAUSE: Final = 0.01


class Repeats:
    """The attempts of one unit of work, and what they may keep from one to the next."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = None if database.turns is None else HeldLocks(database.turns)
        self._rows: set[tuple[str, UUID]] = set()
        self._failed = 0

    def touched(self) -> Touched:
        """Return where the next attempt notes what it changes."""
        return Touched(turn=self._turn)

    async def begin(self) -> None:
        """Lock, in the transaction of an attempt, what those before it have changed when others were in their way."""
        if self._rows and self._database.dialect == "postgres":
            await lock_rows(self._database, sorted(self._rows, key=str))

    async def another(self, error: Exception, touched: Touched) -> bool:
        """Return whether to try again after an error, when what was in the way has gone."""
        if isinstance(error, LockTakenError):
            assert self._turn is not None
            await self._turn.again()
            return True
        deadlock = is_retryable(error)
        if not deadlock and (not refusals_in(error) or touched.stale <= self._rows):
            return False
        known = len(self._rows)
        self._rows |= touched.stale | touched.rows
        if len(self._rows) == known:  # otherwise the next one comes further, whoever else there is
            self._failed += 1
        if self._failed == ATTEMPTS:
            return False
        if self._turn is not None:
            await self._turn.again(self._rows)
        if deadlock:
            pause = _FIRST_PAUSE * 2**self._failed
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - only spreads retries
        return True

    def end(self) -> None:
        """Let others go on."""
        if self._turn is not None:
            self._turn.give_back()


async def lock_rows(database: Database, rows: Sequence[Key]) -> None:
    """Lock rows of several tables until the end of the transaction, in the order given within each table."""
    by_table: defaultdict[str, list[UUID | str]] = defaultdict(list)
    for table, row_id in rows:
        by_table[table].append(row_id)
    for table, ids in by_table.items():
        sql = f'SELECT 1 FROM "{table}" WHERE "id" = ANY($1::uuid[]) ORDER BY "id" FOR NO KEY UPDATE'
        await database.fetch(sql, [ids])
