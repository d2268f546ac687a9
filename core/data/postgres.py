"""tortoise's client for PostgreSQL, with a bounded pool, timeouts everywhere, and recovery after a restart."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any, Final, TypeVar

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.backends.base.client import BaseDBAsyncClient, TransactionContext
from tortoise.connection import ConnectionHandler
from tortoise.exceptions import IntegrityError, OperationalError, TransactionManagementError

from core.data.address import PostgresSettings
from core.data.counting import count
from core.data.errors import DatabaseTimeoutError, DatabaseUnavailableError
from core.data.transaction import OpenTransaction, TransactionScope, logger
from core.data.values import arguments

T = TypeVar("T")
Connection = Any  # asyncpg hands out a proxy that has a connection's methods by __getattr__
Work = Callable[[Connection], Awaitable[T]]

_READING = re.compile(r"\s*(?:SELECT|VALUES|EXPLAIN|SHOW)\b", re.IGNORECASE)
_LOCKING = re.compile(r"\bFOR\s+(?:NO\s+KEY\s+)?(?:UPDATE|SHARE)\b", re.IGNORECASE)
_RELEASE_SECONDS: Final = 5.0
_ATTEMPTS: Final = 3
_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.IdleSessionTimeoutError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    OSError,
)
_FAULTS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)  # timeouts too
_REFUSED = (
    *_LOST,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    ValueError,
)


class ConnectionLostError(DatabaseUnavailableError):
    """The connection went away under a statement; the next one gets a new connection."""


class PostgresClient(AsyncpgDBClient):
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

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Connection]:
        """Lend a connection without an open transaction; the one place where connections come from."""
        connection = await self._take()
        try:
            with _translated(self.settings, connection):
                yield connection
        finally:
            await self._give_back(connection)

    def acquire_connection(self) -> AbstractAsyncContextManager[Connection]:  # type: ignore[override]  # tortoise asks for its own class, but uses it as this
        return self.acquire()

    async def _take(self) -> Connection:
        settings = self.settings
        try:
            if self._pool is None:
                await self.create_connection(with_db=True)
            assert self._pool is not None
            return await self._pool.acquire(timeout=settings.acquire_timeout_seconds)
        except TimeoutError:
            raise DatabaseTimeoutError(
                f"no connection to the {settings}: none of {settings.pool_size} became free within "
                f"{settings.acquire_timeout_seconds:g} s, or a new one took over {settings.connect_timeout_seconds:g} s"
            ) from None
        except _REFUSED as error:
            raise DatabaseUnavailableError(
                f"the {settings} can't be reached as user {settings.user}: {error}"
            ) from None

    async def _give_back(self, connection: Connection) -> None:
        try:
            # asyncpg rolls back what is open, resets the session, and closes the connection if that fails.
            await self._pool.release(connection, timeout=_RELEASE_SECONDS)  # type: ignore[union-attr]  # it came from there
        except _FAULTS as error:
            logger.warning("a connection to the %s was thrown away: %r", self.settings, error)

    async def create_connection(self, with_db: bool) -> None:
        """Make the pool; it connects when it is first asked."""
        async with self._pool_init_lock:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    **self._connect_arguments(self.settings.database if with_db else "postgres"),
                    min_size=0,
                    max_size=self.settings.pool_size,
                    max_inactive_connection_lifetime=self.settings.idle_seconds,
                )

    def _connect_arguments(self, database: str) -> dict[str, Any]:
        settings = self.settings
        return {
            "host": settings.host,
            "port": settings.port,
            "user": settings.user,
            "password": settings.password,
            "database": database,
            "timeout": settings.connect_timeout_seconds,
            "command_timeout": settings.command_timeout_seconds,
            "statement_cache_size": settings.statement_cache_size,
            "ssl": settings.ssl,
            "server_settings": {"application_name": settings.application_name},
        }

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            try:
                await asyncio.wait_for(pool.close(), _RELEASE_SECONDS)
            except TimeoutError:
                pool.terminate()

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
        try:
            connection = await asyncpg.connect(**self._connect_arguments("postgres"))
            try:
                await connection.execute(sql)
            finally:
                await connection.close(timeout=_RELEASE_SECONDS)
        except _REFUSED as error:
            raise DatabaseUnavailableError(f"the server of the {self.settings} does not let us: {error}") from None

    async def fetch(self, sql: str, args: Sequence[Any], *, bounded: bool) -> list[Any]:
        """Return positional rows."""
        values = arguments("postgres", args)
        return await self._run(sql, lambda connection: connection.fetch(sql, *values))

    async def execute(self, sql: str, args: Sequence[Any]) -> int:
        """Return how many rows were changed."""
        values = arguments("postgres", args)
        return _affected(await self._run(sql, lambda connection: connection.execute(sql, *values)))

    async def execute_insert(self, query: str, values: list[Any]) -> Any:
        return await self._run(query, lambda connection: connection.fetchrow(query, *values))

    async def execute_many(self, query: str, values: list[Any]) -> None:
        # asyncpg runs all of them or none.
        await self._run(query, lambda connection: connection.executemany(query, values))

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Any]:
        if query.lstrip()[:6].upper() in ("UPDATE", "DELETE", "INSERT") and "RETURNING" not in query.upper():
            return _affected(await self._run(query, lambda c: c.execute(query, *(values or ())))), []
        rows = await self._run(query, lambda connection: connection.fetch(query, *(values or ())))
        return len(rows), rows

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        rows = await self._run(query, lambda connection: connection.fetch(query, *(values or ())))
        return [dict(row) for row in rows]

    async def execute_script(self, query: str) -> None:
        await self._run(query, lambda connection: connection.execute(query))

    async def _run(self, sql: str, work: Work[T]) -> T:
        self.log.debug("%s", sql)
        count(sql)
        if _READING.match(sql) is None or _LOCKING.search(sql):
            async with self.acquire() as connection:
                return await work(connection)

        async def read() -> T:
            async with self.acquire() as connection:
                return await work(connection)

        return await _again_if_lost(read)

    async def start(self) -> OpenTransaction:
        """Begin a transaction on a connection of the pool."""

        async def begin() -> OpenTransaction:
            connection = await self._take()
            try:
                with _translated(self.settings, connection):
                    await connection.execute("BEGIN")
            except BaseException:
                await self._give_back(connection)
                raise
            return PostgresTransaction(self, connection)

        return await _again_if_lost(begin)

    def _in_transaction(self) -> TransactionContext:
        return TransactionScope(self)


class PostgresTransaction(PostgresClient, OpenTransaction):
    """A connection with a transaction open; its statements run one at a time."""

    def __init__(self, client: PostgresClient, connection: Connection) -> None:
        BaseDBAsyncClient.__init__(self, client.connection_name, client.fetch_inserted)
        self.settings = client.settings
        self.connections = client.connections
        self.callbacks = []
        self.savepoints = []
        self._client = client
        self._held = connection
        self._turn = asyncio.Lock()

    def _in_transaction(self) -> TransactionContext:
        return OpenTransaction._in_transaction(self)

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Connection]:
        """Lend the transaction's connection."""
        async with self._turn:
            self._check_open()
            with _translated(self.settings, self._held):
                yield self._held

    async def _run(self, sql: str, work: Work[T]) -> T:
        self.log.debug("%s", sql)
        count(sql)
        async with self.acquire() as connection:
            return await work(connection)

    async def control(self, sql: str) -> None:
        async with self.acquire() as connection:
            await connection.execute(sql)

    async def finish(self, *, commit: bool) -> None:
        async with self._turn:
            if self._finalized:
                return
            self._finalized = True
            try:
                if commit:
                    await self._commit()
                elif self._held.is_in_transaction():
                    await self._held.execute("ROLLBACK", timeout=_RELEASE_SECONDS)
            except _FAULTS as error:
                if commit:
                    raise
                # The server rolls back by itself when the connection ends.
                logger.warning("a transaction could not be rolled back: %r", error)
                if not _is_gone(self._held):
                    self._held.terminate()
            finally:
                await self._client._give_back(self._held)

    async def _commit(self) -> None:
        with _translated(self.settings, self._held):
            status = await self._held.execute("COMMIT")
        if status != "COMMIT":
            # PostgreSQL answers ROLLBACK, without an error, when a statement of the transaction has failed.
            raise TransactionManagementError("PostgreSQL rolled this transaction back at an earlier error")


