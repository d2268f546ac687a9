"""Cells: one server, one operation, one number of connections, for a moment, again in every round."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Final

from benchmarks.client import Load, run_load
from benchmarks.dataset import Connected
from benchmarks.errors import BenchmarkError
from benchmarks.operations import Asked, Operation, Samples, questions
from benchmarks.peers import Running
from benchmarks.processes import Postgres

WARM_UP_CONNECTIONS: Final = 10
"""As many as the pools have connections; more would only make the end of the warm-up wait."""
ENCODED: Final = 500
"""Requests of a query that are made before the cell; they rotate."""
SETTLE_SECONDS: Final = 60.0
_UNSETTLED: Final = """
    SELECT (SELECT count(*) FROM core_outbox_event WHERE dispatched_at IS NULL)
         + (SELECT count(*) FROM core_audit_entry WHERE seq IS NULL)
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how often is measured."""

    rounds: int = 5
    seconds: float = 1.3
    warm_up: float = 0.3
    first_warm_up: float = 3.0
    connections: tuple[int, ...] = (32, 1)


@dataclass(frozen=True, slots=True)
class Cell:
    """What one cell came to, or the median of several.

    Attributes:
        per_second: Requests answered per second.
        p50, p99: Latency in milliseconds.
        server_cpu: Milliseconds of CPU per request that the server used; for commands what it did afterwards, too.
        postgres_cpu: The same for all of PostgreSQL; None if it can't be seen.
        peak_mb: Largest resident set of the server in the cell.
    """

    per_second: float
    p50: float
    p99: float
    server_cpu: float
    postgres_cpu: float | None
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Result:
    """All rounds of one server, operation and number of connections."""

    section: str
    operation: str
    server: str
    connections: int
    rounds: list[Cell]

    @property
    def middle(self) -> Cell:
        """Return the median of each figure."""
        columns = {name: [getattr(cell, name) for cell in self.rounds] for name in asdict(self.rounds[0])}
        values: dict[str, Any] = {name: None if None in column else median(column) for name, column in columns.items()}
        return Cell(**values)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "median": asdict(self.middle)}


class Meter:
    """Measures cells against one data set."""

    def __init__(self, plan: Plan, samples: Samples, postgres: Postgres | None, url: str) -> None:
        self.plan = plan
        self.samples = samples
        self.postgres = postgres
        self.url = url
        self._warm: set[tuple[str, str]] = set()

    def interleaved(
        self,
        section: str,
        servers: Sequence[Running],
        operations: Sequence[Operation],
    ) -> list[Result]:
        """Measure every server with every operation, in rounds whose order rotates."""
        results = []
        for operation in operations:
            print(f"  {operation.title}", flush=True)
            for connections in self.plan.connections:
                cells: dict[str, list[Cell]] = {server.peer.name: [] for server in servers}
                for turn in range(self.plan.rounds):
                    start = turn % len(servers)
                    for server in (*servers[start:], *servers[:start]):
                        cells[server.peer.name].append(self.cell(server, operation, connections))
                found = [Result(section, operation.name, name, connections, rounds) for name, rounds in cells.items()]
                results += found
                shown = "  ".join(f"{r.server} {r.middle.per_second:,.0f}/s" for r in found)
                print(f"    {connections:>2} connections: {shown}", flush=True)
        return results

    def cell(
        self, server: Running, operation: Operation, connections: int, asked: Iterator[Asked] | None = None
    ) -> Cell:
        """Warm up, measure one cell, and wait until the server has nothing left to do.

        Args:
            asked: Instead of what the operation asks otherwise.
        """
        asked = asked or questions(operation.name, self.samples, server.peer.name)
        requests = server.requests(operation.name, asked, repeat=0 if operation.writes else ENCODED)
        must_have = server.peer.family.must_have.get(operation.name, b'"data"')

        def load(seconds: float, connections: int, fewest: int) -> Load:
            try:
                return run_load(server.ports, requests, connections, seconds, must_have=must_have, fewest=fewest)
            except (BenchmarkError, OSError) as error:
                server.check()
                raise BenchmarkError(f"{server.peer.title}, {operation.name}: {error}") from None

        self._warm_up(server, operation, load)
        self._settle(server, operation)
        server.forget_peak()
        before, before_postgres = server.cpu_seconds(), self._postgres()
        measured = load(self.plan.seconds, connections, connections)
        self._settle(server, operation)
        used, used_postgres = server.cpu_seconds() - before, self._postgres()
        return Cell(
            per_second=measured.per_second,
            p50=1000 * measured.quantile(0.5),
            p99=1000 * measured.quantile(0.99),
            server_cpu=1000 * used / measured.answered,
            postgres_cpu=None
            if used_postgres is None or before_postgres is None
            else 1000 * (used_postgres - before_postgres) / measured.answered,
            peak_mb=server.peak_bytes() / 1e6,
        )

    def _warm_up(self, server: Running, operation: Operation, load: Callable[[float, int, int], Load]) -> None:
        """Let pools, caches and just-in-time compilers come to rest; the first time takes longer."""
        key = server.peer.name, operation.name
        seconds = self.plan.warm_up if key in self._warm else self.plan.first_warm_up
        self._warm.add(key)
        load(seconds, WARM_UP_CONNECTIONS, 0)

    def _postgres(self) -> float | None:
        return None if self.postgres is None else self.postgres.cpu_seconds()

    def _settle(self, server: Running, operation: Operation) -> None:
        """Wait until Forecourt has delivered the events and sealed the audit of the commands."""
        if operation.writes and server.peer.of_forecourt and self.url.startswith("postgres"):
            asyncio.run(_settled(self.url))


async def _settled(url: str) -> None:
    deadline = time.monotonic() + SETTLE_SECONDS
    async with Connected(url) as connection:
        while await connection.fetchval(_UNSETTLED):
            if time.monotonic() > deadline:
                raise BenchmarkError(f"Forecourt has not delivered its events after {SETTLE_SECONDS:g} s")
            await asyncio.sleep(0.05)


async def find_postgres(url: str) -> Postgres:
    """Return the PostgreSQL server that a database is on, as far as its processes can be seen."""
    async with Connected(url) as connection:
        return Postgres(connection.get_server_pid())
