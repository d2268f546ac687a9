from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tortoise.exceptions import IntegrityError, OperationalError, TransactionManagementError

from core.data.database import Database, DatabaseTimeoutError, DatabaseUnavailableError
from core.data.sqlite import reads_only, split_script
from tests.core.data import samples
from tests.core.data.samples import Tally
from tests.waiting import HANGS_SECONDS, LoopClock, until

pytestmark = pytest.mark.sqlite

SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT count(*) FROM n"
INSERT = "INSERT INTO samples_branch (id, name) VALUES (?, ?)"
COUNT = "SELECT count(*) FROM samples_branch"


def file_of(database: Database) -> Path:
    path: Path = database.settings.path  # type: ignore[union-attr]  # an SQLite database
    return path


@contextmanager
def locked_by_another(database: Database) -> Iterator[sqlite3.Connection]:
    """Hold the write lock on a connection of which the database knows nothing, as another process would."""
    other = sqlite3.connect(file_of(database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield other
    finally:
        other.close()


async def test_committed_transactions_survive_a_power_cut(database: Database) -> None:
    settings = await database.fetch("PRAGMA journal_mode"), await database.fetch("PRAGMA synchronous")
    assert settings == ([("wal",)], [(2,)])
    async with database.transaction():
        assert await database.fetch("PRAGMA synchronous") == [(2,)]
        assert await database.fetch("PRAGMA foreign_keys") == [(1,)]


async def test_second_process_writes_beside(database: Database) -> None:
    async with database.transaction():
        await Tally.create(id=1)
    script = """
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=10)
for _ in range(100):
    c.execute("BEGIN IMMEDIATE")
    (v,) = c.execute("SELECT value FROM samples_tally").fetchone()
    c.execute("UPDATE samples_tally SET value = ?", (v + 1,))
    c.execute("COMMIT")
"""
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", script, str(file_of(database)))

    async def increase() -> None:
        async with database.transaction():
            tally = await Tally.get(id=1)
            tally.value += 1
            await tally.save()

    await asyncio.gather(*(increase() for _ in range(100)))
    assert await other.wait() == 0
    assert await database.fetch("SELECT value FROM samples_tally") == [(200,)]


async def test_lock_of_another_process_is_waited_for(database: Database) -> None:
    with locked_by_another(database) as other:
        tasks = [asyncio.create_task(database.execute(INSERT, (uuid4(), f"{i}"))) for i in range(3)]
        await asyncio.sleep(0.15)
        assert await database.fetch(COUNT) == [(0,)]
        other.execute("COMMIT")
        await asyncio.gather(*tasks)
    assert await database.fetch(COUNT) == [(3,)]


async def test_lock_of_another_process_that_stays_is_a_timeout(database_url: str) -> None:
    database = Database(database_url, options={"busy_timeout_seconds": 0.1})
    await database.open({"samples": [samples]})
    await database.create_tables()
    with locked_by_another(database):
        with pytest.raises(DatabaseTimeoutError, match="another process"):
            await database.execute(INSERT, (uuid4(), "never"))
        with pytest.raises(DatabaseTimeoutError, match="another process"):
            await database.transaction().__aenter__()
    await database.execute(INSERT, (uuid4(), "afterwards"))
    await database.close()


async def test_cancellation_while_another_process_holds_the_lock_does_not_wait_for_it(database_url: str) -> None:
    database = Database(database_url, options={"busy_timeout_seconds": 10 * HANGS_SECONDS})
    await database.open({"samples": [samples]})
    await database.create_tables()
    with locked_by_another(database):
        task = asyncio.create_task(database.transaction().__aenter__())
        await asyncio.sleep(0.05)
        task.cancel()
        async with asyncio.timeout(HANGS_SECONDS):
            with pytest.raises(asyncio.CancelledError):
                await task
    await database.execute(INSERT, (uuid4(), "afterwards"))
    await database.close()


async def test_writer_that_never_ends_is_a_timeout_for_the_others(database_url: str) -> None:
    database = Database(database_url, options={"lock_timeout_seconds": 0.05})
    await database.open({"samples": [samples]})
    await database.create_tables()

    async def other() -> None:
        token = database.activate()
        with pytest.raises(DatabaseTimeoutError, match="other writers"):
            await database.execute(INSERT, (uuid4(), "never"))
        database.deactivate(token)

    async with database.transaction():
        await asyncio.create_task(other())
    await database.close()


async def test_read_that_takes_too_long_is_a_timeout(database_url: str) -> None:
    database = Database(database_url, options={"command_timeout_seconds": 0.05})
    await database.create()
    with pytest.raises(DatabaseTimeoutError, match=r"more than 0\.05 s"):
        await database.fetch(SLOW.format(10**9))
    assert await database.fetch("SELECT 1") == [(1,)]
    await database.close()


async def test_cancelled_read_stops_and_gives_its_reader_back(database_url: str) -> None:
    database = Database(database_url, options={"readers": 1, "lock_timeout_seconds": 3})
    await database.create()
    for pause in (0, 0.001, 0.05):
        task = asyncio.create_task(database.fetch(SLOW.format(10**9)))
        await asyncio.sleep(pause)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await database.fetch("SELECT 1") == [(1,)]
    await database.close()


async def test_read_that_is_cancelled_while_its_reader_opens_leaves_no_connection_behind(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever drops a connection instead of closing it is told by Python 3.13, and by nobody before."""
    left: set[int] = set()

    class Counted(sqlite3.Connection):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            left.add(id(self))

        def close(self) -> None:
            left.discard(id(self))
            super().close()

    database = Database(database_url)
    await database.create()
    await database.close()
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Counted))
    for turns in range(6):
        reading = [asyncio.create_task(database.fetch(SLOW.format(1000))) for _ in range(3)]
        for _ in range(turns):
            await asyncio.sleep(0)
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
    assert left
    await database.close()
    assert not left


async def test_all_readers_busy_is_a_timeout(database_url: str) -> None:
    database = Database(database_url, options={"readers": 1, "lock_timeout_seconds": 0.05})
    await database.create()
    task = asyncio.create_task(database.fetch(SLOW.format(10**9)))
    await asyncio.sleep(0.01)
    with pytest.raises(DatabaseTimeoutError, match="all 1 readers"):
        await database.fetch("SELECT 1")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await database.close()


async def test_cancelled_write_in_a_transaction_is_finished_not_torn(database: Database) -> None:
    """SQLite rolls a whole transaction back when it interrupts a write of it."""
    write = INSERT.replace("VALUES (?, ?)", "SELECT 'id' || i, 'name ' || i FROM n")
    sql = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) {write}"
    async with database.transaction():
        await database.execute(INSERT, (uuid4(), "before"))
        write_under_way = asyncio.create_task(database.execute(sql))
        await asyncio.sleep(0)
        write_under_way.cancel()
        with pytest.raises(asyncio.CancelledError):
            await write_under_way
        await database.execute(INSERT, (uuid4(), "after"))
    assert await database.fetch("SELECT count(*) FROM samples_branch WHERE name IN ('before', 'after')") == [(2,)]


async def test_transaction_that_sqlite_rolled_back_by_itself_takes_no_more_statements(database: Database) -> None:
    await database.execute(INSERT, ("1", "taken"))
    with pytest.raises(TransactionManagementError):
        async with database.transaction():
            await database.execute(INSERT, ("2", "lost"))
            with pytest.raises(IntegrityError):
                await database.execute("INSERT OR ROLLBACK INTO samples_branch (id, name) VALUES ('3', 'taken')")
            with pytest.raises(TransactionManagementError):
                await database.execute(INSERT, ("4", "would be committed alone"))
            with pytest.raises(TransactionManagementError):
                await database.fetch(COUNT, bounded=True)
    assert await database.fetch("SELECT name FROM samples_branch") == [("taken",)]
    await database.execute(INSERT, ("5", "afterwards"))


async def test_foreign_key_found_broken_at_commit_rolls_back(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.transaction():
            await database.execute("PRAGMA defer_foreign_keys=ON")
            await database.execute("INSERT INTO samples_value_sample (id, branch_id) VALUES ('1', 'nobody')")
    assert await database.fetch("SELECT count(*) FROM samples_value_sample") == [(0,)]
    await database.execute(INSERT, ("5", "afterwards"))


async def test_script_inside_a_transaction_rolls_back_with_it(database: Database) -> None:
    with pytest.raises(KeyError):
        async with database.transaction():
            await database.client.execute_script("CREATE TABLE a (x); INSERT INTO a VALUES (';');")
            raise KeyError
    with pytest.raises(OperationalError):
        await database.fetch("SELECT * FROM a")
    await database.client.execute_script("CREATE TABLE a (x); INSERT INTO a VALUES (';'); -- done")
    assert await database.fetch("SELECT * FROM a") == [(";",)]
    with pytest.raises(OperationalError, match="leaves a transaction open"):
        await database.client.execute_script("BEGIN; INSERT INTO a VALUES (1);")
    assert await database.fetch("SELECT * FROM a") == [(";",)]


def test_script_is_split_at_the_ends_of_statements_only() -> None:
    trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT 2; END;"
    assert [s.strip() for s in split_script(f"SELECT ';'; /* a;b */ {trigger} SELECT 3")] == [
        "SELECT ';';",
        f"/* a;b */ {trigger}",
        "SELECT 3",
    ]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1", True),
        ("\n  with a AS (SELECT 1) select * FROM a", True),
        ("WITH a AS (SELECT 1) INSERT INTO b SELECT * FROM a", False),
        ("PRAGMA foreign_key_check", True),
        ("PRAGMA table_info(a)", True),
        ("PRAGMA foreign_keys=OFF", False),
        ("EXPLAIN QUERY PLAN DELETE FROM a", True),
        ("INSERT INTO a VALUES (1) RETURNING x", False),
        ("VACUUM", False),
        ("-- a comment\nSELECT 1", False),
    ],
)
def test_only_statements_that_surely_read_go_to_readers(sql: str, expected: bool) -> None:
    assert reads_only(sql) is expected


async def test_maintenance_statements_run_outside_transactions(database: Database, tmp_path: Path) -> None:
    await database.execute(INSERT, ("1", "kept"))
    await database.execute("VACUUM INTO ?", (str(tmp_path / "copy.db"),))
    copy = Database(f"sqlite://{tmp_path / 'copy.db'}")
    assert await copy.fetch("SELECT name FROM samples_branch") == [("kept",)]
    await copy.close()


async def test_idle_connections_close_and_open_again(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = LoopClock(monkeypatch)
    database = Database(database_url, options={"idle_seconds": 1000})
    await database.open({"samples": [samples]})
    await database.create_tables()
    before = threading.active_count()
    await asyncio.gather(*(database.fetch(COUNT) for _ in range(4)))
    log = Path(f"{file_of(database)}-wal")
    await clock.forward(999)
    assert threading.active_count() > before
    await clock.forward(2)
    await until(lambda: not log.exists())
    await until(lambda: threading.active_count() <= before)  # a thread ends after what it was told last
    assert await database.fetch(COUNT, bounded=True) == [(0,)]
    async with database.transaction():
        await clock.forward(3000)  # longer than idle: a transaction is use
        await database.execute(INSERT, ("1", "kept"))
    assert await database.fetch(COUNT) == [(1,)]
    await database.close()


async def test_file_that_is_no_database_is_a_typed_error(tmp_path: Path) -> None:
    path = tmp_path / "no.db"
    path.write_text("this is a text, not a database; long enough to have a header of its own, and then some more" * 20)
    database = Database(f"sqlite://{path}")
    with pytest.raises(DatabaseUnavailableError, match="not a database"):
        await database.ping()
    await database.close()


async def test_folder_without_right_to_write_is_a_typed_error(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await database.close()
    # The suite may run as root, who may write everywhere.
    monkeypatch.setattr("os.access", lambda place, mode: place != file_of(database).parent)
    with pytest.raises(DatabaseUnavailableError, match="no right to write"):
        await database.ping()


async def test_folder_that_is_not_there_is_a_typed_error_at_create() -> None:
    database = Database("sqlite:///nowhere/at/all.db")
    with pytest.raises(DatabaseUnavailableError, match="/nowhere"):
        await database.create()
    await database.close()


def test_killed_process_leaves_a_usable_file(database_url: str) -> None:
    script = """
import asyncio, os, sys
from core.data.database import Database
from tests.core.data import samples

async def main():
    database = Database(sys.argv[1])
    await database.open({"samples": [samples]})
    await database.create_tables()
    await database.execute("INSERT INTO samples_tally (id, value) VALUES (1, 1)")
    async with database.transaction():
        await database.execute("UPDATE samples_tally SET value = 2")
        os._exit(9)

asyncio.run(main())
"""
    assert subprocess.run([sys.executable, "-c", script, database_url], check=False).returncode == 9

    async def look() -> Any:
        database = Database(database_url)
        await database.execute("UPDATE samples_tally SET value = value + 10")
        try:
            return await database.fetch("SELECT value FROM samples_tally")
        finally:
            await database.close()

    assert asyncio.run(look()) == [(11,)]


def test_connections_that_begin_with_a_new_file_at_once_all_open(tmp_path: Path) -> None:
    async def open_at_once(file: Path) -> list[list[Any]]:
        databases = [Database(f"sqlite://{file}") for _ in range(6)]
        await asyncio.gather(*(database.execute("SELECT 1") for database in databases))
        found = [await database.fetch("PRAGMA journal_mode") for database in databases]
        await asyncio.gather(*(database.close() for database in databases))
        return found

    for number in range(25):
        file = tmp_path / f"{number}.db"
        file.touch()
        assert asyncio.run(open_at_once(file)) == [[("wal",)]] * 6
