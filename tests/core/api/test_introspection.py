"""ArgumentCosts about the schema: answered once, one at a time, and not in the loop that serves the others."""

from __future__ import annotations

import asyncio
import threading
from unittest.mock import patch

import pytest
from graphql import get_introspection_query

from core.api import introspection
from core.api.execute import Operation
from core.api.introspection import MOST_WAITING
from core.testing.harness import Client

WHOLE = get_introspection_query()
FIELDS = "{ __schema { types { name fields { name } } } }"


async def test_answer_is_kept_for_all_who_ask_the_same(client: Client) -> None:
    first = await client(WHOLE)
    assert len(first.data["__schema"]["types"]) > 50
    with patch.object(Operation, "_execution", side_effect=AssertionError("it was answered anew")):
        assert await client(WHOLE) == first
        assert await client.sample.anonymous()(WHOLE) == first


async def test_other_variables_are_another_question(client: Client) -> None:
    ask = "query($n: String!, $a: Boolean!) { __type(name: $n) { name kind @include(if: $a) } }"
    assert (await client(ask, n="Book", a=False)).data == {"__type": {"name": "Book"}}
    assert (await client(ask, n="Author", a=False)).data == {"__type": {"name": "Author"}}
    assert (await client(ask, n="Book", a=True)).data == {"__type": {"name": "Book", "kind": "OBJECT"}}


async def test_others_are_answered_meanwhile(client: Client) -> None:
    threads = []
    written = introspection._written

    def noted(*work: object) -> object:
        threads.append(threading.current_thread())
        return written(*work)  # type: ignore[arg-type]  # as it comes

    with patch.object(introspection, "_written", noted):
        await asyncio.gather(client(FIELDS), client("{ viewer { userId } }"), client(WHOLE))
    assert len(threads) == 2
    assert threading.main_thread() not in threads


async def test_no_more_wait_than_so_many(client: Client) -> None:
    asked = [f"{{ __schema {{ types {{ name{' name' * number} }} }} }}" for number in range(MOST_WAITING + 4)]
    answers = await asyncio.gather(*map(client, asked))
    refused = [answer for answer in answers if answer.codes]
    assert [answer.codes for answer in refused] == [["LIMIT_EXCEEDED"]] * 4
    assert not (await client(asked[-1])).codes


@pytest.mark.parametrize(
    ("operation", "allowed"),
    [
        (FIELDS, True),
        ("{ __typename }", True),
        ('{ viewer { userId } __type(name: "Book") { name kind } }', True),
        ("{ a: __schema { queryType { name } } b: __schema { queryType { name } } }", False),
        ("{ " + " ".join(f"a{n}: __schema {{ types {{ name }} }}" for n in range(15)) + " }", False),
        ("{ viewer { userId } __schema { types { name } } }", False),
        ('{ viewer { userId } __type(name: "Query") { fields { name } } }', False),
        ("{ viewer { userId } ...F } fragment F on Query { __schema { types { name } } }", False),
    ],
)
async def test_limits_hold_for_it_too(client: Client, operation: str, allowed: bool) -> None:
    assert (not (await client(operation)).codes) == allowed
