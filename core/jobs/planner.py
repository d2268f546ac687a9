"""Writes the next due time of each schedule into the database.

There is always one row ahead of now for each schedule. So a stop leaves one row behind that is run when the workers are
back, whatever number of due times went by: a daily reminder that was missed on Monday and Tuesday runs once on
Wednesday. A schedule that has just come into being starts with its next due time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from core.jobs.job import Schedule
from core.jobs.models import JobState, ScheduledJob
from core.jobs.queue import insert_job

if TYPE_CHECKING:
    from core.dealer import Dealer


async def plan(dealer: Dealer, stores: Mapping[UUID, str]) -> None:
    """Make sure that each schedule has a row ahead of now, and drop rows of schedules that are no more.

    Args:
        stores: Those that schedules per store run for, with their zones.
    """
    now = dealer.clock.now()
    wanted: dict[str, tuple[Schedule, UUID | None]] = {}
    for schedule in dealer.kernel.jobs.schedules:
        for store_id in stores if schedule.per_store else (None,):
            wanted[_key(dealer, schedule, store_id)] = (schedule, store_id)
    waiting = await ScheduledJob.filter(schedule__isnull=False, state=JobState.PENDING, attempts=0).values_list(
        "id", "schedule", "run_at"
    )
    gone = [row_id for row_id, key, _ in waiting if key not in wanted]
    if gone:
        await ScheduledJob.filter(id__in=gone, state=JobState.PENDING).delete()
    ahead = {(key, run_at) for _, key, run_at in waiting}
    for key, (schedule, store_id) in wanted.items():
        zone = dealer.zone(None) if store_id is None else stores[store_id]
        due = schedule.rule.next_after(now, zone)
        # A later one is no substitute: a clock that was ahead has planned it.
        if (key, due) not in ahead:
            await _plan_next(dealer, key, schedule, store_id, due)


def _key(dealer: Dealer, schedule: Schedule, store_id: UUID | None) -> str:
    return f"{dealer.kernel.jobs.name_of(schedule.job)}|{schedule.rule}|{store_id or ''}"


async def _plan_next(dealer: Dealer, key: str, schedule: Schedule, store_id: UUID | None, due: datetime) -> None:
    # Several workers plan the same due time under the same key; one row comes of it.
    await insert_job(
        dealer.database,
        {
            "name": dealer.kernel.jobs.name_of(schedule.job),
            "schedule": key,
            "store_id": store_id,
            "run_at": due,
            "wake_at": due,
            "dedupe_key": f"{key}|{due.isoformat()}",
            "created_at": dealer.clock.now(),
        },
    )
