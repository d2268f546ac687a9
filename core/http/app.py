"""The ASGI application: every dealer's API, pages and health, and the background work of the process."""

from __future__ import annotations

import asyncio
import gc
import logging
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request as RoutedRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from core import collector
from core.data.errors import DatabaseUnavailableError
from core.dealer import Dealer
from core.errors import StorageFullError
from core.events.retry import describe
from core.host import Host
from core.http.cors import Cors
from core.http.graphql import GraphQLEndpoint, Request
from core.http.heads import Heads
from core.http.health import Readiness, healthz, readyz
from core.http.messages import (
    BODY_SECONDS,
    SECURITY_HEADERS,
    Asgi,
    Receive,
    Send,
    send_bytes,
    send_json,
    with_headers,
)
from core.http.pages import STATIC_FOLDER, Static, graphiql
from core.http.patience import in_time
from core.http.reloading import Reloader
from core.http.request import HttpError
from core.http.routes import http_error, not_now
from core.http.websocket import FORBIDDEN, Socket, SocketRules
from core.jobs.health import Health
from core.jobs.worker import Worker
from core.kernel import Kernel

_log = logging.getLogger("forecourt.http")

GRAPHQL_PATHS = ("/graphql", "/graphql/")


class App:
    """Serves the dealers of a host.

    `/graphql` goes straight to its handler; whatever else there is goes through Starlette's routing.

    Args:
        worker: Does the background work in this process; without one another process does.
        reloader: Follows the configuration file; without one only a restart takes changes up.
    """

    def __init__(
        self,
        host: Host,
        worker: Worker | None = None,
        reloader: Reloader | None = None,
        *,
        socket_rules: SocketRules | None = None,
    ) -> None:
        self.host = host
        self.worker = worker
        self.reloader = reloader
        self.socket_rules = socket_rules
        self.with_pages = not host.settings.production
        self.readiness = Readiness(host)
        self.cors = cors = Cors(host.settings.server.cors_origins)
        self.graphql = GraphQLEndpoint(
            allow_get=not host.settings.production,
            timed=not host.settings.production,
            cors=cors,
        )
        self._heads = Heads(cors)
        self._by_kernel: dict[Kernel, Starlette] = {}

    async def __call__(self, asgi: Asgi, receive: Receive, send: Send) -> None:
        if asgi["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        request = Request(self._heads, asgi, receive)
        found = self.host.find(request.head.host_name, asgi["path"])
        if found is None:
            await self._unaddressed(asgi, send)
            return
        dealer, prefix = found
        if asgi["path"][len(prefix) :] not in GRAPHQL_PATHS:
            await self._route(dealer, prefix, request, send)
        elif asgi["type"] == "websocket" and not self.cors.allows_socket(request.head.by_name):
            await send({"type": "websocket.close", "code": FORBIDDEN, "reason": "this origin is not allowed"})
        elif asgi["type"] == "websocket":
            is_current = partial(self._is_current, dealer)
            socket = Socket(dealer, asgi, receive, send, is_current=is_current, rules=self.socket_rules)
            await socket.serve()
        elif self.with_pages and asgi["method"] == "GET" and _wants_html(request):
            location = f"{prefix}/graphiql".encode("latin-1")
            await send_bytes(send, 307, b"", [(b"location", location), (b"cache-control", b"no-store")])
        else:
            await self.graphql(dealer, request, send)

    def _is_current(self, dealer: Dealer) -> bool:
        return self.host.dealers.get(dealer.name) is dealer

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()  # lifespan.startup
        try:
            await self._start()
        except Exception as error:  # noqa: BLE001 - the server must learn of any failure, and says it in its own words
            _log.error("the start failed: %s", describe(error))
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        watching = asyncio.create_task(self.reloader.watch()) if self.reloader is not None else None
        await send({"type": "lifespan.startup.complete"})
        await receive()  # lifespan.shutdown
        if watching is not None:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        if self.worker is not None:
            await self.worker.stop()
        await self.host.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _start(self) -> None:
        for dealer in self.host:
            self._served(dealer.kernel)
            token = dealer.database.activate()
            try:
                await dealer.load_stores()
            finally:
                dealer.database.deactivate(token)
        if self.worker is not None:
            await self.worker.start()
        gc.collect()
        collector.settle()

    async def _unaddressed(self, asgi: Asgi, send: Send) -> None:
        """Answer a request for no dealer; balancers that know the process by its number ask for its health so."""
        if asgi["type"] == "websocket":
            await send({"type": "websocket.close", "code": 4404, "reason": "no dealer has this address"})
        elif asgi["path"] == "/healthz":
            await send_json(send, 200, {"status": "OK"})
        elif asgi["path"] == "/readyz":
            found = {dealer.name: await self._health(dealer) for dealer in self.host}
            ready = any(health.ready for health in found.values())
            content = {name: health.as_json() for name, health in found.items()}
            await send_json(send, 200 if ready else 503, content)
        else:
            error = {"message": "no dealer has this address", "extensions": {"code": "NO_DEALER"}}
            await send_json(send, 404, {"errors": [error]})

    async def _health(self, dealer: Dealer) -> Health:
        token = dealer.database.activate()
        try:
            return await self.readiness.of(dealer)
        finally:
            dealer.database.deactivate(token)

    async def _route(self, dealer: Dealer, prefix: str, request: Request, send: Send) -> None:
        asgi, name = request.asgi, request.name
        state = {**asgi.get("state", {}), "_dealer": dealer, "readiness": self.readiness, "request_id": name}
        inner = {**asgi, "root_path": asgi.get("root_path", "") + prefix, "state": state}
        headers = {b"x-request-id": name.encode(), b"cache-control": b"no-store", **dict(SECURITY_HEADERS)}
        token = dealer.database.activate()
        try:
            receive = in_time(request.receive, BODY_SECONDS)
            await self._served(dealer.kernel)(inner, receive, with_headers(send, headers))
        except Exception as error:  # noqa: BLE001 - Starlette has answered, and raises again for the server to log
            _log.error("request %s: %s", name, describe(error))
        finally:
            dealer.database.deactivate(token)

    def _served(self, kernel: Kernel) -> Starlette:
        found = self._by_kernel.get(kernel)
        if found is None:
            used = {dealer.kernel for dealer in self.host}
            self._by_kernel = {known: kept for known, kept in self._by_kernel.items() if known in used}
            handlers = {
                HTTPException: _http_error,
                HttpError: http_error,
                DatabaseUnavailableError: not_now,
                StorageFullError: not_now,
                Exception: _fault,
            }
            routes = Starlette(routes=self._routes(kernel), exception_handlers=handlers)
            found = self._by_kernel[kernel] = routes
        return found

    def _routes(self, kernel: Kernel) -> list[BaseRoute]:
        routes: list[BaseRoute] = [Route("/healthz", healthz), Route("/readyz", readyz)]
        if self.with_pages:
            routes += [Route("/graphiql", graphiql), Mount("/static", Static(directory=STATIC_FOLDER))]
        return [*routes, *kernel.routes]


def _wants_html(request: Request) -> bool:
    return "text/html" in request.head.by_name.get("accept", "") and not request.asgi["query_string"]


async def _http_error(_: RoutedRequest, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(error.status_code, "BAD_REQUEST")
    content = {"errors": [{"message": error.detail, "extensions": {"code": code}}]}
    return JSONResponse(content, error.status_code, headers=error.headers)


async def _fault(_: RoutedRequest, __: Exception) -> Response:
    content = {"errors": [{"message": "something went wrong here", "extensions": {"code": "INTERNAL"}}]}
    return JSONResponse(content, 500)
