"""A dry run checks what the command would, shows what would come of it, and leaves nothing anywhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.caller import Reach
from core.scope import Scope
from core.services.files.rules import Classification
from core.services.files.store import store_file
from core.testing.harness import Client, SampleDealer, sample_dealer
from core.write.pipeline import CommandCall, run_command
from tests.core.library import SAMPLES, make_author, make_book, money

CREATE = """mutation($i: CreateBookInput!, $k: String, $dry: Boolean) {
  createBook(input: $i, idempotencyKey: $k, dryRun: $dry) {
    made: book { id title version lentTo author { name books(first: 5) { totalCount nodes { title } } } }
    problems { __typename code message path } } }"""
RENAME = """mutation($i: RenameBookInput!, $v: Int, $dry: Boolean) {
  renameBook(input: $i, expectedVersion: $v, dryRun: $dry) {
    book { title version } problems { __typename code path } } }"""


def book(author: str, isbn: str = "1", **more: Any) -> dict[str, Any]:
    return {"title": "New", "isbn": isbn, "price": money(1), "author": author, **more}


@pytest.fixture
async def tally(kept_database_url: str) -> AsyncIterator[SampleDealer]:
    async with sample_dealer(["tally"], database_url=kept_database_url, folders=[SAMPLES]) as made:
        yield made


async def test_it_shows_what_would_be_and_keeps_nothing(sample: SampleDealer, client: Client) -> None:
    author = await make_author(client)
    await make_book(client, author, "0")
    before = await sample.contents()
    payload = await client.command(CREATE, i=book(author, lentTo="13800000000"), k="key", dry=True)
    made = payload["made"]
    assert (made["title"], made["version"], made["lentTo"]) == ("New", 1, "138****0000")
    assert made["author"]["books"] == {"totalCount": 2, "nodes": [{"title": "Book 0"}, {"title": "New"}]}
    assert await sample.contents() == before
    # The key is free for the command itself, which then answers for it.
    real = (await client.command(CREATE, i=book(author), k="key", dry=False))["made"]
    after = await sample.contents()
    again = (await client.command(CREATE, i=book(author), k="key", dry=True))["made"]
    assert again["id"] == real["id"]
    assert await sample.contents() == after


async def test_it_has_the_problems_of_the_command(sample: SampleDealer, client: Client) -> None:
    author = await make_author(client)
    known = await make_book(client, author, "taken")
    weak = sample.client(permissions={"library.book.create": Reach.STORE})
    wrong: list[tuple[Client, str, dict[str, Any]]] = [
        (client, CREATE, {"i": book(author, "taken")}),
        (client, CREATE, {"i": book(author, title=" ")}),
        (client, CREATE, {"i": book(author, title="x" * 81)}),
        (client, CREATE, {"i": book(author), "k": ""}),
        (weak, RENAME, {"i": {"book": known, "title": "x"}}),
        (client, RENAME, {"i": {"book": known, "title": "x"}, "v": 7}),
        (client, RENAME, {"i": {"book": known, "title": "Untitled"}}),
    ]
    before = await sample.contents()
    for asking, text, variables in wrong:
        dry = await asking.payload(text, **variables, dry=True)
        assert dry["problems"]
        assert dry == await asking.payload(text, **variables), variables
    assert (await client(RENAME, i={"book": known, "title": "Crash"}, dry=True)).codes == ["INTERNAL"]
    assert await sample.contents() == before


async def test_commands_beside_it_stay_done(sample: SampleDealer, client: Client) -> None:
    author = await make_author(client)
    both = """mutation($i: CreateBookInput!, $j: CreateBookInput!) {
      first: createBook(input: $i) { book { title } }
      dry: createBook(input: $j, dryRun: true) { book { title } problems { code } }
      last: createBook(input: $j) { book { title author { books { totalCount } } } problems { code } } }"""
    answer = (await client(both, i=book(author, "1"), j=book(author, "2"))).data
    assert answer["dry"] == {"book": {"title": "New"}, "problems": []}
    assert answer["last"] == {"book": {"title": "New", "author": {"books": {"totalCount": 2}}}, "problems": []}


async def test_numbers_events_and_what_handlers_do_are_not_left(tally: SampleDealer) -> None:
    client = tally.client()
    account = """mutation($i: CreateAccountInput!) { createAccount(input: $i) { account { id } problems { code } } }"""
    made = await client.command(account, i={"name": "Cash"})
    await tally.settle()
    text = """mutation($i: PostInput!, $dry: Boolean) { post(input: $i, dryRun: $dry) {
      posting { number account { balance } } problems { code } } }"""
    given = {"account": made["account"]["id"], "key": "one", "amount": 5}
    before = await tally.contents()
    dry = (await client.command(text, i=given, dry=True))["posting"]
    await tally.settle()
    assert await tally.contents() == before
    assert dry["account"]["balance"] == 5
    assert (await client.command(text, i=given))["posting"] == dry


async def test_no_bytes_of_a_file_are_left(sample: SampleDealer) -> None:
    author = await make_author(sample.client())
    assert author
    seen: list[Any] = []

    async def work(scope: Scope) -> Any:
        return await store_file(scope, "a.txt", b"text", classification=Classification.INTERNAL)

    async def look(results: Any) -> None:
        seen.extend(results)

    async def dry() -> None:
        scope = sample.dealer.scope(sample.client().caller)
        await run_command(scope, CommandCall("storeFile", {}), work, dry_run=look)

    before = await sample.contents()
    await sample.read(dry)
    assert [result.model for result in seen] == ["core.File"]
    assert await sample.contents() == before
