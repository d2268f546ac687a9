"""Twenty people who change one row at the same moment, by generated and by written commands."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from core.testing.harness import Client, SampleDealer
from core.write.models import AuditEntry
from tests.core.api.test_commands import RENAME, UPDATE
from tests.core.library import make_author, make_book

MANY = 20
SEVERAL = """mutation($i: UpdateBooksInput!) { updateBooks(input: $i) {
  books { version } problems { code } } }"""


def update(book: str, number: int) -> tuple[str, dict[str, Any]]:
    return UPDATE, {"i": {"id": book, "pages": number}}


def rename(book: str, number: int) -> tuple[str, dict[str, Any]]:
    return RENAME, {"i": {"book": book, "title": f"Title {number}"}}


def several(book: str, number: int) -> tuple[str, dict[str, Any]]:
    return SEVERAL, {"i": {"items": [{"id": book, "pages": number}]}}


@pytest.mark.parametrize("command", [update, rename, several])
async def test_parallel_changes_without_a_version_all_succeed(
    sample: SampleDealer, client: Client, command: Any
) -> None:
    book = await make_book(client, await make_author(client), "1")

    async def one(number: int) -> Any:
        operation, variables = command(book, number)
        return await client.payload(operation, **variables)

    payloads = await asyncio.gather(*(one(number) for number in range(1, MANY + 1)))

    assert [payload["problems"] for payload in payloads] == [[]] * MANY
    entries = await sample.read(lambda: AuditEntry.filter(entity="Book").all())
    assert sorted(entry.version for entry in entries) == list(range(1, MANY + 2))


@pytest.mark.parametrize("command", [update, rename])
async def test_of_parallel_changes_with_the_version_seen_one_succeeds(client: Client, command: Any) -> None:
    book = await make_book(client, await make_author(client), "1")

    async def one(number: int) -> Any:
        operation, variables = command(book, number)
        return await client.payload(operation, **variables, v=1)

    payloads = await asyncio.gather(*(one(number) for number in range(1, MANY + 1)))

    told = sorted([problem["code"] for problem in payload["problems"]] for payload in payloads)
    assert told == [[], *[["CONFLICT"]] * (MANY - 1)]
