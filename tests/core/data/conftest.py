from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core.data.database import Database
from tests.core.data import samples


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open and active database with the sample tables."""
    database = Database(database_url)
    await database.open({"samples": [samples]})
    await database.create_tables()
    yield database
    await database.close()
