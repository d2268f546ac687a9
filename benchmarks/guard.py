"""Whether Forecourt's CPU per request has grown, beside the bare handler's on the same rows at the same time.

A ratio of CPU times hardly depends on the machine, or on what else runs on it. `--write` takes the present ratios over.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from benchmarks.dataset import FOLDER, STATE, forecourt_environment, prepare
from benchmarks.errors import BenchmarkError
from benchmarks.measure import Meter, Plan
from benchmarks.operations import OPERATIONS, samples_of
from benchmarks.peers import FORECOURT, RAW, started

FILE: Final = FOLDER / "guard.json"
GUARDED: Final = ("customer", "page", "nested")
CUSTOMERS: Final = 5000
ROOM: Final = 1.5
"""So much more than the committed ratio is still taken for noise."""
PORT: Final = 18680
PLAN: Final = Plan(rounds=4, seconds=0.4, warm_up=0.05, first_warm_up=0.5, connections=(4,))


def measure(port: int) -> dict[str, float]:
    """Return Forecourt's CPU per request as a multiple of the bare handler's, by operation."""
    environment = forecourt_environment(STATE / "guard")
    dataset = asyncio.run(prepare(CUSTOMERS, environment=environment))
    samples = asyncio.run(samples_of(dataset))
    ratios = {}
    with started([RAW, FORECOURT], dataset, port, environment) as (raw, forecourt):
        meter = Meter(PLAN, samples, None, dataset.url)
        for operation in OPERATIONS:
            if operation.name in GUARDED:
                pairs = [
                    [meter.cell(server, operation, PLAN.connections[0]).server_cpu for server in (raw, forecourt)]
                    for _ in range(PLAN.rounds)
                ]
                # The least: what else runs on the machine only ever adds.
                theirs, ours = (min(cells) for cells in zip(*pairs, strict=True))
                ratios[operation.name] = round(ours / theirs, 2)
    return ratios


def faults(measured: Mapping[str, float], committed: Mapping[str, float]) -> list[str]:
    """Return a line for each operation that costs too much more than the committed figures say."""
    return [
        f"{name}: {ratio:.2f} times the bare handler's CPU, committed are {committed[name]:.2f}, "
        f"allowed {ROOM * committed[name]:.2f}"
        for name, ratio in measured.items()
        if ratio > ROOM * committed[name]
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, compare with `guard.json`, and return the exit code."""
    parser = argparse.ArgumentParser(prog="make bench-guard ARGS=…", description=__doc__)
    parser.add_argument("--write", action="store_true", help="take the present ratios over into guard.json")
    parser.add_argument("--port", type=int, default=PORT, help="the first port of the servers")
    options = parser.parse_args(arguments)
    try:
        measured = measure(options.port)
        if options.write or faults(measured, _committed()):
            # Once more: what costs more costs it again, and the lower figure is the truer one.
            again = measure(options.port)
            measured = {name: min(ratio, again[name]) for name, ratio in measured.items()}
        wrong = [] if options.write else faults(measured, _committed())
    except BenchmarkError as error:
        print(f"bench-guard: {error}", file=sys.stderr)
        return 1
    shown = ", ".join(f"{name} {ratio:.2f}" for name, ratio in measured.items())
    print(f"Forecourt's CPU per request as a multiple of the bare handler's: {shown}")
    if options.write:
        FILE.write_text(json.dumps(measured, indent=2) + "\n")
        return 0
    for line in wrong:
        print(f"bench-guard: {line}", file=sys.stderr)
    if wrong:
        print("bench-guard: make it cheaper, or say why not: make bench-guard ARGS=--write", file=sys.stderr)
    return 1 if wrong else 0


def _committed() -> dict[str, float]:
    if not FILE.exists():
        raise BenchmarkError(f"there is no {FILE.name}: make bench-guard ARGS=--write")
    content: dict[str, float] = json.loads(FILE.read_text())
    return content


if __name__ == "__main__":
    sys.exit(main())
