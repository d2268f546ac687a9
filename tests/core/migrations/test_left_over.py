"""Copies that killed migrations leave: found by whoever comes next, and never removed while they are needed."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from core.data.address import SqliteSettings
from core.data.database import Database
from core.migrations.copies import UNDER_WAY, Claim, kept_copies, settle
from core.migrations.errors import MigrationError
from core.migrations.migrate import migrate
from tests.core.migrations.conftest import everything
from tests.core.migrations.project import Project
from tests.core.migrations.test_failing import DATA, REPOSITORY, url_of

pytestmark = pytest.mark.sqlite

KILLED = "os.kill(os.getpid(), signal.SIGKILL)"


def path_of(database: Database) -> Path:
    assert isinstance(database.settings, SqliteSettings)
    return database.settings.path


def copies(database: Database) -> list[Path]:
    path = path_of(database)
    return sorted(path.parent.glob(f"{path.name}.before-migration-*"))


async def kill_a_run(shop: Project, filled: Database, end: str) -> None:
    """Let a process migrate that kills itself in the middle, as `kill -9` does."""
    shop.write("clients", "0003_data", DATA.format(end=f"if os.environ.get('KILLED'): {end}"))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.core.migrations.killed"),
        *(url_of(filled), str(shop.folder), shop.package, "v2"),
        cwd=REPOSITORY,
        env={**os.environ, "KILLED": "yes"},
    )
    assert await process.wait() == -signal.SIGKILL


async def test_copies_of_killed_runs_do_not_pile_up_and_the_next_run_removes_the_last(
    shop: Project, filled: Database
) -> None:
    before = await everything(filled)
    for _ in range(2):
        await kill_a_run(shop, filled, KILLED)
        assert len(copies(filled)) == 1
    assert await everything(filled) == before
    said: list[str] = []
    await migrate(filled, shop.modules(), progress=said.append)
    assert said[0].startswith("removed 1 copies (")
    assert copies(filled) == []
    assert settle(path_of(filled), mends=True) == ""


async def test_run_that_was_killed_after_it_had_committed_a_part_is_undone_from_its_copy(
    shop: Project, filled: Database
) -> None:
    before = await everything(filled)
    await kill_a_run(shop, filled, f"await editor.execute('COMMIT'); {KILLED}")
    assert await everything(filled) != before
    with pytest.raises(MigrationError, match="`forecourt migrate` puts the copy"):
        settle(path_of(filled), mends=False)
    assert len(copies(filled)) == 1
    assert "was put back" in settle(path_of(filled), mends=True)
    assert await everything(filled) == before
    assert copies(filled) == []


async def test_damaged_database_is_put_back_from_the_copy(shop: Project, filled: Database) -> None:
    before = await everything(filled)
    await kill_a_run(shop, filled, KILLED)
    await filled.close()
    path = path_of(filled)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(4096 * 3))
    said: list[str] = []
    await migrate(filled, shop.modules(), progress=said.append)
    assert "was put back" in said[0]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM clients_client").fetchone() == (
            len(before[1]["clients_client"]),
        )


async def test_half_a_copy_is_no_reason_to_remove_it_where_the_database_is_not_whole(filled: Database) -> None:
    path = path_of(filled)
    half = path.with_name(f"{path.name}.before-migration-20260101T000000000000Z.unfinished.partial")
    half.write_bytes(b"half")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA user_version = {UNDER_WAY}")
    with pytest.raises(MigrationError, match="restore a backup: there is no good copy"):
        settle(path, mends=True)
    assert half.exists()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA user_version = 0")
    assert settle(path, mends=True).startswith("removed 1 copies (4 bytes)")


async def test_copy_of_a_run_under_way_is_left_alone(shop: Project, filled: Database) -> None:
    await kill_a_run(shop, filled, KILLED)
    (copy,) = copies(filled)
    claim = Claim(copy)
    assert settle(path_of(filled), mends=True) == ""
    claim.release()
    with closing(sqlite3.connect(path_of(filled), isolation_level=None)) as run:
        run.execute("BEGIN IMMEDIATE")
        assert settle(path_of(filled), mends=True) == ""
    assert copies(filled) == [copy]
    assert settle(path_of(filled), mends=True) != ""


async def test_copy_that_somebody_wanted_kept_stays(shop: Project, filled: Database) -> None:
    report = await migrate(filled, shop.modules(), keep_copy=True)
    assert report.copy is not None
    assert settle(path_of(filled), mends=True) == ""
    assert copies(filled) == [report.copy] == list(kept_copies(path_of(filled)))
