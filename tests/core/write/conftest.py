from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.core.write.dealership import SampleDealer, open_dealer


@pytest.fixture
async def dealer(kept_database_url: str) -> AsyncIterator[SampleDealer]:
    """A dealer with an empty database."""
    opened = await open_dealer(kept_database_url)
    opened.database.activate()
    yield opened
    await opened.database.close()
