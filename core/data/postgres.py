"""tortoise's client for PostgreSQL: connections from a pool, timeouts everywhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any, Final
from weakref import WeakKeyDictionary

import asyncpg
from tortoise.backends.base.client import TransactionContext
from tortoise.connection import ConnectionHandler
from tortoise.exceptions import OperationalError

from core.data.address import PostgresSettings
from core.data.connection import PooledConnection
from core.data.counting import count
from core.data.errors import DatabaseTimeoutError, DatabaseUnavailableError
from core.data.pool import Pool
from core.data.postgres_statements import (
    FAULTS,
    LOST,
    ConnectionLostError,
    Method,
    PostgresStatements,
    again_if_lost,
    changes_nothing,
)
from core.data.postgres_transaction import PostgresTransaction
from core.data.room import WANTED_BYTES, Room
from core.data.transaction import OpenTransaction, TransactionScope
from core.data.writers import Writers
from core.errors import StorageFullError

_CLOSE_SECONDS: Final = 5.0
_SOMETHING: Final = (
    "CREATE TABLE forecourt_room AS SELECT repeat(md5(n::text), 30) AS text "
    f"FROM generate_series(1, {WANTED_BYTES // 1000}) AS n"
)


class PostgresClient(PostgresStatements):
    """Outside of transactions: each statement on a connection of its own from the pool."""

    connections: ConnectionHandler
    settings: PostgresSettings

    def __init__(self, settings: PostgresSettings, connection_name: str, fetch_inserted: bool = True) -> None:
        super().__init__(
            user=settings.user,
            password=settings.password,
            database=settings.database,
            host=settings.host,
            port=settings.port or 5432,
            connection_name=connection_name,
            fetch_inserted=fetch_inserted,
        )
        self.settings = settings
        self.room = Room(str(settings), self._has_room)
        self._pools: dict[asyncio.AbstractEventLoop, Pool] = {}
        self._writers: WeakKeyDictionary[Pool, Writers] = WeakKeyDictionary()

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[PooledConnection]:
        """Lend a connection without an open transaction."""
        pool = self.pool_here()
        connection = await pool.take()
        try:
            yield connection
        except FAULTS as error:
            raise self._typed(error, connection) from error
        finally:
            pool.give_back(connection)

    def acquire_connection(self) -> AbstractAsyncContextManager[PooledConnection]:  # type: ignore[override]  # tortoise asks for its own class, but uses it as this
        return self.acquire()

    def pool_here(self) -> Pool:
        """Return the pool of the running event loop; it connects when it is first asked."""
        loop = asyncio.get_running_loop()
        pool = self._pools.get(loop)
        if pool is None:
            for former in [former for former in self._pools if former.is_closed()]:
                del self._pools[former]
            pool = self._pools[loop] = Pool(self.settings, partial(self._connect, self.settings.database))
        return pool

    def writers_here(self) -> Writers:
        """Return what lends connections of the running event loop's pool to writes."""
        pool = self.pool_here()
        writers = self._writers.get(pool)
        if writers is None:
            writers = self._writers[pool] = Writers(pool, self.settings)
        return writers

    async def _connect(self, database: str) -> PooledConnection:
        settings = self.settings
        try:
            connection: PooledConnection = await asyncpg.connect(
                host=settings.host,
                port=settings.port,
                user=settings.user,
                password=settings.password,
                database=database,
                timeout=settings.connect_timeout_seconds,
                command_timeout=settings.command_timeout_seconds,
                statement_cache_size=settings.statement_cache_size,
                ssl=settings.ssl,
                server_settings={"application_name": settings.application_name},
                connection_class=PooledConnection,
            )
        except TimeoutError:
            raise DatabaseTimeoutError(
                f"no connection to the {settings}: a new one took over {settings.connect_timeout_seconds:g} s"
            ) from None
        except (*FAULTS, ValueError) as error:
            raise DatabaseUnavailableError(
                f"the {settings} can't be reached as user {settings.user}: {error}"
            ) from None
        return connection

    async def create_connection(self, with_db: bool) -> None:
        """Do nothing: connections open on first use."""

    async def close(self) -> None:
        """Close the connections of the running event loop."""
        pool = self._pools.pop(asyncio.get_running_loop(), None)
        if pool is not None:
            await pool.close()

    async def db_create(self) -> None:
        """Make an empty database unless there is one; needs the right to."""
        try:
            await self._administer(f"CREATE DATABASE {_quoted(self.settings.database)}")
        except asyncpg.DuplicateDatabaseError:
            return

    async def db_delete(self) -> None:
        """Drop the database, and whoever is connected to it."""
        await self.close()
        await self._administer(f"DROP DATABASE IF EXISTS {_quoted(self.settings.database)} WITH (FORCE)")

    async def _administer(self, sql: str) -> None:
        connection = await self._connect("postgres")
        try:
            await connection.execute(sql)
        except asyncpg.DiskFullError:
            raise self.room.exhausted() from None
        except (asyncpg.InsufficientPrivilegeError, *LOST) as error:
            raise DatabaseUnavailableError(f"the server of the {self.settings} does not let us: {error}") from None
        finally:
            await connection.close(timeout=_CLOSE_SECONDS)

    async def _has_room(self) -> bool:
        """Write something that is rolled back; only the server knows its disk, and this is how it tells."""
        try:
            async with self.acquire() as connection:
                await connection.execute("BEGIN")
                try:
                    await connection.execute(_SOMETHING)
                finally:
                    await connection.execute("ROLLBACK")
        except StorageFullError:
            return False
        except OperationalError:
            return True  # a user who may make no tables can't ask: the next write tells
        return True

    def reads_for_all(self, sql: str) -> bool:
        """Return whether a SELECT sees the same whoever runs it."""
        return True

    async def _run(self, sql: str, method: Method, *args: Any) -> Any:
        self.log.debug("%s", sql)
        count(sql)
        if not changes_nothing(sql):
            return await self._run_once(self.writers_here(), sql, method, args)
        pool = self.pool_here()
        try:
            return await self._run_once(pool, sql, method, args)
        except ConnectionLostError:
            return await again_if_lost(lambda: self._run_once(pool, sql, method, args))

    async def _run_once(self, pool: Pool | Writers, sql: str, method: Method, args: Sequence[Any]) -> Any:
        connection = pool.take_idle() or await pool.take()
        try:
            return await self._ask(connection, sql, method, args)
        finally:
            pool.give_back(connection)

    async def start(self) -> OpenTransaction:
        """Return a transaction; it begins with its first statement that writes or locks."""
        return PostgresTransaction(self)

    def _in_transaction(self) -> TransactionContext:
        return TransactionScope(self)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


client_class = PostgresClient
