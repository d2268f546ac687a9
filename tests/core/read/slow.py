"""A table whose every read keeps the database busy until it is stopped."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from core.read.quota import StatementQuota
from core.testing.harness import SampleDealer

_ENDLESS = {
    "sqlite": "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS i FROM n)",
    "postgres": "(SELECT pg_sleep(600))",
}


@asynccontextmanager
async def slowed(sample: SampleDealer, table: str, **options: float) -> AsyncIterator[None]:
    """Put a view that never comes to an end in the place of a table, and give the database other settings."""
    database = sample.dealer.database
    endless = _ENDLESS[database.dialect]
    await _run(
        sample,
        f"ALTER TABLE {table} RENAME TO {table}_rows",
        f"CREATE VIEW {table} AS SELECT r.* FROM {endless} AS e CROSS JOIN {table}_rows AS r",
    )
    settings = database.settings
    await _set(sample, replace(settings, **options))  # type: ignore[arg-type]  # both kinds have these
    try:
        yield
    finally:
        await _set(sample, settings)
        await _run(sample, f"DROP VIEW {table}", f"ALTER TABLE {table}_rows RENAME TO {table}")


async def _set(sample: SampleDealer, settings: Any) -> None:
    database = sample.dealer.database
    holder: Any = database._base if database.dialect == "postgres" else database._base.file  # type: ignore[union-attr]  # SQLite's client has one
    database.settings = holder.settings = settings
    sample.dealer.quota = StatementQuota(settings)
    await database.close()  # the next connections have these settings


async def _run(sample: SampleDealer, *statements: str) -> None:
    async def work() -> None:
        for sql in statements:
            await sample.dealer.database.execute(sql)

    await sample.read(work)


async def under_way(sample: SampleDealer, table: str) -> int:
    """Return how many statements about a table PostgreSQL is working on."""
    sql = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'"
        f" AND query LIKE '%{table}%' AND pid <> pg_backend_pid()"
    )
    rows = await sample.read(lambda: sample.dealer.database.fetch(sql))
    found: int = rows[0][0]
    return found
