from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Awaitable, Iterator
from functools import partial
from itertools import count
from threading import Thread
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from tortoise.exceptions import OperationalError, TransactionManagementError

from core.data import pool as pool_module
from core.data.database import Database, DatabaseTimeoutError, DatabaseUnavailableError
from core.data.pool import Pool
from tests.core.data.test_postgres import client_of, database_name, fill_the_pool, kill_all
from tests.own_postgres import Server, own_server, programs
from tests.waiting import HANGS_SECONDS, LoopClock, until

pytestmark = pytest.mark.postgres

CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"


def pool_of(database: Database) -> Pool:
    return client_of(database).pool_here()


async def value(database: Database, sql: str, *args: Any) -> Any:
    return (await database.fetch(sql, args))[0][0]


async def assert_in_no_transaction(database: Database) -> None:
    with pytest.raises(TransactionManagementError, match="can only be used in transaction blocks"):
        await database.execute("SAVEPOINT probe")


async def turns(number: int) -> None:
    """Let the event loop go round."""
    for _ in range(number):
        await asyncio.sleep(0)


async def cancel(task: asyncio.Task[Any]) -> None:
    """Cancel and await a task; it may have ended in order."""
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()


@pytest.mark.parametrize("statement_cache_size", [512, 0])
async def test_cancelled_statements_leave_no_answer_to_the_next_question(
    database_url: str, statement_cache_size: int
) -> None:
    database = Database(f"{database_url}?pool_size=4&statement_cache_size={statement_cache_size}")
    chance, numbers, answered = random.Random(7), count(), 0

    async def ask(*, new: bool) -> None:
        nonlocal answered
        number = next(numbers)
        # A new text is prepared first, which is another state to be cancelled in.
        assert await value(database, f"SELECT $1::int /* {number if new else 'same'} */", number) == number
        answered += 1

    async def asks() -> None:
        for _ in range(150):
            task = asyncio.create_task(ask(new=chance.random() < 0.2))
            if chance.random() < 0.3:
                await turns(chance.randrange(8))
                await cancel(task)
            await task if not task.cancelled() else None

    async def sleeps() -> None:
        for _ in range(50):
            task = asyncio.create_task(database.fetch("SELECT pg_sleep(600)"))
            await asyncio.sleep(chance.uniform(0, 0.02))
            await cancel(task)

    await asyncio.gather(*(asks() for _ in range(10)), *(sleeps() for _ in range(4)))
    assert answered > 500
    assert await value(database, CONNECTIONS) <= 4
    assert await asyncio.gather(*(value(database, "SELECT $1::int", i) for i in range(50))) == list(range(50))
    assert await value(database, f"{CONNECTIONS} AND query LIKE 'SELECT pg_sleep%' AND state = 'active'") == 0
    await database.close()


async def test_cancelled_statement_does_not_cost_the_connection(database_url: str) -> None:
    database = Database(f"{database_url}?pool_size=1")
    backend = await value(database, "SELECT pg_backend_pid()")
    for number in range(20):
        task = asyncio.create_task(database.fetch(f"SELECT pg_sleep(600), {number}"))
        await asyncio.sleep(0.005)
        await cancel(task)
        assert await value(database, "SELECT pg_backend_pid()") == backend
    await database.close()


async def test_statement_that_is_thrown_away_leaves_no_answer_to_the_next_question(database_url: str) -> None:
    database = Database(f"{database_url}?pool_size=1")
    await database.ping()
    thrown = database.fetch("SELECT 1 FROM pg_sleep(0.1)")
    thrown.send(None)
    thrown.close()
    assert await value(database, "SELECT 2") == 2
    await database.close()


async def test_killed_connections_cost_readers_nothing(database: Database, postgres_admin_url: str) -> None:
    stop = asyncio.Event()
    numbers = count()

    async def reads() -> int:
        done = 0
        while not stop.is_set():
            number = next(numbers)
            assert await value(database, "SELECT $1::int", number) == number
            done += 1
        return done

    readers = [asyncio.create_task(reads()) for _ in range(50)]
    rounds = killed = 0
    while rounds < 8 or killed < 40:
        await asyncio.sleep(0.05)
        killed += await kill_all(postgres_admin_url, database)
        rounds += 1
    stop.set()
    assert min(await asyncio.gather(*readers)) > 0


