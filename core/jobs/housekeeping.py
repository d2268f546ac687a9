"""The kernel's own jobs: forgetting what is kept for a time only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from tortoise.queryset import QuerySet

from core.access_log import counting
from core.jobs.job import Schedule, job
from core.jobs.models import JobState, ScheduledJob
from core.scope import Scope
from core.services.files.store import remove_leftovers
from core.write import idempotency

FINISHED_JOBS_KEPT = timedelta(days=30)
BATCH = 500


@job(steps=True)
async def forget_command_outcomes(scope: Scope) -> None:
    """Delete outcomes of commands with a key after seven days."""
    await forget(idempotency.expired(scope))


@job(steps=True)
async def forget_finished_jobs(scope: Scope) -> None:
    """Delete rows of jobs that ended well thirty days ago; dead ones stay until somebody has looked at them."""
    before = scope.now() - FINISHED_JOBS_KEPT
    await forget(ScheduledJob.filter(state=JobState.DONE, finished_at__lt=before))


async def forget(rows: QuerySet[Any]) -> int:
    """Delete rows, a few at a time so that nobody waits long for it, and return how many."""
    deleted = 0
    while ids := await rows.limit(BATCH).values_list("id", flat=True):
        deleted += await rows.model.filter(id__in=ids).delete()
    return deleted


@job
async def forget_look_up_counts(scope: Scope) -> None:
    """Delete how many protected values somebody looked up on days gone by; the access log stays."""
    await counting.forget_counts(scope)


@job
async def remove_leftover_files(scope: Scope) -> None:
    """Remove stored bytes that no row names, as a rolled-back command leaves them, once they are a day old."""
    await remove_leftovers(scope)


@job
async def look_at_the_tables(scope: Scope) -> None:
    """Let SQLite plan for the rows that there are now; PostgreSQL looks by itself."""
    if scope._dealer.database.dialect == "sqlite":
        await scope._dealer.database.analyze()


def schedules() -> Sequence[Schedule]:
    """Return when the kernel's own jobs are due."""
    return (
        forget_command_outcomes.daily(at="03:10"),
        forget_finished_jobs.daily(at="03:20"),
        forget_look_up_counts.daily(at="03:25"),
        remove_leftover_files.daily(at="03:30"),
        look_at_the_tables.daily(at="03:40"),
    )
