"""Looking protected values up: one in a request, counted and written into the access log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from functools import partial
from typing import Any

import orjson
import pytest

from core.access_log.counting import forget_counts
from core.access_log.models import LookUp, LookUpCount
from core.api.execute import Operation, RequestError
from core.caller import Reach
from core.jobs.health import check
from core.people.callers import system_caller
from core.scope import Scope
from core.testing.harness import Client, SampleDealer, sample_dealer
from core.write.models import AuditEntry, OutboxEvent
from tests.core.library import SAMPLES, make_author, make_book

NUMBERS = ("13800138000", "13900138001")
OTHER, NUMBER = NUMBERS
MANY = """query($a: BookFilter, $b: BookFilter, $s: String, $t: String) {
  one: books(filter: $a, search: $s) { totalCount } two: bookStats(filter: $b, search: $t) { count } }"""
ONE = "query($n: String!) { books(filter: {lentTo: {eq: $n}}) { nodes { id } } }"


@pytest.fixture
async def lent(client: Client) -> str:
    """The id of the book that somebody has whose number is known to nobody but him."""
    author = await make_author(client)
    return await make_book(client, author, "1", lentTo=NUMBER)


async def log(sample: SampleDealer) -> list[Any]:
    return await sample.read(lambda: LookUp.all().order_by("id"))


def eq(number: str) -> dict[str, Any]:
    return {"lentTo": {"eq": number}}


TOO_MANY: list[dict[str, Any]] = [
    {"a": {"or": [eq(f"138001380{number:02}") for number in range(40)]}},
    {"a": {"and": [eq(OTHER), {"not": eq(NUMBER)}]}},
    {"a": {"lentTo": {"eq": NUMBER, "last4": "8000"}}},
    {"a": eq(NUMBER), "b": eq(OTHER)},
    {"a": {"author": {"books": {"some": eq(OTHER), "none": eq(NUMBER)}}}},
    {"a": {"reviews": {"every": {"book": eq(OTHER)}}}, "b": eq(NUMBER)},
    {"a": eq(NUMBER), "s": OTHER},
    {"s": f"{NUMBER} {OTHER}"},
    {"s": "8000 8001 8002"},
    {"s": "8000", "t": "8001"},
    {"b": {"not": {"or": [eq(NUMBER), eq(OTHER)]}}},
]


@pytest.mark.parametrize("variables", TOO_MANY)
async def test_one_request_asks_for_one_protected_value(
    sample: SampleDealer, client: Client, lent: str, variables: dict[str, Any]
) -> None:
    answer = await client(MANY, **variables)
    assert answer.codes == ["LIMIT_EXCEEDED"]
    assert "data" not in answer
    assert answer["errors"][0]["extensions"].items() >= {"limit": "protectedValues", "allowed": 1}.items()
    assert not any(number in str(answer) for number in (*NUMBERS, "8001"))
    assert await log(sample) == []


async def test_values_that_stand_in_the_operation_count_as_well(client: Client, lent: str) -> None:
    written = f'{{lentTo: {{eq: "{NUMBER}"}}}}', f'{{lentTo: {{eq: "{OTHER}"}}}}'
    for operation in (
        f"{{ books(filter: {{or: [{written[0]}, {written[1]}]}}) {{ totalCount }} }}",
        f"{{ a: books(filter: {written[0]}) {{ totalCount }} b: books(filter: {written[1]}) {{ totalCount }} }}",
        f"{{ authors {{ nodes {{ ...a }} }} more: authors {{ nodes {{ ...b }} }} }}"
        f" fragment a on Author {{ books(filter: {written[0]}) {{ totalCount }} }}"
        f" fragment b on Author {{ more: books(filter: {written[1]}) {{ totalCount }} }}",
        f'{{ node(id: "x") {{ ... on Author {{ books(filter: {written[0]}) {{ totalCount }} }} }}'
        f' books(search: "{OTHER}") {{ totalCount }} }}',
        f'mutation {{ renameBook(input: {{book: "{lent}", title: "T"}}) {{ book {{ author {{'
        f" a: books(filter: {written[0]}) {{ totalCount }} b: books(filter: {written[1]}) {{ totalCount }} }} }} }} }}",
    ):
        answer = await client(operation)
        assert answer.codes == ["LIMIT_EXCEEDED"], operation
    assert (await client("query($b: ID!) { book(id: $b) { title } }", b=lent)).data["book"]["title"] == "Book 1"


async def test_one_value_may_be_asked_for_in_several_places(sample: SampleDealer, client: Client, lent: str) -> None:
    asked = {"a": {"or": [eq(NUMBER), {"reviews": {"some": {"book": eq(NUMBER)}}}]}, "b": eq(NUMBER), "t": NUMBER}
    assert (await client(MANY, **asked)).data == {"one": {"totalCount": 1}, "two": [{"count": 1}]}
    (entry,) = await log(sample)
    assert (entry.field, entry.masked, entry.refused) == ("Book.lent_to", "139****8001", False)


async def test_words_that_are_no_protected_value_are_not_counted(
    sample: SampleDealer, client: Client, lent: str
) -> None:
    for text in ("Book one", "Book Audi MINI ABCD", "13 80 01"):
        assert (await client(MANY, s=text)).data["one"]["totalCount"] == 0
    asked = {"a": {"lentTo": {"isNull": False}, "or": [{"title": {"eq": "Book 1"}}, {"pages": {"eq": 1380013}}]}}
    assert (await client(MANY, **asked)).data["one"]["totalCount"] == 1
    assert await log(sample) == []


@pytest.mark.parametrize(
    ("variables", "masked"),
    [
        ({"s": "139 0013 8001"}, "139****8001"),
        ({"s": "Book 8001"}, "****8001"),
        ({"a": {"lentTo": {"last4": "8001"}}}, "****8001"),
        ({"b": eq("+86 139-0013-8001")}, "139****8001"),
        ({"a": {"not": {"author": {"books": {"some": eq(NUMBER)}}}}}, "139****8001"),
    ],
)
async def test_each_look_up_stands_in_the_access_log_with_its_mask(
    sample: SampleDealer, client: Client, lent: str, variables: dict[str, Any], masked: str
) -> None:
    anna = await sample.add_user("anna")
    answer = await sample.client(anna)(MANY, **variables)
    assert "errors" not in answer
    (entry,) = await log(sample)
    assert (entry.user_id, entry.actor, entry.field, entry.masked) == (anna, f"user:{anna}", "Book.lent_to", masked)
    assert (entry.store_id, entry.at, entry.refused) == (sample.store_id, sample.clock.at, False)
    officer = sample.client(permissions={"core.look_up.read": Reach.STORE})
    shown = (await officer("{ lookUps { nodes { user { id } field masked refused } } }")).data["lookUps"]["nodes"]
    assert [one["masked"] for one in shown] == [masked]
    assert (await sample.client(permissions={})("{ lookUps { totalCount } }")).codes == ["FORBIDDEN"]
    for table in ("core_look_up", "core_look_up_count", "core_audit_entry"):
        rows = await sample.read(partial(sample.dealer.database.fetch, f"SELECT * FROM {table}"))
        assert not any("13900138001" in str(tuple(row)) for row in rows)


@pytest.fixture
async def strict(kept_database_url: str) -> AsyncIterator[SampleDealer]:
    """A dealer who allows three look-ups a day."""
    settings = {"core": {"look_ups_per_day": 3}}
    async with sample_dealer(["library"], database_url=kept_database_url, folders=[SAMPLES], settings=settings) as made:
        yield made


async def test_too_many_look_ups_of_a_day_are_refused_and_told(strict: SampleDealer) -> None:
    anna, bert = strict.client(await strict.add_user("anna")), strict.client(await strict.add_user("bert"))
    for number in range(3):
        assert "errors" not in await anna(ONE, n=f"1380013800{number}")
    for _ in range(3):
        answer = await anna(ONE, n=NUMBER)
        assert answer.codes == ["LIMIT_EXCEEDED"]
        assert answer["errors"][0]["extensions"].items() >= {"limit": "lookUpsPerDay", "allowed": 3}.items()
    assert (await anna(MANY, s=NUMBER)).codes == ["LIMIT_EXCEEDED"]
    assert "errors" not in await anna(MANY, s="Book")
    assert "errors" not in await bert(ONE, n=NUMBER)
    entries = await log(strict)
    assert [entry.refused for entry in entries] == [False, False, False, True, False]
    events = await strict.read(lambda: OutboxEvent.filter(type="core.look_ups_exceeded"))
    assert [event.data for event in events] == [
        {"look_up_id": str(entries[3].id), "user_id": str(anna.caller.user_id), "allowed": 3}
    ]
    health = await strict.read(lambda: check(strict.dealer))
    (finding,) = [one for one in health.findings if one.name == "look_ups"]
    assert finding.problem.startswith("1 have asked")
    strict.advance(days=1)
    assert "errors" not in await anna(ONE, n=NUMBER)


async def test_refusal_of_too_many_speaks_chinese(strict: SampleDealer) -> None:
    client = strict.client(locale="zh-CN")
    assert "请每次只查一个" in (await client(MANY, s=f"{NUMBER} {OTHER}"))["errors"][0]["message"]
    for _ in range(3):
        await client(ONE, n=NUMBER)
    assert "已达上限" in (await client(ONE, n=NUMBER))["errors"][0]["message"]


async def test_those_who_ask_at_once_are_counted_each(strict: SampleDealer) -> None:
    anna = strict.client(await strict.add_user("anna"))
    answers = await asyncio.gather(*(anna(ONE, n=f"138001380{number:02}") for number in range(12)))
    assert sum("errors" not in answer for answer in answers) == 3
    assert {tuple(answer.codes) for answer in answers} == {(), ("LIMIT_EXCEEDED",)}
    assert sorted(entry.refused for entry in await log(strict)) == [False, False, False, True]
    (counted,) = await strict.read(lambda: LookUpCount.all())
    assert counted.count == 12


async def test_who_may_see_values_in_clear_is_counted_as_well_and_the_system_is_not(strict: SampleDealer) -> None:
    everything = strict.client(reach=Reach.GROUP)
    for _ in range(3):
        await everything(ONE, n=NUMBER)
    assert (await everything(ONE, n=NUMBER)).codes == ["LIMIT_EXCEEDED"]
    job = Client(strict, system_caller("job:library.sweep", strict.store_id))
    for _ in range(5):
        assert "errors" not in await job(ONE, n=NUMBER)
    assert len(await log(strict)) == 4


async def test_log_is_part_of_the_audit_and_counts_are_forgotten(sample: SampleDealer, client: Client) -> None:
    await client(ONE, n=NUMBER)
    (entry,) = await sample.read(lambda: AuditEntry.filter(entity="LookUp"))
    assert (entry.command, entry.action, entry.after["masked"]) == ("lookUp", "create", "139****8001")
    assert await sample.read(lambda: LookUpCount.all().count()) == 1
    sample.advance(days=10)
    await sample.run(forget_counts)
    assert await sample.read(lambda: LookUpCount.all().count()) == 0
    assert len(await log(sample)) == 1


async def test_what_looks_nothing_up_costs_no_statement_more(sample: SampleDealer, client: Client, lent: str) -> None:
    with sample.dealer.database.counting() as statements:
        await client("query($t: String) { books(filter: {title: {eq: $t}}, first: 1) { nodes { title } } }", t="Book 1")
    assert len(statements) == 1


async def test_both_executors_count(sample: SampleDealer, client: Client, lent: str) -> None:
    scope = sample.dealer.scope(client.caller)
    operation = Operation(sample.dealer, ONE, {"n": NUMBER}, None)
    for run in (operation.run, operation.execute):
        answer = await sample.read(partial(run, scope))
        assert orjson.loads(answer.body)["data"]["books"]["nodes"] == [{"id": lent}]
    assert len(await log(sample)) == 2


async def test_value_that_nobody_has_counted_is_not_looked_up(
    sample: SampleDealer, client: Client, lent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.api.execute.look_ups", lambda *_: [])
    answer = await client(ONE, n=NUMBER)
    assert answer.codes == ["INTERNAL"]
    assert answer["data"] == {"books": None}


async def test_subscription_asks_for_one_value_and_is_counted_once(
    sample: SampleDealer, client: Client, lent: str
) -> None:
    scope = sample.dealer.scope(client.caller)
    text = """subscription($n: String!, $m: String!) { bookSeen { author {
      a: books(filter: {lentTo: {eq: $n}}) { totalCount } b: books(filter: {lentTo: {eq: $m}}) { totalCount } } } }"""

    async def renew() -> Scope:
        return scope

    async def events(n: str, m: str) -> list[Any]:
        operation = Operation(sample.dealer, text, {"n": n, "m": m}, None)
        async with aclosing(operation.stream(scope, renew)) as stream:
            return [orjson.loads(response.body) async for response in stream]

    await make_book(client, await make_author(client), "2")
    counts = [event["data"]["bookSeen"]["author"] for event in await sample.read(partial(events, NUMBER, NUMBER))]
    assert counts == [{"a": {"totalCount": n}, "b": {"totalCount": n}} for n in (1, 0)]
    assert len(await log(sample)) == 1
    with pytest.raises(RequestError) as refused:
        await sample.read(partial(events, NUMBER, OTHER))
    assert refused.value.errors[0]["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert len(await log(sample)) == 1
