"""What an operation costs, who may ask for more, and how it is told how an operation is answered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.api.execute import Operation
from core.api.explain import EXPLAIN
from core.caller import Reach
from core.limits import LIMITS
from core.people.callers import role_caller
from core.people.models import Role
from core.testing.harness import Client, SampleDealer


@pytest.mark.parametrize(
    ("operation", "variables", "cost"),
    [
        ("{ __typename }", {}, 0),
        ("{ books { nodes { title price { currency } } } }", {}, 1 + 50 * 2),
        ("{ books(first: 3) { edges { cursor node { id } } } }", {}, 1 + 3),
        ("query($n: Int) { books(last: $n) { nodes { id } } }", {"n": 7}, 1 + 7),
        ("query($n: Int = 4) { books(first: $n) { nodes { id } } }", {}, 1 + 4),
        ("{ books(first: 2) { totalCount nodes { author { books(first: 5) { nodes { id } } } } } }", {}, 11 + 2 * 8),
        ("{ bookStats { count } }", {}, 10),
        (
            "{ books(first: 2) { ...P } } fragment P on BookConnection { nodes { ...B } } fragment B on Book { id }",
            {},
            3,
        ),
        ("{ books(first: 0) { nodes { id } pageInfo { hasNextPage } } }", {}, 1),
    ],
)
async def test_cost_counts_the_objects_that_the_answer_may_hold(
    client: Client, operation: str, variables: dict[str, Any], cost: int
) -> None:
    answer = await client(operation, **variables)
    assert answer["extensions"]["cost"] == {"requested": cost, "limit": LIMITS.cost}


async def test_operation_that_costs_too_much_is_refused_before_it_runs(client: Client) -> None:
    with client.sample.dealer.database.counting() as statements:
        answer = await client(
            "query($n: Int) { books(first: 100) { nodes { reviews(first: $n) { nodes { id } } } } }", n=90
        )
    assert answer.codes == ["LIMIT_EXCEEDED"]
    assert "cost is 9201; 5000 is allowed" in answer["errors"][0]["message"]
    assert statements == []


async def test_fragments_that_spread_each_other_are_measured_in_no_time(client: Client) -> None:
    chain = " ".join(f"fragment F{n} on Book {{ author {{ books {{ nodes {{ ...F{n + 1} }} }} }} }}" for n in range(9))
    answer = await client("{ books { nodes { ...F0 } } } " + chain + " fragment F9 on Book { id }")
    assert "cost is" in str(answer["errors"])


async def test_a_role_may_ask_for_more(sample: SampleDealer) -> None:
    role = Role(
        code="exporter", permissions={"library.book.read": "STORE"}, limits={"page": 1000, "cost": 9000, "depth": 3}
    )
    caller = role_caller(role, frozenset(sample.dealer.stores))
    assert (caller.limits.page, caller.limits.cost, caller.limits.depth) == (1000, 9000, LIMITS.depth)
    wide = Client(sample, caller)
    assert (await wide("{ books(first: 1000) { nodes { id } } }")).data == {"books": {"nodes": []}}
    narrow = Client(sample, replace(caller, limits=LIMITS))
    assert "a page has 0 to 100 rows" in str((await narrow("{ books(first: 1000) { nodes { id } } }"))["errors"])


PLANNED = """{ viewer { userId }
  books(first: 2) { totalCount nodes { title heading reviews(first: 1) { nodes { stars } } shout } } }"""


async def test_plan_is_told_to_who_may_see_it(sample: SampleDealer) -> None:
    operation = Operation(sample.dealer, PLANNED, {}, None)
    told = operation.explain(sample.dealer.scope(sample.client().caller))
    assert told.unplanned == ""
    assert set(told.resolvers) == {"Book.shout", "Query.viewer"}
    assert set(told.computed) == {"Book.heading"}
    levels = 1 if sample.dealer.database.dialect == "postgres" else 2  # PostgreSQL nests the reviews
    assert len(told.statements) == levels
    assert {field for field, _ in told.statements} == {"books"}
    assert sum("count(*)" in sql for _, sql in told.statements) == 1
    assert told.lines()[0] == f"cost {told.cost} of 5000"


@pytest.mark.parametrize("may", [True, False])
async def test_explain_over_the_api_needs_the_permission(sample: SampleDealer, may: bool) -> None:
    permissions: dict[str, Reach] = {"library.book.read": Reach.STORE}
    if may:
        permissions[EXPLAIN] = Reach.GROUP
    client = sample.client(permissions=permissions)
    answer = await client.explained("{ books { nodes { title } } }")
    if may:
        assert answer["extensions"]["explain"]["unplanned"] is None
        assert 'FROM "library_book"' in answer["extensions"]["explain"]["statements"][0]["sql"]
        assert answer.data == {"books": {"nodes": []}}
    else:
        assert answer.codes == ["FORBIDDEN"]
        assert "data" not in answer


async def test_unplanned_operation_says_why(sample: SampleDealer) -> None:
    operation = Operation(sample.dealer, "{ books(first: 101) { nodes { id } } }", {}, None)
    await operation.run(sample.dealer.scope(sample.client().caller))
    assert "0 to 100 rows" in operation.unplanned
