"""A server on a disk that is full: it says so to those who write, serves those who read, and shows it as its state."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.data.errors import DatabaseTimeoutError
from core.errors import StorageFullError
from core.http.app import App
from core.migrations.history import History
from core.testing.harness import Client, SampleDealer, sample_dealer
from tests.small_disk import SmallDisk

SAMPLES = Path(__file__).parents[2] / "samples"
CREATE = "mutation($t: String!) { createNote(input: {text: $t}) { note { text } problems { message } } }"
READ = "{ notes { totalCount } }"


@pytest.fixture
async def cramped(disk: SmallDisk) -> AsyncIterator[SampleDealer]:
    """A dealer whose database is on a small disk."""
    async with sample_dealer(["notes"], database_url=disk.url, folders=[SAMPLES]) as made:
        yield made


async def until_full(client: Client) -> dict[str, Any]:
    for _ in range(400):
        answer = await client(CREATE, t="x" * 200)
        if "errors" in answer:
            error: dict[str, Any] = answer["errors"][0]
            return error
    raise AssertionError("it was never full")


async def test_writes_are_refused_and_reads_are_served_until_there_is_room(
    cramped: SampleDealer, disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(History, "load", lambda modules: History([]))
    app = App(cramped.host)
    client, chinese = cramped.client(), cramped.client(locale="zh-CN")
    disk.fill()
    error = await until_full(client)
    assert error["extensions"]["code"] == "STORAGE_FULL"
    assert error["message"].startswith("There is no room left to store this, so nothing was changed")
    assert str(disk.folder) not in str(error)
    assert "存储空间已满" in (await until_full(chinese))["message"]
    assert (await client(READ)).data["notes"]["totalCount"] >= 0

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://main.test") as api:
        full = await api.get("/readyz")
        assert (full.status_code, full.json()["status"]) == (200, "storage_full")
        assert full.json()["checks"]["disk"]["status"] == "storage_full"
        assert str(disk.folder) not in full.text

        disk.make_room()
        cramped.dealer.database.room.ask_at_once()
        app.readiness._asked.clear()
        assert (await api.get("/readyz")).json()["checks"]["disk"]["status"] != "storage_full"
    assert (await client(CREATE, t="y")).data["createNote"]["note"] == {"text": "y"}


async def test_look_up_that_can_not_be_logged_is_not_made(disk: SmallDisk) -> None:
    asks = "query($p: String!) { books(filter: {lentTo: {eq: $p}}) { totalCount } }"
    async with sample_dealer(["library", "notes"], database_url=disk.url, folders=[SAMPLES]) as cramped:
        client = cramped.client()
        disk.fill()
        await until_full(client)
        answers = [await client(asks, p="13800138000") for _ in range(3)]
    assert {code for answer in answers for code in answer.codes} == {"STORAGE_FULL"}


@pytest.mark.parametrize("error", [StorageFullError("no room in /var/secret"), DatabaseTimeoutError("at 10.0.0.1")])
async def test_route_of_a_plugin_says_what_can_not_be_done_now(bare_host: Any, error: Exception) -> None:
    async def store(_: Request) -> Response:
        raise error

    app = App(bare_host)
    app._served(next(iter(bare_host)).kernel).router.routes.append(Route("/store", store, methods=["POST"]))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://main.test") as api:
        answer = await api.post("/store", headers={"accept-language": "en"})
    assert answer.status_code == 503
    (told,) = answer.json()["errors"]
    assert told["extensions"]["code"] == error.code  # type: ignore[attr-defined]  # both have one
    assert "secret" not in told["message"]
    assert "10.0" not in told["message"]
