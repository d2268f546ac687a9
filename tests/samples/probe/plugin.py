"""A plugin that shows how the server treats operations: slow ones, faulty ones, long answers, streams."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from forecourt import Caller, HealthCheck, Manifest, Reach, Role, Scope, hookimpl
from forecourt.graphql import caller_scope

plugin = Manifest(name="probe", version="1.0", api=">=1,<2", title={"en": "Probe", "zh-CN": "探针"})


async def hello(request: Request) -> Response:
    return JSONResponse(
        {"dealer": caller_scope(request, Caller("probe:hello")).dealer_name, "own": str(request.url_for("hello").path)}
    )


async def length(request: Request) -> Response:
    return JSONResponse({"bytes": len(await request.body())})


async def faulty(_: Request) -> Response:
    raise RuntimeError("13800138000")


@hookimpl
def http_routes() -> Iterable[BaseRoute]:
    return [
        Route("/probe/hello", hello, name="hello"),
        Route("/probe/length", length, methods=["POST"]),
        Route("/probe/faulty", faulty),
    ]


@hookimpl
def roles() -> Iterable[Role]:
    yield Role("probe_reader", {"en": "Reader", "zh-CN": "读者"}, {"core.department.read": Reach.STORE})


@hookimpl
def health_checks() -> Iterable[HealthCheck]:
    yield HealthCheck("probe", _ask)


async def _ask(scope: Scope) -> str | None:
    return "the provider refuses our key" if scope.dealer_name == "sick" else None
