"""Runs due jobs, each in one worker only."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from tortoise.expressions import F

from core.caller import Caller
from core.errors import ForecourtError
from core.events.ahead import furthest
from core.events.retry import RetryPolicy, describe
from core.jobs.job import Job
from core.jobs.models import JobState, ScheduledJob
from core.jobs.planner import plan
from core.people.models import Store
from core.scope import Scope, enter, leave
from core.write import pipeline
from core.write.values import unpack

if TYPE_CHECKING:
    from core.dealer import Dealer

_log = logging.getLogger("forecourt.jobs")

_OPEN = (JobState.PENDING, JobState.RETRY, JobState.LEASED)


class LeaseLostError(ForecourtError):
    """The worker was away for too long, and another one has taken the job over; what this one did is rolled back."""

    code = "LEASE_LOST"


class JobRunner:
    """Runs the jobs of one dealer; any number of them, in any number of processes, may run at once."""

    def __init__(
        self, dealer: Dealer, *, lease_seconds: float = 60.0, first_pause: float = 5.0, longest_pause: float = 3600.0
    ) -> None:
        self.dealer = dealer
        self.lease = timedelta(seconds=lease_seconds)
        self._first_pause = first_pause
        self._longest_pause = longest_pause
        self._owed: dict[UUID, tuple[ScheduledJob, timedelta | None, str]] = {}

    async def plan(self) -> None:
        """Write the next due time of each schedule."""
        per_store = any(schedule.per_store for schedule in self.dealer.kernel.jobs.schedules)
        stores = await Store.filter(archived_at__isnull=True) if per_store else []
        await self._bring_back()
        await plan(self.dealer, {store.id: store.zone for store in stores})

    async def _bring_back(self) -> None:
        """Make due now what a clock that was ahead has claimed or put off for longer than anything is."""
        now = self.dealer.clock.now()
        lease, pause = furthest(now, self.lease), furthest(now, timedelta(seconds=self._longest_pause))
        for late in (
            ScheduledJob.filter(state=JobState.LEASED, wake_at__gt=lease),
            ScheduledJob.filter(state=JobState.RETRY, wake_at__gt=pause),
            # Put in the queue to be run at once.
            ScheduledJob.filter(state=JobState.PENDING, schedule=None, created_at__gt=lease, wake_at=F("created_at")),
        ):
            if await late.exists():
                await late.update(wake_at=now)

    async def due(self, limit: int = 100) -> list[UUID]:
        """Return the rows that are to be run now, those of modules that are off left out."""
        rows = ScheduledJob.filter(wake_at__lte=self.dealer.clock.now(), name__in=list(self.dealer.kernel.jobs.jobs))
        return [row.id for row in await rows.order_by("wake_at").limit(limit)]

    async def next_due(self) -> datetime | None:
        """Return when a worker must look at the jobs next."""
        rows = ScheduledJob.filter(wake_at__isnull=False, name__in=list(self.dealer.kernel.jobs.jobs))
        first = await rows.order_by("wake_at").first()
        return None if first is None else first.wake_at

    async def run_due(self) -> int:
        """Plan, and run what is due, one after the other, until nothing is left; return how many were run."""
        await self.plan()
        count = 0
        while rows := await self.due():
            ran = [await self.run(row_id) for row_id in rows]
            count += sum(ran)
            if not any(ran):
                break
        return count

    async def run(self, row_id: UUID) -> bool:
        """Claim a row and run its job; return False when it isn't due or another worker has it."""
        row = await self._claim(row_id)
        if row is None:
            return False
        job = self.dealer.kernel.jobs.jobs[row.name]
        if row.attempts > job.attempts:  # its last worker was killed while it ran
            await self._finish_failed(row, None, "the worker stopped while it ran")
            return True
        try:
            async with self._heartbeat(row):
                await (self._run_steps(row, job) if job.steps else self._run_whole(row, job))
        except LeaseLostError:
            _log.warning("job %s %s was taken over by another worker", row.name, row.id)
        except Exception as error:  # noqa: BLE001 - whatever a job raises is its failure, not the worker's
            policy = RetryPolicy(job.attempts, self._first_pause, self._longest_pause)
            row.attempts, pause = policy.after(error, row.attempts)
            await self._finish_failed(row, pause, describe(error))
        return True

    async def give_back(self) -> None:
        """Free what was failed while there was no room to say so: it would count as the failure of a killed worker."""
        for row, pause, reason in tuple(self._owed.values()):
            await self._finish_failed(row, pause, reason)

    async def _claim(self, row_id: UUID) -> ScheduledJob | None:
        now = self.dealer.clock.now()
        row = await ScheduledJob.get_or_none(id=row_id)
        if row is None or row.wake_at is None or row.wake_at > now or row.name not in self.dealer.kernel.jobs.jobs:
            return None
        lease = str(uuid4())
        seen = ScheduledJob.filter(id=row_id, state=row.state, wake_at=row.wake_at, attempts=row.attempts)
        values = {"state": JobState.LEASED, "lease": lease, "wake_at": now + self.lease, "attempts": row.attempts + 1}
        if not await seen.update(**values):
            return None
        row.update_from_dict(values)
        return row

    def _scope(self, row: ScheduledJob) -> Scope:
        stores = frozenset() if row.store_id is None else frozenset({row.store_id})
        return self.dealer.scope(Caller(actor=f"job:{row.name}", store_id=row.store_id, store_ids=stores, system=True))

    async def _run_whole(self, row: ScheduledJob, job: Job) -> None:
        async def work(scope: Scope) -> None:
            await job(scope, **unpack(row.arguments))
            # In the job's own transaction: it is done exactly if what it did is there.
            await self._finish_done(row)

        await pipeline.transact(self._scope(row), row.name, work, correlation_id=row.correlation_id)

    async def _run_steps(self, row: ScheduledJob, job: Job) -> None:
        scope = self._scope(row)
        token = enter(scope)
        try:
            await job(scope, **unpack(row.arguments))
        finally:
            leave(token)
        await self._finish_done(row)

    async def _finish_done(self, row: ScheduledJob) -> None:
        now = self.dealer.clock.now()
        mine = ScheduledJob.filter(id=row.id, lease=row.lease, state=JobState.LEASED)
        if not await mine.update(state=JobState.DONE, lease=None, wake_at=None, finished_at=now, last_error=""):
            raise LeaseLostError(f"the lease on {row.name} has run out")

    async def _finish_failed(self, row: ScheduledJob, pause: timedelta | None, reason: str) -> None:
        now = self.dealer.clock.now()
        again = pause is not None
        level = logging.WARNING if again else logging.ERROR
        _log.log(level, "job %s %s failed, attempt %s: %s", row.name, row.id, row.attempts, reason)
        self._owed[row.id] = row, pause, reason
        await ScheduledJob.filter(id=row.id, lease=row.lease, state=JobState.LEASED).update(
            state=JobState.RETRY if again else JobState.DEAD,
            attempts=row.attempts,
            lease=None,
            wake_at=now + pause if pause is not None else None,
            finished_at=None if again else now,
            last_error=reason,
        )
        del self._owed[row.id]

    @asynccontextmanager
    async def _heartbeat(self, row: ScheduledJob) -> AsyncIterator[None]:
        """Make the lease longer as long as the job runs."""
        task = asyncio.create_task(self._beat(row))
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _beat(self, row: ScheduledJob) -> None:
        while True:
            await asyncio.sleep(self.lease.total_seconds() / 3)
            until = self.dealer.clock.now() + self.lease
            await ScheduledJob.filter(id=row.id, lease=row.lease, state=JobState.LEASED).update(wake_at=until)
