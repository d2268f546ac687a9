"""Modules are switched on and off while requests go on."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import tomlkit

from core.config.editing import set_modules
from core.config.reading import load_settings
from core.host import Host
from core.http.app import App
from core.http.reloading import Reloader
from core.jobs.worker import Worker
from core.migrations.migrate import migrate
from core.migrations.modules import migrated
from core.people.models import Role
from core.provision import provision
from tests.core.http.conftest import PLUGINS

NOTE_TYPE = '{ __type(name: "Note") { name } }'


class Running:
    """A host that is served, and its configuration file."""

    def __init__(self, file: Path, database_url: str) -> None:
        self.file = file
        self.read = partial(load_settings, file, {"FORECOURT_DATABASE_URL": database_url})
        self.host = Host(self.read())
        self.worker = Worker()
        self.reloader = Reloader(self.host, self.read, self.worker, seconds=0.02)
        self.app = App(self.host, self.worker, self.reloader)
        self.api = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://main.test")

    async def open(self) -> None:
        await self.host.open()
        await self.migrate()
        await self.worker.start()
        for dealer in self.host:
            self.worker.add(dealer)

    async def migrate(self, *modules: str) -> None:
        (dealer,) = self.host
        config = dealer.config.model_copy(update={"modules": (*dealer.config.modules, *modules)})
        await migrate(dealer.database, migrated(self.host.load(config)))
        token = dealer.database.activate()
        await provision(dealer)
        dealer.database.deactivate(token)

    async def close(self) -> None:
        await self.worker.stop()
        await self.api.aclose()
        await self.host.close()

    async def ask(self, query: str) -> Any:
        response = await self.api.post("/graphql", json={"query": query})
        assert response.status_code == 200
        return response.json()

    async def has_notes(self) -> bool:
        return (await self.ask(NOTE_TYPE))["data"]["__type"] is not None

    def set(self, *modules: str) -> None:
        set_modules(self.file, "main", modules)


@pytest.fixture
async def running(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    file = tmp_path / "forecourt.toml"
    file.write_text(tomlkit.dumps({"plugins": {"folders": [str(PLUGINS)]}, "dealer": {"modules": ["probe"]}}))
    running = Running(file, database_url)
    await running.open()
    watching = asyncio.create_task(running.reloader.watch())
    yield running
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await running.close()


async def becomes(expected: bool, ask: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while await ask() is not expected:  # noqa: ASYNC110 - the server says nothing when it is done
            await asyncio.sleep(0.02)


async def test_module_goes_on_and_off_and_on_without_a_lost_request(running: Running) -> None:
    await running.migrate("notes")
    stop = asyncio.Event()
    answered: list[str] = []

    async def client() -> None:
        while not stop.is_set():
            answered.append((await running.ask('{ probeEcho(text: "x") }'))["data"]["probeEcho"])
            await asyncio.sleep(0.001)

    clients = [asyncio.create_task(client()) for _ in range(5)]
    slow = asyncio.create_task(running.ask("{ probeSlow(seconds: 1) }"))
    running.set("probe", "notes")
    await becomes(True, running.has_notes)
    running.set("probe")
    await becomes(False, running.has_notes)
    refused = await running.ask("{ notes { totalCount } }")
    assert refused["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    running.set("probe", "notes")
    await becomes(True, running.has_notes)
    stop.set()
    await asyncio.gather(*clients)
    assert (await slow)["data"] == {"probeSlow": "done"}
    assert len(answered) > 20
    assert set(answered) == {"x"}


async def test_request_under_way_ends_on_the_modules_that_it_began_with(running: Running) -> None:
    await running.migrate("notes")
    begun: list[float] = sys.modules["probe.queries"].BEGUN
    begun.clear()
    slow = asyncio.create_task(running.ask("{ probeSlow(seconds: 0.5) __typename }"))
    async with asyncio.timeout(20):
        while not begun:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0)
    running.set("notes")
    await becomes(True, running.has_notes)
    assert "errors" in await running.ask('{ probeEcho(text: "x") }')
    assert (await slow)["data"] == {"probeSlow": "done", "__typename": "Query"}


async def test_module_without_tables_waits_for_its_migration(running: Running) -> None:
    running.set("probe", "notes")
    async with asyncio.timeout(20):
        while not running.host.problem:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.02)
    assert "forecourt migrate" in running.host.problem
    assert not await running.has_notes()
    await running.migrate("notes")
    await becomes(True, running.has_notes)
    assert running.host.problem == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[dealer", "not valid TOML"),
        ('[dealer]\nmodules = ["nope"]', "nope is not installed"),
        ('[dealer]\nmodules = []\nlocale = "tlh"', "dealer.locale"),
        ("[server]\nport = 9\n[dealer]\nmodules = []", "restart"),
        ("[dealers.other]\nmodules = []", "restart"),
    ],
)
async def test_configuration_that_can_not_be_served_leaves_the_old_one(
    running: Running, caplog: pytest.LogCaptureFixture, text: str, said: str
) -> None:
    with caplog.at_level(logging.ERROR):
        running.file.write_text(text)
        await running.reloader.reload()
    assert said in running.host.problem
    assert said in caplog.text
    assert (await running.ask('{ probeEcho(text: "x") }'))["data"] == {"probeEcho": "x"}
    configuration = (await running.api.get("/readyz")).json()["checks"]["configuration"]
    assert said in configuration["problem"]


async def test_other_settings_of_a_dealer_are_taken_up(running: Running) -> None:
    (before,) = running.host
    document = tomlkit.parse(running.file.read_text())
    document["dealer"]["time_zone"] = "Asia/Urumqi"
    running.file.write_text(tomlkit.dumps(document))
    running.reloader.ask()
    async with asyncio.timeout(20):
        while next(iter(running.host)) is before:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.02)
    (after,) = running.host
    assert after.config.time_zone == "Asia/Urumqi"
    assert after.kernel is before.kernel
    assert after.sessions is before.sessions
    assert after.stores is before.stores


async def test_kernels_that_nobody_uses_are_let_go(running: Running) -> None:
    await running.migrate("notes")
    for modules in (("notes",), ("probe", "notes"), (), ("probe",), ("notes",), ("probe",)):
        running.set(*modules)
        await running.reloader.reload()
        assert running.host.problem == ""
    kept = [kernel for same in running.host._kernels.values() for kernel in same]
    assert len(kept) <= 3


async def test_roles_of_a_new_module_are_there_at_once(running: Running) -> None:
    await running.migrate("notes")
    (dealer,) = running.host
    token = dealer.database.activate()
    try:
        assert not await Role.filter(code="notes_reader").exists()
        running.set("probe", "notes")
        await running.reloader.reload()
        assert await Role.filter(code="notes_reader").exists()
    finally:
        dealer.database.deactivate(token)
