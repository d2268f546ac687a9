"""Where providers send receipts and replies."""

from __future__ import annotations

from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from forecourt import Caller, Scope, transact
from forecourt.graphql import caller_scope
from plugins.sms_marketing.services import accounts, callbacks
from plugins.sms_marketing.services.providers import provider_of

LONGEST_BODY: Final = 1_000_000


async def receive(request: Request) -> Response:
    """Keep what a provider sends and answer at once; it is read a moment later."""
    account = await accounts.account_by_secret(request.path_params["secret"])
    if account is None:
        raise HTTPException(404, "there is nothing here")
    body = await _body(request)
    caller = Caller(
        actor=f"provider:{account.code}",
        store_id=account.store_id,
        store_ids=frozenset({account.store_id}),
        system=True,
    )
    scope = caller_scope(request, caller)

    async def work(inner: Scope) -> None:
        await callbacks.receive(inner, account, body)

    await transact(scope, "sms_marketing.receive", work)
    return JSONResponse(dict(provider_of(scope, account.kind).acknowledgement()))


async def _body(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LONGEST_BODY:
            raise HTTPException(413, f"at most {LONGEST_BODY} bytes")
        parts.append(part)
    return b"".join(parts)


ROUTES: Final = (Route("/sms/receipts/{secret}", receive, methods=["POST"]),)
