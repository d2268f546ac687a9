from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from tortoise.exceptions import IntegrityError, OperationalError, TransactionManagementError
from tortoise.transactions import in_transaction

from core.data.database import Database, DatabaseUnavailableError
from tests.core.data import samples
from tests.core.data.samples import Branch, Tally
from tests.waiting import HANGS_SECONDS


async def names(database: Database) -> list[str]:
    return [row[0] for row in await database.fetch("SELECT name FROM samples_branch ORDER BY name")]


def insert(database: Database) -> str:
    marks = "?, ?" if database.dialect == "sqlite" else "$1, $2"
    return f"INSERT INTO samples_branch (id, name) VALUES ({marks})"


async def add(database: Database, name: str) -> None:
    await database.execute(insert(database), (uuid4(), name))


async def eventually_writable(database: Database) -> None:
    async with asyncio.timeout(3), database.transaction():
        await add(database, "afterwards")


async def test_transaction_is_seen_by_models_and_statements_inside_and_after_commit_outside(
    database: Database,
) -> None:
    async with database.transaction():
        await Branch.create(name="model")
        await add(database, "statement")
        assert await names(database) == ["model", "statement"]
        assert await names_of_another_task(database) == []
        assert {b.name for b in await Branch.all()} == {"model", "statement"}
    assert await names(database) == ["model", "statement"]


async def names_of_another_task(database: Database) -> list[str]:
    async def look() -> list[str]:
        token = database.activate()
        try:
            return await names(database)
        finally:
            database.deactivate(token)

    return await asyncio.create_task(look())


async def test_exception_rolls_back_models_and_statements(database: Database) -> None:
    with pytest.raises(KeyError):
        async with database.transaction():
            await Branch.create(name="model")
            await add(database, "statement")
            raise KeyError
    assert await names(database) == []


async def test_models_outside_a_transaction_write_at_once(database: Database) -> None:
    token = database.activate()
    branch = await Branch.create(name="north")
    await Branch.filter(id=branch.id).update(name="south")
    database.deactivate(token)
    assert await names(database) == ["south"]


async def test_nested_transaction_rolls_back_alone(database: Database) -> None:
    async with database.transaction():
        await add(database, "kept")
        with pytest.raises(KeyError):
            async with database.transaction():
                await add(database, "dropped")
                raise KeyError
        async with database.transaction():
            await add(database, "kept too")
    assert await names(database) == ["kept", "kept too"]


async def test_broken_constraint_in_a_nested_transaction_leaves_the_outer_one_usable(database: Database) -> None:
    async with database.transaction():
        await add(database, "one")
        with pytest.raises(IntegrityError):
            async with database.transaction():
                await add(database, "one")
        await add(database, "two")
    assert await names(database) == ["one", "two"]


async def test_tortoises_own_transactions_are_the_same(database: Database) -> None:
    async with database.transaction():
        async with in_transaction():
            await Branch.create(name="inner")
        assert await names(database) == ["inner"]
        await Branch.bulk_create([Branch(name="bulk 1"), Branch(name="bulk 2")])
        await Branch.get_or_create(name="inner")
    assert await names(database) == ["bulk 1", "bulk 2", "inner"]


async def test_explicit_rollback_ends_the_transaction(database: Database) -> None:
    token = database.activate()
    async with in_transaction() as connection:
        await add(database, "one")
        await connection.rollback()
        with pytest.raises(TransactionManagementError):
            await add(database, "two")
    database.deactivate(token)
    assert await names(database) == []


async def test_explicit_commit_ends_the_transaction(database: Database) -> None:
    called: list[str] = []
    token = database.activate()
    with pytest.raises(KeyError):
        async with in_transaction() as connection:
            await add(database, "one")
            database.after_commit(lambda: called.append("committed"))
            await connection.commit()
            raise KeyError
    database.deactivate(token)
    assert await names(database) == ["one"]
    assert called == ["committed"]


async def test_after_commit_is_called_after_commit_only(database: Database) -> None:
    called: list[str] = []
    database.after_commit(lambda: called.append("outside"))
    async with database.transaction():
        database.after_commit(lambda: called.append("committed"))
        with pytest.raises(KeyError):
            async with database.transaction():
                database.after_commit(lambda: called.append("inner rolled back"))
                raise KeyError
        assert called == ["outside"]
    assert called == ["outside", "committed"]
    with pytest.raises(KeyError):
        async with database.transaction():
            database.after_commit(lambda: called.append("rolled back"))
            raise KeyError
    assert called == ["outside", "committed"]


