"""Writes that are posted: when they run, what they see, and what a failure leaves behind."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from tortoise.exceptions import IntegrityError, TransactionManagementError

from core.data.database import Database
from core.data.writes import MOST_AT_ONCE, Reading, Write, batches

TABLE = "samples_branch"


class MissedError(Exception):
    pass


def add(name: str, row_id: UUID | None = None) -> Write:
    row_id = row_id or uuid4()
    return Write(TABLE, f'INSERT INTO "{TABLE}" ("id", "name") VALUES (?, ?)', [row_id, name], row_id=row_id)


def rename(row_id: UUID, name: str) -> Write:
    sql = f'UPDATE "{TABLE}" SET "name" = ? WHERE "id" = ?'
    return Write(TABLE, sql, [name, row_id], missed=MissedError, row_id=row_id)


def count_up(number: int) -> Write:
    sql = (
        'INSERT INTO "samples_tally" ("id", "value") VALUES (?, 1) '
        'ON CONFLICT ("id") DO UPDATE SET "value" = "samples_tally"."value" + 1'
    )
    return Write("samples_tally", sql, [number], returning='"id", "value"')


async def post(database: Database, *writes: Write) -> None:
    for write in writes:
        await database.post(write)


async def names(database: Database) -> list[str]:
    return [row[0] for row in await database.fetch(f'SELECT "name" FROM "{TABLE}" ORDER BY "name"')]


async def seen_by_others(database: Database) -> list[str]:
    async def look() -> list[str]:
        token = database.activate()
        try:
            return await names(database)
        finally:
            database.deactivate(token)

    return await asyncio.create_task(look())


async def test_what_is_posted_is_seen_inside_at_once_and_outside_after_the_commit(database: Database) -> None:
    async with database.transaction():
        await post(database, add("a"))
        assert await names(database) == ["a"]
        await post(database, add("b"))
        assert await seen_by_others(database) == []
    assert await seen_by_others(database) == ["a", "b"]


async def test_nothing_is_left_of_a_block_that_fails(database: Database) -> None:
    with pytest.raises(ValueError, match="no"):
        async with database.transaction():
            await post(database, add("a"))
            raise ValueError("no")
    assert await names(database) == []


@pytest.mark.parametrize("begun", [False, True], ids=["one statement", "transaction begun before"])
@pytest.mark.parametrize(
    ("wrong", "error"), [(rename(uuid4(), "x"), MissedError), (add("taken"), IntegrityError)], ids=["missed", "taken"]
)
async def test_a_write_that_fails_at_the_end_undoes_all_others(
    database: Database, begun: bool, wrong: Write, error: type[Exception]
) -> None:
    await database.execute(*_now(database, add("taken")))
    called: list[str] = []
    with pytest.raises(error):
        async with database.transaction():
            database.after_commit(lambda: called.append("committed"))
            if begun:
                await database.execute(*_now(database, add("first")))
            await post(database, count_up(1), wrong)
    assert await names(database) == ["taken"]
    assert await database.fetch("SELECT * FROM samples_tally") == []
    assert called == []


def _now(database: Database, write: Write) -> tuple[str, Sequence[Any]]:
    return write.alone(database.dialect), write.args


async def test_failing_writes_of_a_savepoint_leave_those_before_it(database: Database) -> None:
    async with database.transaction():
        await post(database, add("outer"))
        with pytest.raises(MissedError):
            async with database.transaction():
                await post(database, add("inner"), rename(uuid4(), "x"))
        with pytest.raises(ValueError, match="no"):
            async with database.transaction():
                await post(database, add("inner too"))
                raise ValueError("no")
        await post(database, add("later"))
    assert await names(database) == ["later", "outer"]


async def test_a_row_is_written_twice_in_the_order_of_the_posts(database: Database) -> None:
    row_id = uuid4()
    async with database.transaction():
        await post(database, add("a", row_id), rename(row_id, "b"), add("a"), rename(row_id, "c"))
    assert await names(database) == ["a", "c"]


async def test_a_write_reads_what_its_source_has_returned(database: Database) -> None:
    await database.execute(*_now(database, count_up(1)))
    row_id = uuid4()
    sql = (
        f'INSERT INTO "{TABLE}" ("id", "name") '
        'VALUES (?, (SELECT \'number \' || "value" FROM {source} WHERE "id" = ?))'
    )
    for _ in range(2):
        numbers = count_up(1)
        async with database.transaction():
            await post(database, numbers, Write(TABLE, sql, [uuid4(), 1], source=numbers))
    async with database.transaction():  # far from its source, in another statement
        numbers = count_up(1)
        await post(database, numbers, add("x", row_id), rename(row_id, "y"))
        await post(database, Write(TABLE, sql, [uuid4(), 1], source=numbers))
    assert await names(database) == ["number 2", "number 3", "number 4", "y"]


async def test_posting_outside_of_a_transaction_is_an_error(database: Database) -> None:
    with pytest.raises(TransactionManagementError):
        await post(database, add("a"))


def test_writes_go_together_until_one_could_touch_what_another_has_written() -> None:
    row_id = uuid4()
    writes = [add("a"), add("b"), count_up(1), rename(row_id, "c"), count_up(2), add("d")]
    assert [len(batch) for batch in batches(writes)] == [3, 2, 1]
    assert [len(batch) for batch in batches([add(str(n)) for n in range(MOST_AT_ONCE + 1)])] == [MOST_AT_ONCE, 1]


@pytest.mark.postgres
async def test_writes_that_nothing_reads_are_one_statement_without_a_transaction_around_it(database: Database) -> None:
    with database.counting() as statements:
        async with database.transaction():
            assert await database.fetch("SELECT count(*) FROM samples_tally") == [(0,)]
            await post(database, add("a"), count_up(1))
    assert len(statements) == 2
    assert statements[1].startswith("WITH")
    assert await names(database) == ["a"]


@pytest.mark.postgres
async def test_a_transaction_that_has_not_begun_holds_no_connection(database_url: str) -> None:
    database = Database(f"{database_url}?pool_size=1&acquire_timeout_seconds=2")
    token = database.activate()
    both = asyncio.Barrier(2)

    async def look() -> None:
        async with database.transaction():
            await database.fetch("SELECT 1")
            await both.wait()
            await database.fetch("SELECT 1")

    await asyncio.gather(look(), look())
    database.deactivate(token)
    await database.close()


@pytest.mark.postgres
async def test_what_may_change_or_lock_something_begins_the_transaction(database: Database) -> None:
    for sql in ("SELECT 1 FOR UPDATE", "SELECT pg_advisory_xact_lock(1)", "WITH x AS (SELECT 1) SELECT * FROM x"):
        async with database.transaction():
            await database.fetch(sql)
            client: Any = database.client
            async with client.acquire() as connection:
                assert connection.is_in_transaction(), sql


@pytest.mark.postgres
async def test_writes_together_and_apart_lock_in_one_order(database: Database) -> None:
    """Otherwise commands on one row would wait for each other in a circle now and then."""
    row_id = uuid4()
    await database.execute(*_now(database, add("row", row_id)))
    before = await _deadlocks(database)

    async def together(number: int) -> None:
        async with database.transaction():
            await post(database, rename(row_id, f"t{number}"), count_up(1))

    async def apart(number: int) -> None:
        async with database.transaction():
            await database.execute(*_now(database, rename(row_id, f"a{number}")))
            await database.execute(*_now(database, count_up(1)))

    await asyncio.gather(*(way(number) for number in range(100) for way in (together, apart)))
    assert await database.fetch("SELECT value FROM samples_tally") == [(200,)]
    assert await _deadlocks(database) == before


async def _deadlocks(database: Database) -> int:
    sql = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    number: int = (await database.fetch(sql))[0][0]
    return number


def reading(row_id: UUID, found: list[Sequence[Any]], more: str = "") -> Reading:
    sql = f'SELECT t1."id", t1."name" FROM "{TABLE}" t1 WHERE t1."id" = $1 AND t1."name" <> $2{more}'
    return Reading(TABLE, "t1", sql, [row_id, "hidden"], row_id, found.extend)


@pytest.mark.postgres
async def test_what_is_foreseen_comes_with_the_writes(database: Database) -> None:
    row_id, found = uuid4(), list[Sequence[Any]]()
    with database.counting() as statements:
        async with database.transaction():
            await post(database, count_up(1), add("a", row_id))
            database.prefetch(reading(row_id, found))
    assert found == [(row_id, "a")]
    assert len(statements) == 1
    async with database.transaction():
        await post(database, rename(row_id, "hidden"), count_up(1))
        database.prefetch(reading(row_id, found))
    assert found == [(row_id, "a"), (None, None)]


@pytest.mark.postgres
@pytest.mark.parametrize("case", ["other row", "two writes", "reads what is written", "begun", "missed"])
async def test_what_is_foreseen_does_not_come_when_it_could_be_wrong(database: Database, case: str) -> None:
    row_id, found = uuid4(), list[Sequence[Any]]()
    await database.execute(*_now(database, add("a", row_id)))
    more = ' AND NOT EXISTS (SELECT 1 FROM "samples_tally")' if case == "reads what is written" else ""
    try:
        async with database.transaction():
            if case == "begun":
                await database.execute(*_now(database, count_up(2)))
            await post(database, count_up(1), add("b") if case == "other row" else rename(row_id, "b"))
            if case == "two writes":
                await post(database, rename(row_id, "c"))
            if case == "missed":
                await post(
                    database,
                    Write(
                        "samples_value_sample",
                        'UPDATE "samples_value_sample" SET "number" = ?',
                        [1],
                        missed=MissedError,
                    ),
                )
            database.prefetch(reading(row_id, found, more))
    except MissedError:
        assert case == "missed"
    assert found == []
    assert "b" in await names(database) or case in ("two writes", "missed")


async def test_a_table_is_known_by_its_bare_name_too(database: Database) -> None:
    async with database.transaction():
        await post(database, add("a"))
        assert await database.fetch(f"SELECT name FROM {TABLE}") == [("a",)]


@pytest.mark.postgres
async def test_a_failed_write_whose_error_is_caught_does_not_commit_the_rest(database: Database) -> None:
    with pytest.raises(TransactionManagementError):
        async with database.transaction():
            await post(database, add("a"))
            with contextlib.suppress(MissedError):
                await post(database, rename(uuid4(), "x"), count_up(1))
                await names(database)
    assert await names(database) == []
    assert await database.fetch("SELECT * FROM samples_tally") == []
