"""What is kept of the headers that a client repeats."""

from __future__ import annotations

import httpx
import pytest

from core.http import heads as heads_module
from core.http.cors import Cors
from core.http.heads import Heads
from core.people.access import create_key
from core.people.accounts import revoke_key
from core.people.models import ApiKey, Role
from core.scope import Scope
from core.testing.harness import SampleDealer
from tests.waiting import until

QUERY = {"query": "{ __typename }"}


def request(*headers: tuple[bytes, bytes]) -> dict[str, object]:
    return {"type": "http", "headers": [(b"host", b"main.test"), *headers]}


async def test_requests_that_differ_in_length_and_name_alone_share_a_head() -> None:
    heads = Heads(Cors())
    first, name, length = heads.read(request((b"content-length", b"12"), (b"x-request-id", b"a")))
    second, *_ = heads.read(request((b"content-length", b"13")))
    other, *_ = heads.read(request((b"accept", b"text/html")))
    assert (name, length) == (b"a", b"12")
    assert second is first
    assert other is not first
    assert len(heads) == 2


async def test_heads_are_few_and_short() -> None:
    heads = Heads(Cors())
    for number in range(2500):
        heads.read(request((b"x-api-key", b"%d" % number)))
    assert len(heads) <= 1000
    before = len(heads)
    heads.read(request((b"x-long", b"x" * 5000)))
    assert len(heads) == before


async def test_heads_are_forgotten_after_a_while_even_if_nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads_module, "_KEPT_SECONDS", 0.05)
    heads = Heads(Cors())
    for _ in range(2):
        first, *_ = heads.read(request((b"x-api-key", b"x")))
        assert heads.read(request((b"x-api-key", b"x")))[0] is first
        await until(lambda: len(heads) == 0)


async def test_revoked_key_is_refused_at_once_though_its_headers_are_known(
    api: httpx.AsyncClient, sample: SampleDealer
) -> None:
    async def make(scope: Scope) -> tuple[ApiKey, str]:
        role = Role(code="machine", permissions={})
        await role.save()
        return await create_key(scope, "till", role.id, store_id=sample.store_id)

    row, key = await sample.run(make)
    for _ in range(2):
        assert (await api.post("/graphql", json=QUERY, headers={"x-api-key": key})).status_code == 200
    await sample.run(lambda scope: revoke_key(scope, row))
    assert (await api.post("/graphql", json=QUERY, headers={"x-api-key": key})).status_code == 401
