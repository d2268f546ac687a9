"""Which web pages of other origins may use the API from a browser; none unless the configuration names them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from core.http.messages import Headers

_ALLOWED_HEADERS = b"accept-language, authorization, content-type, x-api-key, x-request-id, x-store"


class Cors:
    """Answers the questions that browsers ask about origins.

    Credentials travel in headers that a page sets itself, so cookies are never allowed.

    Args:
        origins: Such as `https://app.example.com`; `*` for all.
    """

    def __init__(self, origins: Iterable[str] = ()) -> None:
        self._origins = frozenset(origins)

    def headers(self, request: Mapping[str, str]) -> Headers:
        """Return what an answer needs for the page that asks to be allowed to read it."""
        if not self._origins:
            return ()
        origin = request.get("origin", "")
        vary = (b"vary", b"origin")
        if not origin or not self.allows(origin):
            return (vary,)
        return (
            vary,
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (b"access-control-expose-headers", b"x-request-id"),
        )

    def preflight(self, request: Mapping[str, str]) -> Headers:
        """Return what a browser wants to know before it sends a request."""
        if not self.allows(request.get("origin", "")) or "access-control-request-method" not in request:
            return ()
        return (
            (b"access-control-allow-methods", b"POST"),
            (b"access-control-allow-headers", _ALLOWED_HEADERS),
            (b"access-control-max-age", b"600"),
        )

    def allows_socket(self, request: Mapping[str, str]) -> bool:
        """Tell whether who opens a WebSocket may: browsers ask nobody before they do, but say whose page it is.

        Clients that are no browsers name no origin; a page of our own address names it.
        """
        origin = request.get("origin")
        if origin is None or self.allows(origin):
            return True
        page = urlsplit(origin)
        default = {"https": 443, "http": 80}.get(page.scheme)
        try:
            own = urlsplit(f"//{request.get('host', '')}")
            same = (page.hostname, page.port or default) == (own.hostname, own.port or default)
        except ValueError:  # no port, or no address
            return False
        return same and default is not None and page.hostname is not None

    def allows(self, origin: str) -> bool:
        """Tell whether a page of this origin may use the API."""
        return origin in self._origins or "*" in self._origins
