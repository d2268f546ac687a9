"""A transaction on PostgreSQL: begun as late as it can be, its writes sent together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient, TransactionContext
from tortoise.connection import ConnectionHandler
from tortoise.exceptions import OperationalError, TransactionManagementError

from core.data.address import PostgresSettings
from core.data.connection import PooledConnection
from core.data.counting import count
from core.data.postgres_statements import FAULTS, Method, PostgresStatements, again_if_lost, changes_nothing
from core.data.room import Room
from core.data.transaction import OpenTransaction, logger
from core.data.writers import Writers
from core.data.writes import Reading, Write, batches, together
from core.kinds.values import arguments

_RELEASE_SECONDS: Final = 5.0


class Lender(Protocol):
    """The client outside of transactions."""

    connection_name: str
    connections: ConnectionHandler
    fetch_inserted: bool
    settings: PostgresSettings
    room: Room

    def writers_here(self) -> Writers: ...

    async def _run(self, sql: str, method: Method, *args: Any) -> Any: ...


class PostgresTransaction(PostgresStatements, OpenTransaction):
    """A transaction whose statements run one at a time; it has a connection once it has begun.

    Until then what it reads comes over any connection, and what is posted waits. If nothing else has begun it by the
    end, its writes go as one statement, which is a transaction by itself.
    """

    _held: PooledConnection | None = None

    def __init__(self, client: Lender) -> None:
        BaseDBAsyncClient.__init__(self, client.connection_name, client.fetch_inserted)
        self.settings = client.settings
        self.room = client.room
        self.connections = client.connections
        self.callbacks = []
        self.savepoints = []
        self.rows = {}
        self._client = client
        self._lender = client.writers_here()
        self._posted: list[Write] = []
        self._failed = False
        self._foreseen: Reading | None = None
        self._turn = asyncio.Lock()

    @property
    def holds_connection(self) -> bool:
        return self._held is not None

    def _in_transaction(self) -> TransactionContext:
        return OpenTransaction._in_transaction(self)

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[PooledConnection]:
        """Lend the transaction's connection."""
        async with self._turn:
            connection = await self._ready()
            try:
                yield connection
            except FAULTS as error:
                raise self._typed(error, connection) from error

    async def _run(self, sql: str, method: Method, *args: Any) -> Any:
        if self.reads_for_all(sql):
            self._check_open()
            return await self._client._run(sql, method, *args)
        self.log.debug("%s", sql)
        count(sql)
        async with self._turn:
            return await self._ask(await self._ready(), sql, method, args)

    def reads_for_all(self, sql: str) -> bool:
        """Return whether a statement only reads, nothing of what is still to be written, and none came before that."""
        if self._held is not None:
            return False
        return changes_nothing(sql) and not any(write.table in sql for write in self._posted)

    async def post(self, write: Write) -> None:
        self._check_open()
        self.rows.clear()
        self._posted.append(write)

    def prefetch(self, reading: Reading) -> None:
        self._foreseen = reading

    async def flush(self) -> None:
        if self._posted:
            async with self._turn:
                await self._ready()

    async def control(self, sql: str) -> None:
        async with self._turn:
            await self._ask(await self._ready(), sql, asyncpg.Connection.execute)

    async def savepoint_rollback(self) -> None:
        # A savepoint begins with nothing waiting, so what waits now is its own, and what has failed was.
        self._posted.clear()
        self._failed = False
        await super().savepoint_rollback()

    async def _ready(self, *, apart: bool = False) -> PooledConnection:
        """Return the connection, with the transaction begun and what was posted run.

        Args:
            apart: One write after the other, so that the first that misses says so and no later one fails before.
        """
        self._check_open()
        if self._failed:
            # Whoever caught its error: what was posted with it is not all there, and the audit says it is.
            raise TransactionManagementError("a write of this transaction has failed; it can only be rolled back")
        self.rows.clear()
        if self._held is None:
            self._held = await again_if_lost(self._begin)
        await self._send(self._held, apart=apart)
        return self._held

    async def _begin(self) -> PooledConnection:
        connection = await self._lender.take()
        try:
            await self._ask(connection, "BEGIN", asyncpg.Connection.execute)
        except BaseException:
            self._lender.give_back(connection)
            raise
        return connection

    async def _send(self, connection: PooledConnection, *, apart: bool) -> None:
        writes, self._posted = self._posted, []
        self._failed = True
        for batch in [[write] for write in writes] if apart else batches(writes):
            sql, args = together(batch, guarded=False)
            count(sql)
            [hit] = await self._ask(connection, sql, PooledConnection.rows, arguments("postgres", args))
            for write, rows in zip(batch, hit, strict=True):
                if rows < write.rows and write.missed is not None:
                    raise write.missed()
        self._failed = False

    async def _send_at_once(self) -> bool:
        """Run what was posted as a transaction of one statement; False if a write has missed, so that nothing ran."""
        reading = self._foreseen
        sql, args = together(self._posted, guarded=True, reading=reading)
        count(sql)
        connection = await self._lender.take()
        try:
            found = await self._ask(connection, sql, PooledConnection.rows, arguments("postgres", args))
        except OperationalError as error:
            if isinstance(error.__cause__, asyncpg.DivisionByZeroError):
                return False
            raise
        finally:
            self._lender.give_back(connection)
        if reading is not None and len(found[0]) > len(self._posted):
            reading.give([tuple(row)[len(self._posted) :] for row in found])
        return True

    async def finish(self, *, commit: bool) -> None:
        async with self._turn:
            if self._finalized:
                return
            try:
                if commit:
                    await self._commit()
                elif self._held is not None:
                    await self._roll_back(self._held)
            except BaseException:
                if commit and self._held is not None:
                    await self._roll_back(self._held)
                raise
            finally:
                self._finalized = True
                if self._held is not None:
                    self._lender.give_back(self._held)

    async def _commit(self) -> None:
        at_once = self._held is None and len(list(batches(self._posted))) <= 1
        if at_once and (not self._posted or await self._send_at_once()):
            return
        connection = await self._ready(apart=at_once)
        status = await self._ask(connection, "COMMIT", asyncpg.Connection.execute)
        if status != "COMMIT":
            # PostgreSQL answers ROLLBACK, without an error, when a statement of the transaction has failed.
            raise TransactionManagementError("PostgreSQL rolled this transaction back at an earlier error")

    @staticmethod
    async def _roll_back(connection: PooledConnection) -> None:
        if connection.is_closed() or not connection.is_in_transaction():
            return
        try:
            await connection.execute("ROLLBACK", timeout=_RELEASE_SECONDS)
        except FAULTS as error:
            # The server rolls back by itself when the connection ends.
            logger.warning("a transaction could not be rolled back: %r", error)
            connection.terminate()
