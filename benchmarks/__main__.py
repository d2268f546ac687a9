"""`make bench`: measures Forecourt beside its peers and writes a report."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from benchmarks import peers
from benchmarks.dataset import STATE, forecourt_environment, postgres_version, prepare, tidy
from benchmarks.errors import BenchmarkError
from benchmarks.growth import Growth
from benchmarks.measure import Plan, Result
from benchmarks.operations import OPERATIONS, Operation
from benchmarks.report import Run, write
from benchmarks.sections import Bench

PORT: Final = 18600
SECTIONS: Final = ["main", "costs", "equal-work", "gathering", "sqlite"]
FULL: Final = Plan()
QUICK: Final = Plan(rounds=3, seconds=0.3, warm_up=0.1, first_warm_up=1.0, connections=(32,))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for and return the exit code."""
    options = _options(arguments)
    signal.signal(signal.SIGTERM, _stop)
    try:
        run(options)
    except BenchmarkError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench: stopped; all servers are down", file=sys.stderr)
        return 130
    return 0


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def run(options: argparse.Namespace) -> None:
    """Prepare, compare, measure and report."""
    plan = _plan(options)
    wanted = peers.chosen(options.servers)
    operations = _operations(options.operations)
    if any("node" in peer.command for peer in wanted):
        peers.install_node_packages()
    environment = forecourt_environment(STATE / "forecourt")
    dataset = asyncio.run(prepare(environment=environment))
    bench = Bench(plan, dataset, options.port, environment)
    done = Run(plan, dataset, asyncio.run(postgres_version(dataset.url)))
    whole = not (options.servers or options.operations)
    try:
        if "main" in options.sections:
            done.results += bench.main(wanted, operations)
        if "costs" in options.sections and whole:
            _add(done, "What safety costs", bench.costs())
        if "equal-work" in options.sections and whole:
            _add(done, "Equal work", bench.equal_work())
        if "gathering" in options.sections and whole:
            _add(done, "What asking together saves", bench.gathering())
        if "sqlite" in options.sections and whole:
            _add(done, "On SQLite", bench.sqlite())
        if options.growth:
            _add(done, "Growth", Growth(plan, dataset, options.port, environment).measure())
    finally:
        asyncio.run(tidy(dataset))
    is_full = whole and not options.quick and options.sections == SECTIONS
    path = write(done, "report" if is_full else "partial")
    print(f"the report is in {path}, the figures of each round beside it")


def _add(done: Run, title: str, section: tuple[list[Result], str]) -> None:
    results, text = section
    done.results += results
    done.extras.append((title, text))


def _plan(options: argparse.Namespace) -> Plan:
    base = QUICK if options.quick else FULL
    return replace(
        base,
        rounds=options.rounds or base.rounds,
        seconds=options.seconds or base.seconds,
        connections=tuple(int(one) for one in options.connections.split(",") if one) or base.connections,
    )


def _operations(names: str) -> list[Operation]:
    by_name = {operation.name: operation for operation in OPERATIONS}
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if name not in by_name:
            raise BenchmarkError(f"there is no operation {name}; there are {', '.join(by_name)}")
    return [operation for operation in OPERATIONS if not wanted or operation.name in wanted]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="3 short rounds, for a first impression")
    parser.add_argument("--operations", default="", metavar="A,B", help="only these")
    parser.add_argument("--servers", default="", metavar="A,B", help="only these")
    parser.add_argument("--rounds", type=int, default=0, metavar="N")
    parser.add_argument("--seconds", type=float, default=0.0, metavar="S", help="how long each cell is")
    parser.add_argument("--connections", default="", metavar="N,M")
    parser.add_argument(
        "--growth", action="store_true", help="also a million customers; its data takes 10 minutes once"
    )
    parser.add_argument(
        "--sections", type=lambda text: text.split(","), default=SECTIONS, metavar="A,B", help=", ".join(SECTIONS)
    )
    parser.add_argument("--port", type=int, default=PORT, help="the first port of the servers")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