async def _again_if_lost(work: Callable[[], Awaitable[T]]) -> T:
    """Repeat what changes nothing on another connection: after a restart the pool is full of dead ones."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return await work()
        except ConnectionLostError:
            continue
    return await work()


@contextmanager
def _translated(settings: PostgresSettings, connection: Connection) -> Iterator[None]:
    try:
        yield
    except asyncpg.IntegrityConstraintViolationError as error:
        raise IntegrityError(error) from error
    except TimeoutError as error:
        raise DatabaseTimeoutError(f"a statement on the {settings} took too long") from error
    except _LOST as error:
        raise ConnectionLostError(f"the {settings} closed the connection: {error}") from error
    except asyncpg.InternalClientError as error:
        # The server's good-bye has arrived, the end of the connection not yet; asyncpg is in no state to send.
        if not _is_gone(connection):
            connection.terminate()
        raise ConnectionLostError(f"the {settings} closed the connection: {error}") from error
    except asyncpg.InvalidTransactionStateError as error:
        raise TransactionManagementError(error) from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        if _is_gone(connection):
            raise ConnectionLostError(f"the {settings} closed the connection: {error}") from error
        raise OperationalError(error) from error


def _is_gone(connection: Connection) -> bool:
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:
        return True  # the pool takes a connection back by itself when the server closes it


def _affected(status: str) -> int:
    last = status.rpartition(" ")[2]
    return int(last) if last.isdigit() else 0


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


client_class = PostgresClient
