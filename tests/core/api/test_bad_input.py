"""What can't be read gets an error with a code, never Python's words."""

from __future__ import annotations

import pytest

from core.testing.harness import Client
from tests.core.api.conftest import make_author, make_book


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("{ books { nodes { title }", "GRAPHQL_PARSE_FAILED"),
        ("{ books { nodes { nope } } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ customers { nodes { id } } }", "GRAPHQL_VALIDATION_FAILED"),
        ('{ book(id: "zzz") { id } }', "BAD_INPUT"),
        ('{ book(id: "Qm9vazp4") { id } }', "BAD_INPUT"),
        ('{ node(id: "TW9vbjowMWExZmZlMC1lOTZjLTcxZjQtYWM0MC0zNDJlZmJmN2U0MTQ") { id } }', "BAD_INPUT"),
        ('{ books(after: "zzz") { nodes { id } } }', "BAD_INPUT"),
        ('{ books(after: "WzFd") { nodes { id } } }', "BAD_INPUT"),
        ("{ books(first: -1) { nodes { id } } }", "BAD_INPUT"),
        ("{ books(first: 101) { nodes { id } } }", "BAD_INPUT"),
        ("{ books(first: 1, last: 1) { nodes { id } } }", "BAD_INPUT"),
        ('{ books(filter: {id: {eq: "x"}}) { nodes { id } } }', "BAD_INPUT"),
        ("{ books(filter: {title: {eq: null}}) { nodes { id } } }", "BAD_INPUT"),
        ('{ books(filter: {lentTo: {eq: "abc"}}) { nodes { id } } }', "BAD_INPUT"),
        ('{ books(filter: {createdAt: {lt: "yesterday"}}) { nodes { id } } }', "GRAPHQL_VALIDATION_FAILED"),
        ('{ reviews(search: "x") { nodes { id } } }', "GRAPHQL_VALIDATION_FAILED"),
        ("query A { viewer { userId } } query B { viewer { userId } }", "OPERATION_NOT_FOUND"),
        ("{ " + "viewer { userId } " * 400 + "}", "GRAPHQL_PARSE_FAILED"),
        ("{ viewer { userId } }" + " " * 20_000, "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_unreadable_request_gets_a_code(client: Client, operation: str, code: str) -> None:
    answer = await client(operation)
    assert set(answer.codes) == {code}, answer
    assert "Traceback" not in str(answer)


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
async def test_text_that_no_database_holds_is_refused(client: Client, text: str) -> None:
    answer = await client("query($t: String!) { books(search: $t) { totalCount } }", t=text)
    assert answer.codes == ["BAD_INPUT"]
    payload = await client.payload(
        "mutation($i: CreateAuthorInput!) { createAuthor(input: $i) { problems { code path } } }", i={"name": text}
    )
    assert payload["problems"] == [{"code": "VALIDATION_ERROR", "path": ["name"]}]


async def test_wrong_variables_are_told_apart(client: Client) -> None:
    answer = await client("query($n: Int!) { books(first: $n) { totalCount } }", n="many")
    assert answer.codes == ["BAD_USER_INPUT"]
    answer = await client("query($n: Int!) { books(first: $n) { totalCount } }")
    assert answer.codes == ["BAD_USER_INPUT"]


async def test_cursor_of_another_order_is_noticed(client: Client) -> None:
    author = await make_author(client)
    for number in range(3):
        await make_book(client, author, str(number))
    page = (await client("{ books(first: 1) { pageInfo { endCursor } } }")).data["books"]["pageInfo"]["endCursor"]
    answer = await client("query($c: String!) { books(after: $c, orderBy: [{title: ASC}]) { nodes { id } } }", c=page)
    assert answer.codes == ["BAD_INPUT"]
    assert "another ordering" in answer["errors"][0]["message"]


async def test_cursor_that_was_tampered_with_is_noticed(client: Client) -> None:
    import base64

    author = await make_author(client)
    await make_book(client, author, "1")
    page = (await client("{ books(first: 1) { pageInfo { endCursor } } }")).data["books"]["pageInfo"]["endCursor"]
    content = base64.urlsafe_b64decode(page + "==")
    for forged in (content.replace(b'","', b'",1,"'), content[:-4] + b'zz"]'):
        cursor = base64.urlsafe_b64encode(forged).decode().rstrip("=")
        assert (await client("query($c: String!) { books(after: $c) { nodes { id } } }", c=cursor)).codes == [
            "BAD_INPUT"
        ]


@pytest.mark.parametrize(
    ("operation", "what"),
    [
        ("{ authors { nodes " + "{ books { nodes { author " * 5 + "{ id }" + " } } }" * 5 + " } }", "depth is 18; 12"),
        ("{ " + " ".join(f"a{n}: viewer {{ userId }}" for n in range(16)) + " }", "aliases is 16; 15"),
        ("{ viewer { " + "userId @skip(if: false) " * 21 + "} }", "directives is 21; 20"),
        (
            "{ ...A } "
            + " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(20))
            + " fragment F20 on Query { x: viewer { userId } } fragment A on Query { ...F0 }",
            "aliases is 1048576; 15",
        ),
    ],
)
async def test_operation_that_is_too_large_is_told_by_how_much(client: Client, operation: str, what: str) -> None:
    answer = await client(operation)
    assert answer.codes == ["GRAPHQL_VALIDATION_FAILED"]
    assert what in answer["errors"][0]["message"]
