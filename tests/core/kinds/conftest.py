from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.testing.harness import SampleDealer, sample_dealer
from tests.core.kinds.specimens import Specimens, fill

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture
async def sample(kept_database_url: str) -> AsyncIterator[SampleDealer]:
    async with sample_dealer(["specimen"], database_url=kept_database_url, folders=[SAMPLES]) as made:
        yield made


@pytest.fixture
async def specimens(sample: SampleDealer) -> Specimens:
    return await fill(sample)
