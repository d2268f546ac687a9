"""Texts are compared by our folding, not by the database's locale."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from core.testing.harness import sample_dealer
from tests.core.kinds.specimens import fill, folded, numbers

SAMPLES = Path(__file__).parents[2] / "samples"
pytestmark = pytest.mark.postgres


@pytest.fixture
async def plain_url(postgres_admin_url: str) -> AsyncIterator[str]:
    """The address of a database whose locale knows no letters beyond ASCII."""
    name = f"forecourt_test_{secrets.token_hex(8)}"
    admin = await asyncpg.connect(postgres_admin_url)
    try:
        await admin.execute(
            f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
        )
        yield urlunsplit(urlsplit(postgres_admin_url)._replace(path=f"/{name}"))
    finally:
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await admin.close()


async def test_a_database_without_a_locale_finds_letters_of_all_scripts(plain_url: str) -> None:
    async with sample_dealer(["specimen"], database_url=plain_url, folders=[SAMPLES]) as sample:
        specimens, client = await fill(sample), sample.client()
        for field in ("name", "label"):  # the folded form of the one is kept, of the other made
            for text in ("änd", "жу", "ω", "ｂｃ", "SS", "οδος"):
                expected = [n for n, value in enumerate(specimens.values(field)) if folded(text) in folded(value or "")]
                assert await numbers(client, {field: {"contains": text}}) == expected, (field, text)
