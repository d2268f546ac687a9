"""What SQLite does in the event loop, and what in threads, so that nobody waits for another's statement."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable
from typing import Any

import pytest

from core.data.database import Database
from core.data.sqlite import SqliteClient
from core.data.writes import Write
from tests.core.data.samples import Branch, Tally

pytestmark = pytest.mark.sqlite

SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT count(*) FROM n"
INSERT = "INSERT INTO samples_branch (id, name) VALUES (?, ?)"
COUNT = "SELECT count(*) FROM samples_branch"


async def stall_of_the_loop(work: Awaitable[Any]) -> float:
    """Return which share of the work the event loop did, at the longest, without running anything else."""
    done = asyncio.ensure_future(work)
    longest = 0.0
    last, start = time.thread_time(), time.process_time()
    while not done.done():
        await asyncio.sleep(0)
        now = time.thread_time()
        longest, last = max(longest, now - last), now
    await done
    return longest / (time.process_time() - start)


async def test_bounded_read_that_takes_long_is_stopped_and_done_in_a_thread(database: Database) -> None:
    await database.fetch("SELECT 1")
    assert await stall_of_the_loop(database.fetch(SLOW.format(2_000_000), bounded=True)) < 0.5
    assert await database.fetch(SLOW.format(300_000), bounded=True) == [(300_000,)]


async def test_bounded_read_runs_in_the_event_loop(database: Database) -> None:
    await database.fetch("SELECT 1")
    seen: list[int] = []
    assert isinstance(database.client, SqliteClient)
    reader = database.client.file._loop_reader
    assert reader is not None
    reader.create_function("here", 0, lambda: seen.append(threading.get_ident()))
    await database.fetch("SELECT here()", bounded=True)
    assert seen == [threading.get_ident()]


async def test_bounded_read_inside_a_transaction_sees_its_writes_and_never_writes(database: Database) -> None:
    async with database.transaction():
        await Branch.create(name="one")
        assert await database.fetch(COUNT, bounded=True) == [(1,)]
        assert await database.fetch(SLOW.format(300_000), bounded=True) == [(300_000,)]
        assert await database.fetch("SELECT count(*) FROM (" + SLOW.format(300_000) + ")", bounded=True) == [(1,)]
        await Branch.create(name="two")
    assert await database.fetch(COUNT, bounded=True) == [(2,)]


async def test_scan_does_not_block_the_event_loop(database: Database) -> None:
    assert await stall_of_the_loop(database.fetch(SLOW.format(2_000_000))) < 0.5


async def test_write_under_way_does_not_block_the_event_loop(database: Database) -> None:
    write = database.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "
        "INSERT INTO samples_branch (id, name) SELECT 'id' || i, 'name ' || i FROM n"
    )
    assert await stall_of_the_loop(write) < 0.5
    assert await database.fetch(COUNT) == [(100_000,)]


async def test_transaction_of_short_statements_lets_others_go_on(database: Database) -> None:
    sql = "INSERT INTO samples_tally (id, value) VALUES (?, 0)"

    async def work() -> None:
        async with database.transaction():
            for number in range(3000):
                await database.post(Write("samples_tally", sql, [number]))
                await Tally.get(id=number)

    assert await stall_of_the_loop(work()) < 0.2
    assert await database.fetch("SELECT count(*) FROM samples_tally") == [(3000,)]


async def test_long_read_in_a_transaction_does_not_stop_the_loop(database: Database) -> None:
    async with database.transaction():
        sql = f"SELECT * FROM ({SLOW.format(3_000_000)})"
        found: list[Any] = []

        async def work() -> None:
            found.extend((await database.client.execute_query(sql))[1])

        assert await stall_of_the_loop(work()) < 0.2
        assert [tuple(row) for row in found] == [(3_000_000,)]
        await Tally.create(id=1)  # an interrupted read has not ended the transaction
    assert await database.fetch("SELECT count(*) FROM samples_tally") == [(1,)]
