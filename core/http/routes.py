"""What the routes of plugins need to know of a request: who asks, and what he sent."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.responses import JSONResponse

from core.caller import Caller
from core.data.errors import DatabaseUnavailableError
from core.dealer import Dealer
from core.errors import StorageFullError
from core.events.retry import describe
from core.http.heads import Head
from core.http.messages import headers_of
from core.http.request import HttpError, scope_of
from core.scope import Scope
from core.services.messages import negotiate

_log = logging.getLogger("forecourt.http")


async def request_scope(request: Request) -> Scope:
    """Return the scope of a request to a plugin's route: its caller, his store and his language.

    Raises:
        HttpError: Nobody has signed in, or with a credential that is not valid; it becomes the answer by itself.
    """
    dealer: Dealer = request.state._dealer
    head = Head(headers_of(request.scope))
    address = request.client.host if request.client else ""
    scope = await scope_of(dealer, head, request.state.request_id, address)
    if scope.caller.is_anonymous:
        message = "sign in first: send an API key as x-api-key"
        raise HttpError(401, "UNAUTHENTICATED", message, ((b"www-authenticate", b"Bearer"),))
    return scope


def caller_scope(request: Request, caller: Caller) -> Scope:
    """Return a scope for a caller whose right to call a plugin's route the route has checked by itself."""
    dealer: Dealer = request.state._dealer
    return dealer.scope(caller, request_id=request.state.request_id)


async def request_body(request: Request, limit: int) -> bytes:
    """Return the body of a request.

    Raises:
        HttpError: It has more than `limit` bytes; it becomes the answer by itself.
    """
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise HttpError(413, "TOO_LARGE", f"a request has at most {limit} bytes here")
        parts.append(part)
    return b"".join(parts)


async def http_error(_: Request, error: Exception) -> JSONResponse:
    """Answer with what an `HttpError` says."""
    assert isinstance(error, HttpError)
    headers = {name.decode(): value.decode() for name, value in error.headers}
    return JSONResponse({"errors": [error.error]}, error.status, headers=headers)


async def not_now(request: Request, error: Exception) -> JSONResponse:
    """Answer that what was asked for can't be done at present, because a disk is full or the database is away."""
    assert isinstance(error, (DatabaseUnavailableError, StorageFullError))
    dealer: Dealer = request.state._dealer
    _log.error("request %s: %s", request.state.request_id, describe(error))
    message = "the database does not answer; try again"
    if isinstance(error, StorageFullError):
        locale = negotiate(request.headers.get("accept-language", ""), dealer.config.locale)
        message = dealer.kernel.messages.message(locale, error)
    return JSONResponse({"errors": [{"message": message, "extensions": {"code": error.code}}]}, 503)
