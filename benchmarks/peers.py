"""The servers: how each is started, and what it is asked in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks import words
from benchmarks.client import ask
from benchmarks.dataset import FOLDER, ROOT, STATE, Dataset, forecourt
from benchmarks.errors import BenchmarkError
from benchmarks.operations import ROWS, Asked, Samples
from benchmarks.processes import ServerProcess, undisturbed
from benchmarks.words import Family

POOL_SIZE: Final = 10
"""Connections to PostgreSQL, Forecourt's default, for every server."""
ROLE: Final = "sales_manager"
NODE_VERSION: Final = 22


@dataclass(frozen=True, slots=True)
class Peer:
    """A server that can be measured.

    Attributes:
        command: What starts it; `{port}` stands for the port.
        of_forecourt: It is configured and signed in to as Forecourt is.
    """

    name: str
    title: str
    family: Family
    command: tuple[str, ...]
    of_forecourt: bool = False


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)


_SERVE: Final = ("serve", "--port", "{port}")
FORECOURT: Final = Peer("forecourt", "Forecourt", words.FORECOURT, _python("core.cli.main", *_SERVE), of_forecourt=True)
RAW: Final = Peer("raw", "raw ASGI, asyncpg's pool", words.BARE, _python("benchmarks.servers.raw", "{port}", "asyncpg"))
PEERS: Final = (
    RAW,
    Peer(
        "raw-own-pool",
        "raw ASGI, Forecourt's pool",
        words.BARE,
        _python("benchmarks.servers.raw", "{port}", "forecourt"),
    ),
    FORECOURT,
    Peer(
        "strawberry", "Strawberry + Tortoise", words.USUAL, _python("benchmarks.servers.strawberry_tortoise", "{port}")
    ),
    Peer("postgraphile", "PostGraphile 5", words.POSTGRAPHILE, ("node", "servers/postgraphile.mjs", "{port}")),
    Peer("mercurius", "Mercurius, JIT and loaders", words.USUAL, ("node", "servers/mercurius.mjs", "{port}")),
)


_WITHOUT: Final = "benchmarks.servers.forecourt_without"


def _variant(name: str, title: str, without: str, family: Family = words.FORECOURT) -> Peer:
    return Peer(f"forecourt-{name}", title, family, _python(_WITHOUT, without, *_SERVE), of_forecourt=True)


def _bare(work: str, title: str) -> Peer:
    return Peer(f"raw-{work}", title, words.BARE, _python("benchmarks.servers.raw", "{port}", "asyncpg", work))


VARIANTS: Final = (
    _variant("whole", "as it is", "nothing"),
    _variant("no-key", "without an idempotencyKey", "nothing", words.WITHOUT_KEY),
    _variant("no-audit", "without the audit", "audit"),
    _variant("no-outbox", "without the outbox", "outbox"),
    _variant("bare", "without all three", "audit,outbox", words.WITHOUT_KEY),
)
"""Forecourt with parts of its commands taken out, for the costs of them; nobody can configure it so."""
EQUAL_WORK: Final = (
    RAW,
    _bare("recorded", "raw ASGI, row, audit entry, event and outcome in one statement"),
    _bare("consumed", "the same, and the consumer's insert"),
    FORECOURT,
    _variant("all-rights", "Forecourt, rights off", "rights"),
)
"""A creation beside handlers that leave behind what it leaves behind."""
ALONE: Final = _variant("alone", "each request by itself", "gathering")


