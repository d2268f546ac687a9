"""The page for trying out the API; its files are served from here, because dealers' networks can't count on others."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

STATIC_FOLDER = Path(__file__).parent / "static"


async def graphiql(_: Request) -> Response:
    """Show GraphiQL."""
    return HTMLResponse((STATIC_FOLDER / "graphiql.html").read_text(encoding="utf-8"))
