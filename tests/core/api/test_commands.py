"""The one path of every command: input, right, transaction, version, events, audit, idempotency, answer."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from core.caller import Reach
from core.ids import global_id, parse_global_id, uuid7
from core.testing.harness import Client, SampleDealer
from core.write.models import AuditEntry, OutboxEvent
from tests.core.library import CREATE_AUTHOR, CREATE_BOOK, make_author, make_book, money

UPDATE = """mutation($i: UpdateBookInput!, $v: Int, $k: String) {
  updateBook(input: $i, expectedVersion: $v, idempotencyKey: $k) { book { id title pages version lentTo }
    problems { __typename code message path
      ... on ConflictProblem { current { id ... on Book { title version } } } } } }"""
RENAME = """mutation($i: RenameBookInput!, $v: Int, $k: String) {
  renameBook(input: $i, expectedVersion: $v, idempotencyKey: $k) { book { id title version }
    problems { __typename code message path
      ... on ConflictProblem { current { ... on Book { title version } } } } } }"""


@pytest.fixture
async def book(client: Client) -> str:
    return await make_book(client, await make_author(client), "isbn-1", lentTo="138 0013 8000")


async def count(sample: SampleDealer, model: Any) -> int:
    found: int = await sample.read(lambda: model.all().count())
    return found


async def test_create_answers_with_what_was_asked_for(client: Client) -> None:
    author = await make_author(client)
    values = {"title": "Call to Arms", "isbn": "1", "price": money(3_000_000_000), "author": author, "genre": "POETRY"}
    payload = await client.command(
        """mutation($i: CreateBookInput!) { createBook(input: $i) { book { title genre price { amountMinor currency }
           version archivedAt author { name } } problems { code } } }""",
        i=values,
    )
    assert payload["book"] == {
        "title": "Call to Arms",
        "genre": "POETRY",
        "price": money(3_000_000_000),
        "version": 1,
        "archivedAt": None,
        "author": {"name": "Lu Xun"},
    }


async def test_input_is_checked_whole_before_anything_happens(sample: SampleDealer, client: Client) -> None:
    values = {"title": "x" * 81, "isbn": "y" * 21, "price": money(1), "author": "nonsense"}
    payload = await client.payload(CREATE_BOOK, i=values)
    assert payload["book"] is None
    assert [(p["code"], p["path"]) for p in payload["problems"]] == [
        ("VALIDATION_ERROR", ["title"]),
        ("VALIDATION_ERROR", ["isbn"]),
        ("VALIDATION_ERROR", ["author"]),
    ]
    assert await count(sample, AuditEntry) == await count(sample, AuditEntry)


async def test_model_rules_hold_for_generated_commands(client: Client) -> None:
    author = await make_author(client)
    values = {"title": "  ", "isbn": "1", "price": money(1), "author": author}
    payload = await client.payload(CREATE_BOOK, i=values)
    assert payload["problems"][0] == {
        "__typename": "ValidationProblem",
        "code": "VALIDATION_ERROR",
        "message": "a book has a title",
        "path": ["title"],
    }


async def test_unique_rule_of_the_database_speaks_in_words(client: Client, book: str) -> None:
    values = {"title": "Again", "isbn": "isbn-1", "price": money(1), "author": await make_author(client)}
    payload = await client.payload(CREATE_BOOK, i=values)
    (problem,) = payload["problems"]
    assert (problem["__typename"], problem["message"]) == (
        "IsbnTakenProblem",
        "a book with this ISBN is on the shelf already",
    )


async def test_reference_must_be_in_sight(client: Client) -> None:
    values = {"title": "T", "isbn": "1", "price": money(1), "author": global_id("Author", uuid7())}
    payload = await client.payload(CREATE_BOOK, i=values)
    assert [(p["code"], p["path"]) for p in payload["problems"]] == [("NOT_FOUND", ["author"])]


async def test_client_made_id_must_be_new_and_of_version_7(client: Client, book: str) -> None:
    author = await make_author(client)
    values = {"title": "T", "isbn": "2", "price": money(1), "author": author}
    own = global_id("Book", uuid7())
    assert (await client.command(CREATE_BOOK, i={**values, "id": own}))["book"]["id"] == own
    again = await client.payload(CREATE_BOOK, i={**values, "isbn": "3", "id": own})
    assert [(p["code"], p["path"]) for p in again["problems"]] == [("CONFLICT", ["id"])]
    old = await client.payload(CREATE_BOOK, i={**values, "id": global_id("Book", UUID(int=4))})
    assert [(p["code"], p["path"]) for p in old["problems"]] == [("VALIDATION_ERROR", ["id"])]


async def test_update_changes_only_what_was_sent(client: Client, book: str) -> None:
    payload = await client.command(UPDATE, i={"id": book, "pages": 7})
    assert payload["book"] == {
        "id": book,
        "title": "Book isbn-1",
        "pages": 7,
        "version": 2,
        "lentTo": "138****8000",
    }
    cleared = await client.command(UPDATE, i={"id": book, "lentTo": None})
    assert cleared["book"]["lentTo"] is None
    refused = await client.payload(UPDATE, i={"id": book, "title": None})
    assert [(p["code"], p["path"]) for p in refused["problems"]] == [("VALIDATION_ERROR", ["title"])]


async def test_unchanged_row_keeps_its_version(client: Client, book: str) -> None:
    payload = await client.command(UPDATE, i={"id": book, "title": "Book isbn-1"})
    assert payload["book"]["version"] == 1


@pytest.mark.parametrize(("operation", "change"), [(UPDATE, {"pages": 9}), (RENAME, {"title": "New"})])
async def test_stale_version_is_a_conflict_with_the_current_state(
    client: Client, book: str, operation: str, change: dict[str, Any]
) -> None:
    field = "id" if operation is UPDATE else "book"
    await client.command(UPDATE, i={"id": book, "title": "Meanwhile"})
    payload = await client.payload(operation, i={field: book, **change}, v=1)
    (problem,) = payload["problems"]
    assert (problem["__typename"], problem["code"]) == ("ConflictProblem", "CONFLICT")
    assert {"title": "Meanwhile", "version": 2}.items() <= problem["current"].items()
    assert (await client.command(operation, i={field: book, **change}, v=2))["book"]["version"] == 3


async def test_two_who_saw_the_same_version_cannot_both_win(client: Client, book: str) -> None:
    payloads = await asyncio.gather(*(client.payload(UPDATE, i={"id": book, "pages": n}, v=1) for n in range(1, 9)))
    won = [p for p in payloads if not p["problems"]]
    assert len(won) == 1
    assert {p["problems"][0]["code"] for p in payloads if p["problems"]} == {"CONFLICT"}
    assert won[0]["book"]["version"] == 2


async def test_twenty_twins_make_one_change_and_get_equal_answers(sample: SampleDealer, client: Client) -> None:
    author = await make_author(client)
    values = {"title": "Twin", "isbn": "twin", "price": money(1), "author": author}
    payloads = await asyncio.gather(*(client.payload(CREATE_BOOK, i=values, k="once") for _ in range(20)))
    assert payloads == [payloads[0]] * 20
    assert payloads[0]["problems"] == []
    assert (await client('{ books(filter: {title: {eq: "Twin"}}) { totalCount } }')).data["books"]["totalCount"] == 1


async def test_key_is_free_again_after_a_refusal_and_refused_for_another_input(client: Client, book: str) -> None:
    refused = await client.payload(RENAME, i={"book": book, "title": "Untitled"}, k="k")
    assert [(p["__typename"], p["code"]) for p in refused["problems"]] == [("BusinessProblem", "DULL_TITLE")]
    assert (await client.command(RENAME, i={"book": book, "title": "Better"}, k="k"))["book"]["title"] == "Better"
    other = await client.payload(RENAME, i={"book": book, "title": "Best"}, k="k")
    assert [p["code"] for p in other["problems"]] == ["IDEMPOTENCY_KEY_REUSED"]


async def test_replay_reads_through_the_present_selection_and_rights(sample: SampleDealer, client: Client) -> None:
    author = await make_author(client)
    user = await sample.add_user("li")
    mine = sample.client(user, reach=Reach.OWN)
    values = {"title": "T", "isbn": "9", "price": money(1), "author": author}
    made = await mine.command(CREATE_BOOK, i=values, k="k")
    blind = sample.client(user, permissions={"library.book.create": Reach.OWN})
    replayed = (await blind(CREATE_BOOK, i=values, k="k")).data["createBook"]
    assert made["book"] is not None
    assert replayed == {"book": None, "problems": []}


async def test_fault_rolls_back_is_masked_and_publishes_nothing(
    sample: SampleDealer, client: Client, book: str
) -> None:
    before = await count(sample, OutboxEvent), await count(sample, AuditEntry)
    answer = await client(RENAME, i={"book": book, "title": "Crash"})
    assert answer.codes == ["INTERNAL"]
    assert "secret" not in str(answer)
    assert (await count(sample, OutboxEvent), await count(sample, AuditEntry)) == before
    assert (await client("query($id: ID!) { book(id: $id) { title } }", id=book)).data["book"]["title"] == "Book isbn-1"


async def test_change_writes_its_event_and_a_masked_audit_entry(
    sample: SampleDealer, client: Client, book: str
) -> None:
    await client.command(UPDATE, i={"id": book, "lentTo": "13900139000"})
    await client.command(RENAME, i={"book": book, "title": "New"})
    _, row_id = parse_global_id(book)
    entries = await sample.read(
        lambda: AuditEntry.filter(row_id=row_id).order_by("id").values("action", "before", "after")
    )
    assert len(entries) == 3
    assert "139****9000" in str(entries[1]["after"])
    assert "13900139000" not in str(entries)
    assert entries[2]["before"] == {"title": "Book isbn-1"}
    types: Any = await sample.read(lambda: OutboxEvent.all().order_by("id").values_list("type", flat=True))
    assert types[-1] == "library.book_renamed"


async def test_batch_is_done_whole_or_not_at_all(client: Client) -> None:
    author = await make_author(client)
    operation = "mutation($i: CreateBooksInput!) { createBooks(input: $i) { books { isbn } problems { code path } } }"
    good = [{"title": "T", "isbn": f"{n}", "price": money(1), "author": author} for n in range(3)]
    payload = await client.payload(operation, i={"items": [*good, {**good[0], "title": " ", "isbn": "x"}]})
    assert payload == {"books": None, "problems": [{"code": "VALIDATION_ERROR", "path": ["items", "3", "title"]}]}
    assert (await client.command(operation, i={"items": good}))["books"] == [
        {"isbn": "0"},
        {"isbn": "1"},
        {"isbn": "2"},
    ]
    empty = await client.payload(operation, i={"items": []})
    assert empty["problems"][0]["path"] == ["items"]


async def test_answer_of_a_command_is_complete_before_the_next_one_runs(client: Client, book: str) -> None:
    answer = "{ book { title version shout } }"
    renames = [f'r{title}: renameBook(input: {{book: $b, title: "{title}"}}) {answer}' for title in "ab"]
    text = f"mutation($b: ID!) {{ {' '.join(renames)} }}"
    assert (await client(text, b=book)).data == {
        "ra": {"book": {"title": "a", "version": 2, "shout": "A"}},
        "rb": {"book": {"title": "b", "version": 3, "shout": "B"}},
    }


async def test_answer_of_a_command_stays_as_it_was_when_a_part_of_a_later_one_has_an_error(
    client: Client, book: str
) -> None:
    text = """mutation($b: ID!) {
      ...First
      second: renameBook(input: {book: $b, title: "second"}) { book { title reviews(first: 101) { nodes { id } } } } }
    fragment First on Mutation {
      first: renameBook(input: {book: $b, title: "first"}) { book { title shout } problems { code } } }"""
    answer = await client(text, b=book)
    assert answer["data"] == {
        "first": {"book": {"title": "first", "shout": "FIRST"}, "problems": []},
        "second": {"book": {"title": "second", "reviews": None}},
    }
    assert [error["path"] for error in answer["errors"]] == [["second", "book", "reviews"]]


async def test_changed_row_that_is_out_of_sight_is_no_fault(sample: SampleDealer, client: Client, book: str) -> None:
    rights = {"library.book.update": Reach.GROUP, "library.book.read": Reach.STORE}
    blind = sample.client(permissions=rights, store_id=await sample.add_store("S2"))
    text = "mutation($i: UpdateBooksInput!) { updateBooks(input: $i) { books { id } problems { code } } }"
    payload = await blind.payload(text, i={"items": [{"id": book, "pages": 7}]})
    assert payload == {"books": None, "problems": []}
    assert (await client("query($b: ID!) { book(id: $b) { pages } }", b=book)).data["book"] == {"pages": 7}


async def test_part_of_another_module_is_applied_in_the_same_transaction(client: Client) -> None:
    author = await make_author(client)
    values = {"title": "T", "isbn": "1", "price": money(1), "author": author, "bookclub": {"topic": "Who is Ah Q?"}}
    operation = """mutation($i: CreateBookInput!) { createBook(input: $i) { book { meetings { nodes { topic } } }
      problems { code path } } }"""
    assert (await client.command(operation, i=values))["book"] == {"meetings": {"nodes": [{"topic": "Who is Ah Q?"}]}}
    found = (await client('{ books(filter: {meetings: {some: {topic: {contains: "ah q"}}}}) { totalCount } }')).data
    assert found["books"]["totalCount"] == 1


async def test_part_of_another_module_stands_in_each_item_of_a_batch(client: Client) -> None:
    author = await make_author(client)
    items: list[dict[str, Any]] = [
        {"title": "T", "isbn": f"{n}", "price": money(1), "author": author} for n in range(3)
    ]
    items[1]["bookclub"] = {"topic": "Only this one"}
    operation = """mutation($i: CreateBooksInput!) { createBooks(input: $i) {
      books { isbn meetings { nodes { topic } } } problems { code path } } }"""
    books = (await client.command(operation, i={"items": items}))["books"]
    assert [len(book["meetings"]["nodes"]) for book in books] == [0, 1, 0]
    items[1]["bookclub"] = {"topic": "\ud800"}
    payload = await client.payload(operation, i={"items": items})
    assert payload["problems"] == [{"code": "VALIDATION_ERROR", "path": ["items", "1", "bookclub", "topic"]}]


@pytest.mark.parametrize(
    ("permissions", "code"), [({}, "FORBIDDEN"), ({"library.book.read": Reach.GROUP}, "FORBIDDEN")]
)
async def test_missing_right_is_a_problem(
    sample: SampleDealer, client: Client, book: str, permissions: dict[str, Reach], code: str
) -> None:
    weak = sample.client(permissions=permissions)
    payload = await weak.payload(RENAME, i={"book": book, "title": "Mine"})
    (problem,) = payload["problems"]
    assert (problem["__typename"], problem["code"]) == ("PermissionProblem", code)
    assert "library.book.rename" in problem["message"]


async def test_nobody_is_asked_to_sign_in(sample: SampleDealer) -> None:
    answer = await sample.anonymous()(CREATE_AUTHOR, i={"name": "x"})
    assert answer.codes == ["UNAUTHENTICATED"]


async def test_messages_come_in_the_clients_language(sample: SampleDealer, book: str) -> None:
    chinese = sample.client(locale="zh-CN", permissions={})
    payload = await chinese.payload(RENAME, i={"book": book, "title": "新"})
    assert payload["problems"][0]["message"] == "此操作需要权限 library.book.rename"
