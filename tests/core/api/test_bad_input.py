"""What can't be read gets an error with a code, never Python's words."""

from __future__ import annotations

import pytest

from core.testing.harness import Client
from tests.core.library import make_author, make_book


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
        ("{ books(filter: {title: {isNull: null}}) { nodes { id } } }", "BAD_INPUT"),
        ("{ books(filter: {id: {eq: null}}) { nodes { id } } }", "BAD_INPUT"),
        ("{ books(filter: {author: {id: {in: null}}}) { nodes { id } } }", "BAD_INPUT"),
        ("{ books(filter: {lentTo: {last4: null}}) { nodes { id } } }", "BAD_INPUT"),
        ("{ books(filter: {reviews: {some: null}}) { nodes { id } } }", "BAD_INPUT"),
        ('{ books(filter: {price: {amountMinor: {lt: "9223372036854775808"}}}) { nodes { id } } }', "BAD_INPUT"),
        ('{ books(filter: {price: {amountMinor: {in: ["-9223372036854775809"]}}}) { nodes { id } } }', "BAD_INPUT"),
        ('{ books(filter: {lentTo: {eq: "abc"}}) { nodes { id } } }', "BAD_INPUT"),
        ('{ books(filter: {createdAt: {lt: "yesterday"}}) { nodes { id } } }', "GRAPHQL_VALIDATION_FAILED"),
        ("{ books(orderBy: [{title: ASC, pages: DESC}]) { nodes { id } } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ books(orderBy: [{title: null}]) { nodes { id } } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ books(orderBy: [{}]) { nodes { id } } }", "GRAPHQL_VALIDATION_FAILED"),
        ('{ books(filter: {createdAt: {lt: "0001-01-01T00:00+08:00"}}) { __typename } }', "GRAPHQL_VALIDATION_FAILED"),
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
    assert "date value out of range" not in str(answer)


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
async def test_text_that_no_database_holds_is_refused(client: Client, text: str) -> None:
    for arguments in ("search: $t", "filter: {title: {eq: $t}}", "filter: {title: {in: [$t]}}"):
        answer = await client(f"query($t: String!) {{ books({arguments}) {{ totalCount }} }}", t=text)
        assert answer.codes == ["BAD_INPUT"], arguments
    payload = await client.payload(
        "mutation($i: CreateAuthorInput!) { createAuthor(input: $i) { problems { code path } } }", i={"name": text}
    )
    assert payload["problems"] == [{"code": "VALIDATION_ERROR", "path": ["name"]}]


@pytest.mark.parametrize(
    ("price", "path"),
    [
        ({"amountMinor": "1", "currency": "RMB yuan"}, ["price", "currency"]),
        ({"amountMinor": "1", "currency": "cny"}, ["price", "currency"]),
        ({"amountMinor": "9223372036854775808", "currency": "CNY"}, ["price", "amountMinor"]),
        ({"amountMinor": "-1000000000000000", "currency": "CNY"}, ["price", "amountMinor"]),
    ],
)
async def test_amount_that_no_database_holds_is_refused(client: Client, price: object, path: list[str]) -> None:
    values = {"title": "T", "isbn": "1", "author": await make_author(client), "price": price}
    operation = "mutation($i: CreateBookInput!) { createBook(input: $i) { problems { code path } } }"
    assert (await client.payload(operation, i=values))["problems"] == [{"code": "VALIDATION_ERROR", "path": path}]


async def test_wrong_value_is_no_error_in_a_list_that_is_never_read(client: Client) -> None:
    """Each row has a list of its own, and here there is no row, however the value came into the operation."""
    author = await make_author(client)
    inner = "nodes { reviews(filter: {id: {eq: $i}}) { totalCount } }"
    for text, variables in (
        (f"query($i: ID!) {{ books {{ {inner} }} }}", {"i": author}),
        (f"{{ books {{ {inner.replace('$i', f'{chr(34)}{author}{chr(34)}')} }} }}", {}),
    ):
        assert (await client(text, **variables)).data == {"books": {"nodes": []}}
    await make_book(client, author, "1")
    answer = await client(f"query($i: ID!) {{ books {{ {inner} }} }}", i=author)
    assert answer.codes == ["BAD_INPUT"]


async def test_wrong_variables_are_told_apart(client: Client) -> None:
    answer = await client("query($n: Int!) { books(first: $n) { totalCount } }", n="many")
    assert answer.codes == ["BAD_USER_INPUT"]
    answer = await client("query($n: Int!) { books(first: $n) { totalCount } }")
    assert answer.codes == ["BAD_USER_INPUT"]


async def test_order_term_of_two_fields_is_refused_in_variables_too(client: Client) -> None:
    operation = "query($o: [BookOrder!]) { books(orderBy: $o) { totalCount } }"
    answer = await client(operation, o=[{"title": "ASC", "pages": "DESC"}])
    assert answer.codes == ["BAD_USER_INPUT"]
    told = await client(
        '{ order: __type(name: "BookOrder") { isOneOf } filter: __type(name: "BookFilter") { isOneOf } }'
    )
    assert told.data == {"order": {"isOneOf": True}, "filter": {"isOneOf": False}}


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
    assert set(answer.codes) == {"LIMIT_EXCEEDED"}
    assert what in answer["errors"][0]["message"]
