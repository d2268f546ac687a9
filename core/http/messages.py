"""Reading ASGI requests and writing answers, without a framework in between."""

from __future__ import annotations

import asyncio
import gzip
import secrets
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any

import orjson

from core.http.negotiation import JSON, accepts_gzip

Asgi = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Asgi]]
Send = Callable[[Asgi], Awaitable[None]]
AsgiApp = Callable[[Asgi, Receive, Send], Awaitable[None]]
Headers = Sequence[tuple[bytes, bytes]]

BODY_LIMIT = 1024 * 1024
BODY_SECONDS = 30
"""How long the body of a request may take to arrive."""
COMPRESSED_FROM = 4096
"""Bytes; below it, compressing takes longer than it saves."""
_COMPRESSED_IN_THREAD_FROM = 64 * 1024
_COMPRESSION_LEVEL = 1
"""Of JSON, level 6 saves a tenth more and takes three times as long."""

SECURITY_HEADERS: Headers = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


class BodyTooLargeError(Exception):
    """The request has more bytes than are taken."""


class BodyTooSlowError(Exception):
    """The request does not come to an end in time."""


class ClientGoneError(Exception):
    """The client has closed the connection before it had its answer."""


def headers_of(scope: Asgi) -> dict[str, str]:
    """Return the headers by lower-case name; of repeated ones the last."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def header_of(scope: Asgi, wanted: bytes) -> str:
    """Return one header; empty when it is not there."""
    for name, value in scope["headers"]:
        if name == wanted:
            return str(value, "latin-1")
    return ""


def request_id(given: str) -> str:
    """Return the client's name for the request if it is a harmless one, else a new one."""
    harmless = 0 < len(given) <= 64 and given.isascii() and all(c.isalnum() or c in "-_." for c in given)
    return given if harmless else secrets.token_hex(8)


async def read_body(receive: Receive, announced: str = "", *, limit: int = BODY_LIMIT) -> bytes:
    """Return the whole body.

    Args:
        announced: The header `content-length`, so that a body that is too large need not be read.

    Raises:
        BodyTooLargeError: It has more than `limit` bytes.
        BodyTooSlowError: It takes longer than `BODY_SECONDS`.
        ClientGoneError: It does not come to an end.
    """
    if announced.isascii() and announced.isdigit() and int(announced[:20]) > limit:
        raise BodyTooLargeError
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _whole(receive, limit)
    except TimeoutError:
        raise BodyTooSlowError from None


async def _whole(receive: Receive, limit: int) -> bytes:
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


async def send_bytes(send: Send, status: int, content: bytes, headers: Headers) -> None:
    """Write an answer with exactly these headers and its length."""
    start = [(b"content-length", b"%d" % len(content)), *headers]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": content})


async def send_json(
    send: Send,
    status: int,
    content: Any,
    media: bytes = JSON,
    headers: Headers = (),
    accept_encoding: str = "",
) -> None:
    """Write a JSON answer that no cache keeps; a long one is compressed if the client can read that."""
    written = orjson.dumps(content)
    start = [(b"content-type", media + b"; charset=utf-8"), (b"cache-control", b"no-store"), *SECURITY_HEADERS]
    if len(written) >= COMPRESSED_FROM:
        start.append((b"vary", b"accept-encoding"))
        if accepts_gzip(accept_encoding):
            written = await _compressed(written)
            start.append((b"content-encoding", b"gzip"))
    await send_bytes(send, status, written, [*start, *headers])


async def _compressed(content: bytes) -> bytes:
    if len(content) < _COMPRESSED_IN_THREAD_FROM:
        return gzip.compress(content, _COMPRESSION_LEVEL, mtime=0)
    return await asyncio.to_thread(gzip.compress, content, _COMPRESSION_LEVEL, mtime=0)


def with_headers(send: Send, headers: Mapping[bytes, bytes]) -> Send:
    """Return a `send` that adds headers to the answer where it has none of that name."""

    async def adding(message: Asgi) -> None:
        if message["type"] == "http.response.start":
            own = list(message.get("headers", ()))
            there = {name.lower() for name, _ in own}
            message["headers"] = own + [(name, value) for name, value in headers.items() if name not in there]
        await send(message)

    return adding
