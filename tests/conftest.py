"""Which database this process tests on: one per process, because tortoise keeps one SQL dialect per process."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

import hypothesis
import pytest

from tests.databases import Databases
from tests.small_disk import NoSmallDiskError, SmallDisk, small_disk, small_disk_of_postgres
from tests.timing import Timing

Dialect = Literal["sqlite", "postgres"]

# Two cores are shared by the suite and its servers, so a slow example says nothing; CI draws the same ones each time.
hypothesis.settings.register_profile("suite", deadline=None, derandomize=os.environ.get("CI") == "true")
hypothesis.settings.load_profile("suite")


def chosen_dialect() -> Dialect:
    name = os.environ.get("FORECOURT_TEST_DATABASE") or "sqlite"
    if name == "sqlite":
        return "sqlite"
    if name == "postgres":
        return "postgres"
    raise pytest.UsageError(f"FORECOURT_TEST_DATABASE is {name!r}; it can be sqlite or postgres")


def pytest_configure(config: pytest.Config) -> None:
    file = os.environ.get("FORECOURT_TEST_TIMES")
    config.pluginmanager.register(Timing(Path(file) if file and not hasattr(config, "workerinput") else None))


def pytest_report_header() -> str:
    return f"database: {chosen_dialect()}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = {"sqlite": ("postgres",), "postgres": ("sqlite", "once")}[chosen_dialect()]
    others = {item for item in items if any(item.get_closest_marker(name) for name in left_out)}
    config.hook.pytest_deselected(items=list(others))
    items[:] = [item for item in items if item not in others]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    note = os.environ.get("FORECOURT_TEST_NOTE")
    if note:
        terminalreporter.write_line(note, bold=True)


@pytest.fixture(scope="session", autouse=True)
def process_dialect() -> None:
    """A kernel that is only looked at, and built first, would take SQLite's."""
    from core.data.registry import registry

    registry.dialect = chosen_dialect()


@pytest.fixture(scope="session")
def dialect() -> Dialect:
    """The database of this process."""
    return chosen_dialect()


@pytest.fixture(scope="session")
def postgres_admin_url() -> str:
    """Where databases for tests are created and dropped."""
    return os.environ.get("FORECOURT_TEST_POSTGRES_URL") or "postgres://postgres@127.0.0.1:5432/postgres"


@pytest.fixture(scope="session")
def databases(postgres_admin_url: str) -> Iterator[Databases]:
    """Databases on PostgreSQL."""
    made = Databases(postgres_admin_url, durable=bool(os.environ.get("FORECOURT_TEST_DURABLE")))
    yield made
    asyncio.run(made.close())


@pytest.fixture
async def database_url(dialect: Dialect, databases: Databases, tmp_path: Path) -> AsyncIterator[str]:
    """The address of an empty database that only this test uses."""
    if dialect == "sqlite":
        yield f"sqlite://{tmp_path / 'forecourt.db'}"
        return
    async with databases.new() as url:
        yield url


@pytest.fixture
async def other_database_url(dialect: Dialect, databases: Databases, tmp_path: Path) -> AsyncIterator[str]:
    """The address of a second empty database."""
    if dialect == "sqlite":
        yield f"sqlite://{tmp_path / 'other.db'}"
        return
    async with databases.new() as url:
        yield url


@pytest.fixture
async def kept_database_url(
    dialect: Dialect, databases: Databases, request: pytest.FixtureRequest, tmp_path: Path
) -> str:
    """The address of a database for `sample_dealer` or `prepared_states`, which put it into the state that they make.

    On PostgreSQL the tests of a folder use one after the other, so they should make one and the same state of it.
    """
    if dialect == "sqlite":
        return f"sqlite://{tmp_path / 'forecourt.db'}"
    return await databases.kept(str(request.path.parent))


@pytest.fixture
def disk(dialect: Dialect) -> Iterator[SmallDisk]:
    """A small disk with an empty database on it; what can't be mounted here is left out, and says so."""
    with ExitStack() as stack:
        try:
            made = stack.enter_context(small_disk(8) if dialect == "sqlite" else small_disk_of_postgres(48))
        except NoSmallDiskError as error:
            pytest.skip(str(error))
        yield made