class Running:
    """A server that has been started, and the requests for it.

    Args:
        environment: Of `forecourt`, its keys included.
        processes: How many processes serve, each on a port of its own.
    """

    def __init__(
        self, peer: Peer, dataset: Dataset, port: int, environment: Mapping[str, str], processes: int = 1
    ) -> None:
        self.peer = peer
        self.dataset = dataset
        self.headers = ""
        self.processes: list[ServerProcess] = []
        values = {"DATABASE_URL": dataset.url, "STORE_ID": dataset.store_id, "POOL_SIZE": str(POOL_SIZE)}
        if peer.of_forecourt:
            values = {**environment, "FORECOURT_DATABASE_URL": dataset.url}
            self.headers = f"Authorization: Bearer {_key(dataset, values)}\r\n"
        common = {**os.environ, "PYTHONPATH": str(ROOT), "NODE_ENV": "production", "GRAPHILE_ENV": "production"}
        try:
            for own in range(port, port + processes):
                command = [_part(part, own) for part in peer.command]
                log = STATE / "logs" / f"{peer.name}-{own}.log"
                self.processes.append(ServerProcess(peer.name, command, {**common, **values}, own, log))
        except BaseException:
            self.stop()
            raise

    @property
    def ports(self) -> list[int]:
        return [process.port for process in self.processes]

    def wait(self) -> None:
        """Wait until every process takes connections."""
        for process in self.processes:
            process.wait_until_listening()

    def check(self) -> None:
        """Raise if one of the processes has ended."""
        for process in self.processes:
            process.check()

    def stop(self) -> None:
        """End the processes."""
        for process in self.processes:
            process.stop()

    def cpu_seconds(self) -> float:
        """Return what the processes have used so far."""
        return sum(process.cpu_seconds() for process in self.processes)

    def forget_peak(self) -> None:
        """Let `peak_bytes` begin anew."""
        for process in self.processes:
            process.forget_peak()

    def peak_bytes(self) -> int:
        """Return the sum of the largest resident sets."""
        return sum(process.peak_bytes() for process in self.processes)

    def request(self, operation: str, asked: Asked) -> bytes:
        """Return a whole request."""
        document = (FOLDER / "documents" / self.peer.family.name / f"{operation}.graphql").read_text()
        return self._request(operation, document, asked)

    def requests(self, operation: str, questions: Iterator[Asked], *, repeat: int = 0) -> Iterator[bytes]:
        """Yield requests without end.

        Args:
            repeat: Encode so many of them before and send them again and again; 0 makes each anew.
        """
        document = (FOLDER / "documents" / self.peer.family.name / f"{operation}.graphql").read_text()
        if repeat:
            encoded = [self._request(operation, document, next(questions)) for _ in range(repeat)]
            while True:
                yield from encoded
        for asked in questions:
            yield self._request(operation, document, asked)

    def _request(self, operation: str, document: str, asked: Asked) -> bytes:
        variables = self.peer.family.variables(operation, asked, self.dataset.store_id)
        content = {"query": document, "operationName": operation, "variables": variables}
        body = json.dumps(content, ensure_ascii=False).encode()
        head = (
            f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:{self.ports[0]}\r\nContent-Type: application/json\r\n"
            f"Accept: application/json\r\n{self.headers}Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def answer(self, operation: str, asked: Asked) -> Any:
        """Ask once and return what comes, errors included."""
        body = ask(self.ports[0], self.request(operation, asked))
        try:
            return json.loads(body)
        except ValueError:
            raise BenchmarkError(f"{self.peer.title} answers {operation} with {body[:500]!r}") from None

    def find_cursors(self, samples: Samples) -> None:
        """Let the server name its cursors of the rows behind which a deep page begins."""
        if (
            not (FOLDER / "documents" / self.peer.family.name / "cursor.graphql").exists()
            or self.peer.family is words.BARE
        ):
            return
        found = []
        for row in samples.behind:
            answer = self.answer("cursor", Asked(customer=row))
            found.append(answer["data"]["customers"]["pageInfo"]["endCursor"])
        samples.cursors[self.peer.name] = found


def chosen(names: str) -> list[Peer]:
    """Return the peers that a list of names stands for; all of them for an empty one."""
    by_name = {peer.name: peer for peer in PEERS}
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if name not in by_name:
            raise BenchmarkError(f"there is no server {name}; there are {', '.join(by_name)}")
    return [peer for peer in PEERS if not wanted or peer.name in wanted]


def install_node_packages() -> None:
    """Install what the Node servers need, as locked; does nothing when that was done."""
    stamp, lock = FOLDER / "node_modules" / ".installed", FOLDER / "package-lock.json"
    if stamp.exists() and stamp.read_text() == lock.read_text():
        return
    npm = shutil.which("npm")
    if npm is None:
        raise BenchmarkError(
            "PostGraphile and Mercurius need npm (Debian: apt install npm); or leave them out: "
            'make bench ARGS="--servers raw,raw-own-pool,forecourt,strawberry"'
        )
    print("installing the npm packages into benchmarks/node_modules", flush=True)
    done = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-progress", "--loglevel=error"],
        cwd=FOLDER, capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    if done.returncode:
        raise BenchmarkError(f"npm ci in {FOLDER} failed: {done.stderr.strip() or done.stdout.strip()}")
    stamp.write_text(lock.read_text())


def _node() -> str:
    """Return a Node that is new enough: the one among the packages, else that of the system."""
    candidates: list[Path | str | None] = [*FOLDER.glob("node_modules/node-linux-*/bin/node"), shutil.which("node")]
    for candidate in candidates:
        if candidate is None:
            continue
        shown = subprocess.run([candidate, "--version"], capture_output=True, text=True, timeout=20)
        if shown.returncode == 0 and int(shown.stdout.strip().lstrip("v").split(".")[0]) >= NODE_VERSION:
            return str(candidate)
    raise BenchmarkError(f"PostGraphile and Mercurius need Node.js {NODE_VERSION} or newer, and none was found")


def _part(part: str, port: int) -> str:
    if part == "node":
        return _node()
    if part.startswith("servers/"):
        return str(FOLDER / part)
    return part.replace("{port}", str(port))


def _key(dataset: Dataset, environment: Mapping[str, str]) -> str:
    """Make an API key with an ordinary role in the store, as an operator does."""
    forecourt("roles", "limits", ROLE, "--page", str(ROWS), environment=environment)
    printed = forecourt(
        "keys", "add", "benchmark", "--role", ROLE, "--store", dataset.store_code, environment=environment
    )
    return printed.split()[-1]


@contextmanager
def started(
    wanted: Sequence[Peer], dataset: Dataset, port: int, environment: Mapping[str, str], processes: int = 1
) -> Iterator[list[Running]]:
    """Start servers, and stop all of them whatever happens."""
    running: list[Running] = []
    try:
        for number, peer in enumerate(wanted):
            running.append(Running(peer, dataset, port + number * processes, environment, processes))
        for server in running:
            server.wait()
        yield running
    finally:
        with undisturbed():
            for server in running:
                server.stop()
