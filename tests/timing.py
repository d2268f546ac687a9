"""What tests cost: processor time of each, their children's included, by folder and beside a budget.

Usage: python -m tests.timing, which compares what the last `make test` has left with tests/budgets.toml.

Processor time, because a busy machine stretches every other kind; and beside a yardstick that is measured in the same
run, because machines differ. PostgreSQL's own processes are not in it.
"""

from __future__ import annotations

import ast
import inspect
import json
import os
import sys
import time
import tomllib
import typing
from collections import defaultdict
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[1]
TIMES: Final = ROOT / "build" / "times"
BUDGETS: Final = ROOT / "tests" / "budgets.toml"
SLOWEST: Final = 20

_BEGUN: Final = pytest.StashKey[float]()


def _spent() -> float:
    """Return the processor time of this process and of those children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def yardstick() -> float:
    """Return the processor time of a piece of work that is always the same."""
    text = inspect.getsource(typing)
    took = []
    for _ in range(3):
        begun = time.process_time()
        ast.parse(text)
        took.append(time.process_time() - begun)
    return min(took)


class Timing:
    """Measures each test, and tells at the end what was slow.

    Args:
        file: Where to leave the figures for `make check-times`.
    """

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self.tests: defaultdict[str, float] = defaultdict(float)
        self.yardstick = yardstick()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        item.stash[_BEGUN] = _spent()
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        now = _spent()
        # An attribute of its own travels with the report from a worker of xdist.
        report.__dict__["spent"] = now - item.stash[_BEGUN]
        item.stash[_BEGUN] = now
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.tests[report.nodeid] += report.__dict__.get("spent", 0.0)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        self.yardstick = min(self.yardstick, yardstick())
        folders = by_folder(self.tests)
        if self.file is not None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.write_text(json.dumps({"yardstick": self.yardstick, "folders": folders}), encoding="utf-8")
        terminalreporter.section(f"CPU seconds of each folder, and of the {SLOWEST} slowest tests")
        for name, seconds in [*_most(folders), *_most(self.tests)[:SLOWEST]]:
            terminalreporter.line(f"{seconds:7.1f}  {name}")


def _most(spent: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(spent.items(), key=lambda item: item[1], reverse=True)


def by_folder(tests: Mapping[str, float]) -> dict[str, float]:
    """Return the sum of each folder."""
    folders: defaultdict[str, float] = defaultdict(float)
    for name, seconds in tests.items():
        folders[name.partition("::")[0].rpartition("/")[0]] += seconds
    return folders


def over_budget(measured: Mapping[str, float], budgets: Mapping[str, float], slower: float) -> list[str]:
    """Return a line for each folder above its budget or without one.

    Args:
        slower: How many times longer this machine takes than the one that the budgets were made on.
    """
    lines = []
    for folder, seconds in sorted(measured.items()):
        budget = budgets.get(folder)
        if budget is None:
            lines.append(f"{folder} has no budget; it took {seconds / slower:.1f} s")
        elif seconds > budget * slower:
            lines.append(f"{folder} took {seconds / slower:.1f} s, above its budget of {budget:g} s")
    return lines


def measured(database: str) -> tuple[dict[str, float], float]:
    """Return the folders' seconds on a database as the last `make test` has left them, and the yardstick's."""
    folders: defaultdict[str, float] = defaultdict(float)
    yardsticks = []
    for file in sorted(TIMES.glob(f"{database}*.json")):
        left: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        for folder, seconds in left["folders"].items():
            folders[folder] += seconds
        yardsticks.append(left["yardstick"])
    if not yardsticks:
        raise SystemExit(f"there are no times of the suite on {database}: run `make test` first")
    return folders, sum(yardsticks) / len(yardsticks)


def main() -> int:
    budgets = tomllib.loads(BUDGETS.read_text(encoding="utf-8"))
    failed = False
    for database in ("sqlite", "postgres"):
        folders, length = measured(database)
        slower = length / budgets["yardstick"]
        sys.stdout.write(f"{database}: {sum(folders.values()):.0f} s of CPU, on a machine {slower:.2f} times as slow\n")
        for line in over_budget(folders, budgets[database], slower):
            sys.stdout.write(f"  {line}\n")
            failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
