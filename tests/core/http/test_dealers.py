"""Two dealers with different modules and databases in one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.config.reading import load_settings
from core.dealer import Dealer
from core.host import Host
from core.http.app import App
from core.people.accounts import accept, invite
from core.people.callers import system_caller
from core.people.models import Membership, Role, User
from core.people.signin import sign_in
from core.provision import provision
from core.scope import Scope
from core.write.pipeline import transact
from tests.core.http.conftest import PASSWORD, PLUGINS, kernels

CONFIGURATION = """
[plugins]
folders = ["{plugins}"]

[dealers.north]
modules = ["notes"]
path_prefix = "/north"
database_url = "{north}"

[dealers.south]
modules = ["probe"]
host_names = ["south.example.com"]
database_url = "{south}"
"""
NORTH = "http://any.example.com/north/graphql"
SOUTH = "http://south.example.com/graphql"
CREATE = "mutation($t: String!) { createNote(input: {text: $t}) { note { text } problems { message } } }"


@pytest.fixture
async def host(database_url: str, other_database_url: str, tmp_path: Path) -> AsyncIterator[Host]:
    file = tmp_path / "forecourt.toml"
    file.write_text(CONFIGURATION.format(plugins=PLUGINS, north=database_url, south=other_database_url))
    host = Host(load_settings(file, {}), kernels=kernels())
    await host.open()
    for dealer in host:
        await dealer.database.create_tables()
        token = dealer.database.activate()
        await provision(dealer)
        dealer.database.deactivate(token)
    yield host
    await host.close()


@pytest.fixture
async def api(host: Host) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(App(host))) as client:
        yield client


async def token_of(dealer: Dealer) -> str:
    """Make somebody who may do everything in the dealer's store, and return his access token."""
    token = dealer.database.activate()
    try:
        hashed = await dealer.sessions.passwords.hash(PASSWORD)

        async def work(scope: Scope) -> User:
            user = await invite(scope, "li", f"Li of {dealer.name}")
            await accept(scope, user, hashed)
            role = Role(code="all", permissions=dict.fromkeys(dealer.kernel.permissions, "STORE"))
            await role.save()
            store = next(iter(dealer.stores))
            await Membership(user_id=user.id, store_id=store, role_ids=[str(role.id)], valid_from=scope.today()).save()
            return user

        await transact(dealer.scope(system_caller("test")), "test", work)
        return (await sign_in(dealer, "li", PASSWORD)).access_token
    finally:
        dealer.database.deactivate(token)


async def ask(api: httpx.AsyncClient, url: str, query: str, token: str = "", **variables: Any) -> Any:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return (await api.post(url, json={"query": query, "variables": variables}, headers=headers)).json()


async def test_each_dealer_has_the_schema_of_his_modules(api: httpx.AsyncClient) -> None:
    named = '{ __type(name: "Note") { name } }'
    assert (await ask(api, NORTH, named))["data"]["__type"] == {"name": "Note"}
    assert (await ask(api, SOUTH, named))["data"]["__type"] is None
    assert "errors" in await ask(api, SOUTH, "{ notes { totalCount } }")
    assert (await ask(api, SOUTH, '{ probeEcho(text: "x") }'))["data"] == {"probeEcho": "x"}


async def test_fifty_concurrent_requests_see_their_own_dealers_rows_alone(host: Host, api: httpx.AsyncClient) -> None:
    north, south = [await token_of(host.dealers[name]) for name in ("north", "south")]

    async def in_north(number: int) -> None:
        payload = await ask(api, NORTH, CREATE, north, t=f"note {number}")
        assert payload["data"]["createNote"] == {"note": {"text": f"note {number}"}, "problems": []}
        names = await ask(api, NORTH, "{ viewer { userId } users { nodes { displayName } } }", north)
        assert names["data"]["users"]["nodes"] == [{"displayName": "Li of north"}]

    async def in_south(number: int) -> None:
        echoed = await ask(api, SOUTH, "query($t: String!) { probeEcho(text: $t) }", south, t=str(number))
        assert echoed["data"] == {"probeEcho": str(number)}
        names = await ask(api, SOUTH, "{ users { nodes { displayName } } teams { totalCount } }", south)
        assert names["data"] == {"users": {"nodes": [{"displayName": "Li of south"}]}, "teams": {"totalCount": 0}}

    await asyncio.gather(*(work(number) for number in range(25) for work in (in_north, in_south)))
    assert (await ask(api, NORTH, "{ notes { totalCount } }", north))["data"] == {"notes": {"totalCount": 25}}
    rows = await host.dealers["south"].database.fetch(
        "SELECT COUNT(*) FROM core_user WHERE display_name LIKE '%north%'"
    )
    assert rows[0][0] == 0


async def test_token_of_one_dealer_is_refused_at_the_other(host: Host, api: httpx.AsyncClient) -> None:
    token = await token_of(host.dealers["north"])
    response = await api.post(SOUTH, json={"query": "{ __typename }"}, headers={"authorization": f"Bearer {token}"})
    assert response.status_code == 401


async def test_pages_and_routes_lie_below_the_dealers_path(api: httpx.AsyncClient) -> None:
    assert (await api.get("http://any.example.com/north/graphiql")).status_code == 200
    assert (await api.get("http://any.example.com/north/static/page.css")).status_code == 200
    redirect = await api.get(NORTH, headers={"accept": "text/html"})
    assert redirect.headers["location"] == "/north/graphiql"
    assert (await api.get("http://south.example.com/probe/hello")).json() == {"dealer": "south", "own": "/probe/hello"}
    assert (await api.get("http://any.example.com/north/probe/hello")).status_code == 404


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("http://SOUTH.example.com:8443/graphql", 200),
        ("http://south.example.com./graphql", 200),
        ("http://south.example.com/north/graphql", 200),
        ("http://any.example.com/graphql", 404),
        ("http://any.example.com/northern/graphql", 404),
        ("http://evil-south.example.com/graphql", 404),
    ],
)
async def test_address_decides_the_dealer(api: httpx.AsyncClient, url: str, status: int) -> None:
    response = await api.post(url, json={"query": "{ __typename }"})
    assert response.status_code == status
    if status == 404:
        assert response.json()["errors"][0]["extensions"]["code"] == "NO_DEALER"


async def test_balancer_that_names_no_dealer_learns_of_all(api: httpx.AsyncClient) -> None:
    assert (await api.get("http://10.0.0.7/healthz")).status_code == 200
    assert set((await api.get("http://10.0.0.7/readyz")).json()) == {"north", "south"}
