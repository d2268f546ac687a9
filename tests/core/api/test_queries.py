"""Queries that modules write: rights, arguments and rows are the kernel's, and a function runs once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from core.api.execute import Operation
from core.caller import Reach
from core.testing.harness import Client, SampleDealer
from tests.core.api.outcomes import assert_same
from tests.core.library import make_author, make_book

THICK = """query($p: PagesInput!, $but: [ID!], $limit: Int! = 50) {
  thickBooks(pages: $p, but: $but, limit: $limit) { title author { name } } }"""
SELECTION = """query($b: ID!) { bookSelection(book: $b) {
  __typename title since first { title } books { title author { name } } parts { title first { title } } } }"""


async def shelf(client: Client, count: int) -> list[str]:
    author = await make_author(client)
    return [await make_book(client, author, f"isbn {number}", pages=number) for number in range(count)]


async def both_ways(client: Client, text: str, **variables: Any) -> tuple[int, int, Any]:
    """Return what an operation costs by a plan, and by graphql-core alone, and the answer, the same of both."""
    sample = client.sample

    async def work() -> tuple[int, int]:
        scope = sample.dealer.scope(client.caller, request_id="the request")
        operation = Operation(sample.dealer, text, variables, None)
        with sample.dealer.database.counting() as by_plan:
            planned = (await operation.run(scope)).body
        with sample.dealer.database.counting() as alone:
            executed = (await operation.execute(scope)).body
        assert_same(planned, executed)
        return len(by_plan), len(alone)

    return *(await sample.read(work)), await client(text, **variables)


async def two_stores(sample: SampleDealer) -> tuple[UUID, UUID]:
    return sample.store_id, await sample.add_store("S2")


def elsewhere(sample: SampleDealer, home: UUID, other: UUID, rights: dict[str, Reach]) -> Client:
    """Return a client of somebody who works at home and has rights elsewhere alone."""
    client = sample.client(store_id=home, permissions=rights)
    object.__setattr__(client.caller, "store_ids", frozenset({home, other}))
    object.__setattr__(client.caller, "by_store", {home: {}, other: rights})
    return client


async def test_rows_come_in_the_functions_order_with_the_arguments_checked(client: Client) -> None:
    books = await shelf(client, 4)
    planned, alone, answer = await both_ways(client, THICK, p={"atLeast": 1}, but=[books[2]])
    assert [row["title"] for row in answer.data["thickBooks"]] == ["Book isbn 3", "Book isbn 1"]
    assert answer.data["thickBooks"][0]["author"] == {"name": "Lu Xun"}
    assert planned <= alone
    wrong = await client(THICK, p={"atLeast": -1}, but=[await make_author(client)], limit=0)
    assert wrong.codes == ["BAD_INPUT"]
    assert wrong["data"] == {"thickBooks": None}
    message = wrong["errors"][0]["message"]
    assert all(place in message for place in ("pages.atLeast: ", "but.0: ", "limit: ")), message


async def test_right_is_asked_for_in_the_callers_store(sample: SampleDealer) -> None:
    home, other = await two_stores(sample)
    rights = {"library.shelf.count": Reach.STORE, "library.book.read": Reach.STORE}
    client = elsewhere(sample, home, other, rights)
    assert (await client(THICK, p={})).codes == ["FORBIDDEN"]
    there = elsewhere(sample, other, home, rights)
    object.__setattr__(there.caller, "by_store", {home: {}, other: rights})
    assert (await there(THICK, p={})).data == {"thickBooks": []}
    assert (await sample.anonymous()(THICK, p={})).codes == ["UNAUTHENTICATED"]
    assert (await sample.client(permissions={"library.book.read": Reach.GROUP})(THICK, p={})).codes == ["FORBIDDEN"]


async def test_right_is_asked_for_in_the_store_of_the_row_that_it_is_about(sample: SampleDealer) -> None:
    home, other = await two_stores(sample)
    here = (await shelf(sample.client(), 1))[0]
    author = await make_author(sample.client(store_id=other))
    there = await make_book(sample.client(store_id=other), author, "far", pages=9)
    client = elsewhere(sample, home, other, {"library.shelf.count": Reach.STORE, "library.book.read": Reach.STORE})
    assert (await client(SELECTION, b=there)).data["bookSelection"]["title"] == "Book far"
    _, _, answer = await both_ways(client, SELECTION, b=here)
    assert answer.data == {"bookSelection": None}
    assert (await client(SELECTION, b=author)).codes == ["BAD_INPUT"]


async def test_rows_in_an_answer_cost_one_batch_for_each_place(client: Client) -> None:
    few = (await shelf(client, 1))[0]
    little = (await both_ways(client, SELECTION, b=few))[:2]
    author = await make_author(client, "Lao She")
    many = [await make_book(client, author, f"more {number}", pages=number) for number in range(20)]
    planned, alone, answer = await both_ways(client, SELECTION, b=many[0])
    assert (planned, alone) == little
    found = answer.data["bookSelection"]
    assert (found["__typename"], found["since"], len(found["books"])) == ("Selection", "2026-01-01", 20)
    assert [part["first"]["title"] for part in found["parts"][:2]] == ["Book more 19", "Book more 18"]


async def test_rows_out_of_sight_are_left_out_and_null(sample: SampleDealer) -> None:
    book = (await shelf(sample.client(), 2))[0]
    client = sample.client(permissions={"library.shelf.count": Reach.STORE})
    found = (await both_ways(client, SELECTION, b=book))[2].data["bookSelection"]
    assert (found["first"], found["books"], [part["first"] for part in found["parts"]]) == (None, [], [None, None])


async def test_what_has_a_resolver_is_answered_by_graphql_core_in_the_same_way(client: Client) -> None:
    await shelf(client, 2)
    answer = (await both_ways(client, "{ refusedCount { shout title } books { totalCount } }"))[2]
    assert answer.data == {"refusedCount": {"shout": "2!", "title": "2"}, "books": {"totalCount": 2}}


async def test_row_of_a_public_entity_needs_no_right_of_its_own(sample: SampleDealer) -> None:
    client = sample.client()
    author = await make_author(client)
    ask = "query($a: ID!) { authorOf(author: $a) { name } }"
    assert (await both_ways(client, ask, a=author))[2].data == {"authorOf": None}
    await make_book(client, author, "one")
    assert (await both_ways(sample.client(permissions={}), ask, a=author))[2].data == {"authorOf": {"name": "Lu Xun"}}


@pytest.mark.parametrize(
    ("how", "code"), [("REFUSED", "PRECONDITION_FAILED"), ("BROKEN", "INTERNAL"), ("NULL", "INTERNAL")]
)
@pytest.mark.parametrize("selected", ["title", "title shout"])
async def test_function_runs_once_when_it_fails(sample: SampleDealer, how: str, code: str, selected: str) -> None:
    client = sample.client()
    await shelf(client, 2)
    text = f'{{ books {{ totalCount }} wrong: refusedCount(how: "{how}") {{ {selected} }} authors {{ totalCount }} }}'

    async def work() -> Any:
        with sample.dealer.database.counting() as of_function:
            await sample.dealer.kernel.catalog.entities["Book"].model.all().count()
        with sample.dealer.database.counting() as sent:
            answer = await client(text)
        return answer, [one for one in sent if one == of_function[0]]

    answer, calls = await sample.read(work)
    assert len(calls) == 1
    assert answer.codes == [code]
    assert answer["errors"][0]["path"][0] == "wrong"
    assert answer["data"] == {"books": {"totalCount": 2}, "wrong": None, "authors": {"totalCount": 1}}
    assert "secret" not in str(answer)
