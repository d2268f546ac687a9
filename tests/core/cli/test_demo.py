from __future__ import annotations

from core.cli.demo import load
from core.testing.harness import SampleDealer, sample_dealer

LOOKED_AT = {
    "sqlite": "SELECT DISTINCT tbl FROM sqlite_stat1",
    "postgres": "SELECT DISTINCT tablename FROM pg_stats WHERE schemaname = current_schema()",
}


async def test_tables_are_looked_at_when_the_demo_has_been_loaded(database_url: str) -> None:
    async with sample_dealer([], database_url=database_url) as sample:
        await sample.read(lambda: load(sample.dealer))
        assert {"core_store", "core_user", "core_membership"} <= await sample.read(lambda: looked_at(sample))


async def looked_at(sample: SampleDealer) -> set[str]:
    database = sample.dealer.database
    return {row[0] for row in await database.fetch(LOOKED_AT[database.dialect])}
