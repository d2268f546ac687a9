"""Asks the whole application, by HTTP and WebSocket without a network, and judges what comes back."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import parse

from core.http.app import App
from tests.fuzz.hostile import CANARY, CANARY_NUMBER

READINGS = 100
"""What one answer may cost, as a multiple of reading a plain operation: on a fast and idle machine, about a second.

Seconds say nothing on a machine that others share, or under a tool that measures coverage.
"""
PLAIN = "{ " + "name " * 2_000 + "}"
ADDRESS = ("127.0.0.1", 4711)
MARKS = (CANARY.lower(), str(CANARY_NUMBER))
_CODE = re.compile(r'"code": "([A-Z_]+)"')
PYTHON = ("Traceback", "NoneType", "object at 0x", ".py", "Error(")
"""What an error of Python's own looks like."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back.

    Attributes:
        cpu_seconds: Of the whole process, meanwhile, without looking for garbage, which is that of all answers before.
        logged: What Forecourt wrote to its log meanwhile.
    """

    status: int
    body: bytes
    cpu_seconds: float
    logged: Sequence[str] = ()

    @property
    def content(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass
class Findings:
    """What should not have been, and what was asked.

    Attributes:
        by_kind: The first few cases of each kind.
        statuses: Requests by status.
        codes: By what the answer says: the codes of its errors and problems, or that there are none.
    """

    by_kind: dict[str, list[str]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0

    def note(self, kind: str, case: str) -> None:
        """Keep a finding."""
        self.counts[kind] += 1
        kept = self.by_kind.setdefault(kind, [])
        if len(kept) < 3:
            kept.append(case)

    def judge(self, case: str, outcome: Outcome) -> None:
        """Look for what no answer to an input may be."""
        self.statuses[str(outcome.status)] += 1
        self.codes.update({code for one in _told(outcome.content) for code in _CODE.findall(one)} or {"done"})
        self.slowest = max(self.slowest, outcome.cpu_seconds)
        for fault in faults(outcome):
            shown = outcome.body[:700].decode(errors="replace")
            self.note(fault, f"{case}\n    {outcome.status} {shown}\n    {outcome.logged}")

    def __str__(self) -> str:
        parts = [f"{sum(self.statuses.values())} requests {dict(self.statuses)}, slowest {self.slowest:.2f} CPU s"]
        parts.append(", ".join(f"{code} {count}" for code, count in self.codes.most_common()))
        for kind, cases in self.by_kind.items():
            parts.append(f"{kind}: {self.counts[kind]} times, such as")
            parts += [f"  {case}" for case in cases]
        return "\n".join(parts)


def is_slow(outcome: Outcome) -> bool:
    """Compare what an answer cost with what reading costs here and now."""
    return outcome.cpu_seconds > READINGS * _SWIFT_READING and outcome.cpu_seconds > READINGS * _reading()


def _reading() -> float:
    began = time.process_time()
    parse(PLAIN)
    return time.process_time() - began


_SWIFT_READING = min(_reading() for _ in range(3))
"""A lower bound, so that quick answers, nearly all, need no reading beside them."""


def faults(outcome: Outcome) -> Iterator[str]:
    """Yield what is wrong with an answer."""
    if outcome.status >= 500:
        yield f"HTTP {outcome.status}"
    if is_slow(outcome):
        yield "slow"
    content = outcome.content
    if content is None and outcome.body and outcome.status < 500:
        told = [outcome.body.decode(errors="replace")] if outcome.status >= 400 else []
    else:
        told = list(_told(content))
    if any(mark in line.lower() for line in outcome.logged for mark in MARKS):
        yield "echo in the log"
    for one in told:
        if '"INTERNAL"' in one:
            yield f"INTERNAL{_place(outcome.logged)}"
        if any(mark in one.lower() for mark in MARKS):
            yield f"echo: {_skeleton(one)}"
        if any(word in one for word in PYTHON):
            yield "Python's words"


def _skeleton(told: str) -> str:
    """Return the first words of an error without what it echoes, so that alike ones are counted together."""
    text = re.sub(f"(?i){'|'.join(MARKS)}", "…", told)
    return re.sub(r"\s+", " ", text)[:70]


def _place(logged: Sequence[str]) -> str:
    """Return the kind of fault and where it was, as the log has it, without the request and the field."""
    return "".join(f" {line.partition('fault in ')[2].partition(': ')[2] or line}" for line in logged[:1])


def _told(content: Any) -> Iterator[str]:
    """Yield each error and problem of an answer as a text; what stands in `data` otherwise may be anything."""
    if isinstance(content, dict):
        for key, value in content.items():
            if key in ("errors", "problems") and isinstance(value, list):
                yield from (json.dumps(one, ensure_ascii=False) for one in value)
            elif isinstance(value, dict | list):
                yield from _told(value)
    elif isinstance(content, list):
        for value in content:
            yield from _told(value)


class _Log(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())

    def taken(self) -> Sequence[str]:
        lines, self.lines = self.lines, []
        return lines


class _Stopwatch:
    """Measures CPU without what the search for garbage takes."""

    def __init__(self) -> None:
        self._searched = 0.0
        self._began = 0.0

    def read(self) -> float:
        return time.process_time() - self._searched

    def __call__(self, phase: str, _: object) -> None:
        if phase == "start":
            self._began = time.process_time()
        else:
            self._searched += time.process_time() - self._began


class Asker:
    """Sends requests to an application, and reads its log meanwhile."""

    def __init__(self, app: App) -> None:
        self.app = app
        self._log = _Log()
        self._watch = _Stopwatch()

    def __enter__(self) -> Asker:
        logging.getLogger("forecourt").addHandler(self._log)
        gc.callbacks.append(self._watch)
        return self

    def __exit__(self, *_: object) -> None:
        gc.callbacks.remove(self._watch)
        logging.getLogger("forecourt").removeHandler(self._log)

    async def graphql(
        self, query: str, variables: Mapping[str, Any] | None = None, token: str = "", locale: str = "en"
    ) -> Outcome:
        """Send an operation as clients do."""
        body = json.dumps({"query": query, "variables": variables or {}}).encode()
        headers = [(b"content-type", b"application/json"), (b"accept-language", locale.encode())]
        if token:
            headers.append((b"authorization", f"Bearer {token}".encode()))
        return await self.raw(body, headers)

    async def raw(
        self,
        body: bytes,
        headers: Sequence[tuple[bytes, bytes]],
        method: str = "POST",
        path: str = "/graphql",
        query_string: bytes = b"",
    ) -> Outcome:
        """Send any request."""
        asgi = _scope("http", path, query_string, [(b"host", b"main.test"), *headers]) | {"method": method}
        messages = [{"type": "http.request", "body": body, "more_body": False}]
        sent: list[Mapping[str, Any]] = []
        waiting = asyncio.Event()

        async def receive() -> Any:
            if messages:
                return messages.pop()
            await waiting.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        began = self._watch.read()
        await self.app(asgi, receive, send)
        spent = self._watch.read() - began
        status = next((one["status"] for one in sent if one["type"] == "http.response.start"), 0)
        return Outcome(status, b"".join(one.get("body", b"") for one in sent), spent, self._log.taken())

    async def socket(self, frames: Sequence[str | bytes], headers: Sequence[tuple[bytes, bytes]] = ()) -> Outcome:
        """Open a WebSocket, send frames, wait until nothing more comes, and leave; all that came is the body."""
        asgi = _scope("websocket", "/graphql", b"", [(b"host", b"main.test"), *headers])
        asgi |= {"subprotocols": ["graphql-transport-ws"]}
        received: asyncio.Queue[Any] = asyncio.Queue()
        received.put_nowait({"type": "websocket.connect"})
        for frame in frames:
            kind = "text" if isinstance(frame, str) else "bytes"
            received.put_nowait({"type": "websocket.receive", kind: frame})
        told: list[Any] = []
        answered = asyncio.Event()

        async def send(message: Any) -> None:
            told.append(json.loads(message["text"]) if "text" in message else dict(message))
            if message["type"] == "websocket.close" or '"complete"' in str(message) or '"error"' in str(message):
                answered.set()

        began = self._watch.read()
        serving = asyncio.create_task(self.app(asgi, received.get, send))
        waiting = asyncio.create_task(answered.wait())
        await asyncio.wait({serving, waiting}, timeout=0.3, return_when=asyncio.FIRST_COMPLETED)
        received.put_nowait({"type": "websocket.disconnect", "code": 1000})
        waiting.cancel()
        await serving
        spent = self._watch.read() - began
        errors = [one for one in told if one.get("type") in ("error", "websocket.close")]
        body = json.dumps({"errors": errors, "frames": told}).encode()
        return Outcome(101, body, spent, self._log.taken())


def _scope(kind: str, path: str, query_string: bytes, headers: Sequence[tuple[bytes, bytes]]) -> dict[str, Any]:
    return {
        "type": kind,
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query_string,
        "headers": list(headers),
        "client": ADDRESS,
        "server": ("main.test", 80),
        "state": {},
    }
