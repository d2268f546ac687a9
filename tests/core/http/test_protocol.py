"""What clients hold back: heads, bodies that nobody reads, and connections on which nothing comes at all."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

import httpx
import pytest

from core.host import Host
from core.http.app import App
from core.http.protocol import HEAD_LIMIT, HeadWaits
from tests.core.http.conftest import Address, listening
from tests.waiting import HANGS_SECONDS, until

SHORT = 0.2
HALF = b"POST /graphql HTTP/1.1\r\nhost: main.test\r\n"
BODY = b'{"query": "{ __typename }"}'
WHOLE = HALF + b"content-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(BODY) + BODY


class Wire:
    """One connection, byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, *parts: bytes) -> None:
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()

    async def status(self) -> int:
        """Return the status of the next answer, and read it to its end."""
        head = (await _in_time(self.reader.readuntil(b"\r\n\r\n"))).decode().lower()
        length = next(line.partition(":")[2] for line in head.splitlines() if line.startswith("content-length"))
        await _in_time(self.reader.readexactly(int(length)))
        return int(head.split()[1])

    async def ends(self) -> bytes:
        """Return what still comes until the server closes."""
        try:
            return await _in_time(self.reader.read(-1))
        except ConnectionResetError:
            return b""


async def _in_time(work: Awaitable[bytes]) -> bytes:
    async with asyncio.timeout(HANGS_SECONDS):
        return await work


@asynccontextmanager
async def wire(address: Address) -> AsyncIterator[Wire]:
    reader, writer = await asyncio.open_connection("127.0.0.1", address.port)
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()


@pytest.fixture
async def impatient(bare_host: Host) -> AsyncIterator[Address]:
    """A server that waits for a moment only."""
    async with listening(App(bare_host), HeadWaits(seconds=SHORT, body_seconds=SHORT)) as address:
        yield address


@pytest.fixture
async def usual(bare_host: Host) -> AsyncIterator[Address]:
    async with listening(App(bare_host)) as address:
        yield address


@pytest.mark.once
@pytest.mark.parametrize("said", [b"POST /gra", HALF, HALF + b"x-long: " + b"a" * 9000])
async def test_half_a_head_is_not_waited_for_for_ever(impatient: Address, said: bytes) -> None:
    async with wire(impatient) as client:
        await client.say(said)
        assert (await client.ends()).startswith(b"HTTP/1.1 408")


@pytest.mark.once
async def test_connection_without_a_byte_is_closed(impatient: Address) -> None:
    async with wire(impatient) as client:
        assert await client.ends() == b""


@pytest.mark.once
async def test_head_of_a_later_request_has_its_time_too(impatient: Address) -> None:
    async with wire(impatient) as client:
        await client.say(WHOLE)
        assert await client.status() == 200
        await client.say(HALF)
        assert (await client.ends()).startswith(b"HTTP/1.1 408")


@pytest.mark.once
async def test_byte_now_and_then_gives_no_more_time(impatient: Address) -> None:
    async with wire(impatient) as client:
        await client.say(HALF + b"x-slow: ")
        closed = asyncio.create_task(client.ends())
        while not closed.done():
            await client.say(b"a")
            await asyncio.sleep(SHORT / 10)
        assert (await closed).startswith((b"HTTP/1.1 408", b""))


@pytest.mark.once
@pytest.mark.parametrize(
    "head",
    [
        HALF + b"x-long: " + b"a" * HEAD_LIMIT,
        HALF + b"x-long: " + b"a" * HEAD_LIMIT + b"\r\n\r\n",
        HALF + b"".join(b"x-%d: %s\r\n" % (number, b"a" * 1000) for number in range(70)) + b"\r\n",
        b"GET /graphql?query=" + b"a" * HEAD_LIMIT + b" HTTP/1.1\r\nhost: main.test\r\n\r\n",
    ],
)
async def test_head_beyond_its_limit_is_431(usual: Address, head: bytes) -> None:
    async with wire(usual) as client:
        await client.say(head)
        assert (await client.ends()).startswith(b"HTTP/1.1 431")


@pytest.mark.once
async def test_head_that_goes_on_and_on_is_cut_off(usual: Address) -> None:
    """Whoever goes on sending may never read why."""
    sent = 0
    async with wire(usual) as client:
        await client.say(HALF + b"x-long: ")
        with contextlib.suppress(ConnectionError):
            for _ in range(2000):
                await client.say(b"a" * 16_384)
                sent += 16_384
        assert not (await client.ends()).startswith(b"HTTP/1.1 2")
    assert sent < 16_384 * 2000


@pytest.mark.once
async def test_long_body_behind_a_short_head_is_no_long_head(usual: Address) -> None:
    content = json.dumps({"query": "{ __typename }", "operationName": None, "extensions": {"pad": "a" * 900_000}})
    async with httpx.AsyncClient() as client:
        answer = await client.post(
            f"{usual.http}/graphql", content=content, headers={"content-type": "application/json"}
        )
    assert answer.status_code == 200
    async with wire(usual) as wired:  # in the same piece as the head of the next one
        await wired.say(
            WHOLE.replace(BODY, BODY + b" " * 200_000).replace(b"%d" % len(BODY), b"%d" % (len(BODY) + 200_000)) + WHOLE
        )
        assert [await wired.status(), await wired.status()] == [200, 200]


@pytest.mark.once
async def test_body_that_nobody_reads_ends_soon(impatient: Address) -> None:
    """It is refused by its head; byte after byte would keep the connection otherwise."""
    async with wire(impatient) as client:
        await client.say(HALF + b"content-type: text/plain\r\ncontent-length: 100000\r\n\r\na")
        assert await client.status() == 415
        closed = asyncio.create_task(client.ends())
        with contextlib.suppress(ConnectionError):
            while not closed.done():
                await client.say(b"a")
                await asyncio.sleep(SHORT / 10)
        assert await closed == b""


@pytest.mark.once
async def test_many_half_open_connections_leave_others_their_answer(bare_host: Host) -> None:
    """The oldest make room, so that a slow crowd takes no more sockets than so many."""
    waits = HeadWaits(most=50)
    async with listening(App(bare_host), waits) as address, contextlib.AsyncExitStack() as crowd:
        slow = [await crowd.enter_async_context(wire(address)) for _ in range(200)]
        for one in slow:
            with contextlib.suppress(ConnectionError):
                await one.say(HALF)
        async with wire(address) as client:
            await client.say(WHOLE)
            assert await client.status() == 200
        assert len(waits) <= 50
        assert [await one.ends() for one in slow[:100]] == [b""] * 100
        await slow[-1].say(WHOLE.removeprefix(HALF))
        assert await slow[-1].status() == 200
    await until(lambda: not len(waits))


async def test_body_that_trickles_into_a_plugins_route_ends_too(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.http.app.BODY_SECONDS", SHORT)
    async with listening(app) as address, wire(address) as client:
        await client.say(HALF.replace(b"/graphql", b"/probe/length") + b"content-length: 100\r\n\r\n")
        for _ in range(3):
            await client.say(b"a")
        assert await client.status() == 408
