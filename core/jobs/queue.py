"""Puts work in the queue, in the present transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from core.data.statements import insert_sql, insert_values, native
from core.ids import uuid7
from core.jobs.job import Job
from core.jobs.models import JobState, ScheduledJob
from core.scope import Scope
from core.write.bell import Topic
from core.write.values import pack

if TYPE_CHECKING:
    from core.data.database import Database


async def enqueue(
    scope: Scope,
    job: Job,
    arguments: Mapping[str, Any] | None = None,
    *,
    run_at: datetime | None = None,
    dedupe_key: str = "",
    store_id: UUID | None = None,
) -> bool:
    """Have a job run once, after the present transaction has been committed; a rollback takes it back.

    Args:
        arguments: What the job gets by name beside its scope: ids, instants, dates, money and what JSON knows.
        run_at: Not before this instant; at once without it.
        dedupe_key: A second job with the same key is not put in the queue, whether the first has run or not.
        store_id: Whose store the job's scope has; the caller's without it.

    Returns:
        Whether it was put in the queue; False when the key is there already.
    """
    unit = scope.writing()
    name = scope._dealer.kernel.jobs.name_of(job)
    now = scope._dealer.clock.now()
    due = run_at or scope.now()
    added = await insert_job(
        scope._dealer.database,
        {
            "name": name,
            "store_id": store_id or scope.caller.store_id,
            "arguments": pack(arguments or {}),
            "run_at": due,
            "wake_at": max(due, now),  # the scope may tell of the past, in which nobody could run it
            "dedupe_key": f"{name}|{dedupe_key or uuid7()}",
            "correlation_id": unit.correlation_id,
            "created_at": now,
        },
    )
    if added:
        scope._dealer.database.after_commit(partial(scope._dealer.bell.ring, Topic.JOBS))
    return added


async def insert_job(database: Database, row: Mapping[str, Any]) -> bool:
    """Insert a pending row unless one with its dedupe key is there; return whether it was inserted."""
    full = {
        "id": uuid7(),
        "state": JobState.PENDING,
        "attempts": 0,
        "last_error": "",
        "correlation_id": "",
        "arguments": {},
        **row,
    }
    sql = native(insert_sql(ScheduledJob, 1, 'ON CONFLICT ("dedupe_key") DO NOTHING'), database.dialect)
    return await database.execute(sql, insert_values(ScheduledJob, [full])) == 1
