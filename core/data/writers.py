"""The share of a pool's connections that writes may have."""

from __future__ import annotations

import asyncio

from core.data.address import PostgresSettings
from core.data.background import in_background
from core.data.connection import PooledConnection
from core.data.errors import DatabaseTimeoutError
from core.data.pool import Pool


class Writers:
    """Lends connections to what may wait for locks: transactions, and statements that write.

    However many wait, a quarter of the pool is left to what only reads; and of the writers' part, half is left to
    people, whatever is done in the background.
    """

    def __init__(self, pool: Pool, settings: PostgresSettings) -> None:
        size = max(1, settings.pool_size - -(-settings.pool_size // 4))
        self._pool = pool
        self._settings = settings
        self._all = asyncio.Semaphore(size)
        self._background = asyncio.Semaphore(max(1, size // 2))
        self._lent_to_background: set[PooledConnection] = set()

    def take_idle(self) -> PooledConnection | None:
        """Lend none at once: whoever writes takes his turn."""
        return None

    async def take(self) -> PooledConnection:
        """Lend a connection.

        Raises:
            DatabaseTimeoutError: None was free in time.
            DatabaseUnavailableError: A new one could not be opened, or the pool is closed.
        """
        if not in_background():
            return await self._take(self._all)
        await self._enter(self._background)
        try:
            connection = await self._take(self._all)
        except BaseException:
            self._background.release()
            raise
        self._lent_to_background.add(connection)
        return connection

    def give_back(self, connection: PooledConnection) -> None:
        """Take a connection back, in whatever state it is."""
        if connection in self._lent_to_background:
            self._lent_to_background.discard(connection)
            self._background.release()
        self._all.release()
        self._pool.give_back(connection)

    async def _take(self, share: asyncio.Semaphore) -> PooledConnection:
        await self._enter(share)
        try:
            return self._pool.take_idle() or await self._pool.take()
        except BaseException:
            share.release()
            raise

    async def _enter(self, share: asyncio.Semaphore) -> None:
        if not share.locked():
            await share.acquire()
            return
        seconds = self._settings.acquire_timeout_seconds
        try:
            async with asyncio.timeout(seconds):
                await share.acquire()
        except TimeoutError:
            raise DatabaseTimeoutError(
                f"no connection to the {self._settings} for a write: those before it kept theirs for {seconds:g} s"
            ) from None
