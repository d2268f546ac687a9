"""Connections to one PostgreSQL, lent and taken back without a round trip."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final

from core.data.address import PostgresSettings
from core.data.connection import PooledConnection
from core.data.errors import DatabaseTimeoutError, DatabaseUnavailableError
from core.data.transaction import logger

_CLOSE_SECONDS: Final = 5.0


class Pool:
    """The connections of one event loop: bounded, opened on demand, lent last in, first out.

    Sessions are not reset, so nothing may change one: `SET LOCAL` instead of `SET`, no LISTEN, no session's advisory
    locks. A pgbouncer that pools transactions asks the same.

    Args:
        settings: How many connections there may be, and how long to wait for one and to keep it.
        connect: Opens a connection in bounded time, or raises a DatabaseUnavailableError.
    """

    def __init__(
        self, settings: PostgresSettings, connect: Callable[[], Coroutine[Any, Any, PooledConnection]]
    ) -> None:
        self._settings = settings
        self._connect = connect
        self._loop = asyncio.get_running_loop()
        self._open: set[PooledConnection] = set()
        self._idle: list[PooledConnection] = []
        self._waiters: OrderedDict[asyncio.Future[PooledConnection], float] = OrderedDict()  # and until when they wait
        self._connecting: set[asyncio.Task[PooledConnection]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._reaper: asyncio.TimerHandle | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._closing = False
        self._ended = asyncio.Event()

    async def take(self) -> PooledConnection:
        """Lend a connection; whoever waits longest gets the next one.

        Raises:
            DatabaseTimeoutError: None was free in time.
            DatabaseUnavailableError: A new one could not be opened, or the pool is closed.
        """
        return self.take_idle() or await self._wait()

    def take_idle(self) -> PooledConnection | None:
        """Lend a connection if one is free."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
            self._forget_closed()
        return None

    def give_back(self, connection: PooledConnection) -> None:
        """Take a connection back, in whatever state it is."""
        if connection.is_closed():
            self._forget_closed()
        elif connection.is_clean():
            self._put(connection)
        else:
            self._start(connection.settle(), partial(self._settled, connection))

    async def close(self) -> None:
        """Close all connections; those that are lent when they come back, or by force after a while."""
        self._closing = True
        idle, self._idle = self._idle, []
        for connection in idle:
            self._retire(connection)
        self._grow()
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._ended.wait()
        except TimeoutError:
            logger.warning("%d connections were still in use and were closed by force", len(self._open))
        finally:
            self._terminate()

    async def _wait(self) -> PooledConnection:
        if self._ended.is_set():
            raise self._closed()
        waiter: asyncio.Future[PooledConnection] = self._loop.create_future()
        self._waiters[waiter] = self._loop.time() + self._settings.acquire_timeout_seconds
        if self._alarm is None:
            self._alarm = self._loop.call_later(self._settings.acquire_timeout_seconds, self._refuse_late)
        self._grow()
        try:
            return await waiter
        except BaseException:
            waits = self._waiters.pop(waiter, None) is not None
            if not waits and not waiter.cancelled() and waiter.exception() is None:
                # It came at the moment of the cancellation.
                self.give_back(waiter.result())
            raise

    def _first_waiter(self) -> asyncio.Future[PooledConnection] | None:
        """Take whoever waits longest out of the queue."""
        while self._waiters:
            waiter, _ = self._waiters.popitem(last=False)
            if not waiter.done():
                return waiter
        return None

    def _put(self, connection: PooledConnection) -> None:
        if waiter := self._first_waiter():
            waiter.set_result(connection)
        elif self._closing:
            self._retire(connection)
        else:
            connection.idle_since = self._loop.time()
            self._idle.append(connection)
            if self._reaper is None:
                self._reaper = self._loop.call_later(self._settings.idle_seconds, self._retire_unused)

    def _refuse(self, error: BaseException) -> None:
        if waiter := self._first_waiter():
            waiter.set_exception(error)

    def _refuse_late(self) -> None:
        self._alarm = None
        while self._waiters:
            waiter, deadline = next(iter(self._waiters.items()))
            if deadline > self._loop.time():
                self._alarm = self._loop.call_at(deadline, self._refuse_late)
                return
            del self._waiters[waiter]
            if not waiter.done():
                waiter.set_exception(self._late())

    def _grow(self) -> None:
        """Open as many connections as are waited for and allowed."""
        while len(self._waiters) > len(self._connecting) < self._settings.pool_size - len(self._open):
            task = self._loop.create_task(self._connect())
            self._connecting.add(task)
            task.add_done_callback(self._connected)
        if self._closing and not (self._open or self._connecting or self._tasks):
            self._ended.set()

    def _connected(self, task: asyncio.Task[PooledConnection]) -> None:
        self._connecting.discard(task)
        if task.cancelled():
            self._refuse(self._closed())
        elif error := task.exception():
            self._refuse(error)
        else:
            connection = task.result()
            connection.siblings = self._open
            self._open.add(connection)
            self._put(connection)
        self._grow()

    def _retire(self, connection: PooledConnection) -> None:
        self._open.discard(connection)
        self._start(connection.close(timeout=_CLOSE_SECONDS), self._retired)

    def _retired(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (failure := task.exception()) is not None:
            logger.warning("a connection did not end in order: %r", failure)
        self._grow()

    def _settled(self, connection: PooledConnection, task: asyncio.Task[None]) -> None:
        failure = asyncio.CancelledError() if task.cancelled() else task.exception()
        if failure is not None:
            connection.terminate()
            logger.warning("a connection that was given back in use was closed by force: %r", failure)
        self.give_back(connection)

    def _start(self, work: Coroutine[Any, Any, None], then: Callable[[asyncio.Task[None]], None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(then)

    def _retire_unused(self) -> None:
        """Close what has not been used for long; that lies at the bottom."""
        self._reaper = None
        used_after = self._loop.time() - self._settings.idle_seconds
        while self._idle and self._idle[0].idle_since <= used_after:
            self._retire(self._idle.pop(0))
        if self._idle:
            self._reaper = self._loop.call_at(
                self._idle[0].idle_since + self._settings.idle_seconds, self._retire_unused
            )

    def _forget_closed(self) -> None:
        """Make room for new connections.

        Where the server has closed one it has often closed them all, and asyncpg learns of it one by one; so what is
        idle is not lent any more either.
        """
        closed = {connection for connection in self._open if connection.is_closed()}.union(self._idle)
        for connection in closed:
            connection.terminate()  # those that are closed as well, else asyncpg may keep what belongs to them
        self._open -= closed
        self._idle.clear()
        self._grow()

    def _terminate(self) -> None:
        self._ended.set()
        for timer in (self._reaper, self._alarm):
            if timer is not None:
                timer.cancel()
        for task in (*self._connecting, *self._tasks):
            task.cancel()
        for connection in self._open:
            connection.terminate()
        while self._waiters:
            self._refuse(self._closed())
        self._forget_closed()

    def _closed(self) -> DatabaseUnavailableError:
        return DatabaseUnavailableError(f"the connections to the {self._settings} were closed")

    def _late(self) -> DatabaseTimeoutError:
        settings = self._settings
        return DatabaseTimeoutError(
            f"no connection to the {settings}: none of {settings.pool_size} became free within "
            f"{settings.acquire_timeout_seconds:g} s, or a new one took over {settings.connect_timeout_seconds:g} s"
        )
