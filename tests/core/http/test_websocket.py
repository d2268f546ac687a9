"""graphql-transport-ws, spoken by a real client over a real socket."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin, Subprotocol

from core.http.app import App
from core.http.websocket import MOST_OPERATIONS
from core.people.accounts import suspend
from core.people.models import Role, User
from core.scope import Scope
from core.testing.harness import SampleDealer
from tests.core.http.conftest import Address, signed_in
from tests.waiting import until

PROTOCOL = Subprotocol("graphql-transport-ws")
COST = {"cost": {"requested": 1, "limit": 5000}}
TICKS = "subscription($n: Int!, $p: Float!) { ticks(count: $n, pause: $p) { number } }"


class Talk:
    """What a client says and hears."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def say(self, kind: str, **content: Any) -> None:
        await self.socket.send(json.dumps({"type": kind, **content}))

    async def hear(self) -> dict[str, Any]:
        heard: dict[str, Any] = json.loads(await self.socket.recv())
        return heard

    async def begin(self, **payload: Any) -> None:
        await self.say("connection_init", payload=payload)
        assert await self.hear() == {"type": "connection_ack"}

    async def subscribe(self, name: str, query: str = TICKS, **variables: Any) -> None:
        await self.say("subscribe", id=name, payload={"query": query, "variables": variables})

    async def closed(self) -> tuple[int, str]:
        """Return code and reason once the server has closed; what it says until then is passed over."""
        with pytest.raises(ConnectionClosed) as caught:
            while True:
                await self.socket.recv()
        assert caught.value.rcvd is not None
        return caught.value.rcvd.code, caught.value.rcvd.reason


@asynccontextmanager
async def talking(address: Address, *, acknowledged: bool = True, **payload: Any) -> AsyncIterator[Talk]:
    async with connect(address.websocket, subprotocols=[PROTOCOL]) as socket:
        talk = Talk(socket)
        if acknowledged:
            await talk.begin(**payload)
        yield talk


async def test_stream_of_a_plugins_plain_subscription(address: Address, streams: list[str]) -> None:
    async with talking(address) as talk:
        await talk.subscribe("a", n=2, p=0)
        assert [await talk.hear() for _ in range(3)] == [
            {"type": "next", "id": "a", "payload": {"data": {"ticks": {"number": 1}}, "extensions": COST}},
            {"type": "next", "id": "a", "payload": {"data": {"ticks": {"number": 2}}, "extensions": COST}},
            {"type": "complete", "id": "a"},
        ]
    assert streams == ["ended"]


async def test_queries_and_changes_run_too(address: Address) -> None:
    async with talking(address) as talk:
        await talk.subscribe("q", '{ probeEcho(text: "hi") }')
        assert (await talk.hear())["payload"]["data"] == {"probeEcho": "hi"}
        assert await talk.hear() == {"type": "complete", "id": "q"}
        await talk.subscribe("m", "mutation { probeSlowChange(seconds: 0) }")
        assert (await talk.hear())["payload"]["data"] == {"probeSlowChange": "done"}


async def test_operations_run_beside_each_other(address: Address) -> None:
    async with talking(address) as talk:
        await talk.subscribe("slow", n=1000, p=0.5)
        await talk.subscribe("quick", n=1, p=0)
        heard = [await talk.hear() for _ in range(3)]
        assert {"type": "complete", "id": "quick"} in heard


async def test_complete_ends_the_stream_and_frees_its_id(address: Address, streams: list[str]) -> None:
    async with talking(address) as talk:
        await talk.subscribe("a", n=1000, p=0.01)
        await talk.hear()
        await talk.say("complete", id="a")
        await talk.subscribe("a", '{ probeEcho(text: "again") }')
        await until(lambda: streams == ["ended"])
        last: dict[str, Any] = {}
        while (heard := await talk.hear())["type"] == "next":
            last = heard
        assert last["payload"]["data"] == {"probeEcho": "again"}
        assert heard == {"type": "complete", "id": "a"}
        await talk.say("complete", id="never there")
        await talk.say("ping")
        assert await talk.hear() == {"type": "pong"}


