from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from core.config.reading import load_settings
from core.host import Host, Kernels
from core.http.app import App
from core.http.protocol import HeadWaits
from core.http.websocket import SocketRules
from core.people.models import Membership, Role, User, UserStatus
from core.people.signin import TokenPair, sign_in
from core.scope import Scope
from core.testing.harness import SampleDealer, sample_dealer
from tests.waiting import until

PLUGINS = Path(__file__).parents[2] / "samples"
PASSWORD = "correct horse battery"


@pytest.fixture
async def sample(kept_database_url: str) -> AsyncIterator[SampleDealer]:
    async with sample_dealer(["probe"], database_url=kept_database_url, folders=[PLUGINS]) as made:
        yield made


def _emptied(module: str, name: str) -> list[Any]:
    """Return a list of the probe's module, which is imported with the sample."""
    found: list[Any] = getattr(sys.modules[module], name)
    found.clear()
    return found


@pytest.fixture
def begun(sample: SampleDealer) -> list[float]:
    """How long the probe's slow operations that have begun take."""
    return _emptied("probe.queries", "BEGUN")


@pytest.fixture
def ended(sample: SampleDealer) -> list[str]:
    """How the probe's slow operations ended."""
    return _emptied("probe.queries", "ENDED")


@pytest.fixture
def streams(sample: SampleDealer) -> list[str]:
    """How the probe's streams ended."""
    return _emptied("probe.subscriptions", "STREAMS")


@pytest.fixture
def app(sample: SampleDealer) -> App:
    return App(sample.host, socket_rules=SocketRules(init_seconds=0.3, check_seconds=0.1))


@pytest.fixture
async def api(app: App) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks HTTP to the application without a network."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://main.test") as client:
        yield client


@cache
def kernels() -> Kernels:
    """Return the kernels of these tests; building one takes a second."""
    return {}


@pytest.fixture
async def bare_host(database_url: str, tmp_path: Path) -> AsyncIterator[Host]:
    """A host whose dealer's database has no tables."""
    file = tmp_path / "forecourt.toml"
    file.write_text(f'[dealer]\nmodules = ["probe"]\n[plugins]\nfolders = ["{PLUGINS}"]\n')
    host = Host(load_settings(file, {"FORECOURT_DATABASE_URL": database_url}), kernels=kernels())
    await host.open()
    yield host
    await host.close()


@pytest.fixture
async def bare(bare_host: Host) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks HTTP to an application whose database has no tables: nothing here gets so far."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(App(bare_host)), base_url="http://main.test") as client:
        yield client


@dataclass(frozen=True, slots=True)
class Address:
    port: int

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def websocket(self) -> str:
        return f"ws://127.0.0.1:{self.port}/graphql"


@asynccontextmanager
async def listening(app: App, waits: HeadWaits | None = None) -> AsyncIterator[Address]:
    """Serve an application over a real socket."""
    config = uvicorn.Config(
        app,
        port=0,
        http=(HeadWaits() if waits is None else waits).protocol(),
        lifespan="off",
        log_config=None,
        access_log=False,
        ws="websockets-sansio",
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve())
    await until(lambda: server.started)
    try:
        yield Address(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        await task


@pytest.fixture
async def address(app: App) -> AsyncIterator[Address]:
    async with listening(app) as found:
        yield found


async def signed_in(sample: SampleDealer, login: str = "li", *permissions: str) -> TokenPair:
    """Make a user with a role of these permissions in the sample's store, and sign him in."""
    hashed = await sample.dealer.sessions.passwords.hash(PASSWORD)

    async def work(_: Scope) -> None:
        user = User(login=login, display_name=login, status=UserStatus.ACTIVE, password_hash=hashed)
        await user.save()
        role = Role(code=f"role_{login}", permissions=dict.fromkeys(permissions, "STORE"))
        await role.save()
        await Membership(
            user_id=user.id, store_id=sample.store_id, role_ids=[str(role.id)], valid_from=sample.clock.at.date()
        ).save()

    await sample.run(work)
    return await sample.read(lambda: sign_in(sample.dealer, login, PASSWORD))
