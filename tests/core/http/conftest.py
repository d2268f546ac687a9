from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import uvicorn

from core.http.app import App
from core.http.websocket import SocketRules
from core.people.models import Membership, Role, User, UserStatus
from core.people.signin import TokenPair, sign_in
from core.scope import Scope
from core.testing.harness import SampleDealer, sample_dealer

PLUGINS = Path(__file__).parent / "plugins"
PASSWORD = "correct horse battery"


@pytest.fixture
async def sample(database_url: str) -> AsyncIterator[SampleDealer]:
    async with sample_dealer(["probe"], database_url=database_url, folders=[PLUGINS]) as made:
        yield made


@pytest.fixture
def app(sample: SampleDealer) -> App:
    return App(sample.host, socket_rules=SocketRules(init_seconds=0.3, check_seconds=0.1))


@pytest.fixture
async def api(app: App) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks HTTP to the application without a network."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://main.test") as client:
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
async def listening(app: App) -> AsyncIterator[Address]:
    """Serve an application over a real socket."""
    config = uvicorn.Config(app, port=0, lifespan="off", log_config=None, access_log=False, ws="websockets-sansio")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.005)
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
