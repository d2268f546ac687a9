"""Moments that a clock has set which was ahead: who waited for them would wait for days.

A process whose clock is ahead claims streams and jobs, and puts off what has failed, until moments that are far off by
everybody else's. No lease and no pause is that long, so what lies further away than that counts as over.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.data.statements import native
from core.events.retry import RetryPolicy
from core.write.models import EventStream

if TYPE_CHECKING:
    from core.data.database import Database


def furthest(now: datetime, longest: timedelta) -> datetime:
    """Return how far off a moment can be that was set that long before it; clocks of machines differ a little."""
    return now + 2 * longest


async def bring_back(database: Database, now: datetime, lease: timedelta, policy: RetryPolicy) -> int:
    """Make streams due now whose lease or next attempt lies further away than such a thing can; return how many."""
    table = f'"{EventStream._meta.db_table}"'
    pause = timedelta(seconds=policy.longest_seconds)
    late = [furthest(now, lease), furthest(now, pause)]
    found = '"due_at" IS NOT NULL AND ("lease_until" > ? OR "due_at" > ?)'
    sql = f"SELECT count(*) FROM {table} WHERE {found}"
    # Most of the time there is none, and a write would wait for others.
    if not (await database.fetch(native(sql, database.dialect), late))[0][0]:
        return 0
    sql = f'UPDATE {table} SET "due_at" = ?, "lease" = NULL, "lease_until" = NULL WHERE {found}'
    return await database.execute(native(sql, database.dialect), [now, *late])
