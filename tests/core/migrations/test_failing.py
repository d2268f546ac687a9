"""A migration that fails or is killed leaves the database as it was."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest

from core.data.address import PostgresSettings, SqliteSettings
from core.data.database import Database
from core.migrations.errors import MigrationError
from core.migrations.migrate import _LOCK, migrate, pending
from core.migrations.sqlite_editor import SqliteSchemaEditor
from tests.core.migrations.conftest import NewDatabase, everything
from tests.core.migrations.project import Project
from tests.core.migrations.versions import STEPS

REPOSITORY = Path(__file__).parents[3]

DATA = """
import os, signal
from tortoise.migrations import Migration as TortoiseMigration
from tortoise.migrations import operations as ops


async def work(apps, editor):
    Client = apps.get_model("clients.Client")
    await Client.all().update(name="changed")
    assert await Client.filter(name="changed").count() == 3
    {end}


class Migration(TortoiseMigration):
    dependencies = [("clients", "0002_alter_name_client")]
    operations = [ops.RunPython(work)]
"""


async def expect_as_it_was(filled: Database, shop: Project, before: object) -> None:
    """On PostgreSQL each migration is a transaction, so the widening that comes before stays."""
    if filled.dialect == "sqlite":
        assert await everything(filled) == before
    else:
        assert await pending(filled, shop.modules()) == ["clients.0003_data"]
        assert set(await filled.fetch("SELECT count(*) FROM clients_client WHERE name = 'changed'")) == {(0,)}


async def test_failing_migration_changes_nothing_and_says_what_failed(shop: Project, filled: Database) -> None:
    before = await everything(filled)
    shop.write("clients", "0003_data", DATA.format(end="raise ValueError('too bad')"))
    with pytest.raises(MigrationError) as caught:
        await migrate(filled, shop.modules())
    assert caught.value.message == "clients.0003_data, Run Python code: ValueError: too bad"
    assert (caught.value.module, caught.value.migration) == ("clients", "0003_data")
    await expect_as_it_was(filled, shop, before)


def url_of(database: Database) -> str:
    settings = database.settings
    if isinstance(settings, SqliteSettings):
        return f"sqlite://{settings.path}"
    assert isinstance(settings, PostgresSettings)
    password = f":{quote(settings.password)}" if settings.password else ""
    return f"postgres://{settings.user}{password}@{settings.host}:{settings.port or 5432}/{settings.database}"


async def test_killed_migration_changes_nothing_and_can_be_repeated(shop: Project, filled: Database) -> None:
    before = await everything(filled)
    end = "if os.environ.get('KILLED'): os.kill(os.getpid(), signal.SIGKILL)"
    shop.write("clients", "0003_data", DATA.format(end=end))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.core.migrations.killed"),
        *(url_of(filled), str(shop.folder), shop.package, "v2"),
        cwd=REPOSITORY,
        env={**os.environ, "KILLED": "yes"},
    )
    assert await process.wait() == -signal.SIGKILL
    await expect_as_it_was(filled, shop, before)
    assert (await migrate(filled, shop.modules())).applied[-1] == "clients.0003_data"
    assert set(await filled.fetch("SELECT name FROM clients_client")) == {("changed",)}


async def test_two_runs_at_once_apply_each_migration_once(shop: Project, new_database: NewDatabase) -> None:
    database = await new_database()
    reports = await asyncio.gather(*(migrate(database, shop.modules()) for _ in range(2)))
    assert sorted(name for report in reports for name in report.applied) == [
        "clients.0001_initial",
        "core.0001_initial",
        "deals.0001_initial",
    ]
    assert await pending(database, shop.modules()) == []


async def test_database_of_a_newer_version_is_refused(shop: Project, filled: Database) -> None:
    await migrate(filled, shop.modules())
    (shop.root / "now" / "clients" / "0002_alter_name_client.py").unlink()
    with pytest.raises(MigrationError, match="the database is newer than this version") as caught:
        await pending(filled, shop.modules())
    for said in ("clients has 0002_alter_name_client,", "Upgrade Forecourt", "restore a backup"):
        assert said in caught.value.message


@pytest.mark.sqlite
class TestGuardOfSqlite:
    async def test_copy_is_kept_only_if_wanted(self, shop: Project, filled: Database) -> None:
        before = await everything(filled)
        report = await migrate(filled, shop.modules(), keep_copy=True)
        assert report.copy is not None
        copy = Database(f"sqlite://{report.copy}")
        await copy.open({})
        token = copy.activate()
        assert await everything(copy) == before
        copy.deactivate(token)
        await copy.close()
        report.copy.unlink()
        assert not list(report.copy.parent.glob("*before-migration*"))
        shop.change(None, *STEPS[1].edits)
        shop.make()
        assert (await migrate(filled, shop.modules())).copy is None
        assert not list(report.copy.parent.glob("*before-migration*"))

    async def test_lost_row_is_noticed(self, shop: Project, filled: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        async def change(self: SqliteSchemaEditor, *args: object) -> None:
            await self.execute("DELETE FROM deals_offer WHERE id = 1")

        before = await everything(filled)
        monkeypatch.setattr(SqliteSchemaEditor, "change", change)
        with pytest.raises(MigrationError, match="deals_offer had 3 rows and would have 2"):
            await migrate(filled, shop.modules())
        assert await everything(filled) == before

    async def test_data_migration_that_leaves_orphans_is_refused(self, shop: Project, filled: Database) -> None:
        before = await everything(filled)
        end = "await editor.execute('DELETE FROM clients_client')"
        shop.write("clients", "0003_data", DATA.format(end=end))
        with pytest.raises(MigrationError, match="3 of clients_contact to clients_client, 3 of deals_deal"):
            await migrate(filled, shop.modules())
        assert await everything(filled) == before

    @pytest.mark.parametrize(
        ("end", "message"),
        [
            ("await editor.execute('COMMIT')", "part of it had been committed, so the copy was put back"),
            (
                "await editor.execute('PRAGMA writable_schema = ON'); await editor.execute("
                "\"UPDATE sqlite_master SET rootpage = 999 WHERE name = 'deals_offer'\")",
                "is not sound, so the copy was put back",
            ),
        ],
    )
    async def test_copy_is_put_back_if_harm_was_committed(
        self, shop: Project, filled: Database, end: str, message: str
    ) -> None:
        before = await everything(filled)
        shop.write("clients", "0003_data", DATA.format(end=end))
        with pytest.raises(MigrationError, match=message):
            await migrate(filled, shop.modules())
        await filled.close()
        assert await everything(filled) == before

    async def test_writing_server_is_named_as_the_reason(self, shop: Project, filled: Database) -> None:
        assert isinstance(filled.settings, SqliteSettings)
        with closing(sqlite3.connect(filled.settings.path, isolation_level=None)) as server:
            server.execute("BEGIN IMMEDIATE")
            with pytest.raises(MigrationError, match="stop the server"):
                await migrate(filled, shop.modules(), wait_seconds=0.1)

    async def test_failed_first_run_leaves_no_file(self, shop: Project, tmp_path: Path) -> None:
        shop.write("clients", "0002_data", DATA.format(end="").replace("0002_alter_name_client", "0001_initial"))
        path = tmp_path / "deep" / "new.db"
        with pytest.raises(MigrationError, match="AssertionError"):
            await migrate(f"sqlite://{path}", shop.modules())
        assert list(path.parent.iterdir()) == []


@pytest.mark.postgres
async def test_migration_waits_for_the_one_that_runs(shop: Project, filled: Database) -> None:
    async with filled.transaction():
        await filled.fetch("SELECT pg_advisory_xact_lock($1)", [_LOCK])
        with pytest.raises(MigrationError, match="another process migrates"):
            await asyncio.create_task(migrate(filled, shop.modules(), wait_seconds=0.2))
