"""Reading ASGI requests and writing answers, without a framework in between."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any

import orjson

Asgi = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Asgi]]
Send = Callable[[Asgi], Awaitable[None]]
AsgiApp = Callable[[Asgi, Receive, Send], Awaitable[None]]

BODY_LIMIT = 1024 * 1024


class BodyTooLargeError(Exception):
    """The request has more bytes than are taken."""


class ClientGoneError(Exception):
    """The client has closed the connection before the request was complete."""


def headers_of(scope: Asgi) -> dict[str, str]:
    """Return the headers by lower-case name; of repeated ones the last."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def request_id(headers: Mapping[str, str]) -> str:
    """Return the client's name for the request if it is a harmless one, else a new one."""
    given = headers.get("x-request-id", "")
    harmless = 0 < len(given) <= 64 and all(c.isalnum() or c in "-_." for c in given) and given.isascii()
    return given if harmless else secrets.token_hex(8)


async def read_body(receive: Receive, limit: int = BODY_LIMIT) -> bytes:
    """Return the whole body.

    Raises:
        BodyTooLargeError: It has more than `limit` bytes.
        ClientGoneError: It does not come to an end.
    """
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise BodyTooLargeError
        parts.append(part)
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def send_bytes(
    send: Send, status: int, content: bytes, content_type: bytes, headers: Sequence[tuple[bytes, bytes]] = ()
) -> None:
    """Write an answer."""
    start = [
        (b"content-type", content_type),
        (b"content-length", b"%d" % len(content)),
        (b"x-content-type-options", b"nosniff"),
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": content})


async def send_json(
    send: Send,
    status: int,
    content: Any,
    content_type: bytes = b"application/json",
    headers: Sequence[tuple[bytes, bytes]] = (),
) -> None:
    """Write a JSON answer that no cache keeps."""
    await send_bytes(send, status, orjson.dumps(content), content_type, [(b"cache-control", b"no-store"), *headers])
