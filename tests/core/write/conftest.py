from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.core.write.dealership import SampleDealer, open_dealer


@pytest.fixture
async def dealer(database_url: str) -> AsyncIterator[SampleDealer]:
    """A dealer with an empty database."""
    opened = await open_dealer(database_url)
    opened.database.activate()
    yield opened
    await opened.database.close()
