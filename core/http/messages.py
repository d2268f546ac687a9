"""Reading ASGI requests and writing answers, without a framework in between."""

from __future__ import annotations

import asyncio
import gzip
import random
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any

import orjson

from core.http.negotiation import JSON

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

_HARMLESS = re.compile(rb"[A-Za-z0-9._-]{1,64}")

CLOSE: Headers = ((b"connection", b"close"),)
"""What is left of the request is not read."""
SECURITY_HEADERS: Headers = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


class BodyTooLargeError(Exception):
    """The request has more bytes than are taken."""


class ClientGoneError(Exception):
    """The client has closed the connection before it had its answer."""


def headers_of(scope: Asgi) -> dict[str, str]:
    """Return the headers by lower-case name; of repeated ones the last."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def request_id(given: bytes) -> str:
    """Return the client's name for the request if it is a harmless one, else a new one."""
    return given.decode() if _HARMLESS.fullmatch(given) else f"{random.getrandbits(64):016x}"


async def read_body(receive: Receive, announced: bytes = b"", *, limit: int = BODY_LIMIT) -> bytes:
    """Return the whole body, however long it takes to arrive.

    Args:
        announced: The header `content-length`, so that a body that is too large need not be read.

    Raises:
        BodyTooLargeError: It has more than `limit` bytes.
        ClientGoneError: It does not come to an end.
    """
    if announced.isdigit() and int(announced[:20]) > limit:
        raise BodyTooLargeError
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise BodyTooLargeError
        if not (parts or message.get("more_body")):
            return part
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


async def send_bytes(send: Send, status: int, content: bytes, headers: Headers) -> None:
    """Write an answer with exactly these headers and its length."""
    start = [(b"content-length", b"%d" % len(content)), *headers]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": content})


async def send_json(send: Send, status: int, content: Any) -> None:
    """Write a JSON answer that no cache keeps."""
    await send_bytes(send, status, orjson.dumps(content), json_headers())


def json_headers(media: bytes = JSON) -> Headers:
    """Return the headers of JSON that no cache keeps."""
    return ((b"content-type", media + b"; charset=utf-8"), (b"cache-control", b"no-store"), *SECURITY_HEADERS)


async def send_written(
    send: Send,
    status: int,
    written: bytes,
    headers: Headers,
    *,
    takes_gzip: bool = False,
) -> None:
    """Send JSON with its headers; a long one is compressed if the client can read that."""
    if len(written) >= COMPRESSED_FROM:
        headers = [*headers, (b"vary", b"accept-encoding")]
        if takes_gzip:
            written = await _compressed(written)
            headers.append((b"content-encoding", b"gzip"))
    await send_bytes(send, status, written, headers)


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
