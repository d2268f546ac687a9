"""The page for trying out the API; its files are served from here, because dealers' networks can't count on others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

STATIC_FOLDER = Path(__file__).parent / "static"
_HEADERS = {
    # GraphiQL writes styles into elements, and its own fonts and icons are data.
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
        "img-src 'self' data:; font-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "cache-control": "no-cache",
}


async def graphiql(_: Request) -> Response:
    """Show GraphiQL, which lies beside `/graphql`."""
    return FileResponse(STATIC_FOLDER / "graphiql.html", headers=_HEADERS)


class Static(StaticFiles):
    """Files of the page; a browser keeps them, and asks whether they are still the same."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = "no-cache"
        return response
