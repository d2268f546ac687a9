"""tortoise's client for SQLite, on one writer and several readers.

tortoise's own has one connection with one lock: a read waits for another request's transaction, a transaction that
reads before it writes fails beside another writer, and a scan blocks the event loop.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Any, Final, NoReturn, TypeVar

from tortoise.backends.base.client import BaseDBAsyncClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient as TortoiseSqliteClient
from tortoise.connection import ConnectionHandler
from tortoise.exceptions import IntegrityError, OperationalError, TransactionManagementError

from core.data.address import SqliteSettings
from core.data.counting import count
from core.data.errors import DatabaseUnavailableError
from core.data.guard import require_audited
from core.data.room import NO_ROOM, Room
from core.data.sqlite_file import LOOP_BUDGET_SECONDS, SqliteFile
from core.data.transaction import OpenTransaction, TransactionScope
from core.data.writes import Write
from core.kinds.values import arguments

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

_READING = re.compile(r"\s*(?:SELECT|VALUES|EXPLAIN|PRAGMA\s+\w+\s*(?:\(|;?\s*$))", re.IGNORECASE)
_WITH = re.compile(r"\s*WITH\b", re.IGNORECASE)
_WRITING_WORD = re.compile(r"\b(?:INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)
_OUTSIDE_TRANSACTIONS = re.compile(r"\s*(?:VACUUM|PRAGMA|ATTACH|DETACH)\b", re.IGNORECASE)
_SELECT = re.compile(r"\s*SELECT\b", re.IGNORECASE)
_FEW_VALUES: Final = 500  # of a posted write, which finds its rows by keys: a few hundred microseconds


def reads_only(sql: str) -> bool:
    """Tell whether a statement can run on a reader; in doubt it can't."""
    if _WITH.match(sql):
        return _WRITING_WORD.search(sql) is None
    return _READING.match(sql) is not None


class SqliteClient(TortoiseSqliteClient):
    """Outside of transactions: reads on readers, each write in a transaction of its own."""

    connections: ConnectionHandler

    def __init__(self, settings: SqliteSettings, connection_name: str, fetch_inserted: bool = True) -> None:
        BaseDBAsyncClient.__init__(self, connection_name, fetch_inserted)
        self.filename = str(settings.path)
        self.file = SqliteFile(settings)

    @property
    def room(self) -> Room:
        """Whether its disk is full."""
        return self.file.room

    @property
    def people_wait(self) -> bool:
        """Whether somebody waits for what the running transaction keeps."""
        return self.file.people_wait

    def reads_for_all(self, sql: str) -> bool:
        """Say no: the database is in the process, and waiting for others would save nothing."""
        return False

    async def fetch(
        self,
        sql: str,
        args: Sequence[Any],
        *,
        bounded: bool,
        begin: Callable[[], None] | None = None,
        seconds: float | None = None,
    ) -> list[tuple[Any, ...]]:
        """Return positional rows; bounded reads are tried in the event loop first."""
        values = arguments("sqlite", args)
        if bounded and reads_only(sql):
            with _translated(self.file):
                rows = self.file.read_now(sql, values)
            if rows is not None:
                count(sql)
                return rows
        return await self._run(sql, lambda connection: connection.execute(sql, values).fetchall(), seconds=seconds)

    async def execute(self, sql: str, args: Sequence[Any]) -> int:
        """Return how many rows were changed."""
        return (await self._query(sql, args))[0]

    async def execute_insert(self, query: str, values: list[Any]) -> int:
        require_audited(query)
        bound = arguments("sqlite", values)
        return await self._run(query, lambda connection: connection.execute(query, bound).lastrowid or 0)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        require_audited(query)
        bound = [arguments("sqlite", row) for row in values]

        def work(connection: sqlite3.Connection) -> None:
            connection.executemany(query, bound)

        await self._run(query, work)

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Sequence[Any]]:
        require_audited(query)
        return await self._query(query, values or ())

    async def _query(self, query: str, values: Sequence[Any]) -> tuple[int, Sequence[Any]]:
        # tortoise writes some constants into the SQL itself, and SQLite's parser ends at a zero character.
        query = query.replace("\x00", "'||CHAR(0)||'")
        bound = arguments("sqlite", values)

        def work(connection: sqlite3.Connection) -> tuple[int, Sequence[Any]]:
            cursor = connection.cursor()
            cursor.row_factory = sqlite3.Row
            cursor.execute(query, bound)
            rows = cursor.fetchall()
            return max(cursor.rowcount, len(rows)), rows

        return await self._run(query, work)

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        return [dict(row) for row in (await self.execute_query(query, values))[1]]

    async def execute_script(self, query: str) -> None:
        require_audited(query, script=True)
        await self.run_script(query)

    async def run_script(self, query: str) -> None:
        """Run several statements, for migrations; outside of a transaction each commits by itself."""
        statements = list(split_script(query))

        def work(connection: sqlite3.Connection) -> None:
            for statement in statements:
                connection.execute(statement)
            if connection.in_transaction:
                connection.execute("ROLLBACK")
                raise sqlite3.OperationalError("the script leaves a transaction open")

        count(query)
        with _translated(self.file):
            await self.file.write(work, transaction=False)

    async def _run(self, sql: str, work: Work[T], *, seconds: float | None = None) -> T:
        self.log.debug("%s", sql)
        count(sql)
        with _translated(self.file):
            if reads_only(sql):
                return await self.file.read(work, seconds=seconds)
            return await self.file.write(work, transaction=_OUTSIDE_TRANSACTIONS.match(sql) is None)

    async def start(self) -> OpenTransaction:
        """Begin a transaction; waits for its turn among the writers."""
        with _translated(self.file):
            return SqliteTransaction(self, await self.file.begin())

    def _in_transaction(self) -> TransactionContext:
        return TransactionScope(self)

    async def create_connection(self, with_db: bool) -> None:
        """Do nothing: connections open on first use."""

    async def close(self) -> None:
        await self.file.close()

    async def db_create(self) -> None:
        """Make an empty database file unless there is one."""
        path = self.file.settings.path
        try:
            # Only for us: customers' names are in it.
            await asyncio.to_thread(path.touch, mode=0o600)
        except OSError as error:
            if error.errno in NO_ROOM:
                raise self.room.exhausted() from error
            raise DatabaseUnavailableError(f"the {self.file.settings} can't be made: {error.strerror}") from error

    async def db_delete(self) -> None:
        """Remove the database file and what SQLite keeps beside it."""
        await self.close()
        path = self.file.settings.path

        def remove() -> None:
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)

        await asyncio.to_thread(remove)

    def acquire_connection(self) -> NoReturn:
        raise NotImplementedError("there is no one connection of an SQLite database; use fetch and execute")


