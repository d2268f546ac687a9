from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.clock import FixedClock
from core.data.database import Database
from core.dealer import Dealer
from core.kernel import Kernel, app_modules, build_kernel, load_modules
from core.people.callers import system_caller
from core.scope import enter, leave
from core.services.files.storage import LocalFolder
from core.testing.prepared import prepared_states
from core.write.pipeline import transact
from tests.conftest import Dialect
from tests.core.services.dealership import Dealership, configured, founded


@pytest.fixture(scope="session")
def kernel(dialect: Dialect) -> Kernel:
    """The kernel of no modules but its own; it never changes, so the tests share it."""
    loaded = load_modules([])
    nowhere = {"sqlite": "sqlite:///nowhere.db", "postgres": "postgres://nobody@127.0.0.1:1/nowhere"}[dialect]
    asyncio.run(Database(nowhere).open(app_modules(loaded)))
    return build_kernel(loaded)


@pytest.fixture
async def dealership(kernel: Kernel, kept_database_url: str, tmp_path: Path) -> AsyncIterator[Dealership]:
    """A dealer who sets 17:00 as the end of business in his configuration."""
    database = Database(kept_database_url)
    await database.open(app_modules(kernel.loaded))
    clock = FixedClock(datetime(2026, 11, 21, 2, tzinfo=UTC))
    config = configured(
        kept_database_url, business_hours=[{"days": [1, 2, 3, 4, 5, 6, 7], "from": "09:00", "to": "17:00"}]
    )
    dealer = Dealer(config, kernel, database, LocalFolder(tmp_path / "files"), clock)
    async with prepared_states().of(database, "services", database.create_tables):
        activation = database.activate()
        scope = dealer.scope(system_caller("test"))
        token = enter(scope)
        try:
            dealership = await transact(scope, "setup", lambda _: founded(dealer, clock))
            await dealer.load_stores()
            yield dealership
        finally:
            leave(token)
            database.deactivate(activation)
            await database.close()
