"""A plugin that shows how the server treats operations: slow ones, faulty ones, long answers, streams."""

from __future__ import annotations

from collections.abc import Iterable

from probe.routes import ROUTES
from starlette.routing import BaseRoute

from forecourt import HealthCheck, Manifest, Scope, hookimpl

plugin = Manifest(name="probe", version="1.0", api=">=1,<2", title={"en": "Probe", "zh-CN": "探针"})


@hookimpl
def http_routes() -> Iterable[BaseRoute]:
    return ROUTES


@hookimpl
def health_checks() -> Iterable[HealthCheck]:
    yield HealthCheck("probe", _ask)


async def _ask(scope: Scope) -> str | None:
    return "the provider refuses our key" if scope.dealer.name == "sick" else None
