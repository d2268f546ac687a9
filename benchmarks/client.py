"""The load: keep-alive connections that each send the next request when the last one is answered.

One thread, one epoll, plain sockets, requests that were encoded before: it shares the cores with what it measures, so
it does as little as it can (about 15 µs a request). An event loop would cost twice that.
"""

from __future__ import annotations

import select
import socket
import time
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.errors import BenchmarkError

PATIENCE: Final = 60.0
LONGEST: Final = 4
"""A cell in which too few requests end takes at most so many times its duration."""
CHUNK: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class Load:
    """What one cell of load came to.

    Attributes:
        latencies: Seconds, of the requests that ended in time.
        elapsed: Seconds in which they ended.
        answered: All requests, those included that were under way at the end.
    """

    latencies: array[float]
    elapsed: float
    answered: int

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.elapsed

    def quantile(self, part: float) -> float:
        """Return a latency in seconds, such as that which 99 % stay below for 0.99."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


class _Connection:
    __slots__ = ("body_at", "missing", "parts", "sent_at", "socket")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.parts: list[bytes] = []
        self.missing = -1
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bytes | None:
        """Return the whole answer once all of it is there."""
        chunk = self.socket.recv(CHUNK)
        if not chunk:
            raise BenchmarkError("the server closed a connection")
        self.parts.append(chunk)
        if self.missing < 0:
            if len(self.parts) > 1:
                self.parts = [b"".join(self.parts)]
            self.missing = _missing(self.parts[0])
        else:
            self.missing -= len(chunk)
        if self.missing != 0:
            return None
        answer = self.parts[0] if len(self.parts) == 1 else b"".join(self.parts)
        self.parts = []
        self.missing = -1
        return answer


def _missing(start: bytes) -> int:
    """Return how many bytes are still to come; -1 while nobody knows."""
    end = start.find(b"\r\n\r\n")
    if end < 0:
        return -1
    head = start[:end].lower()
    place = head.find(b"content-length:")
    if place >= 0:
        return end + 4 + int(head[place + 15 :].split(b"\r\n", 1)[0]) - len(start)
    return 0 if start.endswith(b"\r\n0\r\n\r\n") else -1


def run_load(
    ports: Sequence[int],
    requests: Iterator[bytes],
    connections: int,
    seconds: float,
    *,
    must_have: bytes,
    fewest: int = 0,
) -> Load:
    """Put a server under load and return what came of it.

    Args:
        ports: Of its processes; connections are dealt out to them.
        must_have: What each answer must hold; one without it, with errors or of another status ends the run.
        fewest: Go on, if need be for a while longer, until so many requests have ended.

    Raises:
        BenchmarkError: A request failed.
    """
    poll = select.epoll()
    by_number: dict[int, _Connection] = {}
    latencies = array("d")
    answered = 0
    now = time.perf_counter
    try:
        for number in range(connections):
            connection = _Connection(ports[number % len(ports)])
            by_number[connection.socket.fileno()] = connection
            poll.register(connection.socket.fileno(), select.EPOLLIN)
        start = ended = now()
        deadline, last = start + seconds, start + LONGEST * seconds
        for connection in by_number.values():
            connection.send(next(requests))
        under_way = connections
        while under_way:
            events = poll.poll(PATIENCE)
            if not events:
                raise BenchmarkError(f"no answer within {PATIENCE:g} s")
            for number, _ in events:
                connection = by_number[number]
                answer = connection.receive()
                if answer is None:
                    continue
                at = now()
                check(answer, must_have)
                answered += 1
                if at < deadline or not latencies or (len(latencies) < fewest and at < last):
                    latencies.append(at - connection.sent_at)
                    ended = at
                    connection.send(next(requests))
                else:
                    # At once: a server may close a connection that waits while others are still answered.
                    poll.unregister(number)
                    connection.socket.close()
                    under_way -= 1
        return Load(latencies, max(ended - start, min(seconds, now() - start)), answered)
    finally:
        poll.close()
        for connection in by_number.values():
            connection.socket.close()


def check(answer: bytes, must_have: bytes) -> None:
    """Refuse an answer that is no success.

    Raises:
        BenchmarkError: It says what came instead.
    """
    if not answer.startswith(b"HTTP/1.1 200") or must_have not in answer or b'"errors":' in answer:
        raise BenchmarkError(f"a request failed: {answer[:2000].decode(errors='replace')}")


def ask(port: int, request: bytes) -> bytes:
    """Send one request and return the body of the answer, whatever it says."""
    connection = _Connection(port)
    try:
        connection.send(request)
        connection.socket.settimeout(PATIENCE)
        while (answer := connection.receive()) is None:
            pass
    finally:
        connection.socket.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    if b"chunked" in head.lower():
        return _unchunked(body)
    return body


def _unchunked(body: bytes) -> bytes:
    parts: list[bytes] = []
    while True:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        if length == 0:
            return b"".join(parts)
        parts.append(rest[:length])
        body = rest[length + 2 :]
