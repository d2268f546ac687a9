"""Reading through the seam: pages, filters, orders, search, aggregates, nodes."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest

from core.api.execute import Operation
from core.testing.harness import Client, SampleDealer
from tests.core.library import make_author, make_book, money

REVIEW = (
    """mutation($i: CreateReviewsInput!) { createReviews(input: $i) { reviews { id } problems { message path } } }"""
)


@pytest.fixture
async def shelf(client: Client) -> list[str]:
    """Five books of two authors, A to E, 100 to 500 pages."""
    lu, ba = await make_author(client), await make_author(client, "Ba Jin", bornOn="1904-11-25")
    ids = []
    for number, letter in enumerate("ABCDE", 1):
        more = {"pages": number * 100, "price": money(number * 1000, "CNY" if number < 5 else "USD")}
        genre = "POETRY" if number == 2 else "NOVEL"
        author = lu if number % 2 else ba
        ids.append(await make_book(client, author, f"isbn-{number}", title=letter, genre=genre, **more))
    return ids


async def titles(client: Client, arguments: str) -> str:
    data = (await client(f"{{ books({arguments}) {{ nodes {{ title }} }} }}")).data
    return "".join(node["title"] for node in data["books"]["nodes"])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("first: 2", "AB"),
        ("last: 2", "DE"),
        ("orderBy: [{title: DESC}]", "EDCBA"),
        ("orderBy: [{author: {name: ASC}}, {pages: DESC}]", "DBECA"),
        ("orderBy: [{price: DESC}], first: 1", "E"),
        ("filter: {pages: {gte: 200, lt: 400}}", "BC"),
        ("filter: {pages: {in: [100, 500]}}", "AE"),
        ("filter: {pages: {notIn: [100, 500]}}", "BCD"),
        ("filter: {genre: {eq: POETRY}}", "B"),
        ("filter: {genre: {ne: POETRY}}", "ACDE"),
        ('filter: {title: {startsWith: "b"}}', "B"),
        ("filter: {or: [{pages: {eq: 100}}, {genre: {eq: POETRY}}]}", "AB"),
        ("filter: {not: {author: {bornOn: {isNull: true}}}}", "BD"),
        ("filter: {id: {isNull: true}}", ""),
        ("filter: {author: {id: {isNull: false}}}", "ABCDE"),
        ('filter: {author: {bornOn: {lt: "1950-01-01"}}}', "BD"),
        ('filter: {price: {currency: {eq: "USD"}}}', "E"),
        ('filter: {price: {amountMinor: {lte: "2000"}}}', "AB"),
        ("filter: {lentTo: {isNull: true}, and: [{pages: {gt: 100}}, {pages: {lt: 300}}]}", "B"),
        ('search: "isbn-3"', "C"),
        ('search: "nothing"', ""),
    ],
)
async def test_list_arguments(client: Client, shelf: list[str], arguments: str, expected: str) -> None:
    assert await titles(client, arguments) == expected


@pytest.mark.parametrize(
    "order", ["", "orderBy: [{author: {bornOn: DESC}}, {title: ASC}],", "orderBy: [{price: ASC}],"]
)
async def test_pages_join_without_gap_in_both_directions(client: Client, shelf: list[str], order: str) -> None:
    whole = await titles(client, f"{order} first: 100")
    for step, cursor, edge in (("first", "after", "endCursor"), ("last", "before", "startCursor")):
        seen, position = [], "null"
        for _ in range(10):
            page = (
                await client(
                    f"{{ books({order} {step}: 2, {cursor}: {position}) {{ nodes {{ title }} pageInfo {{ hasNextPage "
                    f"hasPreviousPage {edge} }} }} }}"
                )
            ).data["books"]
            seen.append("".join(node["title"] for node in page["nodes"]))
            more = page["pageInfo"]["hasNextPage" if step == "first" else "hasPreviousPage"]
            if not more:
                break
            position = f'"{page["pageInfo"][edge]}"'
        assert "".join(seen if step == "first" else reversed(seen)) == whole


async def test_page_is_stable_while_rows_are_added(client: Client, shelf: list[str]) -> None:
    page = (await client("{ books(first: 2, orderBy: [{title: ASC}]) { pageInfo { endCursor } } }")).data["books"]
    author = await make_author(client, "New")
    await make_book(client, author, "isbn-0", title="AA")
    cursor = page["pageInfo"]["endCursor"]
    assert await titles(client, f'first: 2, after: "{cursor}", orderBy: [{{title: ASC}}]') == "CD"


async def test_filter_over_many_rows_asks_some_none_every(client: Client, shelf: list[str]) -> None:
    items = [{"book": shelf[0], "stars": 5}, {"book": shelf[0], "stars": 2}, {"book": shelf[1], "stars": 5}]
    await client.command(REVIEW, i={"items": items})
    assert await titles(client, "filter: {reviews: {some: {stars: {eq: 5}}}}") == "AB"
    assert await titles(client, "filter: {reviews: {none: {stars: {eq: 5}}}}") == "CDE"
    assert await titles(client, "filter: {reviews: {every: {stars: {eq: 5}}}}") == "BCDE"
    authors = (await client("{ authors(filter: {books: {some: {genre: {eq: POETRY}}}}) { nodes { name } } }")).data
    assert authors["authors"]["nodes"] == [{"name": "Ba Jin"}]


async def test_aliases_fragments_and_directives(client: Client, shelf: list[str]) -> None:
    operation = """
      query($yes: Boolean!, $n: Int!) {
        a: books(first: $n) { nodes { t: title ...More } other: nodes { t: isbn } edges { node { t: genre } cursor } }
        b: books(first: 1, orderBy: [{title: DESC}]) { nodes { title @skip(if: $yes) isbn @include(if: $yes) } }
      }
      fragment More on Book { author { ... on Node { id } name @include(if: $yes) } pages }
    """
    data = (await client(operation, yes=True, n=1)).data
    assert data["a"]["nodes"][0]["t"] == "A"
    assert data["a"]["nodes"][0]["author"]["name"] == "Lu Xun"
    assert data["a"]["other"] == [{"t": "isbn-1"}]
    assert data["a"]["edges"][0]["node"] == {"t": "NOVEL"}
    assert data["b"]["nodes"] == [{"isbn": "isbn-5"}]


async def test_list_of_a_filter_may_hold_variables(sample: SampleDealer, client: Client, shelf: list[str]) -> None:
    text = """query($t: String!, $b: ID!) { books(filter: {or: [{title: {in: ["A", $t]}}, {id: {in: [$b]}}]}) {
      nodes { title } } }"""
    variables: dict[str, object] = {"t": "B", "b": shelf[4]}
    assert [b["title"] for b in (await client(text, **variables)).data["books"]["nodes"]] == ["A", "B", "E"]
    assert await unplanned(sample, text, variables) == ""


async def test_first_and_last_date_are_the_same_on_each_database(
    sample: SampleDealer, client: Client, dialect: str
) -> None:
    mark = "?" if dialect == "sqlite" else "$1"
    database = sample.dealer.database
    for number, extreme in enumerate((datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))):
        await make_author(client, f"A{number}", bornOn=extreme.date().isoformat())
        sql = f"UPDATE library_author SET created_at = {mark} WHERE name = 'A{number}'"
        await sample.read(partial(database.execute, sql, [extreme]))
    data = (await client("{ authors(orderBy: [{createdAt: ASC}]) { nodes { bornOn createdAt } } }")).data
    assert data["authors"]["nodes"] == [
        {"bornOn": "0001-01-01", "createdAt": "0001-01-01T00:00:00Z"},
        {"bornOn": "9999-12-31", "createdAt": "9999-12-31T23:59:59.999999Z"},
    ]
    page = "authors(first: 1, orderBy: [{createdAt: ASC}], after: $c) { nodes { bornOn } pageInfo { endCursor } }"
    first = (await client(f"query($c: String) {{ {page} }}")).data["authors"]
    second = (await client(f"query($c: String) {{ {page} }}", c=first["pageInfo"]["endCursor"])).data["authors"]
    assert [first["nodes"], second["nodes"]] == [[{"bornOn": "0001-01-01"}], [{"bornOn": "9999-12-31"}]]


async def unplanned(sample: SampleDealer, text: str, variables: dict[str, object]) -> str:
    """Run an operation and return why no plan could answer it."""
    operation = Operation(sample.dealer, text, variables, None)
    await sample.read(lambda: operation.run(sample.dealer.scope(sample.client().caller)))
    return operation.unplanned


async def test_nested_page_has_arguments_of_its_own_for_each_parent(client: Client, shelf: list[str]) -> None:
    operation = """{ authors(orderBy: [{name: ASC}]) { nodes { name
        books(first: 2, orderBy: [{pages: DESC}]) { totalCount nodes { title } pageInfo { hasNextPage } } } } }"""
    nodes = (await client(operation)).data["authors"]["nodes"]
    assert [(n["name"], n["books"]["totalCount"]) for n in nodes] == [("Ba Jin", 2), ("Lu Xun", 3)]
    assert ["".join(b["title"] for b in n["books"]["nodes"]) for n in nodes] == ["DB", "EC"]
    assert [n["books"]["pageInfo"]["hasNextPage"] for n in nodes] == [False, True]


async def test_stats_group_and_sum_by_currency(client: Client, shelf: list[str]) -> None:
    operation = """{ bookStats(groupBy: [GENRE]) { key { genre title } count
        sum { pages price { amountMinor currency } }
        average { pages } min { pages createdAt } max { pages } } }"""
    novels, poetry = (await client(operation)).data["bookStats"]
    assert (novels["key"], novels["count"], poetry["count"]) == ({"genre": "NOVEL", "title": None}, 4, 1)
    assert novels["sum"]["pages"] == "1300"
    assert sorted(novels["sum"]["price"], key=lambda m: m["currency"]) == [money(8000), money(5000, "USD")]
    assert (novels["average"]["pages"], novels["min"]["pages"], novels["max"]["pages"]) == (325.0, 100, 500)


async def test_computed_and_resolver_fields(client: Client, shelf: list[str]) -> None:
    node = (await client("{ books(first: 1) { nodes { heading shout isLong } } }")).data["books"]["nodes"][0]
    assert node == {"heading": "A (100 p., 2026)", "shout": "A", "isLong": False}


async def test_node_answers_every_type_and_keeps_the_order_of_ids(client: Client, shelf: list[str]) -> None:
    operation = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Book { title } } }"
    store = client.sample.store_gid
    data = (await client(operation, ids=[shelf[1], store, shelf[0]])).data["nodes"]
    assert [(n["__typename"], n.get("title")) for n in data] == [("Book", "B"), ("Store", None), ("Book", "A")]


async def test_archived_rows_leave_lists_but_not_references(client: Client, shelf: list[str]) -> None:
    await client.command(
        "mutation($i: ArchiveBookInput!) { archiveBook(input: $i) { problems { message } } }", i={"id": shelf[0]}
    )
    assert await titles(client, "first: 10") == "BCDE"
    assert await titles(client, "filter: {archivedAt: {isNull: false}}") == "A"
    data = (await client("query($id: ID!) { node(id: $id) { id } }", id=shelf[0])).data
    assert data["node"] == {"id": shelf[0]}


async def test_plain_strawberry_fields_keep_working_and_their_rows_go_through_the_seam(
    sample: SampleDealer, client: Client, shelf: list[str]
) -> None:
    data = (await client("{ hours { opens } oldestBook { title author { name } } allBooks { title } }")).data
    assert data["hours"] == {"opens": "09:00"}
    assert data["oldestBook"] == {"title": "A", "author": {"name": "Lu Xun"}}
    elsewhere = sample.client(store_id=await sample.add_store("S2"))
    hidden = (await elsewhere("{ oldestBook { title } allBooks { title } }")).data
    assert hidden == {"oldestBook": None, "allBooks": []}


STATEMENTS = """{ books(first: 100) { totalCount nodes { title author { name books(first: 2) { nodes { title } } }
    reviews(first: 2) { totalCount nodes { stars book { title } } } meetings(first: 2) { nodes { topic } } } } }"""


async def test_a_list_costs_as_many_statements_for_1_row_as_for_100(client: Client) -> None:
    author = await make_author(client)
    first = await make_book(client, author, "isbn-000")
    await client.command(REVIEW, i={"items": [{"book": first, "stars": 4}]})
    counts = []
    for _ in range(2):
        with client.sample.dealer.database.counting() as statements:
            assert (await client(STATEMENTS)).data
        counts.append(len(statements))
        books = [{"title": "T", "isbn": f"isbn-{n:03}", "price": money(1), "author": author} for n in range(1, 100)]
        if len(counts) == 1:
            payload = await client.command(
                "mutation($i: CreateBooksInput!) { createBooks(input: $i) { books { id } problems { message path } } }",
                i={"items": books},
            )
            made = [{"book": book["id"], "stars": 3} for book in payload["books"]]
            await client.command(REVIEW, i={"items": made})
    assert counts[0] == counts[1] <= 9


async def test_total_is_counted_only_when_asked_for(client: Client, shelf: list[str]) -> None:
    with client.sample.dealer.database.counting() as statements:
        await client("{ books { nodes { id } } }")
    assert len(statements) == 1
    assert "count(" not in statements[0].lower()
    with client.sample.dealer.database.counting() as statements:
        await client("{ books { totalCount } }")
    assert len(statements) == 1


async def test_page_and_its_total_are_one_statement(client: Client, shelf: list[str]) -> None:
    with client.sample.dealer.database.counting() as statements:
        data = (await client("{ books(first: 1) { totalCount nodes { id } } }")).data
    assert len(statements) == 1
    assert data["books"]["totalCount"] == len(shelf)
    assert len(data["books"]["nodes"]) == 1


async def test_total_is_known_where_the_page_is_empty(client: Client, shelf: list[str]) -> None:
    end = (await client("{ books { pageInfo { endCursor } } }")).data["books"]["pageInfo"]["endCursor"]
    after = await client("query($c: String) { books(after: $c) { totalCount nodes { id } } }", c=end)
    assert after.data["books"] == {"totalCount": len(shelf), "nodes": []}
    none = await client('{ books(search: "nobody wrote this") { totalCount nodes { id } } }')
    assert none.data["books"] == {"totalCount": 0, "nodes": []}
