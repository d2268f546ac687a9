"""What the specification of GraphQL over HTTP demands, and what bad input gets."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import random
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from core.http.app import App
from core.http.messages import BODY_LIMIT
from core.testing.harness import SampleDealer
from tests.core.http.conftest import Address, signed_in
from tests.waiting import until

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
TYPENAME = "{ __typename }"


async def ask(api: httpx.AsyncClient, content: Any, accept: str = GRAPHQL, **headers: str) -> httpx.Response:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.post("/graphql", content=raw, headers={"accept": accept, "content-type": JSON, **named})


def code(response: httpx.Response) -> str:
    found: str = response.json()["errors"][0]["extensions"]["code"]
    return found


@pytest.mark.parametrize(
    ("accept", "media"), [(GRAPHQL, GRAPHQL), (JSON, JSON), ("*/*", JSON), (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL)]
)
async def test_answer_has_the_accepted_media_type_in_utf_8(bare: httpx.AsyncClient, accept: str, media: str) -> None:
    response = await ask(bare, {"query": TYPENAME}, accept)
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{media}; charset=utf-8"
    assert response.json()["data"] == {"__typename": "Query"}


async def test_without_accept_it_is_json(bare: httpx.AsyncClient) -> None:
    request = bare.build_request("POST", "/graphql", json={"query": TYPENAME})
    del request.headers["accept"]
    response = await bare.send(request)
    assert response.headers["content-type"] == f"{JSON}; charset=utf-8"


async def test_unacceptable_media_type_is_406(bare: httpx.AsyncClient) -> None:
    response = await ask(bare, {"query": TYPENAME}, "text/html")
    assert response.status_code == 406
    assert code(response) == "NOT_ACCEPTABLE"


@pytest.mark.parametrize("path", ["/graphql", "/graphql/"])
async def test_trailing_slash_makes_no_difference(bare: httpx.AsyncClient, path: str) -> None:
    assert (await bare.post(path, json={"query": TYPENAME})).json()["data"] == {"__typename": "Query"}


async def test_utf_8_goes_both_ways(bare: httpx.AsyncClient) -> None:
    response = await ask(bare, '{"query": "{ probeEcho(text: \\"上海🚗\\") }"}'.encode())
    assert response.json()["data"] == {"probeEcho": "上海🚗"}
    assert "上海🚗".encode() in response.content


@pytest.mark.parametrize(
    "body",
    [
        {"query": TYPENAME, "variables": None, "operationName": None, "extensions": None},
        {"query": TYPENAME, "variables": {}, "operationName": "", "extensions": {"a": 1}},
        {"query": "query A { __typename } query B { x: __typename }", "operationName": "A"},
        {"query": "query A($t: String!) { __typename @include(if: true) probeEcho(text: $t) }", "variables": {"t": ""}},
    ],
)
async def test_optional_parameters_may_be_null_or_there(bare: httpx.AsyncClient, body: dict[str, Any]) -> None:
    response = await ask(bare, body)
    assert response.status_code == 200
    assert response.json()["data"]["__typename"] == "Query"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"query": "{ __typename }",}', "line 1, column"),
        (b"\xff\xfe", "not JSON"),
        (b'{"query": "\\ud800"}', "not JSON"),
        (b"[" * 5000, "not JSON"),
        ([{"query": TYPENAME}], "object"),
        ("text", "object"),
        (None, "object"),
        ({}, "query is missing"),
        ({"query": 1}, "query is missing"),
        ({"query": ["x"]}, "query is missing"),
        ({"query": " "}, "query is missing"),
        ({"query": TYPENAME, "variables": "x"}, "variables is an object"),
        ({"query": TYPENAME, "variables": [1]}, "variables is an object"),
        ({"query": TYPENAME, "operationName": 1}, "operationName is a text"),
        ({"query": TYPENAME, "operationName": {}}, "operationName is a text"),
        ({"query": TYPENAME, "extensions": 7}, "extensions is an object"),
        ({"query": "{ __typename\0 }"}, "U+0000"),
        ({"query": TYPENAME, "variables": {"a": [{"b": "x\0"}]}}, "U+0000"),
        ({"query": TYPENAME, "variables": {"a\0": 1}}, "U+0000"),
    ],
)
@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
async def test_bad_request_is_400_and_says_what_is_wrong(
    bare: httpx.AsyncClient, body: Any, named: str, accept: str
) -> None:
    response = await ask(bare, body, accept)
    assert response.status_code == 400
    assert code(response) == "BAD_REQUEST"
    assert named in response.json()["errors"][0]["message"]
    assert "data" not in response.json()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nope }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query A { __typename } query B { __typename }"}, "OPERATION_NOT_FOUND"),
        ({"query": "query A { __typename }", "operationName": "B"}, "OPERATION_NOT_FOUND"),
        ({"query": "query($t: String!) { probeEcho(text: $t) }"}, "BAD_USER_INPUT"),
        ({"query": "query($t: String!) { probeEcho(text: $t) }", "variables": {"t": 5}}, "BAD_USER_INPUT"),
        ({"query": '{ probeEcho(text: "\\u0000") }'}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": '{ probeEcho(text: "\\u{0}") }'}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": '{ probeEcho(text: "\\ud800") }'}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{a" * 480}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{a" * 240 + "}" * 240}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ " + "__typename " * 2000 + "}"}, None),
        ({"query": "# " + "x" * 20_000 + "\n{ __typename }"}, "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_what_can_not_be_executed_has_no_data(
    bare: httpx.AsyncClient, body: dict[str, Any], expected: str | None
) -> None:
    modern = await ask(bare, body, GRAPHQL)
    assert modern.status_code == 400
    assert "data" not in modern.json()
    assert expected is None or code(modern) == expected
    old = await ask(bare, body, JSON)
    assert old.status_code == 200
    assert "data" not in old.json()


async def test_error_of_a_field_is_200_with_data(bare: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        response = await ask(bare, {"query": "{ probeFault }"})
    assert response.status_code == 200
    assert response.json()["data"] == {"probeFault": None}
    assert code(response) == "INTERNAL"
    assert response.headers["x-request-id"] in response.json()["errors"][0]["message"]
    assert "13800138000" not in response.text + caplog.text


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=gbk"]
)
async def test_other_content_type_is_415(bare: httpx.AsyncClient, content_type: str) -> None:
    headers = {"content-type": content_type} if content_type else {}
    response = await bare.post("/graphql", content=b'{"query": "{ __typename }"}', headers=headers)
    assert response.status_code == 415
    assert code(response) == "UNSUPPORTED_MEDIA_TYPE"


async def test_compressed_request_is_415(bare: httpx.AsyncClient) -> None:
    body = gzip.compress(b'{"query": "{ __typename }"}')
    assert (await ask(bare, body, content_encoding="gzip")).status_code == 415


async def test_too_large_body_is_413_before_it_is_read(bare: httpx.AsyncClient) -> None:
    response = await ask(bare, b" " * (BODY_LIMIT + 1))
    assert response.status_code == 413
    assert code(response) == "TOO_LARGE"
    assert response.headers["connection"] == "close"


async def test_too_large_body_is_413_without_its_length(bare: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(BODY_LIMIT // 65536 + 2):
            yield b" " * 65536

    response = await bare.post("/graphql", content=endless(), headers={"content-type": JSON})
    assert response.status_code == 413


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD"])
async def test_other_methods_are_405_with_those_allowed(bare: httpx.AsyncClient, method: str) -> None:
    response = await bare.request(method, "/graphql")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


async def test_query_may_come_by_get(bare: httpx.AsyncClient) -> None:
    parameters = {
        "query": "query A($t: String!) { probeEcho(text: $t) } query B { __typename }",
        "operationName": "A",
        "variables": '{"t": "上海"}',
        "extensions": "{}",
    }
    response = await bare.get("/graphql", params=parameters, headers={"accept": GRAPHQL})
    assert response.status_code == 200
    assert response.json()["data"] == {"probeEcho": "上海"}


@pytest.mark.parametrize(
    "parameters", [{}, {"query": ""}, {"query": TYPENAME, "variables": "{"}, {"query": TYPENAME, "variables": "[]"}]
)
async def test_bad_get_is_400(bare: httpx.AsyncClient, parameters: dict[str, str]) -> None:
    assert (await bare.get("/graphql", params=parameters, headers={"accept": JSON})).status_code == 400


async def test_mutation_by_get_is_405_and_not_run(bare: httpx.AsyncClient, ended: list[str]) -> None:
    response = await bare.get("/graphql", params={"query": "mutation { probeSlowChange(seconds: 0) }"})
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert ended == []


async def test_development_tells_how_long_the_parts_took_and_production_does_not(sample: SampleDealer) -> None:
    shown = {}
    for environment in ("development", "production"):
        server = sample.host.settings.server.model_copy(update={"environment": environment})
        sample.host.settings = sample.host.settings.model_copy(update={"server": server})
        transport = httpx.ASGITransport(App(sample.host))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            shown[environment] = (await client.post("/graphql", json={"query": TYPENAME})).headers.get("server-timing")
    assert re.fullmatch(r"auth;dur=[\d.]+, prepare;dur=[\d.]+, run;dur=[\d.]+", shown["development"] or "")
    assert shown["production"] is None


async def test_production_takes_no_get_and_has_no_page(sample: SampleDealer) -> None:
    server = sample.host.settings.server.model_copy(update={"environment": "production"})
    sample.host.settings = sample.host.settings.model_copy(update={"server": server})
    transport = httpx.ASGITransport(App(sample.host))
    async with httpx.AsyncClient(transport=transport, base_url="http://main.test") as api:
        refused = await api.get("/graphql", params={"query": TYPENAME})
        assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
        assert (await api.get("/graphql", headers={"accept": "text/html"})).status_code == 406
        for path in ("/graphiql", "/static/graphiql.js"):
            assert (await api.get(path)).status_code == 404
        assert (await api.post("/graphql", json={"query": TYPENAME})).status_code == 200


async def test_subscription_by_post_is_refused(bare: httpx.AsyncClient) -> None:
    response = await ask(bare, {"query": "subscription { ticks { number } }"})
    assert response.status_code == 400
    assert "WebSocket" in response.json()["errors"][0]["message"]


async def test_request_id_is_the_clients_if_it_is_harmless(bare: httpx.AsyncClient) -> None:
    given = await ask(bare, {"query": TYPENAME}, x_request_id="app-17.b_2")
    assert given.headers["x-request-id"] == "app-17.b_2"
    for harmful in ("x" * 65, "a b", "<script>"):
        made = (await ask(bare, {"query": TYPENAME}, x_request_id=harmful)).headers["x-request-id"]
        assert made != harmful
        assert len(made) == 16


async def test_every_answer_has_the_headers_of_security(bare: httpx.AsyncClient) -> None:
    for response in (await ask(bare, {"query": TYPENAME}), await ask(bare, b"{"), await bare.get("/healthz")):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
        assert response.headers["cache-control"] == "no-store"


async def test_long_answer_is_compressed_for_who_can_read_it(bare: httpx.AsyncClient) -> None:
    body = {"query": '{ probeEcho(text: "abcdefgh", times: 5000) }'}
    packed = await ask(bare, body, accept_encoding="gzip")
    plain = await ask(bare, body, accept_encoding="identity")
    short = await ask(bare, {"query": TYPENAME}, accept_encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 10
    assert packed.json() == plain.json()
    assert "accept-encoding" in packed.headers["vary"]
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in short.headers


async def test_language_of_messages_is_the_clients(api: httpx.AsyncClient) -> None:
    body = {"query": 'mutation { signIn(login: "x", password: "y") { problems { message } } }'}
    texts = [
        (await ask(api, body, accept_language=language)).json()["data"]["signIn"]["problems"][0]["message"]
        for language in ("en", "zh-CN,zh;q=0.9,en;q=0.8", "fr")
    ]
    assert texts[0] != texts[1]
    assert texts[2] == texts[1]  # the dealer's own


async def test_token_tells_who_asks(api: httpx.AsyncClient, sample: SampleDealer) -> None:
    pair = await signed_in(sample)
    body = {"query": "{ viewer { userId } }"}
    assert (await ask(api, body)).json()["data"]["viewer"] is None
    answer = await ask(api, body, authorization=f"Bearer {pair.access_token}")
    assert answer.json()["data"]["viewer"]["userId"]


@pytest.mark.parametrize("header", [{"authorization": "Bearer nonsense"}, {"authorization": "x"}, {"x_api_key": "x"}])
async def test_bad_credential_is_401(bare: httpx.AsyncClient, header: dict[str, str]) -> None:
    response = await ask(bare, {"query": TYPENAME}, **header)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert code(response) == "UNAUTHENTICATED"


async def test_foreign_store_is_400(api: httpx.AsyncClient, sample: SampleDealer) -> None:
    pair = await signed_in(sample)
    response = await ask(api, {"query": TYPENAME}, authorization=f"Bearer {pair.access_token}", x_store="elsewhere")
    assert response.status_code == 400
    assert "www-authenticate" not in response.headers


async def test_client_that_goes_away_ends_its_query_but_no_change(
    address: Address, begun: list[float], ended: list[str]
) -> None:
    async with httpx.AsyncClient(base_url=address.http) as client:

        async def goes_away(document: str, seconds: float) -> None:
            request = asyncio.create_task(client.post("/graphql", json={"query": document}, timeout=None))
            await until(lambda: begun[-1:] == [seconds])
            request.cancel()
            await asyncio.wait([request])

        await goes_away("{ probeSlow(seconds: 300) }", 300)
        await until(lambda: ended == ["cancelled"])
        await goes_away("mutation { probeSlowChange(seconds: 0.5) }", 0.5)
        await until(lambda: ended == ["cancelled", "done"])


async def test_slow_query_is_answered_while_its_client_waits(address: Address) -> None:
    async with httpx.AsyncClient(base_url=address.http) as client:
        response = await client.post("/graphql", json={"query": "{ probeSlow(seconds: 0.3) }"}, timeout=10)
    assert response.json()["data"] == {"probeSlow": "done"}


@pytest.mark.postgres
async def test_clients_that_go_away_in_a_statement_leave_no_answer_to_others(address: Address) -> None:
    chance = random.Random(17)

    async def first_value(client: httpx.AsyncClient, sql: str, *, seconds: float = 10) -> str:
        query = f'{{ probeAsk(sql: "{sql}") }}'
        response = await client.post("/graphql", json={"query": query}, timeout=httpx.Timeout(10, read=seconds))
        found: str = response.json()["data"]["probeAsk"]
        return found

    async def goes_away(client: httpx.AsyncClient) -> None:
        for _ in range(10):
            with pytest.raises(httpx.ReadTimeout):
                await first_value(client, "SELECT 1 FROM pg_sleep(600)", seconds=chance.uniform(0.02, 0.1))

    async def stays(client: httpx.AsyncClient, first: int) -> None:
        for number in range(first, first + 40):
            assert await first_value(client, f"SELECT {number} FROM pg_sleep(0.001)") == str(number)

    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=address.http, limits=limits) as client:
        await asyncio.gather(*(goes_away(client) for _ in range(6)), *(stays(client, 100 * i) for i in range(6)))
        left = "FROM pg_stat_activity WHERE query LIKE 'SELECT 1 FROM pg_sleep%' AND state = 'active'"

        async def none_is_left() -> bool:
            return await first_value(client, f"SELECT count(*) {left} AND datname = current_database()") == "0"

        await until(none_is_left)
