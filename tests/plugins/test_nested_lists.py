"""Nested lists of the built-in modules read their rows by an index on the foreign key, in migrated tables."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from itertools import product

import asyncpg
import pytest

from core.api.execute import Operation
from core.caller import Reach
from core.catalog.catalog import Entity, ToManyField
from core.kernel import load_modules
from core.migrations.compare import read_schema
from core.migrations.migrate import migrate
from core.migrations.modules import migrated
from core.testing.contract.rows import RowMaker
from core.testing.harness import SampleDealer, sample_dealer
from tests.architecture.source import plugin_names


@pytest.fixture
async def sample(database_url: str) -> AsyncIterator[SampleDealer]:
    """A dealer with every built-in module, whose tables are those of the migrations."""
    await migrate(database_url, migrated(load_modules(plugin_names())))
    async with sample_dealer(plugin_names(), database_url=database_url) as made:
        token = made.dealer.database.activate()
        yield made
        made.dealer.database.deactivate(token)


def lists(sample: SampleDealer) -> Iterator[tuple[Entity, ToManyField]]:
    for entity in sample.dealer.kernel.catalog.entities.values():
        for field in entity.fields.values():
            if isinstance(field, ToManyField):
                yield entity, field


def statements(sample: SampleDealer, operation: str, reach: Reach) -> list[str]:
    scope = sample.dealer.scope(sample.client(reach=reach).caller)
    told = Operation(sample.dealer, operation, {}, None).explain(scope)
    assert told.unplanned == ""
    return [sql for _, sql in told.statements]


async def test_key_of_every_nested_list_has_an_index_and_no_second_one(sample: SampleDealer) -> None:
    tables, found = await read_schema(sample.dealer.database), list(lists(sample))
    assert len(found) > 50
    for entity, field in found:
        column = field.column.name
        # What such an index leaves out, a list does not show: archived rows, and those without a key.
        shown = {"", "archived_at IS NULL", f"{column} IS NOT NULL"}
        begun = [index for index in tables[field.target.table].indexes if index.columns[0] == column]
        serving = [index for index in begun if re.sub(r'[()"]', "", index.where or "") in shown]
        assert serving, f"{entity.name}.{field.name}: no index begins with {field.target.table}.{column}"
        assert len(serving) == 1 or (column, "id") not in {index.columns for index in serving}, field.target.table


def _operations(entity: Entity, field: ToManyField) -> Iterator[str]:
    for asked in ("nodes { id }", "totalCount", "edges { cursor }"):
        yield f"{{ {entity.plural} {{ nodes {{ {field.graphql_name}(first: 5) {{ {asked} }} }} }} }}"
    if field.graphql_name in entity.filters:
        yield f"{{ {entity.plural}(filter: {{{field.graphql_name}: {{some: {{}}}}}}) {{ nodes {{ id }} }} }}"


@pytest.mark.sqlite  # it has no statistics, so its plans are the same for any rows
async def test_every_statement_for_a_nested_list_goes_by_its_key(sample: SampleDealer, database_url: str) -> None:
    wrong = []
    with closing(sqlite3.connect(database_url.removeprefix("sqlite://"))) as file:
        for entity, field in lists(sample):
            for operation, reach in product(_operations(entity, field), (Reach.STORE, Reach.GROUP)):
                sql = statements(sample, operation, reach)[-1]
                plan = [row[-1] for row in file.execute(f"EXPLAIN QUERY PLAN {sql}", [None] * sql.count("?"))]
                search = rf"SEARCH t\d+ USING (COVERING )?INDEX \w+ \(.*\b{field.column.name}="
                if not re.search(search, "\n".join(plan)):
                    wrong.append((operation, sql, plan))
    assert wrong == []


@pytest.mark.postgres
async def test_filled_table_is_read_by_the_index_and_in_its_order(sample: SampleDealer, database_url: str) -> None:
    catalog, database = sample.dealer.kernel.catalog, sample.dealer.database
    assert await RowMaker(sample).fill(catalog.entities["ContactPerson"].model, 50) == 50
    await database.execute(
        "INSERT INTO customers_contact_person SELECT (jsonb_populate_record("
        "p, jsonb_build_object('id', gen_random_uuid()))).* FROM customers_contact_person p, generate_series(1, 400)"
    )
    await database.execute("ANALYZE customers_contact_person")
    for asked in ("nodes { name }", "totalCount"):
        operation = f"{{ customers {{ nodes {{ contactPersons(first: 5) {{ {asked} }} }} }} }}"
        (sql,) = statements(sample, operation, Reach.STORE)
        plan = await _plan_of_postgres(database_url, sql)
        assert re.search(r" idx_customers_c_custome_\w+ .*\n\s+Index Cond: \(customer_id = t\d+\.id\)", plan), plan
        assert "Sort" not in plan.partition("SubPlan")[2], plan


async def _plan_of_postgres(database_url: str, sql: str) -> str:
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        await connection.execute(f"SET plan_cache_mode = force_generic_plan; PREPARE it AS {sql}")
        nothing = ", ".join(["NULL"] * len(set(re.findall(r"\$\d+", sql))))
        return "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN EXECUTE it({nothing})"))
    finally:
        await connection.close(timeout=10)
