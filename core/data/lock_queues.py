"""Who of a process goes next for a row, before a transaction waits for it with a connection.

PostgreSQL lets transactions wait at a row's lock, each with a connection that others need. So what is known to be
waited for has a queue in the process, where nobody holds one: of each process one transaction at most waits at the row
itself. On SQLite transactions have one queue before they begin, so nothing more is needed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Final, TypeAlias
from uuid import UUID

from core.data.errors import DatabaseTimeoutError

Key: TypeAlias = tuple[str, UUID | str]
"""A table, and a row's id or what else is waited for there."""

_MOST_REPEATS: Final = 20


class LockTakenError(Exception):
    """Another unit of work has what this one needs too; it rolls back, waits without a connection and begins anew."""


class LockQueues:
    """The queues of one database.

    Args:
        seconds: How long anybody waits.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._queues: dict[Key, deque[asyncio.Future[None]]] = {}

    @property
    def waiting(self) -> int:
        """How many wait for a turn."""
        return sum(not waiter.done() for queue in self._queues.values() for waiter in queue)

    def wants(self, key: Key) -> bool:
        """Return whether somebody waits for a turn that is taken."""
        return any(not waiter.done() for waiter in self._queues.get(key, ()))

    def take_free(self, key: Key) -> bool:
        """Take a turn if nobody has it."""
        if key in self._queues:
            return False
        self._queues[key] = deque()
        return True

    async def take(self, key: Key) -> None:
        """Take a turn when all who came before have had theirs.

        Raises:
            DatabaseTimeoutError: It did not come in time.
        """
        if self.take_free(key):
            return
        waiter = asyncio.get_running_loop().create_future()
        self._queues[key].append(waiter)
        try:
            async with asyncio.timeout(self._seconds):
                await waiter
        except BaseException as error:
            if waiter.done() and not waiter.cancelled():
                self.give_back(key)  # it came at this very moment
            if isinstance(error, TimeoutError):
                raise DatabaseTimeoutError(f"others kept a row of {key[0]} for {self._seconds:g} s") from None
            raise

    def give_back(self, key: Key) -> None:
        """Let the next one have a turn."""
        queue = self._queues[key]
        while queue:
            waiter = queue.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        del self._queues[key]


class HeldLocks:
    """What one unit of work has the turn of, over all its attempts.

    It waits in place only as long as it has nothing that others wait for. Otherwise it gives up what it has, and takes
    all that it is known to need in one order, so that nobody waits in a circle.
    """

    def __init__(self, turns: LockQueues) -> None:
        self._turns = turns
        self._has: set[Key] = set()
        self._misses: set[Key] = set()
        self._repeats = 0

    @property
    def is_waited_for(self) -> bool:
        """Whether somebody waits for what this unit of work has."""
        return any(self._turns.wants(key) for key in self._has)

    async def take(self, key: Key, *, may_wait: bool) -> None:
        """Take a turn until the end.

        Args:
            may_wait: The unit of work holds no connection.

        Raises:
            LockTakenError: It isn't free, and to wait for it here would hold others up.
            DatabaseTimeoutError: It did not come in time.
        """
        if key in self._has:
            return
        if self._turns.take_free(key):
            self._has.add(key)
        elif may_wait and not self._has:
            await self._turns.take(key)
            self._has.add(key)
        elif self._repeats < _MOST_REPEATS:
            self._misses.add(key)
            self.check()
        # After so many the database's own queue decides, where whoever waits in a circle is told.

    def check(self) -> None:
        """Make sure that nothing was missed, whoever has caught the error of `take`.

        Raises:
            LockTakenError: Something was.
        """
        if self._misses:
            raise LockTakenError("another unit of work has its turn")

    async def again(self, keys: Iterable[Key] = ()) -> None:
        """Give everything back, and wait for it, for what was missed, and for other keys.

        Raises:
            DatabaseTimeoutError: They did not come in time.
        """
        wanted = {*self._has, *self._misses, *keys}
        self.give_back()
        self._repeats += 1
        for key in sorted(wanted, key=str):
            await self._turns.take(key)
            self._has.add(key)

    def give_back(self) -> None:
        """Let others go on; nothing happens a second time."""
        has, self._has, self._misses = self._has, set(), set()
        for key in has:
            self._turns.give_back(key)
