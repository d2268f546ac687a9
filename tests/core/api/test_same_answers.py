"""What a plan answers is what graphql-core answers, errors and their paths included, over whole schemas."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from core.api.execute import Operation, RequestError
from core.testing.harness import SampleDealer, sample_dealer
from tests.core.api.comparing import Comparison, all_callers
from tests.core.api.filling import fill, two_stores
from tests.core.api.inputs import Values
from tests.core.api.operations import Generator
from tests.core.api.operations import Operation as Made
from tests.core.api.pool import Pool, connections, everything, harvest
from tests.core.library import SAMPLES

SCHEMAS = {
    "samples": ("library", "bookclub"),
    "built_in": ("aftersales", "customers", "inventory", "organisation", "sales", "sms_marketing"),
}
OPERATIONS = int(os.environ.get("FORECOURT_OPERATIONS", "500")) // len(SCHEMAS)
SEED = int(os.environ.get("FORECOURT_SEED", "0"))
AT_ONCE = 25
ATTEMPTS = 25
NO_END = {"core": {"look_ups_per_day": 1_000_000}}
"""Somebody here asks for more protected values than anybody may on a day."""
ROWS = 12
SHOWN = 5


async def made_of(sample: SampleDealer) -> Comparison:
    """Return a comparison over rows of every kind."""
    stores = await two_stores(sample)
    people = [await sample.add_user(login) for login in ("first", "second", "third")]
    await fill(sample, ROWS)
    kernel = sample.dealer.kernel
    callers = all_callers(sample, stores, people)
    schema = kernel.schema.graphql
    pool = await harvest(sample.client(people[0]), schema, Values(schema, Pool(), random.Random(1)).order)
    return Comparison(sample, pool, callers, sorted(kernel.catalog.commands))


@pytest.fixture(params=SCHEMAS)
async def comparison(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Comparison]:
    """Every kind of row, caller and argument over one schema."""
    async with sample_dealer(
        SCHEMAS[request.param], database_url=database_url, folders=[SAMPLES], settings=NO_END
    ) as sample:
        yield await made_of(sample)


async def test_plan_and_executor_give_the_same_answers(comparison: Comparison) -> None:
    """Each within its number of statements: one a level, and one for each total and aggregate."""
    tally = await comparison.run(range(SEED, SEED + OPERATIONS))
    sys.stdout.write(f"\n{tally}\n")
    wrong = [*tally.different, *tally.faults]
    assert not wrong, "\n\n".join(wrong[:SHOWN])
    assert tally.run
    assert tally.accepted >= 0.6 * tally.run, tally
    # The samples have resolvers of their own on purpose.
    share = 0.7 if "library" in comparison.sample.dealer.kernel.modules else 0.9
    assert tally.planned >= share * tally.accepted, tally


async def test_every_written_query_has_an_answer_which_both_give(comparison: Comparison) -> None:
    kernel = comparison.sample.dealer.kernel
    for name in kernel.catalog.queries:
        answered = 0
        for seed in range(SEED, SEED + ATTEMPTS):
            made = Generator(kernel.schema.graphql, comparison.pool, seed).asking(name)
            with suppress(RequestError):
                answered += "errors" not in await comparison.both_ways(made, planned=False)
        assert answered, f"none of {ATTEMPTS} operations with {name} was answered"


async def test_answers_are_the_same_when_all_ask_at_once(comparison: Comparison) -> None:
    answered = [await comparison.at_once(seed, 3) for seed in range(1000, 1000 + AT_ONCE)]
    assert sum(answered) > 3 * AT_ONCE


async def test_every_field_of_every_type_is_planned(comparison: Comparison) -> None:
    """All but those with resolvers of their own, which a plan leaves to graphql-core one by one."""
    schema = comparison.sample.dealer.kernel.schema.graphql
    seen = 0
    for root, kind in connections(schema):
        operation = Made(f"{{ {root}(first: {ROWS}) {{ totalCount nodes {everything(kind)} edges {{ cursor }} }} }}")
        answer = await comparison.both_ways(operation)
        seen += len(answer["data"][root]["nodes"])
        assert answer["data"][root]["nodes"], root
    assert seen > 5 * len(list(connections(schema)))


@pytest.mark.parametrize("comparison", ["built_in"], indirect=True)
async def test_secret_that_is_shown_once_is_compared_too(comparison: Comparison) -> None:
    """Both ways draw the same ones, and not the same each time."""
    create = """mutation($code: String!) {
      createSmsProviderAccount(input: {code: $code, kind: "simulator", signature: "Signed"}) {
        smsProviderAccount { id } problems { message } } }"""
    renew = """mutation($account: ID!) { renewSmsReceiptsAddress(input: {account: $account}) {
      smsReceiptsAddress { path } problems { code } } }"""
    paths = set()
    for code in ("one", "other"):
        account = (await comparison.sample.client().command(create, code=code))["smsProviderAccount"]["id"]
        answer = await comparison.both_ways(Made(renew, variables={"account": account}, commands=True))
        paths.add(answer["data"]["renewSmsReceiptsAddress"]["smsReceiptsAddress"]["path"])
    assert len(paths) == 2


async def test_much_data_costs_no_more_statements_than_little(sample: SampleDealer) -> None:
    """An operation that reaches the same levels costs the same, and on no data no more than on any."""
    comparison = await made_of(sample)
    seeds = range(150)
    little = [await comparison.statements(seed) for seed in seeds]
    await fill(sample, 4 * ROWS, seed=2)
    much = [await comparison.statements(seed) for seed in seeds]
    pairs = [(one, other) for one, other in zip(little, much, strict=True) if one is not None and other is not None]
    alike = [(one, other) for one, other in pairs if one.reached == other.reached]
    assert len(alike) > len(seeds) / 3
    for one, other in alike:
        assert one.count == other.count, other.text
    assert sum(other.objects for _, other in alike) > 1.2 * sum(one.objects for one, _ in alike)


@pytest.mark.parametrize(
    ("operation", "why"),
    [
        ("{ books { nodes { id title author { name } } totalCount pageInfo { endCursor } } }", ""),
        ("{ authors { edges { cursor node { books(first: 1) { nodes { heading price { currency } } } } } } }", ""),
        ("{ books { nodes { shout } } }", "Book.shout"),
        ("{ viewer { userId } books { nodes { title } } }", "Query.viewer"),
    ],
)
async def test_operation_says_why_it_is_not_planned(sample: SampleDealer, operation: str, why: str) -> None:
    await fill(sample, ROWS)
    prepared = Operation(sample.dealer, operation, {}, None)
    await sample.read(lambda: prepared.run(sample.dealer.scope(sample.client().caller)))
    assert (prepared.unplanned, ", ".join(prepared.resolvers)) == ("", why)
