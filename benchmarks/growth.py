"""What growth costs: more customers, longer lists, a second process; what is compared is measured side by side."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from statistics import median
from typing import Any, Final

from benchmarks.compare import compare_answers
from benchmarks.dataset import Dataset, prepare
from benchmarks.measure import Cell, Meter, Plan, Result, find_postgres
from benchmarks.operations import STAGES, Asked, operation_named, samples_of
from benchmarks.peers import FORECOURT, RAW, Running, started
from benchmarks.report import FIGURES, figures, grid, number

SIZES: Final = (10_000, 1_000_000)
LENGTHS: Final = (10, 100, 1000)
PROCESSES: Final = (1, 2)
CONNECTIONS: Final = 32
DEARER: Final = 1.25
"""So much more may a page of many customers cost."""
Measure = Callable[[], Cell]


class Growth:
    """The section of growth.

    Args:
        dataset: For lists and processes; sizes have data sets of their own.
        port: The first one; servers take those that follow.
    """

    def __init__(self, plan: Plan, dataset: Dataset, port: int, environment: Mapping[str, str]) -> None:
        self.plan = plan
        self.dataset = dataset
        self.port = port
        self.environment = environment
        self.results: list[Result] = []

    def measure(self) -> tuple[list[Result], str]:
        """Return the results and their tables."""
        datasets = [asyncio.run(prepare(size, environment=self.environment)) for size in SIZES]
        parts = [self._sizes(datasets), self._lengths(), self._processes()]
        return self.results, "\n\n".join(parts)

    def _sizes(self, datasets: Sequence[Dataset]) -> str:
        operations = [operation_named(name) for name in ("page", "deep")]
        subjects: dict[tuple[str, str, int], Measure] = {}
        with ExitStack() as stack:
            for place, dataset in enumerate(datasets):
                samples = asyncio.run(samples_of(dataset))
                port = self.port + 2 * place
                servers = stack.enter_context(started([RAW, FORECOURT], dataset, port, self.environment))
                for server in servers:
                    server.find_cursors(samples)
                compare_answers(servers, operations, samples)
                meter = Meter(self.plan, samples, asyncio.run(find_postgres(dataset.url)), dataset.url)
                for operation, server in itertools.product(operations, servers):
                    key = operation.name, server.peer.name, dataset.customers
                    subjects[key] = _of(meter, server, operation.name)
            found = self._rounds("growth, sizes", subjects)
        rows, verdicts = [], []
        for operation, peer in itertools.product(operations, (RAW, FORECOURT)):
            few, many = (found[operation.name, peer.name, size] for size in SIZES)
            for size, result in zip(SIZES, (few, many), strict=True):
                rows.append([operation.title, peer.title, f"{size:,}", *figures(result.middle)])
            pairs = list(zip(few.rounds, many.rounds, strict=True))
            cost = median(_cpu(more) / _cpu(less) for less, more in pairs)
            speed = median(more.per_second / less.per_second for less, more in pairs)
            word = "met" if cost <= DEARER else "**missed**"
            verdicts.append([operation.title, peer.title, f"{cost:.2f}", f"{speed:.2f}", f"≤ {DEARER:g}", word])
        head = ["", "", "CPU as a multiple", "requests/s as a multiple", "CPU's target", ""]
        told = f"{SIZES[1]:,} customers beside {SIZES[0]:,}, {CONNECTIONS} connections:"
        return "\n".join([grid(["", "", "customers", *FIGURES], rows), "", told, "", grid(head, verdicts)])

    def _lengths(self) -> str:
        subjects: dict[tuple[str, int], Measure] = {}
        with started([RAW, FORECOURT], self.dataset, self.port, self.environment) as servers:
            meter = self._meter()
            for length, server in itertools.product(LENGTHS, servers):
                if _allows(server, length):
                    subjects[server.peer.name, length] = _of(meter, server, "rows", length)
            found = self._rounds("growth, lengths", subjects)
        rows = []
        for peer in (RAW, FORECOURT):
            before: tuple[int, Result] | None = None
            for length in LENGTHS:
                result = found.get((peer.name, length))
                if result is None:
                    rows.append([peer.title, f"{length:,}", "", "", "", "", "not allowed"])
                    continue
                more = "" if before is None else number(_per_row(*before, length, result))
                rows.append([peer.title, f"{length:,}", *figures(result.middle), more])
                before = length, result
        return grid(["", "rows", *FIGURES, "CPU of each further row, µs"], rows)

    def _processes(self) -> str:
        operations = [operation_named(name) for name in ("customer", "page")]
        subjects: dict[tuple[str, int], Measure] = {}
        with ExitStack() as stack:
            meter = self._meter()
            for count in PROCESSES:
                port = self.port + count
                (server,) = stack.enter_context(started([FORECOURT], self.dataset, port, self.environment, count))
                subjects |= {(one.name, count): _of(meter, server, one.name) for one in operations}
            found = self._rounds("growth, processes", subjects)
        rows = []
        for operation in operations:
            for count in PROCESSES:
                result = found[operation.name, count]
                cell = result.middle
                cores = [cell.per_second * cpu / 1000 for cpu in (cell.server_cpu, cell.postgres_cpu or 0.0)]
                rows.append([operation.title, f"{count}", *figures(cell), " + ".join(f"{one:.2f}" for one in cores)])
        return grid(["", "processes", *FIGURES, "cores used, server + PostgreSQL"], rows)

    def _meter(self) -> Meter:
        samples = asyncio.run(samples_of(self.dataset))
        return Meter(self.plan, samples, asyncio.run(find_postgres(self.dataset.url)), self.dataset.url)

    def _rounds(self, section: str, subjects: Mapping[Any, Measure]) -> dict[Any, Result]:
        """Measure all subjects in rounds whose order rotates."""
        print(section, flush=True)
        keys = list(subjects)
        cells: dict[Any, list[Cell]] = {key: [] for key in keys}
        for turn in range(self.plan.rounds):
            start = turn % len(keys)
            for key in (*keys[start:], *keys[:start]):
                cells[key].append(subjects[key]())
        found = {}
        for key, rounds in cells.items():
            what, *which = (str(part) for part in key)
            found[key] = Result(section, what, " ".join(which), CONNECTIONS, rounds)
            print(f"  {' '.join((what, *which))}: {found[key].middle.per_second:,.0f}/s", flush=True)
        self.results += found.values()
        return found


def _of(meter: Meter, server: Running, operation: str, length: int | None = None) -> Measure:
    asked = None if length is None else _lists(length)
    return lambda: meter.cell(server, operation_named(operation), CONNECTIONS, asked)


def _cpu(cell: Cell) -> float:
    return cell.server_cpu + (cell.postgres_cpu or 0.0)


def _per_row(shorter: int, less: Result, longer: int, more: Result) -> float:
    """Return the microseconds of CPU, PostgreSQL's included, for each row that a list is longer."""
    pairs = zip(less.rounds, more.rounds, strict=True)
    return 1000 * median(_cpu(long) - _cpu(short) for short, long in pairs) / (longer - shorter)


def _lists(length: int) -> Iterator[Asked]:
    return itertools.cycle([Asked(stage=stage, first=length) for stage in STAGES])


def _allows(server: Running, length: int) -> bool:
    answer: Any = server.answer("rows", Asked(stage=STAGES[0], first=length))
    return not answer.get("errors")
