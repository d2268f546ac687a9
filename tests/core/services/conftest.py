from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.kernel import Kernel
from tests.conftest import Dialect
from tests.core.services.dealership import Dealership, built, opened


@pytest.fixture(scope="session")
def kernel(dialect: Dialect) -> Kernel:
    """The kernel of no modules but its own."""
    return built(dialect)


@pytest.fixture
async def dealership(kernel: Kernel, kept_database_url: str, tmp_path: Path) -> AsyncIterator[Dealership]:
    """A dealer who allows 50 look-ups a day in his configuration."""
    async with opened(kernel, kept_database_url, tmp_path, {"core": {"look_ups_per_day": 50}}) as dealership:
        yield dealership
