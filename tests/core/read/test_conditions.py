"""Filters, orders, aggregates and rights against what Python finds in all rows, as tortoise has loaded them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from core.caller import Caller, Reach
from core.ids import global_id
from core.people.models import User
from core.testing.harness import Client, SampleDealer
from tests.core.api.filling import fill, two_stores

ROWS = 30


@dataclass(frozen=True)
class World:
    """All rows, the archived ones too, by their ids."""

    authors: Mapping[UUID, Any]
    books: Mapping[UUID, Any]
    reviews: Mapping[UUID, Any]
    stores: tuple[UUID, ...]

    def author(self, book: Any) -> Any:
        return self.authors[book.author_id]

    def live_reviews(self, book: Any) -> list[Any]:
        return [one for one in self.reviews.values() if one.book_id == book.id and one.archived_at is None]


@pytest.fixture
async def world(sample: SampleDealer) -> World:
    stores = await two_stores(sample)
    for login in ("first", "second", "third"):
        await sample.add_user(login)
    await fill(sample, ROWS)
    entities = sample.dealer.kernel.catalog.entities

    async def rows(name: str) -> Mapping[UUID, Any]:
        return {row.id: row for row in await sample.read(lambda: entities[name].model.all().order_by("id"))}

    # Most keepers are nobody's ids; three users shall have some of the books.
    people = [user.id for user in await sample.read(lambda: User.filter(login__in=["first", "second", "third"]))]

    async def give(_: object) -> None:
        for number, book in enumerate((await rows("Book")).values()):
            if number % 4:
                book.title = book.title.strip() or "blank"
                book.keeper_id = people[number % 4 - 1]
                await book.save()

    await sample.run(give)
    return World(await rows("Author"), await rows("Book"), await rows("Review"), stores)


async def ids(client: Client, arguments: str, root: str = "books") -> list[str]:
    """Return the ids of a list that fits on one page."""
    data = (await client(f"{{ {root}({arguments} first: 100) {{ nodes {{ id }} }} }}")).data
    return [node["id"] for node in data[root]["nodes"]]


FILTERS: list[tuple[str, Callable[[Any, World], bool]]] = [
    ("{pages: {gt: 2}}", lambda b, w: b.pages > 2),
    ("{pages: {in: [1, 60]}, genre: {ne: POETRY}}", lambda b, w: b.pages in (1, 60) and b.genre != "POETRY"),
    ("{pages: {notIn: []}, title: {notIn: []}}", lambda b, w: True),
    ('{title: {contains: "RED"}}', lambda b, w: "red" in b.title.lower()),
    ('{title: {contains: "%"}}', lambda b, w: "%" in b.title),
    ('{title: {contains: "_b!"}}', lambda b, w: "_b!" in b.title),
    ('{title: {startsWith: "back\\\\"}}', lambda b, w: b.title.startswith("back\\")),
    ("{not: {keeperId: {isNull: true}}}", lambda b, w: b.keeper_id is not None),
    ('{keeperId: {ne: "0192f0c1-2b3c-7def-8123-456789abcdef"}}', lambda b, w: True),
    (
        '{or: [{pages: {eq: 0}}, {price: {currency: {eq: "USD"}}}]}',
        lambda b, w: b.pages == 0 or b.price.currency == "USD",
    ),
    ("{or: []}", lambda b, w: False),
    ("{and: []}", lambda b, w: True),
    (
        '{price: {amountMinor: {gte: "1000", lt: "24420000"}}}',
        lambda b, w: 1000 <= b.price.amount_minor < 24_420_000,
    ),
    ('{lentTo: {last4: "8000"}}', lambda b, w: (b.lent_to or "").endswith("8000")),
    ('{lentTo: {eq: "13900138001"}}', lambda b, w: (b.lent_to or "").endswith("8001")),
    ("{lentTo: {isNull: true}}", lambda b, w: b.lent_to is None),
    ("{author: {bornOn: {isNull: true}}}", lambda b, w: lives(w.author(b)) and w.author(b).born_on is None),
    (
        '{author: {bornOn: {lt: "2025-01-01"}}}',
        lambda b, w: lives(w.author(b)) and (w.author(b).born_on or date.max) < date(2025, 1, 1),
    ),
    (
        '{not: {author: {bornOn: {lt: "2025-01-01"}}}}',
        lambda b, w: not (lives(w.author(b)) and (w.author(b).born_on or date.max) < date(2025, 1, 1)),
    ),
    ("{reviews: {some: {stars: {gte: 3}}}}", lambda b, w: any(r.stars >= 3 for r in w.live_reviews(b))),
    ("{reviews: {none: {stars: {gte: 3}}}}", lambda b, w: not any(r.stars >= 3 for r in w.live_reviews(b))),
    ("{reviews: {every: {stars: {gte: 3}}}}", lambda b, w: all(r.stars >= 3 for r in w.live_reviews(b))),
    (
        "{reviews: {some: {stars: {lt: 3}}, none: {stars: {gt: 60}}}}",
        lambda b, w: any(r.stars < 3 for r in w.live_reviews(b)) and all(r.stars <= 60 for r in w.live_reviews(b)),
    ),
]


async def test_filter_leaves_the_rows_that_python_finds(sample: SampleDealer, world: World) -> None:
    client = everything(sample)
    live = [book for book in world.books.values() if lives(book)]
    expected = {text: [global_id("Book", book.id) for book in live if holds(book, world)] for text, holds in FILTERS}
    assert {text: await ids(client, f"filter: {text}") for text in expected} == expected


async def test_archived_rows_come_when_they_are_asked_for(sample: SampleDealer, world: World) -> None:
    archived = [global_id("Book", book.id) for book in world.books.values() if not lives(book)]
    assert archived
    assert await ids(everything(sample), "filter: {archivedAt: {isNull: false}}") == archived
    assert await ids(everything(sample), "filter: {archivedAt: {isNull: false}, not: {id: {in: []}}}") == archived


async def test_order_is_pythons(sample: SampleDealer, world: World) -> None:
    orders: list[tuple[str, Callable[[Any], Any]]] = [
        ("{pages: ASC}", lambda b: (b.pages, b.id)),
        ("{price: ASC}, {pages: ASC}", lambda b: (b.price.amount_minor, b.pages, b.id)),
    ]
    for text, key in orders:
        books = [global_id("Book", book.id) for book in sorted(filter(lives, world.books.values()), key=key)]
        assert await ids(everything(sample), f"orderBy: [{text}]") == books
        assert await ids(everything(sample), f"orderBy: [{text.replace('ASC', 'DESC')}]") == books[::-1]


async def test_rows_without_a_value_come_last_either_way(sample: SampleDealer, world: World) -> None:
    live = [author for author in world.authors.values() if lives(author)]
    for direction in ("ASC", "DESC"):
        backwards = direction == "DESC"
        dated = sorted((a for a in live if a.born_on), key=lambda a: (a.born_on, a.id), reverse=backwards)
        undated = sorted((a for a in live if not a.born_on), key=lambda a: a.id, reverse=backwards)
        assert dated
        assert undated
        found = await ids(everything(sample), f"orderBy: [{{bornOn: {direction}}}]", "authors")
        assert found == [global_id("Author", author.id) for author in (*dated, *undated)]


async def test_aggregates_are_pythons_sums(sample: SampleDealer, world: World) -> None:
    text = """{ bookStats(groupBy: [GENRE]) {
      key { genre } count sum { pages price { amountMinor currency } } max { pages } average { pages } } }"""
    groups = (await everything(sample)(text)).data["bookStats"]
    live = [book for book in world.books.values() if lives(book)]
    assert {group["key"]["genre"]: group["count"] for group in groups} == Counter(book.genre.value for book in live)
    for group in groups:
        own = [book for book in live if book.genre.value == group["key"]["genre"]]
        assert group["sum"]["pages"] == str(sum(book.pages for book in own))
        assert group["max"]["pages"] == max(book.pages for book in own)
        assert group["average"]["pages"] == pytest.approx(sum(book.pages for book in own) / len(own))
        sums: Counter[str] = Counter()
        for book in own:
            sums[book.price.currency] += book.price.amount_minor
        assert {one["currency"]: int(one["amountMinor"]) for one in group["sum"]["price"]} == dict(sums)


async def test_rights_leave_the_rows_that_python_finds(sample: SampleDealer, world: World) -> None:
    first, second, _ = world.stores
    people = await sample.read(lambda: User.filter(login__in=["first", "second"]).order_by("login"))
    me, mate = (user.id for user in people)
    names = list(sample.dealer.kernel.permissions)
    group, store, team, own = (
        dict.fromkeys(names, reach) for reach in (Reach.GROUP, Reach.STORE, Reach.TEAM, Reach.OWN)
    )
    base = Caller("user:me", me, first, frozenset({first}), frozenset({me, mate}), store)
    both = frozenset({first, second})
    cases: list[tuple[Caller, Callable[[Any], bool]]] = [
        (replace(base, permissions=group), lambda b: True),
        (base, lambda b: b.store_id == first),
        (replace(base, store_ids=both), lambda b: b.store_id in both),
        (replace(base, permissions=team), lambda b: b.store_id == first and b.keeper_id in (me, mate)),
        (replace(base, permissions=own, store_ids=both), lambda b: b.store_id in both and b.keeper_id == me),
        (
            replace(base, store_ids=both, by_store={first: own, second: store}),
            lambda b: b.store_id == second or (b.store_id == first and b.keeper_id == me),
        ),
        (
            replace(base, permissions=team, store_ids=both, by_store={second: team}),
            lambda b: b.store_id == second and b.keeper_id in (me, mate),
        ),
        (replace(base, permissions=own, user_id=None), lambda b: False),
    ]
    for caller, sees in cases:
        client = Client(sample, caller)
        books = [book for book in world.books.values() if lives(book) and sees(book)]
        assert await ids(client, "") == [global_id("Book", book.id) for book in books], caller
        seen = {book.id for book in world.books.values() if sees(book)}  # a review of an archived book is shown
        reviews = [r for r in world.reviews.values() if lives(r) and r.book_id in seen and in_store(caller, r)]
        assert await ids(client, "", "reviews") == [global_id("Review", review.id) for review in reviews], caller
        await check_below(client, books, reviews)


async def check_below(client: Client, books: list[Any], reviews: list[Any]) -> None:
    """Hold what is shown below each book to the same rows, and a book out of sight to none."""
    text = "{ books(first: 60) { nodes { id reviews(first: 20) { totalCount nodes { id } } } } }"
    for shown in (await client(text)).data["books"]["nodes"]:
        own = [global_id("Review", r.id) for r in reviews if global_id("Book", r.book_id) == shown["id"]]
        assert shown["reviews"] == {"totalCount": len(own), "nodes": [{"id": one} for one in own]}
    nodes = (await client("{ reviews(first: 100) { nodes { book { id } } } }")).data["reviews"]["nodes"]
    assert [node["book"]["id"] for node in nodes] == [global_id("Book", review.book_id) for review in reviews]


def in_store(caller: Caller, review: Any) -> bool:
    """Return whether the caller reads reviews in a store; they have no owner, so each right there shows all of them."""
    return caller.reach_in("library.review.read", review.store_id) is not None


def everything(sample: SampleDealer) -> Client:
    return sample.client(reach=Reach.GROUP)


def lives(row: Any) -> bool:
    return row.archived_at is None
