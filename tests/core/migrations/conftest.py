from __future__ import annotations

import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from core.data.database import Database
from core.migrations.compare import Schema, read_schema
from core.migrations.migrate import migrate
from tests.conftest import Dialect
from tests.core.migrations.project import Contents, Project, contents, fill
from tests.core.migrations.versions import STEPS, first_version

NewDatabase = Callable[[], Awaitable[Database]]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """An empty project that can be imported."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return Project(tmp_path)


@pytest.fixture
def shop(project: Project) -> Project:
    """A project of three modules with its first migrations."""
    project.change(first_version())
    project.make()
    return project


@pytest.fixture
async def new_database(dialect: Dialect, postgres_admin_url: str, tmp_path: Path) -> AsyncIterator[NewDatabase]:
    """Makes databases that are empty, open, and of this test alone."""
    async with AsyncExitStack() as stack:

        async def new() -> Database:
            name = f"forecourt_test_{secrets.token_hex(8)}"
            url = f"sqlite://{tmp_path / name}.db"
            if dialect == "postgres":
                url = urlunsplit(urlsplit(postgres_admin_url)._replace(path=f"/{name}"))
            database = Database(url)
            await database.create()
            stack.push_async_callback(database.drop)
            await database.open({})
            return database

        yield new


@pytest.fixture
async def database(new_database: NewDatabase) -> AsyncIterator[Database]:
    """An empty database, active in the test."""
    database = await new_database()
    token = database.activate()
    yield database
    database.deactivate(token)


@pytest.fixture
async def filled(shop: Project, database: Database) -> Database:
    """The first version, with three rows in every table, and a second one to come that rebuilds a table."""
    await migrate(database, shop.modules())
    await fill(database, shop.modules())
    shop.change(None, *STEPS[0].edits)
    shop.make()
    return database


async def everything(database: Database) -> tuple[Schema, Contents, list[object]]:
    history = await database.fetch("SELECT app, name FROM tortoise_migrations ORDER BY 1, 2")
    return await read_schema(database), await contents(database), [tuple(row) for row in history]
