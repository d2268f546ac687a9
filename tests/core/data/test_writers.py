"""The share of a pool that writes may have, and within it the background."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from core.data.background import work_in_background
from core.data.database import Database, DatabaseTimeoutError
from tests.waiting import HANGS_SECONDS, LoopClock

pytestmark = pytest.mark.postgres


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """Four connections: three that may write, one of them in the background."""
    database = Database(f"{url}?pool_size=4&acquire_timeout_seconds={HANGS_SECONDS}")
    yield database
    await database.close()


async def hold(database: Database, held: asyncio.Semaphore, may_end: asyncio.Event) -> None:
    async with database.transaction():
        await database.execute("SAVEPOINT held")  # it begins with this
        held.release()
        await may_end.wait()


async def background(database: Database, held: asyncio.Semaphore, may_end: asyncio.Event) -> None:
    work_in_background()
    await hold(database, held, may_end)


async def test_writes_leave_a_connection_to_reads(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(database_url) as database:
        held, may_end = asyncio.Semaphore(0), asyncio.Event()
        writers = [asyncio.create_task(begin(database, held, may_end)) for begin in (hold, hold, hold)]
        for _ in writers:
            await held.acquire()

        assert await database.fetch("SELECT 1") == [(1,)]
        late = asyncio.create_task(database.execute("CREATE TABLE more (id INT)"))
        await LoopClock(monkeypatch).forward(HANGS_SECONDS)
        with pytest.raises(DatabaseTimeoutError, match="for a write: those before it kept theirs for 60 s"):
            await late

        may_end.set()
        await asyncio.gather(*writers)
        await database.execute("CREATE TABLE more (id INT)")


async def test_background_leaves_half_of_it_to_people(database_url: str) -> None:
    async with opened(database_url) as database:
        held, may_end = asyncio.Semaphore(0), asyncio.Event()
        tasks = [asyncio.create_task(background(database, held, may_end)) for _ in range(5)]
        await held.acquire()
        tasks += [asyncio.create_task(hold(database, held, may_end)) for _ in range(2)]
        for _ in range(2):
            await held.acquire()
        assert held.locked(), "one of the background and two people are in"

        tasks[-1].cancel()
        tasks[1].cancel()  # it waits; its place is not lost
        may_end.set()
        await asyncio.wait(tasks)
        assert [task.cancelled() for task in tasks] == [False, True, False, False, False, False, True]
        async with asyncio.timeout(HANGS_SECONDS):
            await asyncio.create_task(background(database, held, may_end))