class SqliteTransaction(SqliteClient, OpenTransaction):
    """The writer, with a transaction open; its statements run one at a time."""

    def __init__(self, client: SqliteClient, writer: sqlite3.Connection) -> None:
        BaseDBAsyncClient.__init__(self, client.connection_name, client.fetch_inserted)
        self.filename = client.filename
        self.file = client.file
        self.connections = client.connections
        self.callbacks = []
        self.savepoints = []
        self.rows = {}
        self._writer = writer
        self._turn = asyncio.Lock()
        self._gave_way = perf_counter()

    def _in_transaction(self) -> TransactionContext:
        return OpenTransaction._in_transaction(self)

    async def fetch(
        self,
        sql: str,
        args: Sequence[Any],
        *,
        bounded: bool,
        begin: Callable[[], None] | None = None,
        seconds: float | None = None,
    ) -> list[tuple[Any, ...]]:
        values = arguments("sqlite", args)
        return await self._run(
            sql, lambda writer: writer.execute(sql, values).fetchall(), bounded=bounded, seconds=seconds
        )

    async def _run(self, sql: str, work: Work[T], *, bounded: bool = False, seconds: float | None = None) -> T:
        self.log.debug("%s", sql)
        count(sql)
        reading = reads_only(sql)
        if not reading:
            self.rows.clear()
        await self._give_way()
        done = self._run_now(sql, work, bounded)
        return done[0] if done is not None else await self._on_writer(work, interrupts=reading, seconds=seconds)

    def _run_now(self, sql: str, work: Work[T], bounded: bool) -> tuple[T] | None:
        """Do in the event loop what most likely takes some microseconds; through a thread it takes ten times as long.

        A read is stopped after 5 ms. A write can't be, so its caller must know that it is a matter of a few rows.
        """
        if self._turn.locked():  # another task of this transaction uses the writer in a thread
            return None
        self._check_alive()
        with _translated(self.file):
            # Only a SELECT is sure to change nothing here, where the connection may write.
            if _SELECT.match(sql):
                return self.file.read_now_on(self._writer, work)
            return (work(self._writer),) if bounded else None

    async def _give_way(self) -> None:
        """Let others go on now and then, for what runs in the event loop awaits nothing."""
        if perf_counter() - self._gave_way > LOOP_BUDGET_SECONDS:
            await asyncio.sleep(0)
            self._gave_way = perf_counter()

    async def run_script(self, query: str) -> None:
        statements = list(split_script(query))

        def work(connection: sqlite3.Connection) -> None:
            for statement in statements:  # not executescript, which commits first
                connection.execute(statement)

        count(query)
        await self._on_writer(work)

    async def post(self, write: Write) -> None:
        sql, values = write.alone("sqlite"), arguments("sqlite", write.args)
        few = len(values) <= _FEW_VALUES
        hit = await self._run(sql, lambda writer: writer.execute(sql, values).rowcount, bounded=few)
        if hit < write.rows and write.missed is not None:
            raise write.missed()

    async def control(self, sql: str) -> None:
        self.rows.clear()
        await self._on_writer(lambda connection: connection.execute(sql))

    async def _on_writer(self, work: Work[T], *, interrupts: bool = False, seconds: float | None = None) -> T:
        async with self._turn:
            self._check_alive()
            with _translated(self.file):
                if interrupts and seconds is not None:
                    return await self.file.read_within(seconds, self._writer, work)
                return await self.file.in_thread(
                    lambda: work(self._writer), interrupts=self._writer if interrupts else None
                )

    async def finish(self, *, commit: bool) -> None:
        async with self._turn:
            if self._finalized:
                return
            self._finalized = True
            alive = self._writer.in_transaction
            with _translated(self.file):
                await self.file.end(self._writer, commit=commit and alive)
        if commit and not alive:
            raise TransactionManagementError("SQLite rolled this transaction back at an earlier error")

    def _check_alive(self) -> None:
        self._check_open()
        # A full disk, for one, makes SQLite roll back by itself; what follows would commit statement by statement.
        if not self._writer.in_transaction:
            raise TransactionManagementError("SQLite rolled this transaction back at an earlier error")


def split_script(script: str) -> Iterator[str]:
    """Yield the statements of a script; semicolons in texts, comments and trigger bodies don't end one."""
    statement = ""
    for piece in re.split(r"(?<=;)", script):
        statement += piece
        if statement.strip() and sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement


@contextmanager
def _translated(file: SqliteFile) -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise IntegrityError(error) from error
    except (sqlite3.Error, OverflowError) as error:
        if isinstance(error, sqlite3.Error) and file.lacks_room(error):
            raise file.room.exhausted() from error
        raise OperationalError(error) from error


client_class = SqliteClient
