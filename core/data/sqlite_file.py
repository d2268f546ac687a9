"""The connections to one SQLite file: a writer, readers in threads, and a reader in the event loop.

Every method leaves its connection idle when it returns or raises, cancellation included: a statement that runs in a
thread is interrupted or waited for first. That is what makes it safe to use one connection from changing threads.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from time import perf_counter
from typing import Any, Final, TypeVar

from core.data.address import SqliteSettings
from core.data.errors import DatabaseTimeoutError, DatabaseUnavailableError, ReadTimeoutError
from core.data.priority_lock import PriorityLock
from core.data.room import Room, has_room
from core.data.sqlite_connection import BETWEEN_ATTEMPTS_SECONDS, BUSY, connect, primary_code

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

LOOP_BUDGET_SECONDS: Final = 0.005
# SQLite asks about this often whether to go on; a thousand steps take 10 to 50 µs.
_STEPS_BETWEEN_CHECKS: Final = 1000
# A write waits for another process in slices, so that it can be cancelled in between.
_SLICE_MS: Final = 50
_MAYBE_FULL: Final = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN})


class SqliteFile:
    """Opens connections on first use and closes them when idle."""

    def __init__(self, settings: SqliteSettings) -> None:
        self.settings = settings
        self._writing = PriorityLock()
        self._slots = asyncio.Semaphore(settings.readers)
        self._writer: sqlite3.Connection | None = None
        self._idle_readers: list[sqlite3.Connection] = []
        self._loop_reader: sqlite3.Connection | None = None
        self._threads: ThreadPoolExecutor | None = None
        self._loop_deadline = 0.0
        self._last_use = 0.0
        self._reading = 0
        self._opening = False
        self._sweep: asyncio.TimerHandle | None = None
        self._swept: Future[None] | None = None
        self._folder = settings.path.absolute().parent
        self.room = Room(str(settings), lambda: asyncio.to_thread(has_room, self._folder))

    def lacks_room(self, error: sqlite3.Error) -> bool:
        """Return whether an error comes from a disk that is full.

        SQLite says so itself of the pages that it writes, not of files beside them that it can't make or lengthen.
        """
        code = primary_code(error)
        return code == sqlite3.SQLITE_FULL or (code in _MAYBE_FULL and not has_room(self._folder))

    @property
    def people_wait(self) -> bool:
        """Whether somebody waits to write who does not work in the background."""
        return self._writing.people_wait

    def read_now(self, sql: str, args: Sequence[Any]) -> list[Any] | None:
        """Read in the event loop; None if that would take more than 5 ms or has to wait."""
        reader = self._loop_reader
        if reader is None:
            return None
        self._last_use = asyncio.get_running_loop().time()
        self._loop_deadline = perf_counter() + LOOP_BUDGET_SECONDS
        return _unless_late(lambda: reader.execute(sql, args).fetchall())

    def read_now_on(self, writer: sqlite3.Connection, work: Work[T]) -> tuple[T] | None:
        """Read as `read_now` does, inside the transaction of `writer`, which must be idle."""
        self._loop_deadline = perf_counter() + LOOP_BUDGET_SECONDS
        writer.set_progress_handler(self._late, _STEPS_BETWEEN_CHECKS)
        try:
            return _unless_late(lambda: (work(writer),))
        finally:
            writer.set_progress_handler(None, 0)

    async def read(self, work: Work[T], *, seconds: float | None = None) -> T:
        """Run work on a reader, in a thread.

        Args:
            seconds: How long it may take; as long as any read without it.

        Raises:
            DatabaseTimeoutError: No reader became free, or the work took too long.
        """
        try:
            async with asyncio.timeout(self.settings.lock_timeout_seconds):
                await self._slots.acquire()
        except TimeoutError:
            raise DatabaseTimeoutError(
                f"all {self.settings.readers} readers of the {self.settings} were busy for "
                f"{self.settings.lock_timeout_seconds:g} s"
            ) from None
        self._reading += 1
        try:
            self._touch()
            if self._loop_reader is None and not self._opening:
                await self._open_loop_reader()
            while not self._idle_readers:  # another may take the one that was opened
                await self.in_thread(self._open_reader)
            reader = self._idle_readers.pop()
            try:
                return await self.read_within(seconds or self.settings.command_timeout_seconds, reader, work)
            finally:
                self._idle_readers.append(reader)
        finally:
            self._reading -= 1
            self._slots.release()

    async def read_within(self, seconds: float, connection: sqlite3.Connection, work: Work[T]) -> T:
        """Run work that only reads on a connection, in a thread.

        Raises:
            ReadTimeoutError: It took longer.
        """
        loop, overdue = asyncio.get_running_loop(), False
        timer: asyncio.TimerHandle

        def stop() -> None:
            nonlocal overdue, timer
            overdue = True
            connection.interrupt()
            # Again and again, because an interrupt before the statement has begun is lost.
            timer = loop.call_later(BETWEEN_ATTEMPTS_SECONDS, stop)

        timer = loop.call_later(seconds, stop)
        try:
            return await self.in_thread(lambda: work(connection), interrupts=connection)
        except sqlite3.OperationalError as error:
            if overdue and primary_code(error) == sqlite3.SQLITE_INTERRUPT:
                raise ReadTimeoutError(seconds) from None
            raise
        finally:
            timer.cancel()

    async def write(self, work: Work[T], *, transaction: bool = True) -> T:
        """Run work on the writer in a transaction of its own, in a thread.

        Args:
            transaction: False for what SQLite refuses inside one (VACUUM, PRAGMA).
        """
        await self._lock()
        try:
            if not transaction:
                return await self.in_thread(lambda: work(self._open_writer()))

            def attempt() -> tuple[T] | None:
                writer = self._try_begin()
                return None if writer is None else (_committed(writer, work),)

            return (await self._patiently(attempt))[0]
        finally:
            self._writing.release()

    async def begin(self) -> sqlite3.Connection:
        """Begin a transaction on the writer; nobody else writes until `end`."""
        await self._lock()
        try:
            return await self._patiently(self._try_begin)
        except BaseException:
            if self._writer is not None and self._writer.in_transaction:
                self._writer.execute("ROLLBACK")  # nothing was written yet, so this doesn't touch the disk
            self._writing.release()
            raise

    async def end(self, writer: sqlite3.Connection, *, commit: bool) -> None:
        """Commit or roll back, and let the next writer in even if that fails."""
        try:
            if commit:
                await self.in_thread(lambda: writer.execute("COMMIT"))
        finally:
            try:
                if writer.in_transaction:
                    await self.in_thread(lambda: writer.execute("ROLLBACK"))
            except sqlite3.Error:
                self._writer = None
                writer.close()
                raise
            finally:
                self._writing.release()

    async def in_thread(self, work: Callable[[], T], *, interrupts: sqlite3.Connection | None = None) -> T:
        """Run work in a thread and wait for its end, even when cancelled.

        Args:
            interrupts: The connection that a cancellation may interrupt. Only for reads: interrupting a write makes
                SQLite roll the whole transaction back.
        """
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self.settings.readers + 1, "forecourt-sqlite")
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            while not future.done():
                if interrupts is not None:
                    interrupts.interrupt()
                with suppress(asyncio.CancelledError):
                    # Again and again, because an interrupt before the statement has begun is lost.
                    await asyncio.wait([future], timeout=0.01)
            if not future.cancelled():
                future.exception()
            raise

    async def close(self) -> None:
        """Wait for what is under way and close all connections; the next use opens new ones."""
        await self._writing.acquire()
        try:
            for _ in range(self.settings.readers):
                await self._slots.acquire()
            try:
                if self._sweep is not None:
                    self._sweep.cancel()
                    self._sweep = None
                connections, threads = self._detach()
                if threads is not None:
                    await asyncio.get_running_loop().run_in_executor(threads, _close, connections)
                    threads.shutdown()
                if self._swept is not None:
                    await asyncio.wrap_future(self._swept)
            finally:
                for _ in range(self.settings.readers):
                    self._slots.release()
        finally:
            self._writing.release()

    def _detach(self) -> tuple[list[sqlite3.Connection], ThreadPoolExecutor | None]:
        connections = [c for c in (*self._idle_readers, self._loop_reader, self._writer) if c is not None]
        threads = self._threads
        self._idle_readers = []
        self._loop_reader = self._writer = self._threads = None
        return connections, threads

    def _touch(self) -> None:
        loop = asyncio.get_running_loop()
        self._last_use = loop.time()
        if self._sweep is None:
            self._sweep = loop.call_later(self.settings.idle_seconds, self._close_if_idle)

    def _close_if_idle(self) -> None:
        loop = asyncio.get_running_loop()
        idle = loop.time() - self._last_use
        if idle < self.settings.idle_seconds or self._writing.locked() or self._reading:
            self._sweep = loop.call_later(max(self.settings.idle_seconds - idle, 1), self._close_if_idle)
            return
        self._sweep = None
        connections, threads = self._detach()
        if threads is not None:
            self._swept = threads.submit(_close, connections)
            threads.shutdown(wait=False)

    async def _lock(self) -> None:
        try:
            async with asyncio.timeout(self.settings.lock_timeout_seconds):
                await self._writing.acquire()
        except TimeoutError:
            raise DatabaseTimeoutError(
                f"other writers kept the {self.settings} for {self.settings.lock_timeout_seconds:g} s"
            ) from None
        self._touch()

    async def _patiently(self, attempt: Callable[[], T | None]) -> T:
        deadline = perf_counter() + self.settings.busy_timeout_seconds
        while (result := await self.in_thread(attempt)) is None:
            if perf_counter() > deadline:
                raise DatabaseTimeoutError(
                    f"another process kept the {self.settings} locked for {self.settings.busy_timeout_seconds:g} s"
                )
        return result

    def _try_begin(self) -> sqlite3.Connection | None:
        writer = self._open_writer()
        writer.execute(f"PRAGMA busy_timeout={_SLICE_MS}")
        try:
            # IMMEDIATE, because a transaction that reads first and then writes can't wait: it fails at once.
            writer.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if primary_code(error) in BUSY:
                return None
            raise
        finally:
            writer.execute(f"PRAGMA busy_timeout={int(self.settings.busy_timeout_seconds * 1000)}")
        return writer

    def _open_writer(self) -> sqlite3.Connection:
        if self._writer is None:
            self._writer = self._connect(query_only=False)
        return self._writer

    def _open_reader(self) -> None:
        # In the thread, so that it is closed with the others even if whoever wanted it has gone away.
        self._idle_readers.append(self._connect(query_only=True))

    async def _open_loop_reader(self) -> None:
        def opened() -> None:
            reader = self._connect(query_only=True)
            reader.execute("PRAGMA busy_timeout=0")
            reader.set_progress_handler(self._late, _STEPS_BETWEEN_CHECKS)
            self._loop_reader = reader

        self._opening = True
        try:
            await self.in_thread(opened)
        finally:
            self._opening = False

    def _late(self) -> bool:
        return perf_counter() > self._loop_deadline

    def _connect(self, *, query_only: bool) -> sqlite3.Connection:
        try:
            return connect(self.settings, query_only=query_only)
        except sqlite3.Error as error:
            if self.lacks_room(error):
                raise self.room.exhausted() from error
            raise DatabaseUnavailableError(f"the {self.settings} can't be opened: {error}") from error


def _committed(writer: sqlite3.Connection, work: Work[T]) -> T:
    try:
        result = work(writer)
        writer.execute("COMMIT")
    except BaseException:
        if writer.in_transaction:
            writer.execute("ROLLBACK")
        raise
    return result


def _unless_late(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except sqlite3.OperationalError as error:
        if primary_code(error) in BUSY or primary_code(error) == sqlite3.SQLITE_INTERRUPT:
            return None
        raise


def _close(connections: list[sqlite3.Connection]) -> None:
    for connection in connections:
        connection.close()
