"""What takes the database too long ends, is asked once, and leaves others their connections."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

import pytest

from core.read.loaders import PageOf
from core.read.unplanned import Reason
from core.testing.harness import Client, SampleDealer
from tests.core.library import make_author, make_book
from tests.core.read.slow import slowed, under_way
from tests.waiting import HANGS_SECONDS, until

BOOKS = "{ books { nodes { title } } }"
AUTHORS = "{ authors { nodes { name } } }"


def about(table: str, statements: Sequence[str]) -> int:
    return sum(f'"{table}"' in sql for sql in statements)


async def colleague(sample: SampleDealer) -> Client:
    return sample.client(await sample.add_user("a colleague"))


async def test_read_that_takes_too_long_is_asked_once_and_stopped(sample: SampleDealer) -> None:
    client = sample.client()
    await make_author(client)
    async with slowed(sample, "library_book", read_timeout_seconds=0.2):
        with sample.dealer.database.counting() as statements:
            answer = await client("{ authors { nodes { name } } books { nodes { title } } bookStats { count } }")
        assert about("library_book", statements) == 1
        assert answer.codes == ["DATABASE_TIMEOUT", "DATABASE_TIMEOUT"]
        assert [error["path"] for error in answer["errors"]] == [["books"], ["bookStats"]]
        assert answer["data"] == {"authors": {"nodes": [{"name": "Lu Xun"}]}, "books": None, "bookStats": None}
        assert "more than 0.2 s" in answer["errors"][0]["message"]
        if sample.dealer.database.dialect == "postgres":

            async def is_stopped() -> bool:
                return await under_way(sample, "library_book") == 0

            await until(is_stopped)


async def test_time_limit_of_reads_is_told_in_the_clients_language(sample: SampleDealer) -> None:
    async with slowed(sample, "library_book", read_timeout_seconds=0.05):
        answer = await sample.client(locale="zh-CN")(BOOKS)
        assert "超过 0.05 秒" in answer["errors"][0]["message"]


async def test_rows_of_a_command_that_take_too_long_are_asked_for_once(sample: SampleDealer) -> None:
    client = sample.client()
    author = await make_author(client)
    async with slowed(sample, "library_book", read_timeout_seconds=0.2):
        rename = """mutation($i: UpdateAuthorInput!) { updateAuthor(input: $i) {
          author { name books { nodes { title } } } problems { code } } }"""
        with sample.dealer.database.counting() as statements:
            answer = await client(rename, i={"id": author, "name": "Ding Ling"})
        assert set(answer.codes) == {"DATABASE_TIMEOUT"}
        assert about("library_book", statements) == 1
        assert (await client(AUTHORS)).data == {"authors": {"nodes": [{"name": "Ding Ling"}]}}


async def test_resolver_whose_statement_takes_too_long_runs_once(sample: SampleDealer) -> None:
    await make_book(sample.client(), await make_author(sample.client()), "1")
    async with slowed(sample, "library_book", command_timeout_seconds=0.3):
        for field in ("oldestBook", "allBooks"):  # the second is never null
            with sample.dealer.database.counting() as statements:
                answer = await sample.client()(f"{{ {field} {{ title }} hours {{ opens }} }}")
            assert answer.codes == ["DATABASE_TIMEOUT"]
            assert answer["errors"][0]["path"] == [field]
            assert about("library_book", statements) == 1


async def test_wrong_input_below_rows_costs_that_list_alone_and_nothing_else_is_read_again(
    sample: SampleDealer,
) -> None:
    client = sample.client()
    await make_book(client, await make_author(client), "1")
    with sample.dealer.database.counting() as statements:
        answer = await client(
            """{ authors { nodes { name } } books { nodes { title reviews(after: "x") { nodes { stars } } } }
            hours { opens } }"""
        )
    assert answer.codes == ["BAD_INPUT"]
    assert answer["data"] == {
        "authors": {"nodes": [{"name": "Lu Xun"}]},
        "books": {"nodes": [{"title": "Book 1", "reviews": None}]},
        "hours": {"opens": "09:00"},
    }
    assert [error["path"] for error in answer["errors"]] == [["books", "nodes", 0, "reviews"]]
    assert (about("library_author", statements), about("library_book", statements)) == (1, 2)


async def test_plan_that_fails_is_logged_once_and_counted(
    sample: SampleDealer, caplog: pytest.LogCaptureFixture
) -> None:
    client = sample.client()

    async def fail(*_: Any) -> None:
        raise TypeError("a fault of the plan")

    with caplog.at_level(logging.WARNING, "forecourt.api"), patch.object(PageOf, "load", fail):
        await client("{ a: authors { nodes { name } } b: authors { nodes { name } } }")
    assert sum("its plan failed" in record.message for record in caplog.records) == 1
    assert sample.dealer.fallbacks[Reason.FAULT] == 1


async def test_twelve_slow_requests_of_one_person_leave_others_their_connections(sample: SampleDealer) -> None:
    other = await colleague(sample)
    async with slowed(sample, "library_book"):
        slow = [asyncio.create_task(sample.client()(BOOKS + f" # {number}")) for number in range(12)]
        try:
            await asyncio.sleep(0)
            async with asyncio.timeout(HANGS_SECONDS):
                for _ in range(5):
                    assert (await other(AUTHORS)).data == {"authors": {"nodes": []}}
            assert not any(task.done() for task in slow)
        finally:
            for task in slow:
                task.cancel()
            await asyncio.gather(*slow, return_exceptions=True)
        # Their turns are over, though they were cancelled.
        assert (await sample.client()(AUTHORS)).data == {"authors": {"nodes": []}}


async def test_who_waits_too_long_for_his_turn_is_told_when_to_come_again(sample: SampleDealer) -> None:
    client = sample.client()
    async with slowed(
        sample, "library_book", read_timeout_seconds=5, turn_timeout_seconds=0.1, statements_per_caller=1
    ):
        first = asyncio.create_task(client(BOOKS))
        await asyncio.sleep(0)
        with sample.dealer.database.counting() as statements:
            answer = await client(AUTHORS)
        assert statements == []
        assert answer.codes == ["LIMIT_EXCEEDED"]
        assert answer["errors"][0]["extensions"] == {
            "code": "LIMIT_EXCEEDED",
            "limit": "statements",
            "allowed": 1,
            "retryAfterS": 5,
        }
        assert "5 秒后" in (await sample.client(locale="zh-CN")(AUTHORS))["errors"][0]["message"]
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
