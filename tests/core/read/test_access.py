"""Who sees what: rows by reach, fields by permission, for lists, single rows, relations, aggregates and search."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from core.caller import Reach
from core.testing.harness import Client, SampleDealer
from tests.core.library import make_author, make_book

COUNTS = """{ books { totalCount nodes { title } } bookStats { count } reviews { nodes { stars } }
  authors { nodes { books { nodes { title } } } } search: books(search: "isbn") { nodes { title } } }"""


@pytest.fixture
async def people(sample: SampleDealer) -> tuple[UUID, UUID, UUID]:
    """A leader, his colleague, and somebody of another team; each keeps one book with one review."""
    leader, colleague, other = [await sample.add_user(login) for login in ("leader", "colleague", "other")]
    everyone = sample.client()
    author = await make_author(everyone)
    for number, keeper in enumerate((leader, colleague, other)):
        book = await make_book(everyone, author, f"isbn-{number}", title=f"T{number}", keeperId=str(keeper))
        operation = "mutation($i: CreateReviewInput!) { createReview(input: $i) { problems { message } } }"
        await everyone.command(operation, i={"book": book, "stars": number})
    return leader, colleague, other


async def seen(client: Client) -> set[str]:
    """Return the titles that a caller sees, having checked that every way of asking agrees."""
    data = (await client(COUNTS)).data
    titles = {node["title"] for node in data["books"]["nodes"]}
    assert data["books"]["totalCount"] == data["bookStats"][0]["count"] == len(titles)
    assert {f"T{node['stars']}" for node in data["reviews"]["nodes"]} == titles
    assert {b["title"] for a in data["authors"]["nodes"] for b in a["books"]["nodes"]} == titles
    assert {node["title"] for node in data["search"]["nodes"]} == titles
    return titles


async def test_reach_decides_the_rows_everywhere(sample: SampleDealer, people: tuple[UUID, UUID, UUID]) -> None:
    leader, colleague, _ = people
    assert await seen(sample.client(leader, reach=Reach.OWN)) == {"T0"}
    assert await seen(sample.client(leader, reach=Reach.TEAM, team_ids=[leader, colleague])) == {"T0", "T1"}
    assert await seen(sample.client(leader, reach=Reach.STORE)) == {"T0", "T1", "T2"}
    elsewhere = await sample.add_store("S2")
    assert await seen(sample.client(leader, reach=Reach.STORE, store_id=elsewhere)) == set()
    assert await seen(sample.client(leader, reach=Reach.GROUP, store_id=elsewhere)) == {"T0", "T1", "T2"}


async def test_rights_of_one_store_do_not_reach_into_another(
    sample: SampleDealer, people: tuple[UUID, UUID, UUID]
) -> None:
    leader, _, _ = people
    second = await sample.add_store("S2")
    manager_there = sample.client(leader, reach=Reach.STORE)
    rights = {sample.store_id: dict.fromkeys(manager_there.caller.permissions, Reach.OWN)}
    rights[second] = dict.fromkeys(manager_there.caller.permissions, Reach.STORE)
    both = replace(manager_there.caller, store_ids=frozenset({sample.store_id, second}), by_store=rights)
    assert await seen(replace(manager_there, caller=both)) == {"T0"}


async def test_row_out_of_sight_is_null_in_queries_and_not_found_in_commands(
    sample: SampleDealer, people: tuple[UUID, UUID, UUID]
) -> None:
    leader, _, other = people
    everyone = sample.client()
    page = (await everyone('{ books(filter: {title: {eq: "T2"}}) { nodes { id reviews { nodes { id } } } } }')).data
    book, review = page["books"]["nodes"][0]["id"], page["books"]["nodes"][0]["reviews"]["nodes"][0]["id"]
    own = sample.client(leader, reach=Reach.OWN)
    operation = "query($b: ID!, $r: ID!) { node(id: $b) { id } book(id: $b) { id } nodes(ids: [$b, $r]) { id } }"
    assert (await own(operation, b=book, r=review)).data == {"node": None, "book": None, "nodes": [None, None]}
    rename = "mutation($i: RenameBookInput!) { renameBook(input: $i) { problems { code path } } }"
    payload = await own.payload(rename, i={"book": book, "title": "Mine now"})
    assert payload["problems"] == [{"code": "NOT_FOUND", "path": ["book"]}]
    assert (await sample.client(other, reach=Reach.OWN).payload(rename, i={"book": book, "title": "M"}))[
        "problems"
    ] == []


async def test_own_reach_creates_own_rows_only(sample: SampleDealer, people: tuple[UUID, UUID, UUID]) -> None:
    leader, colleague, _ = people
    own = sample.client(leader, reach=Reach.OWN)
    author = (await own("{ authors { nodes { id } } }")).data["authors"]["nodes"][0]["id"]
    book = await make_book(own, author, "mine")
    assert (await own("query($b: ID!) { book(id: $b) { keeperId } }", b=book)).data["book"]["keeperId"] == str(leader)
    values = {"title": "T", "isbn": "his", "price": {"amountMinor": "1"}, "author": author, "keeperId": str(colleague)}
    operation = "mutation($i: CreateBookInput!) { createBook(input: $i) { problems { code } } }"
    assert (await own.payload(operation, i=values))["problems"] == [{"code": "FORBIDDEN"}]


async def test_other_store_can_not_be_written_to(sample: SampleDealer, client: Client) -> None:
    await sample.add_store("S2")
    stores = (await client('{ stores(filter: {code: {eq: "S2"}}) { nodes { id } } }')).data["stores"]["nodes"]
    values = {"title": "T", "isbn": "1", "price": {"amountMinor": "1"}, "author": await make_author(client)}
    operation = "mutation($i: CreateBookInput!) { createBook(input: $i) { problems { code path } } }"
    payload = await client.payload(operation, i={**values, "store": stores[0]["id"]})
    assert payload["problems"] == [{"code": "VALIDATION_ERROR", "path": ["store"]}]


async def test_guarded_field_is_null_and_can_not_be_asked_for(sample: SampleDealer, client: Client) -> None:
    author = await make_author(client, royalty={"amountMinor": "100"})
    await make_book(client, author, "123")
    operation = "{ authors { nodes { royalty { amountMinor } books { nodes { secret } } } } }"
    full = (await client(operation)).data["authors"]["nodes"][0]
    assert full == {"royalty": {"amountMinor": "100"}, "books": {"nodes": [{"secret": "321"}]}}
    rights = {k: v for k, v in client.caller.permissions.items() if k != "library.royalty.read"}
    weak = sample.client(permissions=rights)
    assert (await weak(operation)).data["authors"]["nodes"][0] == {
        "royalty": None,
        "books": {"nodes": [{"secret": None}]},
    }
    assert (await weak("{ authorStats { sum { royalty { amountMinor } } } }")).codes == ["FORBIDDEN"]


async def test_entity_without_the_right_to_read_is_refused_at_the_root_and_null_below(
    sample: SampleDealer, people: tuple[UUID, UUID, UUID]
) -> None:
    weak = sample.client(permissions={"library.book.read": Reach.STORE})
    data = (await weak("{ books(first: 1) { nodes { title author { name } reviews { totalCount } } } }")).data
    assert data["books"]["nodes"][0] == {"title": "T0", "author": {"name": "Lu Xun"}, "reviews": None}
    assert (await weak("{ reviews { totalCount } }")).codes == ["FORBIDDEN"]
    assert (await weak("{ reviewStats { count } }")).codes == ["FORBIDDEN"]
    filtered = await weak("{ books(filter: {reviews: {some: {stars: {eq: 1}}}}) { totalCount } }")
    assert filtered.codes == ["FORBIDDEN"]


async def test_protected_value_is_masked_and_found_as_a_whole_or_by_its_end(client: Client) -> None:
    author = await make_author(client)
    book = await make_book(client, author, "1", lentTo="+86 138-0013-8000")
    await make_book(client, author, "2", lentTo="13900138001")
    for arguments in (
        'filter: {lentTo: {eq: "13800138000"}}',
        'filter: {lentTo: {last4: "8000"}}',
        'search: "8000"',
        'search: "13800138000"',
    ):
        nodes = (await client(f"{{ books({arguments}) {{ nodes {{ id lentTo }} }} }}")).data["books"]["nodes"]
        assert nodes == [{"id": book, "lentTo": "138****8000"}], arguments
    nothing = (await client('{ books(filter: {lentTo: {eq: "13800138009"}}) { totalCount } }')).data
    assert nothing["books"]["totalCount"] == 0
    rows = await client.sample.read(lambda: client.sample.dealer.database.fetch("SELECT * FROM library_book"))
    assert len(rows) == 2
    assert "13800138000" not in str([tuple(row) for row in rows])


async def test_nobody_reads_anything(sample: SampleDealer, people: tuple[UUID, UUID, UUID]) -> None:
    answer = await sample.anonymous()("{ books { totalCount } authors { nodes { name } } viewer { userId } }")
    assert answer["data"] == {"books": None, "authors": None, "viewer": None}
    assert answer.codes == ["UNAUTHENTICATED", "UNAUTHENTICATED"]