async def test_connections_killed_while_idle_cost_writers_nothing(database_url: str, postgres_admin_url: str) -> None:
    database = Database(f"{database_url}?pool_size=2&acquire_timeout_seconds=2")
    await database.execute("CREATE TABLE note (number INT)")
    for number in range(5):
        await asyncio.gather(database.fetch("SELECT pg_sleep(0.05)"), database.fetch("SELECT pg_sleep(0.05)"))
        idle = list(pool_of(database)._idle)
        assert await kill_all(postgres_admin_url, database)
        await until(lambda: all(connection.is_closed() for connection in idle))  # noqa: B023  # awaited at once
        # A write is not repeated, so it must not get a connection that is known to be dead.
        await database.execute("INSERT INTO note VALUES ($1)", (number,))
    assert await value(database, "SELECT count(*) FROM note") == 5
    await database.close()


async def test_connections_that_are_not_known_to_be_dead_yet_cost_one_repetition(
    database: Database, postgres_admin_url: str
) -> None:
    """The server's good-bye is read in one turn of the loop and the end of the connection in the next."""

    async def ask() -> None:
        async with database.transaction():
            assert await value(database, "SELECT 7") == 7

    for number in range(6):
        await fill_the_pool(database)
        killing = Thread(target=lambda: asyncio.run(kill_all(postgres_admin_url, database)))
        killing.start()
        killing.join()  # blocks the loop on purpose
        await turns(number)
        await asyncio.gather(*(ask() for _ in range(20)))


async def test_transactions_on_killed_connections_are_whole_or_nothing(
    database: Database, postgres_admin_url: str
) -> None:
    await database.execute("CREATE TABLE pair (id UUID, half INT)")
    committed, lost, unsure = await write_pairs_while(database, kill_often(database, postgres_admin_url))
    assert committed
    assert lost
    await assert_whole(database, committed, lost, unsure)


async def kill_often(database: Database, admin_url: str) -> None:
    for _ in range(6):
        await asyncio.sleep(0.05)
        await kill_all(admin_url, database)


async def write_pairs_while(database: Database, trouble: Awaitable[None]) -> tuple[set[Any], set[Any], set[Any]]:
    """Write two rows per transaction meanwhile, and return which were committed, lost, and lost during the commit."""
    committed: set[Any] = set()
    lost: set[Any] = set()
    unsure: set[Any] = set()
    over = False

    async def writes() -> None:
        while not over:
            key, written = uuid4(), False
            try:
                async with database.transaction():
                    for half in (1, 2):
                        await database.execute("INSERT INTO pair VALUES ($1, $2)", (key, half))
                        await database.fetch("SELECT pg_sleep(0.001)")
                    written = True
            except DatabaseUnavailableError:
                (unsure if written else lost).add(key)
                await asyncio.sleep(0.01)
            else:
                committed.add(key)

    writers = [asyncio.create_task(writes()) for _ in range(10)]
    await trouble
    over = True
    await asyncio.gather(*writers)
    return committed, lost, unsure