async def test_client_that_goes_away_ends_its_streams(address: Address, streams: list[str]) -> None:
    async with talking(address) as talk:
        await talk.subscribe("a", n=1000, p=0.01)
        await talk.hear()
    await until(lambda: streams == ["ended"])


async def test_operation_that_can_not_run_gets_its_errors(address: Address) -> None:
    async with talking(address) as talk:
        for name, query, expected in (
            ("a", "subscription {", "GRAPHQL_PARSE_FAILED"),
            ("b", "subscription { nope }", "GRAPHQL_VALIDATION_FAILED"),
            ("c", TICKS, "BAD_USER_INPUT"),
            ("d", "{ probeEcho(text: 5) }", "GRAPHQL_VALIDATION_FAILED"),
            ("e", " ", "BAD_REQUEST"),
            ("f", "{ __typename\0 }", "BAD_REQUEST"),
        ):
            await talk.subscribe(name, query)
            heard = await talk.hear()
            assert (heard["type"], heard["id"]) == ("error", name)
            assert heard["payload"][0]["extensions"]["code"] == expected


async def test_fault_in_a_stream_is_masked(address: Address, caplog: pytest.LogCaptureFixture) -> None:
    async with talking(address) as talk:
        with caplog.at_level(logging.ERROR):
            await talk.subscribe("a", "subscription { faultyTicks { number } }")
            heard = [await talk.hear() for _ in range(2)]
        assert heard[0]["type"] == "next"
        assert heard[1]["type"] == "error"
        assert heard[1]["payload"][0]["extensions"]["code"] == "INTERNAL"
        assert "13800138000" not in json.dumps(heard) + caplog.text
        await talk.say("ping")
        assert await talk.hear() == {"type": "pong"}


@pytest.mark.parametrize(
    "message", ["", "nonsense", "[]", '"ping"', "{}", '{"type": 7}', '{"type": "start"}', '{"type": "subscribe"}',
                '{"type": "subscribe", "id": "a"}', '{"type": "subscribe", "id": "", "payload": {}}',
                '{"type": "subscribe", "id": 1, "payload": {"query": "{ a }"}}', b"\xff"],
)  # fmt: skip
async def test_bad_message_closes_with_4400(address: Address, message: str | bytes) -> None:
    async with talking(address) as talk:
        await talk.socket.send(message)
        assert (await talk.closed())[0] == 4400


async def test_bad_init_payload_closes_with_4400(address: Address) -> None:
    async with talking(address, acknowledged=False) as talk:
        await talk.say("connection_init", payload=["x"])
        assert (await talk.closed())[0] == 4400


async def test_subscribing_before_the_acknowledgement_closes_with_4401(address: Address) -> None:
    async with talking(address, acknowledged=False) as talk:
        await talk.subscribe("a", n=1, p=0)
        assert (await talk.closed())[0] == 4401


async def test_second_init_closes_with_4429(address: Address) -> None:
    async with talking(address) as talk:
        await talk.say("connection_init")
        assert (await talk.closed())[0] == 4429


async def test_id_in_use_closes_with_4409(address: Address) -> None:
    async with talking(address) as talk:
        await talk.subscribe("a", n=1000, p=1)
        await talk.subscribe("a", n=1000, p=1)
        assert await talk.closed() == (4409, "subscriber for a already exists")


async def test_too_many_operations_close_with_4429(address: Address) -> None:
    async with talking(address) as talk:
        for number in range(MOST_OPERATIONS + 1):
            await talk.subscribe(str(number), n=1000, p=10)
        assert (await talk.closed())[0] == 4429


async def test_missing_init_closes_with_4408(address: Address) -> None:
    async with talking(address, acknowledged=False) as talk:
        await talk.say("ping")
        assert await talk.hear() == {"type": "pong"}
        assert (await talk.closed())[0] == 4408


@pytest.mark.parametrize("protocols", [None, [Subprotocol("graphql-ws")]])
async def test_other_protocols_are_refused(address: Address, protocols: list[Subprotocol] | None) -> None:
    with pytest.raises(InvalidStatus):
        await connect(address.websocket, subprotocols=protocols)


