"""Requests of one moment that ask for rows by id are answered by one statement, each within its own rights."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from core.caller import Reach
from core.read.gathering import Gathering
from core.testing.harness import Client, SampleDealer
from tests.core.library import make_author, make_book

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


async def together(gathering: Gathering[str, list[str]], keys: Sequence[str], ask: Any) -> list[Any]:
    answers = (gathering.answer("same", key, ask) for key in keys)
    return await asyncio.gather(*answers, return_exceptions=True)


async def test_error_is_everybody_s() -> None:
    asked: list[Sequence[str]] = []

    async def failing(keys: Sequence[str], begin: Callable[[], None]) -> list[str]:
        begin()
        asked.append(list(keys))
        await asyncio.sleep(0)
        raise ValueError("no")

    errors = await together(Gathering(9), ["a", "b", "c"], failing)
    assert [type(error) for error in errors] == [ValueError] * 3
    assert asked == [["a", "b", "c"]]


async def test_number_of_those_who_ask_together_is_bounded() -> None:
    asked: list[Sequence[str]] = []

    async def answer(keys: Sequence[str], begin: Callable[[], None]) -> list[str]:
        begin()
        asked.append(list(keys))
        return list(keys)

    answers = await together(Gathering(3), ["a", "b", "c", "d", "e"], answer)
    assert answers == [["a", "b", "c"]] * 3 + [["d"], ["e"]]
    assert sorted(asked, key=len) == [["d"], ["e"], ["a", "b", "c"]]


async def test_nobody_joins_what_has_begun() -> None:
    gathering: Gathering[str, list[str]] = Gathering(9)
    begun, answered = asyncio.Event(), asyncio.Event()

    async def slow(keys: Sequence[str], begin: Callable[[], None]) -> list[str]:
        await asyncio.sleep(0)  # as for a connection; others still come
        begin()
        begun.set()
        await answered.wait()
        return list(keys)

    first = asyncio.create_task(gathering.answer("same", "a", slow))
    second = asyncio.create_task(gathering.answer("same", "b", slow))
    await begun.wait()
    late = asyncio.create_task(gathering.answer("same", "c", slow))
    other = asyncio.create_task(gathering.answer("other", "d", slow))
    answered.set()
    assert list(await asyncio.gather(first, second, late, other)) == [["a", "b"], ["a", "b"], ["c"], ["d"]]


@pytest.mark.postgres
async def test_same_page_and_same_figures_are_asked_for_once(sample: SampleDealer) -> None:
    await shelf(sample, 3)
    elsewhere = await sample.add_store("S2")
    here, there = sample.client(reach=Reach.STORE), sample.client(reach=Reach.STORE, store_id=elsewhere)
    text = "query($n: Int!) { books(first: $n) { totalCount nodes { title } } bookStats { count } }"
    with sample.dealer.database.counting() as statements:
        asked = [(here, 2), (there, 2), (here, 2), (here, 1), (here, 2)]
        answers = await asyncio.gather(*(client(text, n=number) for client, number in asked))
    counts = [(len(a.data["books"]["nodes"]), a.data["books"]["totalCount"], a.data["bookStats"]) for a in answers]
    ours = [{"count": 3}]
    assert counts == [(2, 3, ours), (0, 0, [{"count": 0}]), (2, 3, ours), (1, 3, ours), (2, 3, ours)]
    # Three different pages, the total of the empty one, and the figures of two stores.
    assert len(statements) <= 7


@pytest.mark.postgres
async def test_read_after_write_sees_it_whatever_others_read(sample: SampleDealer) -> None:
    client = sample.client(reach=Reach.GROUP)
    author = await make_author(client)

    async def write_and_read(number: int) -> bool:
        book = await make_book(client, author, str(number), title=f"new {number}")
        page = await client("{ books(first: 50) { totalCount nodes { id } } }")
        return book in {node["id"] for node in page.data["books"]["nodes"]}

    assert all(await asyncio.gather(*(write_and_read(number) for number in range(40))))
