"""Inputs that were answered with a fault once, or with what they had said themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from core.http.app import App
from core.ids import global_id, uuid7
from core.testing.harness import SampleDealer, sample_dealer
from tests.fuzz.asking import Asker, faults
from tests.fuzz.hostile import CANARY

LATE = "query($a: Boolean = true) { viewer"
TRIM = 'input: {series: "%s", modelYear: 2026, code: "%s", name: "n", powertrain: ICE, specification: %s}'


@pytest.fixture
async def sample(kept_database_url: str) -> AsyncIterator[SampleDealer]:
    async with sample_dealer(["inventory"], database_url=kept_database_url) as made:
        yield made


async def ask(sample: SampleDealer, query: str, locale: str = "en", **variables: Any) -> Any:
    """Return the answer to nobody, which must be without fault or echo."""
    with Asker(App(sample.host)) as asker:
        outcome = await asker.graphql(query, variables, locale=locale)
    assert not list(faults(outcome)), outcome
    return outcome.content


async def test_login_that_no_column_holds_is_nobodys(sample: SampleDealer) -> None:
    sign_in = 'mutation($l: String!) { signIn(login: $l, password: "wrong password") { problems { code } } }'
    for login in ("z" * 100, "z" * 101, "名" * 50_000, "z\ud83d"[:1] + "é" * 300):
        answer = await ask(sample, sign_in, l=login)
        assert answer["data"] == {"signIn": {"problems": [{"code": "SIGN_IN_REFUSED"}]}}


@pytest.mark.parametrize(
    "query",
    [
        f"{LATE} @include(if: $a) {{ userId }} }}",
        LATE.replace("viewer", '__type(name: "Brand") { name @skip(if: $a) } }'),
    ],
)
@pytest.mark.parametrize("locale", ["en", "zh-CN"])
async def test_directive_that_depends_on_null_is_told(sample: SampleDealer, query: str, locale: str) -> None:
    answer = await ask(sample, query, locale, a=None)
    (error,) = answer["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "rule": "argument"}
    assert "$a" in error["message"]
    assert ("send" in error["message"]) == (locale == "en")


@pytest.mark.parametrize(
    ("specification", "kept"),
    [
        ("{a: $x, b: [$x, 1]}", {"b": [None, 1]}),
        ('{amountMinor: "1", currency: "CNY"}', {"amountMinor": "1", "currency": "CNY"}),
        ("{amountMinor: 1, currency: null}", {"amountMinor": 1, "currency": None}),
    ],
)
async def test_json_is_any_json(sample: SampleDealer, specification: str, kept: Any) -> None:
    client = sample.client()
    brand = await client.command(
        'mutation { createBrand(input: {code: "b", name: "B"}) { brand { id } problems { message } } }'
    )
    series = await client.command(
        'mutation($b: ID!) { createSeries(input: {brand: $b, code: "s", name: "S"}) { series { id } } }',
        b=brand["brand"]["id"],
    )
    head = "mutation($x: JSON)" if "$x" in specification else "mutation"
    arguments = TRIM % (series["series"]["id"], "t", specification)
    made = await client.command(
        f"{head} {{ createTrim({arguments}) {{ trim {{ specification }} problems {{ message path }} }} }}"
    )
    assert made["trim"] == {"specification": kept}


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
async def test_refusal_says_what_is_right_and_not_what_came(kept_database_url: str, locale: str) -> None:
    modules = ["customers", "inventory", "organisation", "sales", "sms_marketing"]
    async with sample_dealer(modules, database_url=kept_database_url) as sample:
        client = replace(sample.client(), locale=locale)
        customer = await client.command(
            'mutation { createCustomer(input: {name: "A", contactPoints: [{kind: MOBILE, value: "13800138000"}]}) '
            "{ customer { id } problems { message } } }"
        )
        for field, given in (
            ("planSmsMessage", {"customer": customer["customer"]["id"], "template": CANARY}),
            ("saveAssignmentRule", {"code": "c", "title": "t", "conditions": [{"attribute": CANARY, "values": ["x"]}]}),
        ):
            kind = f"{field[0].upper()}{field[1:]}Input"
            operation = f"mutation($i: {kind}!) {{ {field}(input: $i) {{ problems {{ code message path }} }} }}"
            (problem,) = (await client.payload(operation, i=given))["problems"]
            assert problem["path"]
            assert CANARY.lower() not in str(problem).lower()


async def test_what_is_repeated_too_often_is_told_why(sample: SampleDealer) -> None:
    answer = await ask(sample, "{ " + "__typename " * 750 + "}")
    assert "repeats a field too often" in answer["errors"][0]["message"]


@pytest.mark.parametrize(
    ("query", "rule", "place"),
    [
        ("query($v: Int!) { brands(first: $v) { totalCount } }", "scalar_Int", ["$v"]),
        ("query($v: BrandFilter) { brands(filter: $v) { totalCount } }", "object", ["$v"]),
        ("query($v: [BrandOrder!]) { brands(orderBy: $v) { totalCount } }", "object", ["$v"]),
        ("mutation($v: CreateBrandInput!) { createBrand(input: $v) { problems { code } } }", "object", ["$v"]),
        ('{ brands(first: "CANARY") { totalCount } }', "scalar_Int", ["first"]),
        ('{ brands(filter: {code: "CANARY"}) { totalCount } }', "object", ["filter", "code"]),
        (
            '{ brands(filter: {createdAt: {lt: "CANARY"}}) { totalCount } }',
            "scalar_DateTime",
            ["filter", "createdAt", "lt"],
        ),
        ("{ brands(orderBy: [{code: CANARY}]) { totalCount } }", "enum", ["orderBy", 0, "code"]),
        ("{ brands(filter: {CANARY: 1}) { totalCount } }", "unknown_field", ["filter"]),
        ("{ brands(orderBy: [{}]) { totalCount } }", "one_of", ["orderBy", 0]),
        ("{ brands(orderBy: [null]) { totalCount } }", "null", ["orderBy", 0]),
        ('mutation { createBrand(input: {name: "CANARY"}) { problems { code } } }', "missing_field", ["input"]),
    ],
)
@pytest.mark.parametrize("locale", ["en", "zh-CN"])
async def test_wrong_input_is_told_by_place_and_type(
    sample: SampleDealer, query: str, rule: str, place: list[Any], locale: str
) -> None:
    variables = {"v": CANARY} if "$v" in query else {}
    answer = await ask(sample, query.replace("CANARY", CANARY), locale, **variables)
    error = answer["errors"][0]
    told = error["extensions"]
    assert (told["rule"], told["inputPath"]) == (rule, place)
    assert told["expected"].rstrip("!") in error["message"]
    assert error["locations"]
    assert error["message"].isascii() == (locale == "en")


async def test_unknown_field_is_told_by_its_position(sample: SampleDealer) -> None:
    create = "mutation($v: CreateBrandInput!) { createBrand(input: $v) { problems { code } } }"
    answer = await ask(sample, create, v={"code": "b", CANARY: "1", "name": CANARY, "phone": "13800138000"})
    assert [error["message"] for error in answer["errors"]] == [
        "$v has at position 2 a field that CreateBrandInput does not have",
        "$v has at position 4 a field that CreateBrandInput does not have",
    ]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (f'{{ brands(search: "a" "{CANARY}") {{ totalCount }} }}', "Expected Name, found String."),
        (f'{{ brands(search: "{CANARY}) {{ totalCount }} }}', "Unterminated string."),
        (f"{{ brands(search: '{CANARY}') {{ totalCount }} }}", "The text can't be read from here on."),
        (f"{{ brands(first: 1{CANARY}) {{ totalCount }} }}", "The text can't be read from here on."),
    ],
)
async def test_syntax_error_tells_the_place_alone(sample: SampleDealer, query: str, told: str) -> None:
    (error,) = (await ask(sample, query))["errors"]
    assert error["message"] == f"Syntax Error: {told}"
    assert error["locations"]
    assert "查询有语法错误" in (await ask(sample, query, "zh-CN"))["errors"][0]["message"]


@pytest.mark.parametrize(
    "query",
    [
        '{ brand(id: "%s") { id } }',
        '{ node(id: "%s") { id } }',
        '{ nodes(ids: ["%s"]) { id } }',
        '{ brands(filter: {id: {eq: "%s"}}) { totalCount } }',
    ],
)
async def test_id_is_not_quoted(sample: SampleDealer, query: str) -> None:
    client = sample.client()
    for text in (CANARY, global_id(CANARY, uuid7()), CANARY * 20):
        answer = await client(query % text)
        assert answer.codes == ["BAD_INPUT"]
        assert CANARY not in str(answer)
