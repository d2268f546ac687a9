"""A list within a row whose arguments can't be read is an error at its path, and nothing else is lost."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from core.api.execute import Operation
from core.read.unplanned import Reason
from core.testing.harness import SampleDealer
from tests.core.api.filling import fill

NESTED = """query($after: String, $first: Int) { authors(first: 3) { nodes { name
    books(after: $after, first: $first) { nodes { title } } more: books(first: 1) { totalCount } } }
    books { totalCount } }"""


@pytest.fixture
async def sample(sample: SampleDealer) -> SampleDealer:
    await fill(sample, 5)
    return sample


async def both(sample: SampleDealer, text: str, variables: dict[str, Any]) -> tuple[Any, Operation]:
    """Return the answer, which is the same by both ways."""
    scope = sample.dealer.scope(sample.client().caller)
    operation = Operation(sample.dealer, text, variables, None)

    async def run() -> Any:
        planned, alone = await operation.run(scope), await operation.execute(scope)
        first, second = orjson.loads(planned.body), orjson.loads(alone.body)
        assert first == second
        return first

    return await sample.read(run), operation


@pytest.mark.parametrize(
    ("variables", "says"),
    [({"after": "rubbish"}, "this is not a cursor of this API"), ({"first": 101}, "0 to 100 rows")],
)
async def test_wrong_arguments_of_a_nested_list_cost_that_list_alone(
    sample: SampleDealer, variables: dict[str, Any], says: str
) -> None:
    answer, operation = await both(sample, NESTED, variables)

    authors = answer["data"]["authors"]["nodes"]
    assert len(authors) > 1
    assert [author["books"] for author in authors] == [None] * len(authors)
    assert all(author["name"] is not None and author["more"]["totalCount"] >= 0 for author in authors)
    assert answer["data"]["books"]["totalCount"] > 0
    assert {tuple(error["path"]) for error in answer["errors"]} == {
        ("authors", "nodes", place, "books") for place in range(min(len(authors), 5))
    }
    assert all(says in error["message"] for error in answer["errors"])
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_INPUT"}
    assert operation.unplanned_reason in (Reason.NESTED_LIST, Reason.REFUSED)


async def test_a_wrong_cursor_of_the_outer_list_is_an_error_of_that_list(sample: SampleDealer) -> None:
    text = '{ authors(after: "rubbish") { nodes { name } } books { totalCount } }'

    answer, operation = await both(sample, text, {})

    assert answer["data"]["authors"] is None
    assert answer["data"]["books"]["totalCount"] > 0
    assert [error["path"] for error in answer["errors"]] == [["authors"]]
    assert operation.unplanned_reason is Reason.REFUSED


async def test_fallbacks_are_counted_by_their_reason(sample: SampleDealer) -> None:
    before = sample.dealer.fallbacks[Reason.NESTED_LIST] + sample.dealer.fallbacks[Reason.REFUSED]

    await both(sample, NESTED, {"after": "rubbish"})
    await both(sample, NESTED, {})

    assert sample.dealer.fallbacks[Reason.NESTED_LIST] + sample.dealer.fallbacks[Reason.REFUSED] == before + 1
