from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.kernel import Kernel
from tests.conftest import Dialect
from tests.core.services.dealership import Dealership, built, opened


@pytest.fixture(scope="session")
def kernel(dialect: Dialect) -> Kernel:
    return built(dialect, "organisation")


@pytest.fixture
async def dealership(kernel: Kernel, kept_database_url: str, tmp_path: Path) -> AsyncIterator[Dealership]:
    """A dealer who sets 17:00 as the end of business in his configuration."""
    hours = [{"days": [1, 2, 3, 4, 5, 6, 7], "from": "09:00", "to": "17:00"}]
    settings = {"organisation": {"business_hours": hours}}
    async with opened(kernel, kept_database_url, tmp_path, settings) as dealership:
        yield dealership