async def test_failing_callback_does_not_undo_or_hide_the_commit(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    called: list[str] = []

    def fail() -> None:
        raise RuntimeError("no dispatcher")

    async with database.transaction():
        await add(database, "kept")
        database.after_commit(fail)
        database.after_commit(lambda: called.append("next"))
    assert called == ["next"]
    assert await names(database) == ["kept"]
    assert "a callback after commit failed" in caplog.text


async def test_task_started_by_a_callback_is_in_no_transaction(database: Database) -> None:
    tasks: list[asyncio.Task[None]] = []

    async def dispatch() -> None:
        assert not database.in_transaction
        await add(database, "dispatched")

    async with database.transaction():
        database.after_commit(lambda: tasks.append(asyncio.create_task(dispatch())))
    await asyncio.gather(*tasks)
    assert await names(database) == ["dispatched"]


async def test_task_that_outlives_its_transaction_is_refused_until_it_activates(database: Database) -> None:
    over = asyncio.Event()

    async def straggler() -> None:
        await over.wait()
        with pytest.raises(TransactionManagementError):
            await add(database, "late")
        token = database.activate()
        await add(database, "on time")
        database.deactivate(token)

    async with database.transaction():
        task = asyncio.create_task(straggler())
        await asyncio.sleep(0)
    over.set()
    await task
    assert await names(database) == ["on time"]


async def test_statements_of_several_tasks_share_a_transaction(database: Database) -> None:
    async with database.transaction():
        await asyncio.gather(*(Branch.create(name=f"{i:02}") for i in range(20)))
        assert len(await names(database)) == 20


async def test_read_does_not_wait_for_another_tasks_transaction(database: Database) -> None:
    await add(database, "before")
    wrote, go_on = asyncio.Event(), asyncio.Event()

    async def writer() -> None:
        async with database.transaction():
            await add(database, "under way")
            wrote.set()
            await go_on.wait()

    task = asyncio.create_task(writer())
    await wrote.wait()
    assert await names(database) == ["before"]
    assert await database.fetch("SELECT count(*) FROM samples_branch", bounded=True)
    token = database.activate()
    assert await Branch.all().count() == 1
    database.deactivate(token)
    assert not task.done()
    go_on.set()
    await task


async def test_fifty_tasks_that_read_and_then_write_lose_nothing(database: Database) -> None:
    async with database.transaction():
        await Tally.create(id=1)

    async def increase() -> None:
        async with database.transaction():
            tally = await Tally.filter(id=1).select_for_update().get()
            await asyncio.sleep(0)
            tally.value += 1
            await tally.save()

    await asyncio.gather(*(increase() for _ in range(50)))
    assert await database.fetch("SELECT value FROM samples_tally") == [(50,)]


@pytest.mark.parametrize("pause", [0.0, 0.0001, 0.0005, 0.001, 0.002, 0.005, 0.01])
async def test_cancelled_transaction_rolls_back_and_leaves_the_database_usable(
    database: Database, pause: float
) -> None:
    async def work() -> None:
        async with database.transaction():
            for i in range(500):
                await add(database, f"cancelled {i}")

    task = asyncio.create_task(work())
    await asyncio.sleep(pause)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await names(database) == []
    await eventually_writable(database)


async def test_transactions_cancelled_at_any_moment_are_whole_or_nothing(database: Database) -> None:
    chance = random.Random(7)

    async def work(number: int) -> None:
        async with database.transaction():
            await add(database, f"{number} a")
            async with database.transaction():
                await add(database, f"{number} b")

    async def cancelled(number: int) -> BaseException | None:
        task = asyncio.create_task(work(number))
        await asyncio.sleep(chance.random() * 10 * usual)
        for _ in range(chance.randint(1, 3)):
            task.cancel()
            await asyncio.sleep(0)
        (result,) = await asyncio.gather(task, return_exceptions=True)
        assert result is None or isinstance(result, asyncio.CancelledError)
        return result

    await work(-2)
    start = time.perf_counter()
    await work(-1)
    usual = time.perf_counter() - start
    results: list[BaseException | None] = []
    # Until both outcomes were seen often, however fast the machine is.
    while results.count(None) < 20 or len(results) - results.count(None) < 20:
        results += await asyncio.gather(*(cancelled(len(results) + i) for i in range(8)))
    written = await names(database)
    halves = [{name[:-2] for name in written if name.endswith(half)} for half in ("a", "b")]
    assert halves[0] == halves[1]
    assert len(halves[0]) >= results.count(None) + 2
    await asyncio.gather(*(work(number) for number in range(10_000, 10_030)))
    assert len(await names(database)) == len(written) + 60


async def test_cancellation_during_the_commit_is_too_late(database: Database) -> None:
    called: list[str] = []

    async def work() -> None:
        this = asyncio.current_task()
        assert this is not None
        async with database.transaction():
            await add(database, "committed")
            database.after_commit(lambda: called.append("committed"))
            asyncio.get_running_loop().call_soon(this.cancel)

    task = asyncio.create_task(work())
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await names(database) == called == ["committed"]
    await eventually_writable(database)


async def test_cancellation_while_waiting_for_a_turn_leaves_the_database_usable(database: Database) -> None:
    held, go_on = asyncio.Event(), asyncio.Event()

    async def work(i: int) -> None:
        async with database.transaction():
            held.set()
            await go_on.wait()
            await add(database, f"{i}")

    tasks = [asyncio.create_task(work(i)) for i in range(30)]
    await held.wait()
    for task in tasks[10:]:
        task.cancel()
    assert all(isinstance(r, asyncio.CancelledError) for r in await asyncio.gather(*tasks[10:], return_exceptions=True))
    go_on.set()
    await asyncio.gather(*tasks[:10])
    assert len(await names(database)) == 10


async def test_cancellation_between_statements_rolls_back(database: Database) -> None:
    wrote = asyncio.Event()

    async def work() -> None:
        async with database.transaction(), database.transaction():
            await add(database, "cancelled")
            wrote.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await wrote.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await eventually_writable(database)
    assert await names(database) == ["afterwards"]


async def test_timeout_of_one_statement_inside_a_transaction_loses_no_write(database: Database) -> None:
    """A client that goes on after the timeout either commits everything or is told that it can't."""
    slow = {
        "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT max(i) FROM n",
        "postgres": "SELECT pg_sleep(600)",
    }[database.dialect]
    async with asyncio.timeout(HANGS_SECONDS), database.transaction():
        await add(database, "before")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05), database.transaction():
                await database.fetch(slow)
        await add(database, "after")
    assert await names(database) == ["after", "before"]


