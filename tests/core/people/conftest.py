from collections.abc import AsyncIterator

import pytest

import core.people.models
import core.write.models
from core.data.database import Database
from core.testing.prepared import prepared_states
from tests.core.people.house import House


@pytest.fixture
async def house(kept_database_url: str) -> AsyncIterator[House]:
    database = Database(kept_database_url)
    await database.open({"core": [core.people.models, core.write.models]})
    async with prepared_states().of(database, "people", database.create_tables):
        token = database.activate()
        try:
            yield House(database)
        finally:
            database.deactivate(token)
            await database.close()
