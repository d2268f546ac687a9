"""Transactions as models and hand-made SQL share them: one connection, savepoints, callbacks after commit."""

from __future__ import annotations

import asyncio
import logging
from abc import abstractmethod
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Protocol, TypeVar

from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.connection import ConnectionHandler, ConnectionToken
from tortoise.exceptions import TransactionManagementError
from tortoise.models import Model

from core.data.writes import Reading, Write

logger = logging.getLogger("forecourt.database")

T = TypeVar("T")


async def to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Await work that must not stop half way; a cancellation meanwhile is raised when it is done."""
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        # Not the task itself, which would be cancelled with its waiter.
        ended = loop.create_future()
        task.add_done_callback(partial(_wake, ended))
        try:
            await ended
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is None:
        return task.result()
    if not task.cancelled() and (failure := task.exception()) is not None:
        logger.error("the end of a cancelled unit of work failed", exc_info=failure)
    raise cancelled


def _wake(waiter: asyncio.Future[None], _: asyncio.Task[Any]) -> None:
    if not waiter.done():
        waiter.set_result(None)


class OpenTransaction(TransactionalDBClient):
    """A connection with a transaction on it, until `finish`."""

    callbacks: list[Callable[[], None]]
    savepoints: list[str]
    rows: dict[tuple[object, ...], Model]
    """What was loaded by id, until the transaction writes or locks anything; until then a row is not read twice."""

    @property
    def holds_connection(self) -> bool:
        """Whether it has begun, so that it keeps from others what it waits with."""
        return True

    @abstractmethod
    async def post(self, write: Write) -> None:
        """Run a write now or later, but before any other statement and before the end.

        Raises:
            Exception: What the write's `missed` makes; if it runs later, the next statement or the end raises it.
        """

    async def flush(self) -> None:
        """Run what was posted."""

    def prefetch(self, reading: Reading) -> None:
        """Read this together with the last writes, if it can be done; nobody relies on it."""

    @abstractmethod
    async def control(self, sql: str) -> None:
        """Run SAVEPOINT, RELEASE or ROLLBACK TO."""

    @abstractmethod
    async def finish(self, *, commit: bool) -> None:
        """End the transaction and give its connection back, even if ending it fails; a second call does nothing."""

    def _in_transaction(self) -> TransactionContext:
        return SavepointScope(self)

    async def begin(self) -> None:
        """Do nothing: a transaction is open as long as this object is of use."""

    async def commit(self) -> None:
        """Commit before the end of the block."""
        self._check_open()
        await to_the_end(self.finish(commit=True))
        self.run_callbacks()

    async def rollback(self) -> None:
        """Roll back before the end of the block."""
        self._check_open()
        await to_the_end(self.finish(commit=False))

    async def savepoint(self) -> None:
        name = f"s{len(self.savepoints) + 1}"
        await to_the_end(self.control(f"SAVEPOINT {name}"))
        self.savepoints.append(name)

    async def release_savepoint(self) -> None:
        await to_the_end(self.control(f"RELEASE SAVEPOINT {self.savepoints.pop()}"))

    async def savepoint_rollback(self) -> None:
        name = self.savepoints.pop()
        await to_the_end(self.control(f"ROLLBACK TO SAVEPOINT {name}"))
        await to_the_end(self.control(f"RELEASE SAVEPOINT {name}"))

    def run_callbacks(self) -> None:
        """Call what waits for the commit; a failure there can't undo it, so it is logged."""
        callbacks, self.callbacks = self.callbacks, []
        for callback in callbacks:
            try:
                callback()
            except Exception:
                logger.exception("a callback after commit failed")

    def _check_open(self) -> None:
        if self._finalized:
            raise TransactionManagementError(
                "this transaction is over; a task that outlives it must activate the database anew"
            )


class Starter(Protocol):
    """A client that can begin a transaction."""

    connection_name: str
    connections: ConnectionHandler

    async def start(self) -> OpenTransaction: ...


class TransactionScope(TransactionContext):
    """Begins a transaction, makes it the running task's connection, and ends it."""

    _opened: OpenTransaction
    _token: ConnectionToken

    def __init__(self, starter: Starter) -> None:
        self._starter = starter

    async def __aenter__(self) -> OpenTransaction:
        self._opened = await self._starter.start()
        self._token = self._starter.connections.set(self._starter.connection_name, self._opened)
        return self._opened

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        # First, so that what a callback starts doesn't inherit a connection that is given back.
        self._starter.connections.reset(self._token)
        await to_the_end(self._end(commit=exc_type is None))

    async def _end(self, *, commit: bool) -> None:
        await self._opened.finish(commit=commit)
        if commit:
            self._opened.run_callbacks()


class SavepointScope(TransactionContext):
    """A transaction inside a transaction: rolling it back leaves what was done before it."""

    _depth: int
    _callbacks: int

    def __init__(self, opened: OpenTransaction) -> None:
        self._opened = opened

    async def __aenter__(self) -> OpenTransaction:
        await self._opened.savepoint()
        self._depth = len(self._opened.savepoints)
        self._callbacks = len(self._opened.callbacks)
        return self._opened

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        opened = self._opened
        if opened._finalized:
            return
        if len(opened.savepoints) != self._depth:
            raise TransactionManagementError("nested transactions of several tasks overlap; run them one by one")
        if exc_type is None:
            try:
                await opened.flush()
            except BaseException:
                await self._roll_back()
                raise
            await opened.release_savepoint()
        else:
            await self._roll_back()

    async def _roll_back(self) -> None:
        opened = self._opened
        del opened.callbacks[self._callbacks :]
        try:
            await opened.savepoint_rollback()
        except Exception:
            # The block's own error says more; the outer transaction can't commit any more either way.
            logger.warning("a savepoint could not be rolled back", exc_info=True)