@pytest.fixture
async def two(database: Database, database_url: str, dialect: str) -> AsyncIterator[tuple[Database, Database]]:
    other_url = f"{database_url}_2"
    other = Database(other_url)
    await other.create()
    await other.open({"samples": [samples]})
    await other.create_tables()
    yield database, other
    await other.drop()


async def test_two_databases_stay_apart_under_concurrent_tasks(two: tuple[Database, Database]) -> None:
    for number, database in enumerate(two):
        async with database.transaction():
            await Tally.create(id=1, value=number)

    async def request(number: int) -> None:
        database = two[number % 2]
        token = database.activate()
        try:
            assert (await Tally.get(id=1)).value == number % 2
            async with database.transaction():
                await Branch.create(name=f"{number}")
                await asyncio.sleep(0)
                assert await database.fetch("SELECT value FROM samples_tally") == [(number % 2,)]
            assert (await Branch.get(name=f"{number}")).name == f"{number}"
            assert await Branch.get_or_none(name=f"{number + 1}") is None
        finally:
            database.deactivate(token)

    await asyncio.gather(*(request(i) for i in range(200)))
    assert [len(await names(database)) for database in two] == [100, 100]


async def test_transaction_in_one_database_leaves_the_other_outside(two: tuple[Database, Database]) -> None:
    first, second = two
    with pytest.raises(KeyError):
        async with first.transaction():
            await Branch.create(name="first")
            async with second.transaction():
                await Branch.create(name="second")
            assert await names(first) == ["first"]
            raise KeyError
    assert await names(first) == []
    assert await names(second) == ["second"]


async def test_counting_collects_statements_of_models_and_fetch(database: Database) -> None:
    with database.counting() as statements:
        async with database.transaction():
            await Branch.create(name="one")
            await database.fetch("SELECT 1")
            await database.execute("UPDATE samples_branch SET name = 'two'")
        with database.counting() as inner:
            await database.fetch("SELECT 2", bounded=True)
    assert [s.split()[0] for s in statements] == ["INSERT", "SELECT", "UPDATE", "SELECT"]
    assert inner == ["SELECT 2"]
    await database.fetch("SELECT 3")
    assert len(statements) == 4


async def test_execute_returns_the_number_of_changed_rows(database: Database) -> None:
    for name in ("one", "two"):
        await add(database, name)
    assert await database.execute("UPDATE samples_branch SET name = name || '!'") == 2
    assert await database.execute("DELETE FROM samples_branch WHERE name = 'nobody'") == 0


async def test_statement_that_returns_what_it_writes_is_a_write(database: Database) -> None:
    rows = await database.fetch(insert(database) + " RETURNING name", (uuid4(), "new"))
    assert [row[0] for row in rows] == ["new"]
    assert await names(database) == ["new"]


async def test_wrong_statement_is_an_operational_error(database: Database) -> None:
    for bounded in (False, True):
        with pytest.raises(OperationalError):
            await database.fetch("SELECT nothing FROM nowhere", bounded=bounded)
    with pytest.raises(OperationalError):
        await database.execute("UPDATE nowhere SET nothing = 1")


async def test_closed_database_opens_again_on_next_use(database: Database) -> None:
    await add(database, "one")
    await database.close()
    assert await names(database) == ["one"]


async def begun(database: Database) -> None:
    async with database.transaction():
        await add(database, "nowhere")


async def test_missing_database_is_a_typed_error_that_says_where(dialect: str, postgres_admin_url: str) -> None:
    url = "sqlite:///nowhere/at/all.db" if dialect == "sqlite" else f"{postgres_admin_url}_that_is_not_there"
    database = Database(url)
    await database.open({"samples": [samples]})
    for attempt in (
        database.ping(),
        database.execute("DELETE FROM samples_branch"),
        begun(database),
    ):
        with pytest.raises(DatabaseUnavailableError) as caught:
            await attempt
        assert caught.value.code == "DATABASE_UNAVAILABLE"
        assert ("/nowhere/at/all.db" if dialect == "sqlite" else "_that_is_not_there") in str(caught.value)
