"""Requests of one moment that ask for rows by id are answered by one statement, each within its own rights."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from core.people.caller import Reach
from core.read.gathering import MOST_KEYS, Gathering
from core.testing.harness import Client, SampleDealer
from tests.core.api.conftest import make_author, make_book

BOOK = "query($id: ID!) { book(id: $id) { title } }"


async def shelf(sample: SampleDealer, books: int) -> list[str]:
    """Return the ids of so many books; the odd ones are kept by somebody."""
    client = sample.client(reach=Reach.GROUP)
    author, keeper = await make_author(client), await sample.add_user("keeper")
    kept: tuple[dict[str, Any], ...] = ({}, {"keeperId": str(keeper)})
    return [await make_book(client, author, str(number), **kept[number % 2]) for number in range(books)]


async def ask(client: Client, book: str) -> Any:
    return (await client(BOOK, id=book)).data["book"]


@pytest.mark.postgres
async def test_rows_of_one_moment_are_one_statement(sample: SampleDealer) -> None:
    books = await shelf(sample, 12)
    client = sample.client(reach=Reach.GROUP)
    with sample.dealer.database.counting() as statements:
        answers = await asyncio.gather(*(ask(client, book) for book in [*books, books[0]]))
    assert answers == [{"title": f"Book {number}"} for number in [*range(12), 0]]
    assert len(statements) == 1


async def test_each_caller_sees_his_own(sample: SampleDealer) -> None:
    books = await shelf(sample, 6)
    elsewhere = await sample.add_store("S2")
    keeper = await sample.add_user("another keeper")
    callers = [
        (sample.client(reach=Reach.STORE), 6),
        (sample.client(reach=Reach.STORE, store_id=elsewhere), 0),
        (sample.client(keeper, reach=Reach.OWN), 0),
        (sample.client(reach=Reach.GROUP, store_id=elsewhere), 6),
    ]
    asked = [(client, book) for book in books for client, _ in callers]
    answers = await asyncio.gather(*(ask(client, book) for client, book in asked))
    for client, count in callers:
        seen = [answer for (one, _), answer in zip(asked, answers, strict=True) if one is client and answer]
        assert len(seen) == count


async def test_who_goes_away_takes_nobody_along(sample: SampleDealer) -> None:
    books = await shelf(sample, 5)
    client = sample.client(reach=Reach.GROUP)
    for away in range(5):
        for pause in range(4):
            tasks = [asyncio.create_task(ask(client, book)) for book in books]
            for _ in range(pause):
                await asyncio.sleep(0)
            tasks[away].cancel()
            answers = await asyncio.gather(*tasks, return_exceptions=True)
            others = [answer for number, answer in enumerate(answers) if number != away]
            assert others == [{"title": f"Book {number}"} for number in range(5) if number != away]


async def test_others_ask_for_themselves_where_it_fails() -> None:
    gathering, asked = Gathering(0), list[Sequence[str]]()

    async def failing(keys: Sequence[str]) -> Sequence[Any]:
        asked.append(keys)
        await asyncio.sleep(0)
        if len(keys) > 1 or keys == ["wrong"]:
            raise ValueError(keys)
        return [(key,) for key in keys]

    fetched = (gathering.fetch("same", [key], failing) for key in ("wrong", "a", "b"))
    first, *others = await asyncio.gather(*fetched, return_exceptions=True)
    assert isinstance(first, ValueError)
    assert others == [[("a",)], [("b",)]]
    assert asked == [["wrong", "a", "b"], ["a"], ["b"]]


async def test_statement_has_a_bounded_number_of_rows() -> None:
    gathering, sizes = Gathering(0), list[int]()

    async def answer(keys: Sequence[str]) -> Sequence[Any]:
        sizes.append(len(keys))
        return [(key,) for key in keys if key != "7"]

    numbers = [str(number) for number in range(MOST_KEYS + 2)]
    found = await asyncio.gather(*(gathering.fetch("same", [number], answer) for number in numbers))
    assert found == [[(number,)] if number != "7" else [] for number in numbers]
    assert sorted(sizes) == [1, 1, MOST_KEYS]
