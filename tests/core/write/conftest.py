from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.core.write.dealership import SampleDealer, sample_dealer


@pytest.fixture
async def dealer(kept_database_url: str) -> AsyncIterator[SampleDealer]:
    """A dealer with an empty database."""
    async with sample_dealer(kept_database_url) as opened:
        yield opened
