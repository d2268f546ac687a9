import asyncio

import pytest

from core.data.database import Database
from tests.conftest import Dialect


@pytest.fixture(scope="session", autouse=True)
def one_dialect(dialect: Dialect) -> None:
    """Decide the dialect of this process before a command does that needs no database."""
    nowhere = {"sqlite": "sqlite:///nowhere.db", "postgres": "postgres://nobody@127.0.0.1:1/nowhere"}[dialect]
    asyncio.run(Database(nowhere).open({}))
