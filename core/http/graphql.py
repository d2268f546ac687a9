"""GraphQL over HTTP, by its specification: `/graphql` as plain ASGI, ahead of any routing.

Source: https://graphql.github.io/graphql-over-http/draft/
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from graphql import OperationType

from core.api.execute import Documents, Operation, RequestError
from core.dealer import Dealer
from core.events.retry import describe
from core.http.cors import Cors
from core.http.messages import (
    BODY_LIMIT,
    BODY_SECONDS,
    Asgi,
    BodyTooLargeError,
    BodyTooSlowError,
    ClientGoneError,
    Receive,
    Send,
    headers_of,
    read_body,
    request_id,
    send_bytes,
    send_json,
)
from core.http.negotiation import GRAPHQL_JSON, JSON, answer_type, is_json
from core.http.patience import ends_with_client
from core.http.request import Body, HttpError, body_of_json, body_of_query_string, scope_of

_log = logging.getLogger("forecourt.http")

_ALLOW_POST = ((b"allow", b"POST"),)
_CLOSE = ((b"connection", b"close"),)
"""What is left of the request is not read."""


class GraphQLEndpoint:
    """Answers the GraphQL requests of all dealers.

    Args:
        allow_get: Whether queries may come by GET; not in production.
    """

    def __init__(self, *, allow_get: bool, cors: Cors) -> None:
        self.allow_get = allow_get
        self.cors = cors
        self._allowed = ((b"allow", b"GET, POST" if allow_get else b"POST"),)

    async def __call__(self, dealer: Dealer, documents: Documents, asgi: Asgi, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = headers_of(asgi)
        name = request_id(headers.get("x-request-id", ""))
        extra = [(b"x-request-id", name.encode()), *self.cors.headers(headers)]
        media = JSON
        try:
            if asgi["method"] == "OPTIONS":
                await send_bytes(send, 204, b"", [*self._allowed, *extra, *self.cors.preflight(headers)])
                return
            media = _media(headers)
            body = await self._body(asgi, headers, receive)
            status, content = await self._answer(_Request(dealer, documents, asgi, headers, name, receive), body, media)
        except ClientGoneError:
            return
        except HttpError as error:
            extra += error.headers
            status, content = error.status, {"errors": [error.error]}
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer and the log its place
            _log.error("request %s: %s", name, describe(error))
            status, content = 500, {"errors": [_fault(name)]}
        await send_json(send, status, content, media, extra, headers.get("accept-encoding", ""))

    async def _answer(self, request: _Request, body: Body, media: bytes) -> tuple[int, dict[str, Any]]:
        dealer, asgi = request.dealer, request.asgi
        token = dealer.database.activate()
        try:
            scope = await scope_of(dealer, request.headers, request.name, _address(asgi))
            try:
                operation = Operation(dealer, request.documents, body.query, body.variables, body.operation_name)
            except RequestError as error:
                return 400 if media is GRAPHQL_JSON else 200, {"errors": error.errors}
            if asgi["method"] == "GET" and operation.kind is not OperationType.QUERY:
                raise HttpError(405, "METHOD_NOT_ALLOWED", "by GET only queries run; send this by POST", _ALLOW_POST)
            if operation.kind is OperationType.SUBSCRIPTION:
                raise HttpError(400, "BAD_REQUEST", "subscriptions run over WebSocket (graphql-transport-ws)")
            if operation.kind is OperationType.MUTATION:
                content = await operation.run(scope)
            else:
                async with ends_with_client(request.receive):
                    content = await operation.run(scope)
            return 400 if media is GRAPHQL_JSON and "data" not in content else 200, content
        finally:
            dealer.database.deactivate(token)

    async def _body(self, asgi: Asgi, headers: Mapping[str, str], receive: Receive) -> Body:
        if asgi["method"] == "GET" and self.allow_get:
            return body_of_query_string(asgi["query_string"])
        if asgi["method"] != "POST":
            raise HttpError(405, "METHOD_NOT_ALLOWED", "send GraphQL operations by POST", self._allowed)
        if not is_json(headers.get("content-type", "")):
            raise HttpError(415, "UNSUPPORTED_MEDIA_TYPE", "send the operation as application/json in UTF-8")
        if headers.get("content-encoding", "identity") != "identity":
            raise HttpError(415, "UNSUPPORTED_MEDIA_TYPE", "send the operation without compression")
        try:
            raw = await read_body(receive, headers.get("content-length", ""))
        except BodyTooLargeError:
            raise HttpError(413, "TOO_LARGE", f"a request has at most {BODY_LIMIT} bytes", _CLOSE) from None
        except BodyTooSlowError:
            raise HttpError(408, "TOO_SLOW", f"a request arrives within {BODY_SECONDS} s", _CLOSE) from None
        return body_of_json(raw)


class _Request:
    """What belongs to one request on its way."""

    __slots__ = ("asgi", "dealer", "documents", "headers", "name", "receive")

    def __init__(
        self,
        dealer: Dealer,
        documents: Documents,
        asgi: Asgi,
        headers: Mapping[str, str],
        name: str,
        receive: Receive,
    ) -> None:
        self.dealer = dealer
        self.documents = documents
        self.asgi = asgi
        self.headers = headers
        self.name = name
        self.receive = receive


def _media(headers: Mapping[str, str]) -> bytes:
    media = answer_type(headers.get("accept", ""))
    if media is None:
        raise HttpError(406, "NOT_ACCEPTABLE", "accept application/graphql-response+json or application/json")
    return media


def _fault(name: str) -> dict[str, Any]:
    message = f"something went wrong here; the log has it under request {name}"
    return {"message": message, "extensions": {"code": "INTERNAL"}}


def _address(asgi: Asgi) -> str:
    client = asgi.get("client")
    return str(client[0]) if client else ""
