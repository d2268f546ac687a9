"""The ASGI application: every dealer's API, pages and health, and the background work of the process."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from core.dealer import Dealer
from core.host import Host
from core.http.graphql import GraphQLEndpoint
from core.http.health import healthz, readyz
from core.http.messages import Asgi, Receive, Send, headers_of, send_json
from core.http.pages import STATIC_FOLDER, graphiql
from core.http.websocket import Socket
from core.jobs.worker import Worker
from core.kernel import Kernel

_log = logging.getLogger("forecourt.http")


class App:
    """Serves the dealers of a host.

    `/graphql` goes straight to its handler; whatever else there is goes through Starlette's routing.
    """

    def __init__(self, host: Host, worker: Worker | None = None) -> None:
        production = host.settings.production
        self.host = host
        self.worker = worker
        self.graphql = GraphQLEndpoint(allow_get=not production)
        self.with_pages = not production
        self._routed: dict[int, tuple[Kernel, Starlette]] = {}

    async def __call__(self, scope: Asgi, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        found = self.host.find(_host_name(scope), scope["path"])
        if found is None:
            await self._no_dealer(scope, send)
            return
        dealer, path = found
        if path == "/graphql":
            if scope["type"] == "websocket":
                await Socket(dealer, self.graphql.documents(dealer), scope, receive, send).serve()
            elif scope["method"] == "GET" and self.with_pages and _wants_html(scope):
                await self._route(dealer, {**scope, "path": "/graphiql"}, receive, send)
            else:
                await self.graphql(dealer, scope, receive, send)
            return
        await self._route(dealer, {**scope, "path": path}, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()  # lifespan.startup
        try:
            await self._start()
        except Exception as error:  # the server must learn of any failure, and says it in its own words
            _log.exception("the start failed")
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()  # lifespan.shutdown
        if self.worker is not None:
            await self.worker.stop()
        await self.host.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _start(self) -> None:
        for dealer in self.host:
            token = dealer.database.activate()
            try:
                await dealer.load_stores()
            finally:
                dealer.database.deactivate(token)
        if self.worker is not None:
            await self.worker.start()
        # What was built at the start lives until the end: the collector need not look at it again.
        gc.collect()
        gc.freeze()

    async def _no_dealer(self, scope: Asgi, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 4404, "reason": "no dealer has this address"})
            return
        error = {"message": "no dealer has this address", "extensions": {"code": "NO_DEALER"}}
        await send_json(send, 404, {"errors": [error]})

    async def _route(self, dealer: Dealer, scope: Asgi, receive: Receive, send: Send) -> None:
        token = dealer.database.activate()
        try:
            scope.setdefault("state", {})
            scope["state"] = {**scope["state"], "dealer": dealer, "host": self.host}
            await self._starlette(dealer.kernel)(scope, receive, send)
        finally:
            dealer.database.deactivate(token)

    def _starlette(self, kernel: Kernel) -> Starlette:
        found = self._routed.get(id(kernel))
        if found is None or found[0] is not kernel:
            found = self._routed[id(kernel)] = (
                kernel,
                Starlette(
                    routes=self._routes(kernel),
                    exception_handlers={
                        HTTPException: _http_error,
                        Exception: _fault,
                    },
                ),
            )
        return found[1]

    def _routes(self, kernel: Kernel) -> list[BaseRoute]:
        routes: list[BaseRoute] = [Route("/healthz", healthz), Route("/readyz", readyz)]
        if self.with_pages:
            routes += [Route("/graphiql", graphiql), Mount("/static", StaticFiles(directory=STATIC_FOLDER))]
        contributed: Iterable[Iterable[BaseRoute] | None] = kernel.hooks.http_routes()
        return routes + [route for plugin in contributed if plugin is not None for route in plugin]


def _host_name(scope: Asgi) -> str:
    """Return the host that the client named, without the port."""
    named = headers_of(scope).get("host", "").lower()
    if named.startswith("["):  # IPv6
        return named.partition("]")[0] + "]"
    return named.partition(":")[0]


def _wants_html(scope: Asgi) -> bool:
    return "text/html" in headers_of(scope).get("accept", "") and not scope["query_string"]


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(error.status_code, "BAD_REQUEST")
    content = {"errors": [{"message": error.detail, "extensions": {"code": code}}]}
    return JSONResponse(content, error.status_code, headers=error.headers)


async def _fault(request: Request, error: Exception) -> Response:
    _log.error("fault in %s", request.url.path, exc_info=error)
    content = {"errors": [{"message": "something went wrong here", "extensions": {"code": "INTERNAL"}}]}
    return JSONResponse(content, 500)
