"""GraphQL over HTTP, by its specification: `/graphql` as plain ASGI, ahead of any routing.

Source: https://graphql.github.io/graphql-over-http/draft/
"""

from __future__ import annotations

import logging
from time import perf_counter
from typing import Any

import orjson
from graphql import OperationType

from core.api.execute import Operation, RequestError
from core.api.responses import Response
from core.dealer import Dealer
from core.events.retry import describe
from core.http.cors import Cors
from core.http.heads import Heads
from core.http.messages import (
    BODY_LIMIT,
    BODY_SECONDS,
    CLOSE,
    Asgi,
    BodyTooLargeError,
    ClientGoneError,
    Receive,
    Send,
    read_body,
    request_id,
    send_bytes,
    send_written,
)
from core.http.negotiation import GRAPHQL_JSON
from core.http.patience import Deadline, EndsWithClient
from core.http.request import Body, HttpError, body_of_json, body_of_query_string, scope_of
from core.http.ticker import Ticker
from core.scope import Scope
from core.services.messages import negotiate

_log = logging.getLogger("forecourt.http")

_ALLOW_POST = ((b"allow", b"POST"),)
_ACCEPT = "accept application/graphql-response+json or application/json"


class GraphQLEndpoint:
    """Answers the GraphQL requests of all dealers.

    Args:
        allow_get: Whether queries may come by GET; not in production.
        timed: Whether answers tell how long each part took, as `Server-Timing`; not in production.
    """

    def __init__(self, *, allow_get: bool, timed: bool, cors: Cors) -> None:
        self.allow_get = allow_get
        self.timed = timed
        self.cors = cors
        self._ticker = Ticker()
        self._allowed = ((b"allow", b"GET, POST" if allow_get else b"POST"),)

    async def __call__(self, dealer: Dealer, request: Request, send: Send) -> None:
        """Answer one request."""
        head, name = request.head, request.name
        headers: list[tuple[bytes, bytes]] = [*head.answers, (b"x-request-id", name.encode())]
        try:
            if request.asgi["method"] == "OPTIONS":
                preflight = self.cors.preflight(head.by_name)
                await send_bytes(send, 204, b"", [*self._allowed, *headers[-1:], *head.cors, *preflight])
                return
            if head.media is None:
                raise HttpError(406, "NOT_ACCEPTABLE", _ACCEPT)
            body = await self._body(request)
            watch = _Watch() if self.timed else None
            status, content = await self._answer(dealer, request, body, watch)
            if watch is not None:
                headers.append((b"server-timing", watch.header()))
        except ClientGoneError:
            return
        except HttpError as error:
            headers += error.headers
            status, content = error.status, orjson.dumps({"errors": [error.error]})
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer and the log its place
            _log.error("request %s: %s", name, describe(error))
            status, content = 500, orjson.dumps({"errors": [_fault(name)]})
        await send_written(send, status, content, headers, takes_gzip=head.takes_gzip)

    async def _answer(self, dealer: Dealer, request: Request, body: Body, watch: _Watch | None) -> tuple[int, bytes]:
        token = dealer.database.activate()
        by_status = request.head.media is GRAPHQL_JSON
        try:
            scope = await scope_of(dealer, request.head, request.name, _address(request.asgi))
            if watch is not None:
                watch.lap("auth")
            operation = Operation(dealer, body.query, body.variables, body.operation_name)
            operation.explaining = bool(body.extensions.get("explain"))
            if watch is not None:
                watch.lap("prepare")
            response = await self._run(operation, scope, request)
            if watch is not None:
                watch.lap("run")
            return 400 if by_status and not response.executed else 200, response.body
        except RequestError as error:
            told = error.told(dealer.kernel.messages, negotiate(request.head.accept_language, dealer.config.locale))
            return 400 if by_status else 200, orjson.dumps({"errors": told})
        finally:
            dealer.database.deactivate(token)

    async def _run(self, operation: Operation, scope: Scope, request: Request) -> Response:
        kind = operation.kind
        if kind is OperationType.QUERY:
            with EndsWithClient(self._ticker, request.receive):
                return await operation.run(scope)
        if request.asgi["method"] == "GET":
            raise HttpError(405, "METHOD_NOT_ALLOWED", "by GET only queries run; send this by POST", _ALLOW_POST)
        if kind is OperationType.SUBSCRIPTION:
            raise HttpError(400, "BAD_REQUEST", "subscriptions run over WebSocket (graphql-transport-ws)")
        return await operation.run(scope)

    async def _body(self, request: Request) -> Body:
        asgi, head = request.asgi, request.head
        if asgi["method"] == "GET" and self.allow_get:
            return body_of_query_string(asgi["query_string"])
        if asgi["method"] != "POST":
            raise HttpError(405, "METHOD_NOT_ALLOWED", "send GraphQL operations by POST", self._allowed)
        if not head.sends_json:
            raise HttpError(415, "UNSUPPORTED_MEDIA_TYPE", "send the operation as application/json in UTF-8")
        if head.sends_compressed:
            raise HttpError(415, "UNSUPPORTED_MEDIA_TYPE", "send the operation without compression")
        try:
            with Deadline(self._ticker, BODY_SECONDS):
                raw = await read_body(request.receive, request.length)
        except BodyTooLargeError:
            raise HttpError(413, "TOO_LARGE", f"a request has at most {BODY_LIMIT} bytes", CLOSE) from None
        except TimeoutError:
            raise HttpError(408, "TOO_SLOW", f"a request arrives within {BODY_SECONDS} s", CLOSE) from None
        return body_of_json(raw)


class Request:
    """A request as it comes.

    Attributes:
        name: The client's own, or a new one.
        length: Of the body, as the client announces it.
    """

    __slots__ = ("asgi", "head", "length", "name", "receive")

    def __init__(self, heads: Heads, asgi: Asgi, receive: Receive) -> None:
        self.asgi = asgi
        self.receive = receive
        self.head, name, self.length = heads.read(asgi)
        self.name = request_id(name)


class _Watch:
    """Takes the time of the parts of a request."""

    __slots__ = ("_laps", "_last")

    def __init__(self) -> None:
        self._last = perf_counter()
        self._laps: list[tuple[str, float]] = []

    def lap(self, name: str) -> None:
        """Note that a part is done."""
        now = perf_counter()
        self._laps.append((name, (now - self._last) * 1000))
        self._last = now

    def header(self) -> bytes:
        """Return the parts in milliseconds, as `Server-Timing` has them."""
        return ", ".join(f"{name};dur={took:.2f}" for name, took in self._laps).encode()


def _fault(name: str) -> dict[str, Any]:
    message = f"something went wrong here; the log has it under request {name}"
    return {"message": message, "extensions": {"code": "INTERNAL"}}


def _address(asgi: Asgi) -> str:
    client = asgi.get("client")
    return str(client[0]) if client else ""
