from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


async def hello(request: Request) -> Response:
    return JSONResponse({"dealer": request.state.dealer.name, "own": str(request.url_for("hello").path)})


async def faulty(_: Request) -> Response:
    raise RuntimeError("13800138000")


ROUTES = [Route("/probe/hello", hello, name="hello"), Route("/probe/faulty", faulty)]
