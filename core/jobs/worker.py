"""The background work of a process: events, jobs and the audit seal of all its dealers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from core.data.background import work_in_background
from core.errors import StorageFullError
from core.events.dispatcher import Dispatcher
from core.events.retry import describe
from core.jobs.broker import JobBroker
from core.jobs.runner import JobRunner
from core.write.bell import Topic
from core.write.seal import seal

if TYPE_CHECKING:
    from taskiq import AsyncBroker

    from core.dealer import Dealer

_log = logging.getLogger("forecourt.worker")


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a worker looks without being called.

    Attributes:
        sweep_seconds: First pause after something was done; finds what other processes have left.
        idle_seconds: The pause doubles up to this while there is nothing to do, so that idle dealers cost next to
            nothing; due times and calls in this process are never late by it.
        seal_seconds: Audit entries wait so long for others to be sealed with.
        jobs_at_once: Over all dealers.
    """

    sweep_seconds: float = 2.0
    idle_seconds: float = 60.0
    seal_seconds: float = 1.0
    jobs_at_once: int = 8


class Worker:
    """Does the background work of dealers until it is stopped; any number of processes may have one.

    Args:
        dealers: Those to begin with; `add` and `remove` follow the configuration.
        broker: Carries jobs to other processes too; without one they run here.
    """

    def __init__(
        self, dealers: Iterable[Dealer] = (), *, broker: AsyncBroker | None = None, pace: Pace | None = None
    ) -> None:
        self._pace = pace or Pace()
        self._waiting = {dealer.name: dealer for dealer in dealers}
        self._served: dict[str, _Served] = {}
        self._broker = JobBroker(self._run_job, broker)
        self._slots = asyncio.Semaphore(self._pace.jobs_at_once)
        self._brought: set[asyncio.Task[object]] = set()
        self._leaving: set[_Served] = set()
        self._stopping = False

    async def start(self) -> None:
        """Begin; each dealer is looked at once, because a process may have been killed before this one."""
        await self._broker.start()
        for dealer in self._waiting.values():
            self.add(dealer)

    def add(self, dealer: Dealer) -> None:
        """Serve one more dealer.

        Raises:
            ValueError: One of this name is served already.
        """
        if dealer.name in self._served:
            raise ValueError(f"the dealer {dealer.name} is served already")
        dealer.served_since = dealer.served_since or dealer.clock.now()
        self._served[dealer.name] = _Served(dealer, self._pace, self._broker)

    async def remove(self, name: str, *, deadline_seconds: float = 10.0) -> None:
        """Stop serving a dealer, as `stop` does."""
        served = self._served.pop(name, None)
        if served is not None:
            # A cancellation meanwhile leaves the rest to `stop`, or its loops would outlive the database.
            self._leaving.add(served)
            await served.stop(deadline_seconds)
            self._leaving.discard(served)

    async def stop(self, *, deadline_seconds: float = 10.0) -> None:
        """Let what is under way end until the deadline; the rest is rolled back and found by the next start."""
        self._stopping = True
        served, self._served = (*self._served.values(), *self._leaving), {}
        await asyncio.gather(*(one.stop(deadline_seconds) for one in served))
        # What waited for its turn sees that its dealer has stopped, and ends.
        await asyncio.gather(*self._brought, return_exceptions=True)
        await self._broker.stop()

    async def _run_job(self, dealer: str, row_id: str) -> None:
        if self._stopping:
            return  # what was on its way; the next start finds it
        served = self._served.get(dealer)
        if served is None:
            _log.info("a job of %s came to a process that doesn't serve it", dealer)
            return
        task = asyncio.current_task()
        assert task is not None
        self._brought.add(task)
        task.add_done_callback(self._brought.discard)
        async with self._slots:
            await served.run_job(UUID(row_id))


