"""HTTP/1.1 on a socket, with an end to what uvicorn waits for and keeps without one.

A head must come whole within a time and a size, the first one too; of a body that nobody reads, the rest must come
soon. What a client may hold back in between costs a socket for that long, and no more sockets than a number, of which
the oldest makes room: so nobody needs to be counted by his address, which behind a proxy is everybody's.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from core.http.messages import BODY_SECONDS

HEAD_SECONDS: Final = 10.0
"""How long the head of a request may take to arrive, and a new connection its first one."""
HEAD_LIMIT: Final = 64 * 1024
"""Bytes of a head: its first line and all headers."""
MOST_WAITING: Final = 512
"""Connections that wait for a head at once."""


class HeadTooLargeError(Exception):
    """A head has more bytes than are taken."""


class HeadWaits:
    """The connections of a server whose next head has begun to be waited for; the oldest first.

    Args:
        seconds: How long each may wait.
        most: So many may wait.
        body_seconds: How long the rest of a body may take to arrive that nobody reads.
    """

    def __init__(
        self, *, seconds: float = HEAD_SECONDS, most: int = MOST_WAITING, body_seconds: float = BODY_SECONDS
    ) -> None:
        self.seconds = seconds
        self.most = most
        self.body_seconds = body_seconds
        self._waiting: dict[BoundedProtocol, None] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def begin(self, protocol: BoundedProtocol) -> None:
        """Let a connection wait; if too many do, the one that began first is closed."""
        self._waiting[protocol] = None
        if len(self._waiting) > self.most:
            oldest = next(iter(self._waiting))
            self.end(oldest)
            oldest.transport.abort()

    def end(self, protocol: BoundedProtocol) -> None:
        """The head is there, or the connection is gone."""
        self._waiting.pop(protocol, None)

    def protocol(self) -> Any:
        """Return what uvicorn makes its protocols with."""
        return partial(BoundedProtocol, waits=self)


class BoundedProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *args: Any, waits: HeadWaits, **more: Any) -> None:
        super().__init__(*args, **more)
        self._waits = waits
        self._timer: asyncio.TimerHandle | None = None
        self._in_head = False
        self._in_body = False
        self._received = 0
        self._refusal = 400

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        super().data_received(data)
        if not self._in_head or self.transport.is_closing():
            self._received = 0
        elif self._received > HEAD_LIMIT:
            self._refuse(431)
        elif self._timer is None:
            self._wait_for_head()

    def on_message_begin(self) -> None:
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head, self._in_body = False, True
        # Most heads come whole, in less than the limit: then nothing need be added up.
        if self._received > HEAD_LIMIT and _size(self.url, self.headers) > HEAD_LIMIT:
            self._refusal = 431
            raise HeadTooLargeError
        self._received = 0
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_body = False
        if self._timer is not None:
            self._stop_waiting()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._in_body and self._timer is None and not self.transport.is_closing():
            # uvicorn begins to count anew with each byte of a body that nobody reads.
            self._timer = self.loop.call_later(self._waits.body_seconds, self.transport.close)

    def send_400_response(self, msg: str) -> None:
        self._refuse(self._refusal)

    def _wait_for_head(self) -> None:
        self._timer = self.loop.call_later(self._waits.seconds, self._end)
        self._waits.begin(self)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._waits.end(self)

    def _end(self) -> None:
        self._timer = None
        before = self.cycle  # there is none before the first request, whatever uvicorn's annotation says
        if before and not before.response_complete:
            self._wait_for_head()  # its answer is still to come
        elif self._in_head:
            self._refuse(408)
        else:
            self.transport.close()

    def _refuse(self, status: int) -> None:
        if self.transport.is_closing():
            return
        self._stop_waiting()
        self.transport.write(STATUS_LINE[status] + b"content-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()


def _size(url: bytes, headers: list[tuple[bytes, bytes]]) -> int:
    return len(url) + sum(len(name) + len(value) + 4 for name, value in headers)
