"""Requests that are no operations: bodies, headers, query strings, forms, frames, and texts that are almost GraphQL."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

from tests.fuzz.hostile import CANARY, TEXTS

Headers = Sequence[tuple[bytes, bytes]]
JSON_TYPE = (b"content-type", b"application/json")
VIEWER = "{ viewer { userId } }"


Request = tuple[bytes, Headers, str, str, bytes]
"""Body, headers, method, path and query string."""


def requests(credential: tuple[bytes, bytes]) -> Iterator[Request]:
    """Yield requests, those that are wrong in one part alone with a credential that holds."""
    viewer = json.dumps({"query": VIEWER}).encode()
    for body in _bodies():
        yield body, [JSON_TYPE, credential], "POST", "/graphql", b""
    for headers in _headers():
        yield viewer, headers, "POST", "/graphql", b""
    for text in _query_strings():
        yield b"", [], "GET", "/graphql", text
    for method, path, body, headers in _elsewhere():
        yield body, [*headers, credential], method, path, b""


def _bodies() -> Iterator[bytes]:
    """Yield bodies of a POST request."""
    whole = json.dumps({"query": VIEWER}).encode()
    yield from (
        b"",
        b" ",
        b"null",
        b"[]",
        b'"x"',
        b"1",
        b"{",
        whole[:-1],
        whole + b"x",
        b"\xff\xfe" + whole,
        b"\xef\xbb\xbf" + whole,
    )
    yield from (
        b"[" * 5000,
        b'{"a":' * 5000,
        b'{"query":' + b"9" * 5000 + b"}",
        b'{"query":1e999999}',
        b"[" + whole + b"]",
    )
    yield b'{"query":"' + CANARY.encode() + b'\xff"}'
    yield b'{"query":"{ viewer { userId } }","variables":' + b"[" * 900 + b"]" * 900 + b"}"
    for name in ("query", "variables", "operationName", "extensions"):
        for value in (
            None,
            1,
            True,
            "",
            CANARY,
            [],
            [CANARY],
            {},
            {CANARY: CANARY},
            {"persistedQuery": {"sha256Hash": CANARY}},
            {"explain": CANARY},
            CANARY + "\0",
            {"a": "\0"},
        ):
            yield json.dumps({"query": VIEWER, name: value}).encode()
    for text in TEXTS:
        yield json.dumps({"query": text}).encode()
        yield json.dumps({"query": VIEWER, "operationName": text, "variables": {text: text}}).encode()


def _headers() -> Iterator[Headers]:
    """Yield headers of a request whose body is right."""
    odd = (
        b"",
        b" ",
        CANARY.encode(),
        b"\xff\xfe",
        b"\0",
        b"a" * 5000,
        b";;;,,,q=",
        b"*/*;q=NaN",
        "名".encode(),
        b"999999999999999999999",
    )
    for name in (
        b"content-type",
        b"accept",
        b"accept-language",
        b"accept-encoding",
        b"authorization",
        b"x-api-key",
        b"x-store",
        b"x-request-id",
        b"content-length",
        b"content-encoding",
        b"host",
        b"origin",
        b"cookie",
        b"transfer-encoding",
        b"upgrade",
    ):
        for value in odd:
            yield [(name, value)] if name == b"content-type" else [JSON_TYPE, (name, value)]
    for credential in (
        b"Bearer",
        b"Bearer ",
        b"Bearer a.b.c",
        b"Basic eDp5",
        b"Bearer fck_" + CANARY.encode(),
        b"bearer eyJhbGciOiJub25lIn0.e30.",
        b"Bearer " + b"." * 9000,
        b"Bearer fck_" + b"\xe9" * 40,
    ):
        yield [JSON_TYPE, (b"authorization", credential)]
    for media in (
        b"multipart/form-data; boundary=x",
        b"multipart/form-data",
        b"text/plain",
        b"application/x-www-form-urlencoded",
        b"application/json; charset=utf-16",
        b"application/graphql",
    ):
        yield [(b"content-type", media)]
    yield [JSON_TYPE] * 300
    yield [JSON_TYPE, *((b"x-" + str(number).encode(), b"y") for number in range(2000))]


def _query_strings() -> Iterator[bytes]:
    """Yield query strings of a GET request."""
    yield from (
        b"",
        b"query",
        b"query=",
        b"query=%",
        b"query=%ff%fe",
        b"query=" + b"%7B" * 3000,
        b"&" * 3000,
        b"query={viewer{userId}}&variables=" + CANARY.encode(),
    )
    yield from (
        b"query={viewer{userId}}&variables=[1]",
        b"query={viewer{userId}}&extensions=%7B",
        b"query={viewer{userId}}&operationName=" + CANARY.encode(),
        b"query=mutation{signOut(refreshToken:%22x%22)}",
        b"query={viewer{userId}}&variables=" + b"[" * 2000,
    )


def _elsewhere() -> Iterator[tuple[str, str, bytes, Headers]]:
    """Yield method, path, body and headers of requests to other addresses."""
    form = (
        b'--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{"query":"'
        + CANARY.encode()
        + b'"}\r\n--x--\r\n'
    )
    for path in (
        "/graphql",
        "/intake/adf",
        "/sms/receipts/" + CANARY,
        "/sms/receipts/" + "名" * 300,
        "/nothing/" + CANARY,
        "/graphiql",
        "/static/../core/" + CANARY,
        "/healthz",
        "//",
        "/\0",
        "/graphql/" + "a" * 5000,
    ):
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", CANARY):
            yield method, path, form, [(b"content-type", b"multipart/form-data; boundary=x")]
    for body in (
        b"",
        b"<adf>",
        b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><adf>&b;</adf>",
        b"\xff" * 500,
        b"<adf>" + b"<a>" * 5000,
        b"<adf><prospect><customer><contact><name>"
        + CANARY.encode()
        + b"</name></contact></customer></prospect></adf>",
        b"{" * 400,
    ):
        for media in (
            b"text/xml",
            b"application/xml; charset=nothing",
            b"message/rfc822",
            b"",
            b"multipart/mixed; boundary=",
        ):
            yield "POST", "/intake/adf", body, [(b"content-type", media)]


_INITS: Sequence[Any] = (
    1,
    CANARY,
    [],
    {"authorization": CANARY},
    {"authorization": [CANARY]},
    {"x-store": {CANARY: 1}},
    {"accept-language": None, "X-Api-Key": "fck_" + CANARY},
    {"authorization": "Bearer " + "é" * 3000},
)
_SUBSCRIBED: Sequence[Any] = (
    None,
    1,
    {},
    {"query": 1},
    {"query": CANARY},
    {"query": VIEWER, "variables": [1]},
    {"query": VIEWER, "operationName": CANARY},
    {"query": "subscription { x }"},
    {"query": "{ __typename }", "variables": {"a": "\0"}},
    {"query": "query($a: Int!) { viewer { userId } }", "variables": {"a": CANARY}},
)


def frames() -> Iterator[Sequence[str | bytes]]:
    """Yield frames of one WebSocket."""
    init = json.dumps({"type": "connection_init"})
    for first in (
        "",
        "{",
        "null",
        "[]",
        "1",
        CANARY,
        "[" * 5000,
        b"\xff\xfe",
        b"",
        json.dumps({"type": CANARY}),
        json.dumps({"type": None}),
        json.dumps({"type": [CANARY]}),
    ):
        yield [first]
    for payload in _INITS:
        yield [json.dumps({"type": "connection_init", "payload": payload})]
        yield [init, json.dumps({"type": "ping", "payload": payload})]
    subscribe = {"type": "subscribe", "id": "1"}
    for payload in _SUBSCRIBED:
        yield [init, json.dumps({**subscribe, "payload": payload})]
    for name in (None, 1, "", CANARY * 1000, {"a": 1}):
        yield [init, json.dumps({"type": "subscribe", "id": name, "payload": {"query": VIEWER}})]
        yield [init, json.dumps({"type": "complete", "id": name})]
    yield [json.dumps({**subscribe, "payload": {"query": VIEWER}})]
    yield [init, init]


class Texts:
    """Makes texts that are almost GraphQL of texts that are."""

    def __init__(self, chance: random.Random) -> None:
        self.random = chance

    def spoilt(self, text: str) -> str:
        """Return a text with some of its parts left out, doubled, exchanged or replaced."""
        words = text.replace("(", " ( ").replace(")", " ) ").replace("{", " { ").replace("}", " } ").split()
        for _ in range(self.random.choice((1, 1, 2, 3, 5))):
            at = self.random.randrange(len(words))
            what = self.random.randrange(6)
            if what == 0:
                del words[at]
            elif what == 1:
                words.insert(at, words[self.random.randrange(len(words))])
            elif what == 2:
                words[at] = self.random.choice(_LITERALS)
            elif what == 3:
                words.insert(at, self.random.choice(_LITERALS))
            elif what == 4:
                words.insert(at, self.random.choice(_PIECES))
            else:
                words[at:] = words[at : at + 3]
            words = words or ["{"]
        return " ".join(words)


_LITERALS = (
    f'"{CANARY}"',
    f'"""{CANARY}"""',
    "1",
    "-0",
    "00",
    "1.",
    "1e",
    "null",
    "true",
    '"\\u0000"',
    '"\\uD800"',
    '"',
    "$",
    "$a",
    "[]",
    "{}",
    '{a: "' + CANARY + '"}',
    "9" * 400,
)
_PIECES = (
    "...",
    "... on Query { __typename }",
    "...F fragment F on Query { ...F }",
    "@include(if: true)",
    "@skip",
    "@skip(if: null)",
    "@deprecated",
    "@oneOf",
    "query Q { __typename }",
    "subscription { __typename }",
    "{ __schema { types { fields { type { fields { name } } } } } }",
    "__typename " * 200,
    "a: __typename b: __typename",
    "\ufeff",
    "#" + CANARY,
    "{" * 300,
    "[" * 300,
    "extend type Query { a: Int }",
)
