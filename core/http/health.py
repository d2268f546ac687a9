"""Whether the process lives, and whether a dealer can be served."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from core.dealer import Dealer
from core.services.health import check


async def healthz(_: Request) -> Response:
    """Answer while the process lives; it asks nothing of the database."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """Answer 200 when the dealer can be served, 503 with what is wrong when not."""
    dealer: Dealer = request.state.dealer
    report = await check(dealer)
    return JSONResponse(report.as_json(), 200 if report.ready else 503)
