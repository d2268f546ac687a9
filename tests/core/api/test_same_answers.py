"""What a plan answers is what graphql-core answers, errors and their paths included."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence

import pytest

from core.api.execute import Operation, RequestError
from core.people.caller import Reach
from core.testing.harness import Client, SampleDealer
from tests.core.api.conftest import make_author, make_book, money
from tests.core.api.operations import Generator

OPERATIONS = int(os.environ.get("FORECOURT_OPERATIONS", "500"))
ROOTS = ("book", "books", "author", "authors", "reviews", "meetings", "stores", "node", "bookStats", "viewer", "hours")
FILTERS: Mapping[str, Sequence[str]] = {
    "first": ("0", "1", "2", "7", "100", "-1", "101"),
    "last": ("1", "3"),
    "after": ('"nonsense"', "null"),
    "before": ("null",),
    "search": ('"isbn"', '"T1"', '"8000"', '""'),
    "filter:BookFilter": (
        "{pages: {gt: 100}}",
        '{author: {name: {startsWith: "l"}}}',
        "{reviews: {some: {stars: {gte: 2}}}}",
        '{not: {genre: {eq: POETRY}}, price: {amountMinor: {lt: "5000"}}}',
        "{title: {eq: null}}",
        "{archivedAt: {isNull: false}}",
    ),
    "filter:AuthorFilter": ("{books: {none: {pages: {gt: 300}}}}", "{bornOn: {isNull: true}}"),
    "filter:ReviewFilter": ("{stars: {in: [1, 2]}}", '{book: {title: {contains: "1"}}}'),
    "orderBy:[BookOrder!]": ("[{pages: DESC}]", "[{author: {name: ASC}}, {title: DESC}]", "[{price: ASC}]", "[]"),
    "orderBy:[AuthorOrder!]": ("[{bornOn: ASC}]", "[{name: DESC}]"),
    "orderBy:[ReviewOrder!]": ("[{stars: DESC}]",),
    "groupBy:[BookGroupBy!]": ("[GENRE]", "[TITLE, PAGES]"),
}


@pytest.fixture
async def callers(sample: SampleDealer) -> list[Client]:
    """Those who see everything, their own, nothing of some things, and nothing at all; over a filled shelf."""
    everyone = sample.client()
    keeper = await sample.add_user("keeper")
    authors = [await make_author(everyone, name) for name in ("Lu Xun", "Ba Jin")]
    for number in range(6):
        more = {"pages": number * 100, "lentTo": "13800138000" if number == 2 else None}
        more["keeperId"] = str(keeper) if number % 2 else None
        book = await make_book(
            everyone, authors[number % 2], f"isbn-{number}", title=f"T{number}", price=money(number * 1000), **more
        )
        for stars in range(number % 3):
            operation = "mutation($i: CreateReviewInput!) { createReview(input: $i) { problems { message } } }"
            await everyone.command(operation, i={"book": book, "stars": stars + 1})
    some = {"library.book.read": Reach.STORE}
    return [everyone, sample.client(keeper, reach=Reach.OWN), sample.client(permissions=some), sample.anonymous()]


async def test_plan_and_executor_give_the_same_answers(sample: SampleDealer, callers: list[Client]) -> None:
    dealer, (everyone, *_) = sample.dealer, callers
    rows = (await everyone("{ books { nodes { id author { id } } } }")).data["books"]["nodes"]
    ids = [f'"{row["id"]}"' for row in rows] + [f'"{rows[0]["author"]["id"]}"', '"nonsense"']
    unplanned: Counter[str] = Counter()
    token = dealer.database.activate()
    try:
        for seed in range(OPERATIONS):
            made = Generator(dealer.kernel.schema.graphql, ROOTS, {**FILTERS, "id": ids}, seed).operation()
            scope = dealer.scope(callers[seed % 4].caller, locale="en")
            try:
                operation = Operation(dealer, sample.documents, made.text, made.variables, None)
            except RequestError:
                unplanned["refused by validation or limits"] += 1
                continue
            planned = await operation.run(scope)
            assert planned == await operation.execute(scope), (made.text, made.variables)
            if operation.unplanned and "errors" not in planned:
                unplanned[operation.unplanned] += 1
    finally:
        dealer.database.deactivate(token)
    with_resolvers = sum(n for why, n in unplanned.items() if "resolver of its own" in why)
    others = {why: n for why, n in unplanned.items() if "resolver of its own" not in why and "refused" not in why}
    assert others == {}, others
    assert with_resolvers < OPERATIONS * 0.6, unplanned
    assert unplanned["refused by validation or limits"] < OPERATIONS * 0.2, unplanned


@pytest.mark.parametrize(
    ("operation", "why"),
    [
        ("{ books { nodes { id title author { name } } totalCount pageInfo { endCursor } } }", ""),
        ("{ authors { edges { cursor node { books(first: 1) { nodes { heading price { currency } } } } } } }", ""),
        ("{ books { nodes { shout } } }", "Book.shout has a resolver of its own"),
        ("{ viewer { userId } }", "Query.viewer has a resolver of its own"),
    ],
)
async def test_operation_says_why_it_is_not_planned(
    sample: SampleDealer, callers: list[Client], operation: str, why: str
) -> None:
    token = sample.dealer.database.activate()
    try:
        prepared = Operation(sample.dealer, sample.documents, operation, {}, None)
        await prepared.run(sample.dealer.scope(callers[0].caller))
    finally:
        sample.dealer.database.deactivate(token)
    assert prepared.unplanned == why