async def test_bad_credential_closes_with_4403(address: Address) -> None:
    async with talking(address, acknowledged=False) as talk:
        await talk.say("connection_init", payload={"authorization": "Bearer nonsense"})
        assert (await talk.closed())[0] == 4403


async def test_credential_comes_in_the_first_message(address: Address, sample: SampleDealer) -> None:
    pair = await signed_in(sample)
    async with talking(address, Authorization=f"Bearer {pair.access_token}") as talk:
        await talk.subscribe("a", "{ viewer { userId } }")
        assert (await talk.hear())["payload"]["data"]["viewer"]["userId"]


async def test_each_delivery_sees_the_rights_of_its_moment(address: Address, sample: SampleDealer) -> None:
    pair = await signed_in(sample, "li", "core.department.read")
    async with talking(address, authorization=f"Bearer {pair.access_token}") as talk:
        await talk.subscribe("a", "subscription { ticks(count: 1000, pause: 0.02) { permissions } }")
        assert (await talk.hear())["payload"]["data"] == {"ticks": {"permissions": ["core.department.read"]}}

        async def widen(_: Scope) -> None:
            role = await Role.get(code="role_li")
            role.permissions = {"core.department.read": "STORE", "core.team.read": "STORE"}
            await role.save()

        await sample.run(widen)
        seen = [(await talk.hear())["payload"]["data"]["ticks"]["permissions"] for _ in range(5)]
        assert seen[-1] == ["core.department.read", "core.team.read"]


async def _suspend(sample: SampleDealer) -> None:
    async def work(scope: Scope) -> None:
        await suspend(scope, await User.get(login="li"))

    await sample.run(work)


async def _expire(sample: SampleDealer) -> None:
    sample.clock.at += timedelta(days=1)


@pytest.mark.parametrize("end", [_suspend, _expire])
@pytest.mark.parametrize("pause", [0.02, 60], ids=["busy", "idle"])
async def test_end_of_the_token_closes_with_4403(
    address: Address, sample: SampleDealer, end: Callable[[SampleDealer], Any], pause: float, streams: list[str]
) -> None:
    pair = await signed_in(sample)
    async with talking(address, authorization=f"Bearer {pair.access_token}") as talk:
        await talk.subscribe("a", n=1000, p=pause)
        await talk.hear()
        await end(sample)
        assert (await talk.closed())[0] == 4403
    await until(lambda: streams == ["ended"])


async def test_new_token_in_a_ping_keeps_the_socket_open(address: Address, sample: SampleDealer) -> None:
    pair = await signed_in(sample)
    async with talking(address, authorization=f"Bearer {pair.access_token}") as talk:
        sample.clock.at = pair.access_expires_at - timedelta(seconds=1)
        fresh, _ = sample.dealer.sessions.tokens.issue(
            pair.user_id, sample.dealer.sessions.tokens.read(pair.access_token).session_id, None
        )
        await talk.say("ping", payload={"authorization": f"Bearer {fresh}"})
        assert await talk.hear() == {"type": "pong"}
        sample.clock.at += timedelta(seconds=2)
        await talk.subscribe("a", n=1, p=0)
        assert (await talk.hear())["type"] == "next"


async def test_change_of_modules_sends_the_client_to_connect_again(
    address: Address, sample: SampleDealer, app: App
) -> None:
    async with talking(address) as talk:
        dealer = sample.dealer
        app.host.dealers = {dealer.name: dealer.successor(dealer.config, dealer.kernel)}
        assert (await talk.closed())[0] == 1012


async def test_page_of_another_origin_gets_no_socket(address: Address) -> None:
    """A browser asks nobody before it opens one, so a page from anywhere could sign in and ask."""
    for origin in ("https://evil.example", "null", f"{address.http}0"):
        with pytest.raises(InvalidStatus) as caught:
            await connect(address.websocket, subprotocols=[PROTOCOL], origin=Origin(origin))
        assert caught.value.response.status_code == 403
    async with connect(address.websocket, subprotocols=[PROTOCOL], origin=Origin(address.http)) as socket:
        await Talk(socket).begin()
