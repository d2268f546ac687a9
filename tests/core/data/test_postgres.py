from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest

from core.data.address import PostgresSettings
from core.data.database import Database, DatabaseTimeoutError, DatabaseUnavailableError
from core.data.postgres import PostgresClient
from tests.core.data import samples
from tests.core.data.samples import Branch
from tests.waiting import HANGS_SECONDS, until

pytestmark = pytest.mark.postgres

INSERT = "INSERT INTO samples_branch (id, name) VALUES ($1, $2)"
COUNT = "SELECT count(*) FROM samples_branch"


def client_of(database: Database) -> PostgresClient:
    client = database.client
    assert isinstance(client, PostgresClient)
    return client


def database_name(database: Database) -> str:
    assert isinstance(database.settings, PostgresSettings)
    return database.settings.database


async def fill_the_pool(database: Database) -> set[int]:
    """Use all connections at once, and return their backends."""
    together = asyncio.Barrier(10)

    async def hold() -> int:
        async with client_of(database).acquire() as connection:
            await together.wait()
            backend: int = connection.get_server_pid()
            return backend

    return set(await asyncio.gather(*(hold() for _ in range(10))))


async def kill_all(admin_url: str, database: Database) -> int:
    admin = await asyncpg.connect(admin_url)
    try:
        mine = "SELECT pid FROM pg_stat_activity WHERE datname = $1"
        pids = [row["pid"] for row in await admin.fetch(mine, database_name(database))]
        killed: int = await admin.fetchval(
            "SELECT count(*) FROM unnest($1::int[]) AS pid WHERE pg_terminate_backend(pid)", pids
        )

        async def gone() -> bool:
            left: int = await admin.fetchval("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY($1)", pids)
            return left == 0

        await until(gone)
        return killed
    finally:
        await admin.close()


async def test_killed_connections_are_replaced_at_the_next_read(database: Database, postgres_admin_url: str) -> None:
    assert len(await fill_the_pool(database)) == 10
    assert await kill_all(postgres_admin_url, database) == 10
    results = await asyncio.gather(*(database.fetch(COUNT) for _ in range(20)))
    assert {row[0][0] for row in results} == {0}


async def test_killed_connections_are_replaced_at_the_next_transaction(
    database: Database, postgres_admin_url: str
) -> None:
    await fill_the_pool(database)
    await kill_all(postgres_admin_url, database)

    async def request(number: int) -> None:
        async with database.transaction():
            await Branch.create(name=f"{number}")

    await asyncio.gather(*(request(i) for i in range(20)))
    assert (await database.fetch(COUNT))[0][0] == 20


async def test_connections_killed_while_the_loop_was_busy_are_replaced(
    database: Database, postgres_admin_url: str
) -> None:
    """The pool can't know yet that its connections are dead when the requests come."""
    await fill_the_pool(database)
    admin = await asyncpg.connect(postgres_admin_url)
    kill = asyncio.create_task(
        admin.execute(f"""SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = '{database_name(database)}'""")
    )
    await asyncio.sleep(0)
    time.sleep(0.2)  # noqa: ASYNC251  # blocks the loop on purpose
    token = database.activate()
    async with database.transaction():
        await Branch.create(name="written")
    assert await Branch.all().count() == 1
    database.deactivate(token)
    await kill
    await admin.close()


async def test_transaction_whose_connection_is_killed_fails_with_a_typed_error(
    database: Database, postgres_admin_url: str
) -> None:
    with pytest.raises(DatabaseUnavailableError):
        async with database.transaction():
            await Branch.create(name="lost")
            await kill_all(postgres_admin_url, database)
            await Branch.create(name="lost too")
    assert (await database.fetch(COUNT))[0][0] == 0


async def test_commit_on_a_killed_connection_fails_with_a_typed_error(
    database: Database, postgres_admin_url: str
) -> None:
    with pytest.raises(DatabaseUnavailableError):
        async with database.transaction():
            await Branch.create(name="lost")
            await kill_all(postgres_admin_url, database)
    assert (await database.fetch(COUNT))[0][0] == 0


async def test_pool_never_lends_a_connection_with_an_open_transaction(database: Database) -> None:
    await database.execute("BEGIN")
    await database.execute(INSERT, (uuid4(), "not lost"))
    for _ in range(10):
        async with client_of(database).acquire() as connection:
            assert not connection.is_in_transaction()
    assert (await database.fetch(COUNT))[0][0] == 1


async def test_commit_after_a_swallowed_error_is_an_error(database: Database) -> None:
    from tortoise.exceptions import IntegrityError, TransactionManagementError

    await database.execute(INSERT, (uuid4(), "taken"))
    called: list[str] = []
    with pytest.raises(TransactionManagementError):
        async with database.transaction():
            await database.execute(INSERT, (uuid4(), "lost"))
            database.after_commit(lambda: called.append("committed"))
            with pytest.raises(IntegrityError):
                await database.execute(INSERT, (uuid4(), "taken"))
    assert called == []
    assert (await database.fetch(COUNT))[0][0] == 1