class _Served:
    """The loops of one dealer."""

    def __init__(self, dealer: Dealer, pace: Pace, broker: JobBroker) -> None:
        self._dealer = dealer
        self._pace = pace
        self._broker = broker
        self._dispatcher = Dispatcher(dealer)
        self._runner = JobRunner(dealer)
        self._stopping = asyncio.Event()
        self._calls = {topic: asyncio.Event() for topic in Topic}
        self._sent: set[UUID] = set()
        self._jobs: set[asyncio.Task[object]] = set()
        self._silence = dealer.bell.listen(lambda topic: self._calls[topic].set())
        self._loops = [
            asyncio.create_task(self._loop(Topic.EVENTS, self._dispatch)),
            asyncio.create_task(self._loop(Topic.JOBS, self._send_jobs)),
            asyncio.create_task(self._loop(Topic.AUDIT, self._seal)),
        ]

    async def _loop(self, topic: Topic, work: Callable[[], Awaitable[tuple[bool, datetime | None]]]) -> None:
        # For the whole life of the task; what it calls may open transactions inside.
        self._dealer.database.activate()
        work_in_background()
        pause = self._pace.sweep_seconds
        while not self._stopping.is_set():
            call = self._calls[topic]
            call.clear()
            try:
                worked, next_due = await work() if await self._has_room() else (False, None)
            except StorageFullError:  # the database has logged it, once for all that wait
                worked, next_due = False, None
            except Exception as error:  # noqa: BLE001 - a database that is away may come back; the loop outlives it
                # Without its traceback, which may quote rows.
                _log.error("background work (%s) of %s failed: %s", topic.value, self._dealer.name, describe(error))
                worked, next_due = False, None
            pause = self._pace.sweep_seconds if worked else min(pause * 2, self._pace.idle_seconds)
            await self._wait(call, self._until(next_due, pause))

    async def _has_room(self) -> bool:
        """Return whether there is room for what the work writes; once there is again, all loops go on."""
        room = self._dealer.database.room
        if not room.is_full:
            return True
        if not await room.is_there():
            return False
        for call in self._calls.values():
            call.set()
        return True

    def _until(self, next_due: datetime | None, pause: float) -> float:
        if next_due is None:
            return pause
        # Never quite 0: what is due but held by another worker would make the loop spin.
        return min(pause, max(0.05, (next_due - self._dealer.clock.now()).total_seconds()))

    @staticmethod
    async def _wait(call: asyncio.Event, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await call.wait()
        except TimeoutError:
            return

    async def _dispatch(self) -> tuple[bool, datetime | None]:
        delivered = await self._dispatcher.drain()
        return delivered > 0, await self._dispatcher.next_due()

    async def _seal(self) -> tuple[bool, datetime | None]:
        await self._wait(self._stopping, self._pace.seal_seconds)
        return await seal(self._dealer.database, self._dealer.clock) > 0, None

    async def _send_jobs(self) -> tuple[bool, datetime | None]:
        await self._runner.give_back()
        await self._runner.plan()
        new = [row_id for row_id in await self._runner.due() if row_id not in self._sent]
        for row_id in new:
            if self._stopping.is_set():
                break
            self._sent.add(row_id)
            await self._broker.send(self._dealer.name, str(row_id))
        return bool(new), None if self._sent else await self._runner.next_due()

    async def run_job(self, row_id: UUID) -> None:
        """Run a row that the broker has brought, unless another worker has it."""
        task = asyncio.current_task()
        assert task is not None
        self._jobs.add(task)
        work_in_background()
        token = self._dealer.database.activate()
        try:
            if not self._stopping.is_set():
                await self._runner.run(row_id)
        except StorageFullError:
            _log.info("the job %s waits for room", row_id)
        finally:
            self._dealer.database.deactivate(token)
            self._jobs.discard(task)
            self._sent.discard(row_id)
            self._calls[Topic.JOBS].set()

    async def stop(self, deadline_seconds: float) -> None:
        if not self._stopping.is_set():
            self._silence()
        self._stopping.set()
        self._dispatcher.stop()
        for call in self._calls.values():
            call.set()
        under_way = {*self._loops, *self._jobs}
        _, late = await asyncio.wait(under_way, timeout=deadline_seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
