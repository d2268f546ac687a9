"""Rows that resolvers return are read together: a list of many costs as many statements as one row."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest

from core.api.execute import Operation
from core.api.rounds import Round
from core.caller import Reach
from core.read.plan import Row
from core.testing.harness import SampleDealer
from tests.core.api.outcomes import assert_same
from tests.core.library import make_author, make_book

BELOW = "name books(first: 2) { totalCount nodes { title author { name } } }"
MANY = 30


async def shelf(sample: SampleDealer, books: int) -> None:
    client = sample.client(reach=Reach.GROUP)
    authors = [await make_author(client, f"Author {number}") for number in range(3)]
    for number in range(books):
        await make_book(client, authors[number % 3], f"isbn {number}", pages=number)


async def statements(sample: SampleDealer, text: str) -> tuple[int, int]:
    """Return what an operation costs by a plan, and by graphql-core alone; the answers are the same."""

    async def work() -> tuple[int, int]:
        scope = sample.dealer.scope(sample.client(reach=Reach.GROUP).caller, request_id="the request")
        operation = Operation(sample.dealer, text, {}, None)
        with sample.dealer.database.counting() as by_plan:
            planned = (await operation.run(scope)).body
        assert not operation.unplanned
        with sample.dealer.database.counting() as alone:
            executed = (await operation.execute(scope)).body
        assert_same(planned, executed)
        return len(by_plan), len(alone)

    return await sample.read(work)


@pytest.mark.parametrize(
    "text",
    [
        f"{{ books(first: {MANY}) {{ nodes {{ title writer {{ {BELOW} }} }} }} }}",
        f"{{ books(first: {MANY}) {{ nodes {{ shelfMates {{ title author {{ {BELOW} }} }} }} }} }}",
        f"{{ books(first: {MANY}) {{ nodes {{ writer {{ {BELOW} }} shelfMates {{ writer {{ {BELOW} }} }} }} }} }}",
        f"{{ authors(first: 4) {{ nodes {{ books(first: 10) {{ nodes {{ writer {{ {BELOW} }} }} }} }} }} }}",
        f"{{ allBooks {{ writer {{ {BELOW} }} shelfMates {{ title }} }} }}",
    ],
)
async def test_many_rows_cost_as_many_statements_as_one(sample: SampleDealer, text: str) -> None:
    await shelf(sample, 1)
    little = await statements(sample, text)
    await shelf_more(sample)
    assert await statements(sample, text) == little


async def shelf_more(sample: SampleDealer) -> None:
    client = sample.client(reach=Reach.GROUP)
    author = await make_author(client, "Another")
    for number in range(1, MANY):
        await make_book(client, author, f"isbn {number}", pages=number)


async def test_answer_is_whole_when_a_resolver_s_rows_can_t_be_read(sample: SampleDealer) -> None:
    """What fails ends its neighbours; graphql-core then asks for all of them again."""
    await shelf(sample, 3)
    wrong = "shelfMates { reviews(first: -1) { nodes { stars } } }"
    text = f"{{ books {{ nodes {{ {wrong} writer {{ name }} }} }} authors {{ nodes {{ name }} }} }}"

    async def work() -> None:
        scope = sample.dealer.scope(sample.client(reach=Reach.GROUP).caller, request_id="the request")
        operation = Operation(sample.dealer, text, {}, None)
        planned = (await operation.run(scope)).body
        assert operation.unplanned
        assert_same(planned, (await operation.execute(scope)).body)

    await sample.read(work)


async def test_rows_out_of_sight_are_null_or_left_out(sample: SampleDealer) -> None:
    await shelf(sample, 2)
    text = "{ books { nodes { writer { name } shelfMates { title } } } }"
    rights = {"library.book.read": Reach.STORE}
    answer = (await sample.client(permissions=rights)(text)).data["books"]["nodes"]
    assert [node["writer"]["name"] for node in answer] == ["Author 0", "Author 1"]  # authors are public
    assert [len(node["shelfMates"]) for node in answer] == [2, 2]


def rounds() -> tuple[Round, list[Sequence[UUID]], list[None]]:
    reads: list[Sequence[UUID]] = []
    closed: list[None] = []

    async def read(ids: Sequence[UUID]) -> dict[UUID, Row]:
        reads.append(ids)
        await asyncio.sleep(0.01)
        return {row_id: Row("Book", row_id) for row_id in ids}

    return Round(read, lambda: closed.append(None)), reads, closed


async def resolve(one: Round, row_id: UUID, seconds: float) -> UUID | None:
    with one:
        await asyncio.sleep(seconds)
    [row] = await one.rows([row_id])
    return row.row_id if row else None


async def test_round_waits_for_the_slowest_resolver() -> None:
    one, reads, closed = rounds()
    ids = [uuid4() for _ in range(4)]
    found = await asyncio.gather(*(resolve(one, row_id, n * 0.01) for n, row_id in enumerate(ids)))
    assert (found, reads, len(closed)) == (ids, [ids], 1)


async def test_resolver_that_fails_keeps_nobody_waiting() -> None:
    one, reads, _ = rounds()
    row_id = uuid4()

    async def fail() -> None:
        with one:
            await asyncio.sleep(0.01)
            raise ValueError

    found = await asyncio.gather(resolve(one, row_id, 0), fail(), return_exceptions=True)
    assert found[0] == row_id
    assert reads == [[row_id]]


async def test_field_that_is_given_up_leaves_the_others_their_rows() -> None:
    begun = asyncio.Event()

    async def read(ids: Sequence[UUID]) -> dict[UUID, Row]:
        begun.set()
        await asyncio.sleep(0.01)
        return {row_id: Row("Book", row_id) for row_id in ids}

    one = Round(read, lambda: None)
    first, second = uuid4(), uuid4()
    given_up, kept = (asyncio.create_task(resolve(one, row_id, 0)) for row_id in (first, second))
    await begun.wait()
    given_up.cancel()
    assert await kept == second
    with pytest.raises(asyncio.CancelledError):
        await given_up


async def test_round_that_everybody_has_left_reads_nothing() -> None:
    one, reads, closed = rounds()
    waiting = asyncio.create_task(resolve(one, uuid4(), 0))
    slow = asyncio.create_task(resolve(one, uuid4(), 10))
    await asyncio.sleep(0.01)
    for task in (waiting, slow):
        task.cancel()
    await asyncio.gather(waiting, slow, return_exceptions=True)
    await asyncio.sleep(0.01)
    assert (reads, len(closed)) == ([], 1)


async def test_round_that_was_left_serves_those_who_still_come() -> None:
    one, reads, _ = rounds()
    left, kept = uuid4(), uuid4()
    waiting = asyncio.create_task(resolve(one, left, 0))
    slow = asyncio.create_task(resolve(one, kept, 0.02))
    await asyncio.sleep(0.01)
    waiting.cancel()
    assert await slow == kept
    assert len(reads) == 1