async def assert_whole(database: Database, committed: set[Any], lost: set[Any], unsure: set[Any]) -> None:
    found = {row[0]: row[1] for row in await database.fetch("SELECT id, count(*) FROM pair GROUP BY id")}
    assert set(found.values()) == {2}
    assert committed <= set(found) <= committed | unsure
    assert not lost & set(found)


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that the test may stop and start."""
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL's own programs, such as initdb, are not on this machine")
    with own_server(found) as server:
        yield server


async def test_crash_and_start_of_the_server_are_survived(server: Server) -> None:
    database = Database(server.url)
    await database.execute("CREATE TABLE pair (id UUID, half INT)")
    over, numbers, answers, refusals = False, count(), 0, 0

    async def reads() -> None:
        nonlocal answers, refusals
        while not over:
            number = next(numbers)
            try:
                assert await value(database, "SELECT $1::int", number) == number
                answers += 1
            except DatabaseUnavailableError:
                refusals += 1
                await asyncio.sleep(0.01)

    async def restart() -> None:
        for _ in range(2):
            await asyncio.sleep(0.2)
            await asyncio.to_thread(server.stop, crash=True)
            await asyncio.sleep(0.1)
            await asyncio.to_thread(server.start)
        await asyncio.sleep(0.2)

    readers = [asyncio.create_task(reads()) for _ in range(20)]
    committed, lost, unsure = await write_pairs_while(database, restart())
    over = True
    await asyncio.gather(*readers)
    assert answers
    assert refusals
    assert await asyncio.gather(*(value(database, "SELECT $1::int", i) for i in range(50))) == list(range(50))
    await assert_whole(database, committed, lost, unsure)
    await database.close()


async def test_cancellation_that_overtakes_its_statement_is_repeated(server: Server) -> None:
    database = Database(f"{server.url}?pool_size=1")
    backend = await value(database, "SELECT pg_backend_pid()")
    for seconds in (0, 600, 600, 600):
        task = asyncio.create_task(database.fetch("SELECT pg_sleep($1)", (seconds,)))
        if seconds == 0:
            await task  # prepares it
            continue
        await turns(2)
        # A server that is busy finds the statement and its cancellation at once, and the latter before it has begun.
        os.kill(backend, signal.SIGSTOP)
        task.cancel()
        await asyncio.wait([task])
        answer = asyncio.create_task(value(database, "SELECT pg_backend_pid()"))
        await asyncio.sleep(0.05)
        os.kill(backend, signal.SIGCONT)
        async with asyncio.timeout(HANGS_SECONDS):
            assert await answer == backend
    await database.close()


async def test_every_client_of_a_small_pool_is_served(database_url: str) -> None:
    database = Database(f"{database_url}?pool_size=2")
    pool = pool_of(database)
    for connection in await asyncio.gather(pool.take(), pool.take()):  # opening one may take longer than all the rest
        pool.give_back(connection)
    lent: list[int] = []

    async def ask(number: int) -> None:
        sql = "SELECT $1::int FROM pg_sleep(0.002)"
        assert (await database.fetch(sql, (number,), begin=partial(lent.append, number)))[0][0] == number

    await asyncio.gather(*(ask(number) for number in range(50)))
    assert lent == list(range(50)), "first come, first served"
    assert await value(database, CONNECTIONS) == 2
    await database.close()


async def test_waiting_ends_for_each_at_its_own_time(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = LoopClock(monkeypatch)
    database = Database(f"{database_url}?pool_size=1&acquire_timeout_seconds=1000")
    lent = await pool_of(database).take()
    early = asyncio.create_task(database.fetch("SELECT 1"))
    await clock.forward(600)
    late = asyncio.create_task(value(database, "SELECT 2"))
    await clock.forward(600)
    with pytest.raises(DatabaseTimeoutError, match="none of 1 became free within 1000 s"):
        await early
    assert not late.done()
    pool_of(database).give_back(lent)
    assert await late == 2
    await database.close()


async def test_cancelled_waiter_loses_no_connection(database_url: str) -> None:
    database = Database(f"{database_url}?pool_size=1")
    pool, chance = pool_of(database), random.Random(11)
    for _ in range(1000):
        connection = await pool.take()
        waiters = [asyncio.create_task(database.fetch("SELECT 1")) for _ in range(2)]
        await turns(chance.randrange(1, 3))
        for step in chance.sample(["give", "cancel"], 2):
            if step == "give":
                pool.give_back(connection)
            else:
                waiters[0].cancel()
            await turns(chance.randrange(3))
        await asyncio.wait(waiters)
        assert waiters[1].result()[0][0] == 1
    assert await value(database, CONNECTIONS) == 1
    await database.close()


async def test_cancelled_first_statement_loses_no_place_in_the_pool(database_url: str) -> None:
    database = Database(f"{database_url}?pool_size=1&acquire_timeout_seconds=2")
    chance = random.Random(13)
    for _ in range(40):
        task = asyncio.create_task(database.fetch("SELECT 1"))
        await asyncio.sleep(chance.uniform(0, 0.01))
        await cancel(task)
        assert await value(database, "SELECT 2") == 2
        await database.close()


async def test_refused_connection_loses_no_place_in_the_pool(database_url: str, postgres_admin_url: str) -> None:
    database = Database(f"{database_url}?pool_size=2")
    admin = await asyncpg.connect(postgres_admin_url)
    name = database_name(database)
    await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    results = await asyncio.gather(*(database.ping() for _ in range(20)), return_exceptions=True)
    assert {type(result) for result in results} == {DatabaseUnavailableError}
    await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    await asyncio.gather(*(database.ping() for _ in range(20)))
    await database.close()
    await admin.close()


@pytest.mark.parametrize("statement", ["BEGIN", "BEGIN; SELECT 1 / 0"])
async def test_transaction_that_nobody_ended_is_not_lent(database_url: str, statement: str) -> None:
    database = Database(f"{database_url}?pool_size=1")
    try:
        await client_of(database).execute_script(statement)
    except OperationalError:
        assert "/ 0" in statement
    await assert_in_no_transaction(database)
    assert await value(database, CONNECTIONS) == 1
    await database.close()


async def test_cancelled_beginning_of_a_transaction_is_not_lent(database_url: str) -> None:
    database = Database(f"{database_url}?pool_size=1")
    await database.ping()

    async def begin() -> None:
        async with database.transaction():
            await asyncio.sleep(30)

    for number in range(60):
        task = asyncio.create_task(begin())
        await turns(number % 6)
        await asyncio.sleep(0 if number % 2 else 0.001)
        await cancel(task)
        await assert_in_no_transaction(database)
    assert await value(database, CONNECTIONS) == 1
    await database.close()


async def test_connections_that_nobody_uses_are_closed(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = LoopClock(monkeypatch)
    database = Database(f"{database_url}?idle_seconds=1000")
    assert len(await fill_the_pool(database)) == 10
    used = await value(database, "SELECT pg_backend_pid()")
    for _ in range(10):
        await clock.forward(300)
        assert await value(database, "SELECT pg_backend_pid()") == used

    async def one_is_left() -> bool:
        return int(await value(database, CONNECTIONS)) == 1

    await until(one_is_left)
    await clock.forward(1001)
    await until(lambda: not pool_of(database)._open)
    await database.close()


async def test_closing_waits_for_what_is_under_way(database_url: str) -> None:
    database = Database(f"{database_url}?pool_size=2")
    under_way = [asyncio.create_task(value(database, "SELECT $1::int FROM pg_sleep(0.05)", i)) for i in range(6)]
    await asyncio.sleep(0.03)
    await database.close()
    assert [task.result() for task in under_way] == list(range(6))


async def test_closing_does_not_wait_for_ever(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "_CLOSE_SECONDS", 0.2)
    database = Database(f"{database_url}?pool_size=1")
    under_way = [asyncio.create_task(database.fetch("SELECT pg_sleep(600)")) for _ in range(3)]
    await asyncio.sleep(0.1)
    async with asyncio.timeout(HANGS_SECONDS):
        await database.close()
        results = await asyncio.gather(*under_way, return_exceptions=True)
    assert {type(result) for result in results} == {DatabaseUnavailableError}


async def test_event_loops_share_no_connection(database_url: str) -> None:
    database = Database(database_url)
    here = await value(database, "SELECT pg_backend_pid()")

    async def elsewhere() -> Any:
        there = await value(database, "SELECT pg_backend_pid()")
        await database.close()
        return there

    assert await asyncio.to_thread(lambda: asyncio.run(elsewhere())) != here
    assert await value(database, "SELECT pg_backend_pid()") == here
    await database.close()


async def test_changed_table_costs_one_transaction_and_not_one_per_connection(database_url: str) -> None:
    database = Database(f"{database_url}?pool_size=7")
    await database.execute("CREATE TABLE thing (id INT)")

    async def read_together() -> list[str]:
        gathered = asyncio.Barrier(5)

        async def read() -> str:
            async with database.transaction():
                await gathered.wait()
                try:
                    await database.fetch("SELECT * FROM thing FOR UPDATE")
                except OperationalError:
                    return "stale"
            return "right"

        return await asyncio.gather(*(read() for _ in range(5)))

    assert await read_together() == ["right"] * 5
    await database.execute("ALTER TABLE thing ADD COLUMN extra INT")
    with pytest.raises(OperationalError, match="cached"):
        async with database.transaction():
            await database.fetch("SELECT * FROM thing FOR UPDATE")
    assert await read_together() == ["right"] * 5
    await database.close()
