from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.core.write.dealership import SampleDealer, open_dealer


@pytest.fixture
async def dealer(kept_database_url: str) -> AsyncIterator[SampleDealer]:
    """A dealer with an empty database."""
    opened = await open_dealer(kept_database_url)
    opened.database.activate()
    yield opened
    await opened.database.close()


@pytest.fixture
async def second(dialect: str, postgres_admin_url: str, tmp_path: Path) -> AsyncIterator[SampleDealer]:
    """Another dealer of the same process."""
    if dialect == "sqlite":
        opened = await open_dealer(f"sqlite://{tmp_path / 'second.db'}")
    else:
        parts = urlsplit(postgres_admin_url)
        opened = await open_dealer(urlunsplit(parts._replace(path=f"/forecourt_test_{secrets.token_hex(8)}")))
    opened.name = "second"
    yield opened
    await opened.database.close()
    await opened.database.drop()
