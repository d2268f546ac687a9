"""The main section, and those on what safety costs and on SQLite."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from benchmarks import peers
from benchmarks.compare import compare_answers
from benchmarks.dataset import Dataset
from benchmarks.measure import Cell, Meter, Plan, Result, find_postgres
from benchmarks.on_sqlite import CUSTOMERS as SQLITE_CUSTOMERS
from benchmarks.on_sqlite import copy_to_sqlite, sqlite_samples
from benchmarks.operations import Operation, operation_named, samples_of
from benchmarks.peers import Peer, started
from benchmarks.report import FIGURES, figures, grid


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
        results = self._creations("costs", peers.VARIANTS)
        text = (
            "Parts taken out of Forecourt by replacing functions; no configuration does that. CPU includes the "
            "delivery of events and the sealing of the audit afterwards.\n\n"
        )
        return results, text + _by_server(results, peers.VARIANTS)

    def equal_work(self) -> tuple[list[Result], str]:
        """Measure a creation beside handlers that leave as much behind."""
        print("equal work", flush=True)
        results = self._creations("equal work", peers.EQUAL_WORK)
        text = (
            "What others measure as a creation is one row. Forecourt's leaves a row, an audit entry, an event with its "
            "number, the outcome under the client's key, and what the event's consumer writes. The bare handlers here "
            "leave the same in one prepared statement; they know no sign-in, rights, rules, sealing or delivery.\n\n"
        )
        return results, text + _by_server(results, peers.EQUAL_WORK)

    def _creations(self, section: str, wanted: Sequence[Peer]) -> list[Result]:
        """Measure a creation by servers that run one at a time: each Forecourt would deliver the events of others."""
        samples = asyncio.run(samples_of(self.dataset))
        postgres = asyncio.run(find_postgres(self.dataset.url))
        create = operation_named("create")
        cells: dict[tuple[str, int], list[Cell]] = {}
        for turn in range(self.plan.rounds):
            start = turn % len(wanted)
            for peer in (*wanted[start:], *wanted[:start]):
                with started([peer], self.dataset, self.port, self.environment) as (server,):
                    meter = Meter(self.plan, samples, postgres, self.dataset.url)
                    for connections in self.plan.connections:
                        cell = meter.cell(server, create, connections)
                        cells.setdefault((peer.name, connections), []).append(cell)
        return [
            Result(section, create.name, peer.name, connections, cells[peer.name, connections])
            for connections in self.plan.connections
            for peer in wanted
        ]

    def gathering(self) -> tuple[list[Result], str]:
        """Measure what it saves that requests of one moment ask together."""
        print("what asking together saves", flush=True)
        samples = asyncio.run(samples_of(self.dataset))
        wanted = [peers.FORECOURT, peers.ALONE]
        names = ("customer", "page_total", "page", "nested", "counts", "deep")
        plan = replace(self.plan, connections=self.plan.connections[:1])
        with started(wanted, self.dataset, self.port, self.environment) as servers:
            for server in servers:
                server.find_cursors(samples)
            meter = Meter(plan, samples, asyncio.run(find_postgres(self.dataset.url)), self.dataset.url)
            results = meter.interleaved("gathering", servers, [operation_named(name) for name in names])
        text = (
            "Rows that are asked for by id at the same moment come with one statement, and so does a page or a count "
            "that several ask for in the same words. The lists here are of seven stages, so that many coincide; pages "
            "behind cursors never do. Without that, in the same run:\n\n"
        )
        return results, text + _by_server(results, wanted)

    def sqlite(self) -> tuple[list[Result], str]:
        """Measure Forecourt and the usual stack on SQLite."""
        print("on SQLite", flush=True)
        dataset = asyncio.run(copy_to_sqlite(self.dataset, self.environment))
        wanted = [peer for peer in peers.PEERS if peer.name in ("forecourt", "strawberry")]
        operations = [operation_named("customer"), operation_named("page")]
        samples = sqlite_samples(dataset)
        with started(wanted, dataset, self.port, self.environment) as servers:
            compare_answers(servers, operations, samples)
            results = Meter(self.plan, samples, None, dataset.url).interleaved("sqlite", servers, operations)
        return results, f"{SQLITE_CUSTOMERS:,} customers.\n\n" + _by_server(results, wanted)


def _by_server(results: Sequence[Result], wanted: Sequence[Peer]) -> str:
    titles = {peer.name: peer.title for peer in wanted}
    rows = [
        [f"{operation_named(r.operation).title}, {r.connections} connections", titles[r.server], *figures(r.middle)]
        for r in results
    ]
    return grid(["", "", *FIGURES], rows)
