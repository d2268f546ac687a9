"""GraphQL over HTTP, by its specification: `/graphql` as plain ASGI, ahead of any routing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import orjson
from graphql import OperationType

from core.api.execute import Documents, Operation, RequestError
from core.data.errors import DatabaseTimeoutError, DatabaseUnavailableError
from core.dealer import Dealer
from core.errors import ForecourtError
from core.http.messages import (
    BODY_LIMIT,
    Asgi,
    BodyTooLargeError,
    ClientGoneError,
    Receive,
    Send,
    headers_of,
    read_body,
    request_id,
    send_json,
)
from core.people.callers import NOBODY
from core.people.signin import authenticate
from core.scope import Scope
from core.services.messages import negotiate

JSON = b"application/json"
GRAPHQL_JSON = b"application/graphql-response+json"
UTF_8 = (b"utf-8", b"utf8")


class HttpError(ForecourtError):
    """The request is refused before there is an operation to run."""

    def __init__(self, status: int, code: str, message: str, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"message": message, "extensions": {"code": code}}
        self.headers = headers


@dataclass(frozen=True, slots=True)
class Body:
    """What a client asks for."""

    query: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    operation_name: str | None = None


class GraphQLEndpoint:
    """Answers GraphQL requests of all dealers.

    Args:
        allow_get: Whether queries may come by GET; not in production.
    """

    def __init__(self, *, allow_get: bool) -> None:
        self.allow_get = allow_get
        self._documents: dict[int, tuple[object, Documents]] = {}

    def documents(self, dealer: Dealer) -> Documents:
        """Return the documents of the dealer's kernel; those of kernels that are gone are let go."""
        key = id(dealer.kernel)
        found = self._documents.get(key)
        if found is None or found[0] is not dealer.kernel:
            if len(self._documents) >= 32:
                self._documents.pop(next(iter(self._documents)))
            found = self._documents[key] = (dealer.kernel, Documents())
        return found[1]

    async def __call__(self, dealer: Dealer, asgi: Asgi, receive: Receive, send: Send) -> None:
        headers = headers_of(asgi)
        name = request_id(headers)
        extra = [(b"x-request-id", name.encode())]
        media = JSON
        try:
            media = _accepted(headers.get("accept", "*/*"))
            body = await self._body(asgi, headers, receive)
            status, content = await self._answer(dealer, asgi, headers, name, body, media)
        except ClientGoneError:
            return
        except HttpError as error:
            extra += error.headers
            status, content = error.status, {"errors": [error.error]}
        await send_json(send, status, content, media + b"; charset=utf-8", extra)

    async def _answer(
        self, dealer: Dealer, asgi: Asgi, headers: Mapping[str, str], name: str, body: Body, media: bytes
    ) -> tuple[int, dict[str, Any]]:
        token = dealer.database.activate()
        try:
            scope = await scope_of(dealer, headers, name, _address(asgi))
            try:
                operation = Operation(dealer, self.documents(dealer), body.query, body.variables, body.operation_name)
            except RequestError as error:
                return 400 if media == GRAPHQL_JSON else 200, {"errors": error.errors}
            if asgi["method"] == "GET" and operation.kind is not OperationType.QUERY:
                raise HttpError(405, "METHOD_NOT_ALLOWED", "by GET only queries run; send this by POST", _ALLOW_POST)
            if operation.kind is OperationType.SUBSCRIPTION:
                raise HttpError(400, "BAD_REQUEST", "subscriptions run over WebSocket (graphql-transport-ws)")
            return 200, await operation.run(scope)
        finally:
            dealer.database.deactivate(token)

    async def _body(self, asgi: Asgi, headers: Mapping[str, str], receive: Receive) -> Body:
        if asgi["method"] == "GET" and self.allow_get:
            return _query_string(asgi["query_string"])
        if asgi["method"] != "POST":
            raise HttpError(405, "METHOD_NOT_ALLOWED", "send GraphQL operations by POST", _ALLOW_POST)
        _check_content_type(headers.get("content-type", ""))
        try:
            raw = await read_body(receive)
        except BodyTooLargeError:
            raise HttpError(413, "TOO_LARGE", f"a request has at most {BODY_LIMIT} bytes") from None
        try:
            content = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            where = f"line {error.lineno}, column {error.colno}"
            raise HttpError(400, "BAD_REQUEST", f"the body is not JSON: {error.msg} at {where}") from None
        return _checked(content)


_ALLOW_POST = ((b"allow", b"POST"),)


async def scope_of(dealer: Dealer, headers: Mapping[str, str], name: str, address: str) -> Scope:
    """Return the scope of a request; without a credential nobody's.

    Raises:
        HttpError: The credential is not valid, or the database does not answer.
    """
    locale = negotiate(headers.get("accept-language", ""), dealer.config.locale)
    caller = NOBODY
    if "authorization" in headers or "x-api-key" in headers:
        try:
            caller = await authenticate(dealer, headers)
        except (DatabaseUnavailableError, DatabaseTimeoutError) as error:
            raise HttpError(503, error.code, "the database does not answer; try again") from error
        except ForecourtError as error:
            status = 401 if error.code == "UNAUTHENTICATED" else 400
            message = dealer.kernel.messages.message(locale, error)
            raise HttpError(status, error.code, message, ((b"www-authenticate", b"Bearer"),)) from error
    return dealer.scope(caller, locale=locale, request_id=name, address=address)


def _address(asgi: Asgi) -> str:
    client = asgi.get("client")
    return str(client[0]) if client else ""


def _accepted(accept: str) -> bytes:
    """Return the media type that the client prefers of the two that there are."""
    ranges = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    if "application/graphql-response+json" in ranges:
        return GRAPHQL_JSON
    if any(one in ("application/json", "application/*", "*/*", "") for one in ranges):
        return JSON
    raise HttpError(406, "NOT_ACCEPTABLE", "accept application/graphql-response+json or application/json")


def _check_content_type(content_type: str) -> None:
    media, _, parameters = content_type.lower().partition(";")
    if media.strip() != "application/json":
        raise HttpError(415, "UNSUPPORTED_MEDIA_TYPE", "send the operation as application/json")
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name == "charset" and value.strip('"').encode() not in UTF_8:
            raise HttpError(415, "UNSUPPORTED_MEDIA_TYPE", "JSON is sent in UTF-8")


def _query_string(raw: bytes) -> Body:
    values = {key: found[-1] for key, found in parse_qs(raw.decode("latin-1")).items()}
    content: dict[str, Any] = {"query": values.get("query"), "operationName": values.get("operationName")}
    if "variables" in values:
        try:
            content["variables"] = orjson.loads(values["variables"])
        except orjson.JSONDecodeError:
            raise HttpError(400, "BAD_REQUEST", "variables is not JSON") from None
    return _checked(content)


def _checked(content: Any) -> Body:
    if not isinstance(content, dict):
        raise HttpError(400, "BAD_REQUEST", 'the body is an object such as {"query": "{ viewer { userId } }"}')
    query = content.get("query")
    if not isinstance(query, str) or not query.strip():
        raise HttpError(400, "BAD_REQUEST", "query is missing: it is the text of the operation")
    variables = content.get("variables")
    if variables is not None and not isinstance(variables, dict):
        raise HttpError(400, "BAD_REQUEST", "variables is an object, by variable name")
    name = content.get("operationName")
    if name is not None and not isinstance(name, str):
        raise HttpError(400, "BAD_REQUEST", "operationName is a text")
    return Body(query, variables or {}, name or None)
