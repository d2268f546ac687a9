"""tortoise's client for PostgreSQL as far as it runs statements: typed errors, and recovery after a restart."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from typing import Any, Final, TypeVar

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.exceptions import IntegrityError, OperationalError, TransactionManagementError

from core.data.address import PostgresSettings
from core.data.connection import PooledConnection
from core.data.errors import DatabaseTimeoutError, DatabaseUnavailableError, ReadTimeoutError
from core.data.guard import require_audited
from core.data.room import Room
from core.kinds.values import arguments

T = TypeVar("T")
Method = Callable[..., Awaitable[Any]]  # a connection's, which takes SQL and arguments

_READING = re.compile(r"\s*(?:SELECT|VALUES|EXPLAIN|SHOW)\b", re.IGNORECASE)
_LOCKING = re.compile(r"\bFOR\s+(?:NO\s+KEY\s+|KEY\s+)?(?:UPDATE|SHARE)\b|\bpg_\w*advisory", re.IGNORECASE)
_ATTEMPTS: Final = 3
LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.IdleSessionTimeoutError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    OSError,
)
FAULTS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)  # timeouts too


class ConnectionLostError(DatabaseUnavailableError):
    """The connection went away under a statement; the next one gets a new connection."""


class PostgresStatements(AsyncpgDBClient):
    """Runs what tortoise and the kernel ask for; on which connection is up to who inherits this."""

    settings: PostgresSettings
    room: Room

    @property
    def people_wait(self) -> bool:
        """Say no: here transactions run beside each other."""
        return False

    @abstractmethod
    async def _run(self, sql: str, method: Method, *args: Any) -> Any: ...

    async def fetch(
        self,
        sql: str,
        args: Sequence[Any],
        *,
        bounded: bool,
        begin: Callable[[], None] | None = None,
        seconds: float | None = None,
    ) -> list[Any]:
        """Return positional rows."""
        method = PooledConnection.rows if begin is None and seconds is None else _rows(begin, seconds)
        rows: list[Any] = await self._run(sql, method, *arguments("postgres", args))
        return rows

    async def execute(self, sql: str, args: Sequence[Any]) -> int:
        """Return how many rows were changed."""
        return _affected(await self._run(sql, asyncpg.Connection.execute, *arguments("postgres", args)))

    async def execute_insert(self, query: str, values: list[Any]) -> Any:
        require_audited(query)
        return await self._run(query, asyncpg.Connection.fetchrow, *values)

    async def execute_many(self, query: str, values: list[Any]) -> None:
        require_audited(query)
        # asyncpg runs all of them or none.
        await self._run(query, asyncpg.Connection.executemany, values)

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Any]:
        require_audited(query)
        if query.lstrip()[:6].upper() in ("UPDATE", "DELETE", "INSERT") and "RETURNING" not in query.upper():
            return _affected(await self._run(query, asyncpg.Connection.execute, *(values or ()))), []
        rows = await self._run(query, asyncpg.Connection.fetch, *(values or ()))
        return len(rows), rows

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        require_audited(query)
        return [dict(row) for row in await self._run(query, asyncpg.Connection.fetch, *(values or ()))]

    async def execute_script(self, query: str) -> None:
        require_audited(query, script=True)
        await self.run_script(query)

    async def run_script(self, query: str) -> None:
        """Run several statements, for migrations."""
        await self._run(query, asyncpg.Connection.execute)

    async def _ask(self, connection: PooledConnection, sql: str, method: Method, args: Sequence[Any] = ()) -> Any:
        try:
            return await method(connection, sql, *args)
        except FAULTS as error:
            raise self._typed(error, connection) from error
        except GeneratorExit:
            # The task was thrown away in the middle, so nobody has told the server, and the answer is still to come.
            connection.terminate()
            raise

    def _typed(self, error: Exception, connection: PooledConnection) -> Exception:
        if isinstance(error, asyncpg.IntegrityConstraintViolationError):
            return IntegrityError(error)
        if isinstance(error, asyncpg.DiskFullError):
            return self.room.exhausted()
        if isinstance(error, TimeoutError):
            return DatabaseTimeoutError(f"a statement on the {self.settings} took too long")
        if isinstance(error, asyncpg.InternalClientError):
            # The server's good-bye has arrived, the end of the connection not yet; asyncpg is in no state to send.
            connection.terminate()
        if isinstance(error, LOST) or connection.is_closed():
            return ConnectionLostError(f"the {self.settings} closed the connection: {error}")
        if isinstance(error, asyncpg.InvalidTransactionStateError):
            return TransactionManagementError(error)
        return OperationalError(error)


async def again_if_lost(work: Callable[[], Awaitable[T]]) -> T:
    """Repeat what changes nothing on another connection: after a restart the pool is full of dead ones."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return await work()
        except ConnectionLostError:
            continue
    return await work()


@lru_cache(maxsize=4096)
def changes_nothing(sql: str) -> bool:
    """Return whether a statement only reads: it may run again, and outside of the transaction that it belongs to."""
    return _READING.match(sql) is not None and _LOCKING.search(sql) is None


def _rows(begin: Callable[[], None] | None, seconds: float | None) -> Method:
    async def rows(connection: PooledConnection, sql: str, *args: Any) -> list[Any]:
        if begin is not None:
            begin()
        try:
            return await connection.rows(sql, *args, seconds=seconds)
        except TimeoutError:  # the server has been told to stop
            if seconds is None:
                raise
            raise ReadTimeoutError(seconds) from None

    return rows


def _affected(status: str) -> int:
    last = status.rpartition(" ")[2]
    return int(last) if last.isdigit() else 0
