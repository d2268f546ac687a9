from __future__ import annotations

import re

import httpx
import pytest

from core.host import Host
from core.http.app import App
from core.http.pages import STATIC_FOLDER
from core.migrations.history import History
from core.testing.harness import SampleDealer


async def test_page_is_made_of_local_files_alone(bare: httpx.AsyncClient) -> None:
    page = await bare.get("/graphiql")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert named
    for name in named:
        if not name.startswith("data:"):
            file = await bare.get(f"/{name}")
            assert file.status_code == 200
            assert file.headers["cache-control"] == "no-cache"
            assert file.headers["etag"]
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy


@pytest.mark.once
def test_styles_of_the_page_load_nothing_from_elsewhere() -> None:
    styles = (STATIC_FOLDER / "graphiql.css").read_text(encoding="utf-8")
    assert not re.search(r"(?:@import|url\()\s*['\"]?(?:https?:)?//", styles)


async def test_browser_that_opens_the_api_is_shown_the_page(bare: httpx.AsyncClient) -> None:
    response = await bare.get("/graphql", headers={"accept": "text/html,*/*;q=0.8"})
    assert response.status_code == 307
    assert response.headers["location"] == "/graphiql"


async def test_unknown_path_and_method_are_clear(bare: httpx.AsyncClient) -> None:
    missing = await bare.get("/nowhere")
    assert missing.status_code == 404
    assert missing.json()["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    wrong = await bare.post("/healthz")
    assert wrong.status_code == 405
    assert set(wrong.headers["allow"].split(", ")) == {"GET", "HEAD"}


async def test_route_of_a_plugin_knows_its_dealer(bare: httpx.AsyncClient) -> None:
    assert (await bare.get("/probe/hello")).json() == {"dealer": "main", "own": "/probe/hello"}


async def test_fault_of_a_plugins_route_is_masked(bare: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    response = await bare.get("/probe/faulty")
    assert response.status_code == 500
    assert response.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "RuntimeError" in caplog.text
    assert response.headers["x-request-id"] in caplog.text
    assert "13800138000" not in response.text + caplog.text


async def test_process_is_alive_without_a_database(bare: httpx.AsyncClient) -> None:
    assert (await bare.get("/healthz")).json() == {"status": "ok"}


async def test_dealer_without_tables_is_not_ready(bare: httpx.AsyncClient) -> None:
    response = await bare.get("/readyz")
    assert response.status_code == 503
    assert response.json()["status"] == "failed"


async def test_ready_names_every_check_and_asks_once_a_second(
    api: httpx.AsyncClient, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The sample's tables were made from the models, so there is no history to compare with.
    monkeypatch.setattr(History, "load", lambda modules: History([]))
    response = await api.get("/readyz")
    assert response.status_code == 200
    checks = response.json()["checks"]
    assert {"database", "migrations", "outbox", "jobs", "modules", "disk", "configuration", "probe"} <= set(checks)
    assert all(one["status"] == "ok" for one in checks.values())
    app.host.problem = "insurance needs migrations first"
    assert (await api.get("/readyz")).json()["status"] == "ok"
    app.readiness._asked.clear()
    degraded = await api.get("/readyz")
    assert degraded.status_code == 200
    assert degraded.json()["checks"]["configuration"]["problem"] == "insurance needs migrations first"


async def test_missing_migration_is_not_ready(
    api: httpx.AsyncClient, sample: SampleDealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(History, "load", lambda modules: History([]))
    monkeypatch.setattr(History, "missing_in", lambda self, applied: ["sales.0002_more"])
    response = await api.get("/readyz")
    assert response.status_code == 503
    assert "forecourt migrate" in response.json()["checks"]["migrations"]["problem"]


async def test_named_origin_may_use_the_api_from_a_browser(bare_host: Host) -> None:
    server = bare_host.settings.server.model_copy(update={"cors_origins": ("https://app.example.com",)})
    bare_host.settings = bare_host.settings.model_copy(update={"server": server})
    headers = {"origin": "https://app.example.com", "access-control-request-method": "POST"}
    transport = httpx.ASGITransport(App(bare_host))
    async with httpx.AsyncClient(transport=transport, base_url="http://main.test") as api:
        asked = await api.options("/graphql", headers=headers)
        assert asked.status_code == 204
        assert asked.headers["access-control-allow-methods"] == "POST"
        assert asked.headers["allow"] == "GET, POST"
        answer = await api.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
        assert answer.headers["access-control-allow-origin"] == "https://app.example.com"
        foreign = await api.options("/graphql", headers={**headers, "origin": "https://evil.example"})
        assert "access-control-allow-origin" not in foreign.headers
