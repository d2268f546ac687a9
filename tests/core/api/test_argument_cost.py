"""What filters, searches, orders and groups cost, and where it ends: alike on both databases, before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from graphql import (
    FieldNode,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    NameNode,
    ObjectValueNode,
    get_named_type,
)
from graphql.language import ArgumentNode

from core.api.argument_cost import COMPARISON as ONE
from core.api.argument_cost import GROUP, STEP, TERM, TEXT_MATCH, argument_costs
from core.limits import LIMITS
from core.testing.harness import Client, SampleDealer
from tests.core.library import make_author, make_book

BOOKS = """query($f: BookFilter, $s: String, $o: [BookOrder!]) {
  books(first: 2, filter: $f, search: $s, orderBy: $o) { totalCount nodes { title } } }"""
STATS = "query($g: [BookGroupBy!], $f: BookFilter) { bookStats(groupBy: $g, filter: $f) { count } }"
TITLE = {"title": {"contains": "b"}}


def nested(how: str, levels: int) -> Mapping[str, Any]:
    found: Mapping[str, Any] = TITLE
    for _ in range(levels - 1):
        found = {how: found if how == "not" else [found]}
    return found


def chain(steps: int, how: str = "some") -> Mapping[str, Any]:
    """Return a filter of books whose last condition is so many relations away."""
    found: Mapping[str, Any] = {"title": {"contains": "b"}} if steps % 2 == 0 else {"name": {"contains": "x"}}
    for step in range(steps, 0, -1):
        found = {"books": {how: found}} if step % 2 == 0 else {"author": found}
    return found


@pytest.mark.parametrize(
    ("variables", "limit", "given"),
    [
        ({"s": " ".join("abcdefghij" * 100)}, "text", 1999),
        ({"s": "x " * 300_000}, "text", 600_000),
        ({"s": " ".join("abcdefghij" * 10)}, "conditions", 300),
        ({"f": chain(24)}, "relations", 24),
        ({"f": nested("not", 15)}, "nesting", 15),
        ({"f": nested("and", 90)}, "nesting", 51),
        ({"f": {"or": [TITLE] * 1000}}, "conditions", 1000),
        ({"f": {"or": [{}] * 1000}}, "conditions", 1000),
        ({"f": {"or": [TITLE] * 12_000}}, "conditions", 2001),
        ({"f": {"pages": {"in": list(range(100_000))}}}, "values", 100_000),
        ({"f": {"title": {"contains": "x" * 70_000}}}, "text", 70_000),
        ({"o": [{"title": "ASC"}] * 2000}, "terms", 2000),
    ],
)
async def test_too_much_is_refused_before_anything_runs(
    client: Client, variables: dict[str, Any], limit: str, given: int
) -> None:
    with client.sample.dealer.database.counting() as statements:
        answer = await client(BOOKS, **variables)
    assert statements == []
    told = {error["extensions"]["limit"]: error["extensions"] for error in answer["errors"]}
    allowed = getattr(LIMITS, limit)
    assert told[limit] == {"code": "LIMIT_EXCEEDED", "limit": limit, "allowed": allowed, "requested": given}
    assert set(answer.codes) == {"LIMIT_EXCEEDED"}
    assert "data" not in answer


async def test_too_many_groups_are_refused(client: Client) -> None:
    answer = await client("query($g: [BookGroupBy!]) { bookStats(groupBy: $g) { count } }", g=["GENRE"] * 147)
    assert answer.codes == ["LIMIT_EXCEEDED", "LIMIT_EXCEEDED"]
    assert [error["extensions"]["limit"] for error in answer["errors"]] == ["terms", "cost"]


@pytest.mark.parametrize(
    "variables",
    [
        {"s": " ".join("abcdefghij" * 6)[: LIMITS.text], "cost": None},
        {"f": chain(LIMITS.relations)},
        {"f": chain(LIMITS.relations, "none")},
        {"f": chain(LIMITS.relations, "every")},
        *({"f": nested(how, LIMITS.nesting)} for how in ("not", "and", "or")),
        {"f": {"or": [{"pages": {"eq": n}} for n in range(LIMITS.conditions)]}},
        {"f": {"and": [{"or": [{"pages": {"eq": n}}, TITLE]} for n in range(40)]}},
        {"f": {"pages": {"in": list(range(LIMITS.values))}}},
        {"f": {"title": {"contains": "%" * LIMITS.text}}},
        {"o": [{"title": "ASC"}, {"author": {"name": "DESC"}}] * 5},
    ],
)
async def test_what_is_within_the_limits_works(client: Client, variables: dict[str, Any]) -> None:
    await make_book(client, await make_author(client), "1")
    wide = variables.pop("cost", 0) is None
    caller = replace(client.caller, limits=replace(LIMITS, cost=20_000)) if wide else client.caller
    answer = await Client(client.sample, caller)(BOOKS, **variables)
    assert answer.data["books"]["totalCount"] is not None


WRAPS: tuple[Callable[[Any], Any], ...] = (
    lambda inner: {"or": [TITLE, inner]},
    lambda inner: {"pages": {"gt": 1}, "not": inner},
    lambda inner: {"pages": {"gt": 1}, "and": [{"pages": {"lt": 9}}, inner]},
)


@pytest.mark.parametrize("how", ["some", "none", "every"])
async def test_every_mixture_of_levels_within_the_limits_works(client: Client, how: str) -> None:
    """SQLite's parser keeps a hundred things open at once."""
    await make_book(client, await make_author(client), "1")
    wide = Client(client.sample, replace(client.caller, limits=replace(LIMITS, cost=10**6)))
    text = """query($f: BookFilter) { authors { nodes { books(filter: $f) { totalCount nodes {
      author { books(filter: $f, first: 1) { nodes { id } } } } } } } }"""
    for shift in range(len(WRAPS)):
        found: Any = TITLE
        for _ in range(LIMITS.relations // 2):
            found = {"author": {"not": {"name": {"ne": "x"}, "books": {how: found}}}}
        level, answer = 0, await wide(text, f=found)
        while "errors" not in answer:
            found, level = WRAPS[(shift + level) % len(WRAPS)](found), level + 1
            answer = await wide(text, f=found)
        assert [error["extensions"].get("limit") for error in answer["errors"]] == ["nesting"]


PLAIN = 1 + 2 + 10


@pytest.mark.parametrize(
    ("variables", "cost"),
    [
        ({}, 0),
        ({"f": {"pages": {"gt": 1, "lt": 5}}}, 2 * ONE),
        ({"f": {"title": {"contains": "a"}, "genre": {"isNull": False}}}, TEXT_MATCH + ONE),
        ({"f": {"or": {"not": {"pages": {"in": list(range(50))}}}}}, ONE + 5),
        ({"f": {"price": {"amountMinor": {"gt": "1"}, "currency": {"eq": "CNY"}}}}, 2 * ONE),
        ({"f": {"author": {"id": {"in": []}}}}, ONE),
        ({"f": {"author": {"name": {"eq": "x"}}}}, STEP + ONE),
        ({"f": {"author": {"books": {"some": {"reviews": {"none": {}}}}}}}, STEP + 2 * STEP + 3 * STEP),
        ({"s": "a bc"}, 2 * (2 * TEXT_MATCH + ONE)),
        ({"o": [{"title": "ASC"}, {"author": {"name": "ASC"}}]}, 2 * TERM + STEP),
    ],
)
async def test_what_is_asked_for_costs(client: Client, variables: dict[str, Any], cost: int) -> None:
    answer = await client(BOOKS, **variables)
    assert answer["extensions"]["cost"]["requested"] == PLAIN + cost


@pytest.mark.parametrize(
    ("operation", "cost"),
    [
        ('{ books(first: 2, filter: {title: {startsWith: "a"}}) { nodes { id } } }', 3 + TEXT_MATCH),
        # Once for each place, however many rows are above it.
        ("{ authors(first: 9) { nodes { books(first: 1, filter: {pages: {gt: 1}}) { totalCount } } } }", None),
        ('query($q: String = "a") { books(first: 2, search: $q) { nodes { id } } }', 3 + 2 * TEXT_MATCH + ONE),
        ("query($n: Int = 3) { bookStats(groupBy: GENRE, filter: {pages: {gt: $n}}) { count } }", 10 + GROUP + ONE),
        (
            """{ ...F a: books(first: 1) { nodes { id } } ...F }
            fragment F on Query { b: books(first: 1, filter: {pages: {gt: 1}}) { nodes { id } } }""",
            2 + 2 + 2 + 2 * ONE,
        ),
    ],
)
async def test_what_stands_in_the_operation_costs_as_much(client: Client, operation: str, cost: int | None) -> None:
    answer = await client(operation)
    assert answer["extensions"]["cost"]["requested"] == (1 + 9 * (1 + 1 + 10) + ONE if cost is None else cost)


async def test_answer_with_too_many_groups_says_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    author = await make_author(client)
    for number in range(3):
        await make_book(client, author, str(number), genre="POETRY" if number else "NOVEL")
    assert len((await client(STATS, g=["GENRE"])).data["bookStats"]) == 2
    monkeypatch.setattr("core.read.stats.LIMITS", replace(LIMITS, groups=1))
    answer = await client(STATS + " # again", g=["GENRE"])
    assert answer.codes == ["LIMIT_EXCEEDED"]
    assert answer["errors"][0]["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": "groups", "allowed": 1}


async def test_lists_in_the_answer_of_a_command_are_limited_before_it_runs(client: Client) -> None:
    command = """mutation($i: CreateAuthorInput!, $f: BookFilter) { createAuthor(input: $i) {
      author { books(filter: $f) { nodes { id } } } } }"""
    assert (await client(command, i={"name": "Nobody"}, f=nested("not", 15))).codes == ["LIMIT_EXCEEDED"]
    assert (await client("{ authors { nodes { name } } }")).data == {"authors": {"nodes": []}}


async def test_refusal_is_told_in_the_clients_language(sample: SampleDealer) -> None:
    answer = await sample.client(locale="zh-CN")(BOOKS, f=nested("not", 15))
    assert answer["errors"][0]["message"] == "该操作的 nesting 为 15，最多允许 10；请减少一次请求的内容"


def inputs_within(kind: Any, seen: set[str]) -> Iterator[str]:
    """Yield the names of the input types that a value of a type may hold."""
    named = get_named_type(kind)
    if named.name not in seen:
        seen.add(named.name)
        yield named.name
        if isinstance(named, GraphQLInputObjectType):
            for field in named.fields.values():
                yield from inputs_within(field.type, seen)


async def test_there_is_no_way_in_for_a_filter_that_is_not_measured(sample: SampleDealer) -> None:
    kernel = sample.dealer.kernel
    made = [f"{name}{kind}" for name in kernel.catalog.entities for kind in ("Filter", "Order", "GroupBy")]
    ways = 0
    for owner in kernel.schema.graphql.type_map.values():
        if not isinstance(owner, GraphQLObjectType | GraphQLInterfaceType):
            continue
        for name, field in owner.fields.items():
            for argument, definition in field.args.items():
                held = set(made) & set(inputs_within(definition.type, set()))
                listed = get_named_type(field.type).name.removesuffix("Connection") in kernel.catalog.entities
                if not held and not (argument == "search" and listed):
                    continue
                node = FieldNode(
                    name=NameNode(value=name),
                    arguments=(ArgumentNode(name=NameNode(value=argument), value=ObjectValueNode(fields=())),),
                )
                assert argument_costs(kernel.catalog, field, node), f"{owner.name}.{name}({argument})"
                ways += 1
    assert ways > 20
