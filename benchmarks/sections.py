"""The sections beside the main one: what safety costs, SQLite, growth."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from benchmarks import peers
from benchmarks.compare import compare_answers
from benchmarks.dataset import Dataset, prepare
from benchmarks.measure import Cell, Meter, Plan, Result, find_postgres
from benchmarks.on_sqlite import CUSTOMERS as SQLITE_CUSTOMERS
from benchmarks.on_sqlite import copy_to_sqlite, sqlite_samples
from benchmarks.operations import OPERATIONS, STAGES, Asked, Operation, samples_of
from benchmarks.peers import Peer, Running
from benchmarks.processes import undisturbed
from benchmarks.report import grid, number

BY_NAME: Final = {operation.name: operation for operation in OPERATIONS}
SIZES: Final = (10_000, 1_000_000)
LENGTHS: Final = (10, 100, 1000)


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


class Bench:
    """What all sections share.

    Args:
        port: The first one; servers take those that follow.
    """

    def __init__(self, plan: Plan, dataset: Dataset, port: int, environment: Mapping[str, str]) -> None:
        self.plan = plan
        self.dataset = dataset
        self.port = port
        self.environment = environment

    def main(self, wanted: Sequence[Peer], operations: Sequence[Operation]) -> list[Result]:
        """Measure all servers with all operations on PostgreSQL."""
        samples = asyncio.run(samples_of(self.dataset))
        with started(wanted, self.dataset, self.port, self.environment) as servers:
            for server in servers:
                server.find_cursors(samples)
            compared = compare_answers(servers, operations, samples)
            print(f"{compared} answers of {len(servers)} servers are the same; measuring", flush=True)
            meter = Meter(self.plan, samples, asyncio.run(find_postgres(self.dataset.url)), self.dataset.url)
            return meter.interleaved("main", servers, operations)

    def costs(self) -> tuple[list[Result], str]:
        """Measure what audit, outbox and idempotency cost a command."""
        print("what safety costs", flush=True)
        samples = asyncio.run(samples_of(self.dataset))
        postgres = asyncio.run(find_postgres(self.dataset.url))
        create = BY_NAME["create"]
        cells: dict[tuple[str, int], list[Cell]] = {}
        for turn in range(self.plan.rounds):
            for peer in (*peers.VARIANTS[turn:], *peers.VARIANTS[:turn]):
                # One at a time: each would deliver the events of the others.
                with started([peer], self.dataset, self.port, self.environment) as (server,):
                    meter = Meter(self.plan, samples, postgres, self.dataset.url)
                    for connections in self.plan.connections:
                        cell = meter.cell(server, create, connections)
                        cells.setdefault((peer.name, connections), []).append(cell)
        results = [
            Result("costs", create.name, peer.name, connections, cells[peer.name, connections])
            for connections in self.plan.connections
            for peer in peers.VARIANTS
        ]
        text = (
            "Parts taken out of Forecourt by replacing functions; no configuration does that. CPU includes the "
            "delivery of events and the sealing of the audit afterwards.\n\n"
        )
        return results, text + _by_server(results, peers.VARIANTS)

    def sqlite(self) -> tuple[list[Result], str]:
        """Measure Forecourt and the usual stack on SQLite."""
        print("on SQLite", flush=True)
        dataset = asyncio.run(copy_to_sqlite(self.dataset, self.environment))
        wanted = [peer for peer in peers.PEERS if peer.name in ("forecourt", "strawberry")]
        operations = [BY_NAME["customer"], BY_NAME["page"]]
        samples = sqlite_samples(dataset)
        with started(wanted, dataset, self.port, self.environment) as servers:
            compare_answers(servers, operations, samples)
            results = Meter(self.plan, samples, None, dataset.url).interleaved("sqlite", servers, operations)
        return results, f"{SQLITE_CUSTOMERS:,} customers.\n\n" + _by_server(results, wanted)

    def growth(self) -> tuple[list[Result], str]:
        """Measure lists by size of the data, rows by length of the list, and two processes."""
        wanted = [peers.RAW, peers.FORECOURT]
        results: list[Result] = []
        rows = []
        for size in SIZES:
            print(f"growth, {size:,} customers", flush=True)
            dataset = asyncio.run(prepare(size, environment=self.environment))
            bench = Bench(
                replace(self.plan, connections=self.plan.connections[:1]), dataset, self.port, self.environment
            )
            found = bench.main(wanted, [BY_NAME["page"], BY_NAME["deep"]])
            results += [replace(result, section=f"growth {size}") for result in found]
            rows += [[f"{size:,}", BY_NAME[r.operation].title, r.server, *_figures(r.middle)] for r in found]
        parts = [grid(["customers", "", "", *FIGURES], rows), "", self._lengths(results), "", self._processes(results)]
        return results, "\n".join(parts)

    def _lengths(self, results: list[Result]) -> str:
        print("growth, longer lists", flush=True)
        samples = asyncio.run(samples_of(self.dataset))
        table = []
        with started([peers.RAW, peers.FORECOURT], self.dataset, self.port, self.environment) as servers:
            meter = Meter(self.plan, samples, asyncio.run(find_postgres(self.dataset.url)), self.dataset.url)
            for length in LENGTHS:
                for server in servers:
                    if not _allows(server, length):
                        table.append([f"{length:,} rows", server.peer.title, "", "", "", "", "not allowed"])
                        continue
                    rounds = [meter.cell(server, BY_NAME["rows"], 32, _lists(length)) for _ in range(self.plan.rounds)]
                    result = Result(f"length {length}", "rows", server.peer.name, 32, rounds)
                    results.append(result)
                    per_row = 1000 * result.middle.server_cpu / length
                    table.append([f"{length:,} rows", server.peer.title, *_figures(result.middle), number(per_row)])
        return grid(["list", "", *FIGURES, "server's CPU per row in µs"], table)

    def _processes(self, results: list[Result]) -> str:
        print("growth, two processes", flush=True)
        samples = asyncio.run(samples_of(self.dataset))
        table = []
        for processes in (1, 2):
            with started([peers.FORECOURT], self.dataset, self.port, self.environment, processes) as servers:
                meter = Meter(self.plan, samples, asyncio.run(find_postgres(self.dataset.url)), self.dataset.url)
                for result in meter.interleaved("processes", servers, [BY_NAME["customer"], BY_NAME["page"]]):
                    results.append(replace(result, section=f"processes {processes}"))
                    title = f"{BY_NAME[result.operation].title}, {result.connections} connections"
                    table.append([f"{processes}", title, *_figures(result.middle)])
        return grid(["processes", "", *FIGURES], table)


FIGURES: Final = ("requests/s", "p50 ms", "p99 ms", "CPU ms, server + PostgreSQL")


def _figures(cell: Cell) -> list[str]:
    postgres = "–" if cell.postgres_cpu is None else number(cell.postgres_cpu)
    return [number(cell.per_second), number(cell.p50), number(cell.p99), f"{number(cell.server_cpu)} + {postgres}"]


def _by_server(results: Sequence[Result], wanted: Sequence[Peer]) -> str:
    titles = {peer.name: peer.title for peer in wanted}
    rows = [
        [f"{BY_NAME[r.operation].title}, {r.connections} connections", titles[r.server], *_figures(r.middle)]
        for r in results
    ]
    return grid(["", "", *FIGURES], rows)


def _lists(length: int) -> Iterator[Asked]:
    return itertools.cycle([Asked(stage=stage, first=length) for stage in STAGES])


def _allows(server: Running, length: int) -> bool:
    answer: Any = server.answer("rows", Asked(stage=STAGES[0], first=length))
    return not answer.get("errors")
