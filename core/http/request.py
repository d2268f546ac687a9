"""What a client asks for, over HTTP and WebSocket alike: the operation, and who it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import orjson

from core.data.errors import DatabaseTimeoutError, DatabaseUnavailableError
from core.dealer import Dealer
from core.errors import ForecourtError, StorageFullError
from core.http.heads import Head
from core.http.messages import Headers
from core.people.callers import NOBODY
from core.people.signin import caller_of
from core.scope import Scope
from core.services.messages import negotiate


class HttpError(ForecourtError):
    """The request is refused before there is an operation to run.

    Attributes:
        error: As it goes into the answer.
    """

    def __init__(self, status: int, code: str, message: str, headers: Headers = ()) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"message": message, "extensions": {"code": code}}
        self.headers = headers


@dataclass(slots=True)
class Body:
    """The parameters of a GraphQL request."""

    query: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    operation_name: str | None = None
    extensions: Mapping[str, Any] = field(default_factory=dict)


def body_of_json(raw: bytes) -> Body:
    """Read the body of a POST request.

    Raises:
        HttpError: It is no JSON, or not of the form that the specification gives.
    """
    try:
        content = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise HttpError(400, "BAD_REQUEST", f"the body is not JSON: {error.msg} at {where}") from None
    return body_of(content, may_have_nul=b"\\u0000" in raw)


def body_of_query_string(raw: bytes) -> Body:
    """Read the parameters of a GET request.

    Raises:
        HttpError: As for `body_of_json`.
    """
    values = {key: found[-1] for key, found in parse_qs(raw.decode("latin-1"), keep_blank_values=True).items()}
    content: dict[str, Any] = {"query": values.get("query"), "operationName": values.get("operationName")}
    for name in ("variables", "extensions"):
        if values.get(name):
            try:
                content[name] = orjson.loads(values[name])
            except orjson.JSONDecodeError:
                raise HttpError(400, "BAD_REQUEST", f"{name} is not JSON") from None
    return body_of(content, may_have_nul=True)


def body_of(content: Any, *, may_have_nul: bool = False) -> Body:
    """Check the parameters of a request.

    Args:
        may_have_nul: Whether any text may contain U+0000, so that all have to be looked at.

    Raises:
        HttpError: One is missing, or not of its type.
    """
    if not isinstance(content, dict):
        raise HttpError(400, "BAD_REQUEST", 'the body is an object such as {"query": "{ viewer { userId } }"}')
    query = content.get("query")
    if not isinstance(query, str) or not query.strip():
        raise HttpError(400, "BAD_REQUEST", "query is missing: it is the text of the operation")
    for name in ("variables", "extensions"):
        if not isinstance(content.get(name), dict | None):
            raise HttpError(400, "BAD_REQUEST", f"{name} is an object")
    operation_name = content.get("operationName")
    if not isinstance(operation_name, str | None):
        raise HttpError(400, "BAD_REQUEST", "operationName is a text")
    variables = content.get("variables") or {}
    # PostgreSQL keeps no U+0000 in a text, and nobody types one.
    if may_have_nul and any("\0" in text for text in _texts([query, operation_name, variables])):
        raise HttpError(400, "BAD_REQUEST", "a text must not contain the character U+0000")
    return Body(query, variables, operation_name or None, content.get("extensions") or {})


def _texts(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            waiting += [*one, *one.values()]


async def scope_of(dealer: Dealer, head: Head, name: str, address: str) -> Scope:
    """Return the scope of a request; without a credential it is nobody's.

    Args:
        name: The request's id.
        address: Where it comes from.

    Raises:
        HttpError: The credential is not valid, or the database does not answer.
    """
    locale = negotiate(head.accept_language, dealer.config.locale)
    try:
        credential = head.credential
        caller = NOBODY if credential is None else await caller_of(dealer, credential)
    except (DatabaseUnavailableError, DatabaseTimeoutError) as error:
        raise HttpError(503, error.code, "the database does not answer; try again") from error
    except ForecourtError as error:
        message = dealer.kernel.messages.message(locale, error)
        if error.code == "UNAUTHENTICATED":
            raise HttpError(401, error.code, message, ((b"www-authenticate", b"Bearer"),)) from error
        raise HttpError(503 if isinstance(error, StorageFullError) else 400, error.code, message) from error
    return dealer.scope(caller, locale=locale, request_id=name, address=address)
