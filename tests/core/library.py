from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from core.testing.harness import Client, SampleDealer, sample_dealer

SAMPLES = Path(__file__).parents[1] / "samples"

CREATE_AUTHOR = """mutation($i: CreateAuthorInput!) { createAuthor(input: $i) {
  author { id name } problems { code message path } } }"""
CREATE_BOOK = """mutation($i: CreateBookInput!, $k: String) { createBook(input: $i, idempotencyKey: $k) {
  book { id title version lentTo author { name } } problems { __typename code message path } } }"""


@pytest.fixture
async def sample(kept_database_url: str) -> AsyncIterator[SampleDealer]:
    async with sample_dealer(["library", "bookclub"], database_url=kept_database_url, folders=[SAMPLES]) as made:
        yield made


@pytest.fixture
def client(sample: SampleDealer) -> Client:
    return sample.client()


def money(amount_minor: int, currency: str = "CNY") -> dict[str, str]:
    return {"amountMinor": str(amount_minor), "currency": currency}


async def make_author(client: Client, name: str = "Lu Xun", **more: Any) -> str:
    payload = await client.command(CREATE_AUTHOR, i={"name": name, **more})
    author_id: str = payload["author"]["id"]
    return author_id


async def make_book(client: Client, author: str, isbn: str, **more: Any) -> str:
    values = {"title": f"Book {isbn}", "isbn": isbn, "price": money(1000), "author": author, **more}
    payload = await client.command(CREATE_BOOK, i=values)
    book_id: str = payload["book"]["id"]
    return book_id