async def test_pool_is_bounded_and_waiting_for_it_ends(database_url: str) -> None:
    database = Database(f"{database_url}?pool_size=2&acquire_timeout_seconds=0.2")
    tasks = [asyncio.create_task(database.fetch("SELECT pg_sleep(600)")) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(DatabaseTimeoutError, match=r"none of 2 became free within 0\.2 s"):
        await database.fetch("SELECT 1")
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert (await database.fetch("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"))[0][0] <= 2
    await database.close()


async def test_statement_that_takes_too_long_is_a_timeout_and_the_database_stays_usable(database_url: str) -> None:
    database = Database(f"{database_url}?command_timeout_seconds=0.5&pool_size=1")
    for _ in range(3):
        with pytest.raises(DatabaseTimeoutError):
            await database.fetch("SELECT pg_sleep(600)")
    assert (await database.fetch("SELECT 1"))[0][0] == 1
    with pytest.raises(DatabaseTimeoutError):
        async with database.transaction():
            await database.fetch("SELECT pg_sleep(600)")
    assert (await database.fetch("SELECT 1"))[0][0] == 1
    await database.close()


@pytest.fixture
async def silent_server() -> AsyncIterator[int]:
    """A server that accepts connections and never says anything."""
    writers: list[asyncio.StreamWriter] = []

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await reader.read()

    server = await asyncio.start_server(swallow, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    for writer in writers:
        writer.close()
    server.close()
    await server.wait_closed()


async def test_silent_server_is_a_timeout(silent_server: int) -> None:
    database = Database(
        f"postgres://user:secret@127.0.0.1:{silent_server}/name?connect_timeout_seconds=0.2&ssl=disable"
    )
    async with asyncio.timeout(HANGS_SECONDS):
        with pytest.raises(DatabaseUnavailableError) as caught:
            await database.ping()
    assert "secret" not in str(caught.value)
    await database.close()


async def test_unknown_user_and_closed_port_are_typed_errors_without_the_password(database_url: str) -> None:
    parts = urlsplit(database_url)
    for netloc in (f"nobody_known:secret@{parts.hostname}:{parts.port}", "postgres:secret@127.0.0.1:1"):
        database = Database(urlunsplit(parts._replace(netloc=netloc)))
        with pytest.raises(DatabaseUnavailableError) as caught:
            await database.ping()
        assert "secret" not in str(caught.value) + repr(caught.value) + repr(database.settings)
        with pytest.raises(DatabaseUnavailableError):
            await database.create()
        await database.close()


@pytest.mark.parametrize(
    "form", ["postgres://{user}@{folder}:{port}/{name}", "postgres://{user}@/{name}?host={folder}&port={port}"]
)
async def test_socket_leads_to_the_same_server_by_either_form(database: Database, form: str) -> None:
    settings = database.settings
    assert isinstance(settings, PostgresSettings)
    ((folders,),) = await database.fetch("SHOW unix_socket_directories")
    port = settings.port or 5432
    sockets = [Path(folder, f".s.PGSQL.{port}") for folder in folders.split(", ")]
    folder = next((str(socket.parent) for socket in sockets if socket.exists()), None)
    if folder is None:
        pytest.skip("no socket of this PostgreSQL is on this machine")
    address = form.format(user=settings.user, folder=quote(folder, safe=""), port=port, name=settings.database)
    beside = Database(address)
    try:
        assert await beside.fetch("SELECT current_database()::text, inet_client_addr()") == [(settings.database, None)]
    except DatabaseUnavailableError as refused:
        if "authentication failed" not in str(refused):
            raise
        pytest.skip(f"the socket in {folder} asks this user for more than the suite has")
    finally:
        await beside.close()


async def test_missing_socket_is_named_in_the_error(tmp_path: Path) -> None:
    database = Database(f"postgres://user:secret@{quote(str(tmp_path), safe='')}:5433/name")
    with pytest.raises(DatabaseUnavailableError, match=f"{tmp_path}/.s.PGSQL.5433") as caught:
        await database.ping()
    assert "secret" not in str(caught.value)
    await database.close()


async def test_without_statement_cache_no_prepared_statement_stays_at_the_server(database_url: str) -> None:
    database = Database(f"{database_url}?statement_cache_size=0&pool_size=1")
    await database.open({"samples": [samples]})
    await database.create_tables()
    for _ in range(3):
        await database.execute(INSERT, (uuid4(), f"{uuid4()}"))
        await database.fetch("SELECT name FROM samples_branch WHERE name <> $1", ("x",))
    prepared = await database.fetch("SELECT count(*) FROM pg_prepared_statements WHERE name <> ''")
    assert prepared[0][0] == 0
    await database.close()


async def test_cancelled_statement_stops_at_the_server(database: Database) -> None:
    task = asyncio.create_task(database.fetch("SELECT pg_sleep(600)"))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(600)%' AND state = 'active'"

    async def stopped() -> bool:
        return not (await database.fetch(f"{running} AND datname = current_database()"))[0][0]

    await until(stopped)


async def test_schema_change_under_cached_statements_is_followed(database: Database) -> None:
    await database.execute(INSERT, (uuid4(), "one"))
    assert len((await database.fetch("SELECT * FROM samples_branch"))[0]) == 2
    await database.execute("ALTER TABLE samples_branch ADD COLUMN extra INT")
    assert len((await database.fetch("SELECT * FROM samples_branch"))[0]) == 3
