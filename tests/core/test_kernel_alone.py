"""The kernel is enough by itself: it starts, takes commands and answers with no plugin at all."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from core.http.app import App
from core.people.models import User, UserStatus
from core.scope import Scope
from core.testing.harness import SampleDealer, sample_dealer

PASSWORD = "correct horse battery"
SIGN_IN = """mutation { signIn(login: "li", password: "correct horse battery") { session { accessToken } } }"""
CREATE = """mutation { createTeam(input: {name: "Front desk"}) { team { name } problems { message } } }"""
READ = "{ viewer { userId } stores { nodes { code } } teams { nodes { name leader { id } } } codeSets { totalCount } }"


@pytest.fixture
async def sample(kept_database_url: str) -> AsyncIterator[SampleDealer]:
    async with sample_dealer([], database_url=kept_database_url) as made:
        yield made


async def test_kernel_without_plugins_serves_sign_in_and_reading(sample: SampleDealer) -> None:
    hashed = await sample.dealer.sessions.passwords.hash(PASSWORD)

    async def work(_: Scope) -> None:
        await User(login="li", display_name="Li", status=UserStatus.ACTIVE, password_hash=hashed).save()

    await sample.run(work)
    assert sample.dealer.kernel.modules == ()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(App(sample.host)), base_url="http://main.test") as api:
        session = (await api.post("/graphql", json={"query": SIGN_IN})).json()["data"]["signIn"]["session"]
        bearer = {"authorization": f"Bearer {session['accessToken']}"}
        answer = (await api.post("/graphql", json={"query": READ}, headers=bearer)).json()
        assert (await api.get("/healthz")).status_code == 200
    assert answer["data"]["viewer"]["userId"]
    assert answer["data"]["stores"] == {"nodes": [{"code": "S1"}]}


async def test_kernel_without_plugins_takes_commands_and_does_its_background_work(sample: SampleDealer) -> None:
    client = sample.client()
    assert (await client.command(CREATE))["team"] == {"name": "Front desk"}
    await sample.settle()
    answer = await client(READ)
    assert answer.data["teams"] == {"nodes": [{"name": "Front desk", "leader": None}]}
    assert answer.data["codeSets"]["totalCount"] == 2
