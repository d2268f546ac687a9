"""The report: figures as they were measured, ratios, and verdicts, in Markdown."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from benchmarks.chart import chart
from benchmarks.dataset import FOLDER, ROOT, Dataset
from benchmarks.measure import Cell, Plan, Result
from benchmarks.operations import OPERATIONS
from benchmarks.peers import PEERS
from benchmarks.verdicts import ratio, verdicts

RESULTS: Final = FOLDER / "results"
Figure = Callable[[Cell], str]


@dataclass(slots=True)
class Run:
    """Everything that a run came to.

    Attributes:
        extras: Sections beside the main one: title and Markdown.
    """

    plan: Plan
    dataset: Dataset
    postgres_version: str
    results: list[Result] = field(default_factory=list)
    extras: list[tuple[str, str]] = field(default_factory=list)


def write(run: Run, name: str) -> Path:
    """Write JSON, Markdown and the chart; return where the Markdown is."""
    RESULTS.mkdir(exist_ok=True)
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    content = {
        "at": stamp,
        "circumstances": circumstances(run),
        "plan": asdict(run.plan),
        "results": [result.as_json() for result in run.results],
    }
    (RESULTS / f"{stamp}.json").write_text(json.dumps(content, indent=1))
    main = [result for result in run.results if result.section == "main"]
    if main:
        (RESULTS / f"{name}.svg").write_text(chart(main, run.plan.connections[0]))
    path = RESULTS / f"{name}.md"
    path.write_text(markdown(run, name, with_main=bool(main)))
    return path


def markdown(run: Run, name: str, *, with_main: bool) -> str:
    """Return the whole report."""
    parts = ["# Forecourt beside its peers", ""]
    parts += [f"- {line}" for line in circumstances(run)]
    if with_main:
        parts += ["", f"![Requests per second]({name}.svg)", *_main(run)]
    for title, body in run.extras:
        parts += ["", f"## {title}", "", body]
    return "\n".join([*parts, ""])


def _main(run: Run) -> list[str]:
    parts = []
    many = run.plan.connections[0]
    parts += ["", "## Targets", "", f"Ratios of requests per second at {many} connections.", "", _verdicts(run, many)]
    for connections in run.plan.connections:
        results = [r for r in run.results if r.section == "main" and r.connections == connections]
        noun = "connection" if connections == 1 else "connections"
        parts += ["", f"## {connections} {noun}", "", "Requests per second:", ""]
        parts += [table(results, lambda cell: number(cell.per_second))]
        parts += ["", "Forecourt's requests per second as a multiple of each server's:", "", _ratios(results)]
        parts += ["", "CPU per request in milliseconds: the server's + PostgreSQL's:", "", table(results, _cpu)]
        parts += ["", "Latency in milliseconds: median / 99 %:", ""]
        parts += [table(results, lambda cell: f"{number(cell.p50)} / {number(cell.p99)}")]
        if connections == many:
            parts += ["", "Peak resident memory of the server in MB:", ""]
            parts += [table(results, lambda cell: number(cell.peak_mb))]
    return parts


def _cpu(cell: Cell) -> str:
    postgres = "–" if cell.postgres_cpu is None else number(cell.postgres_cpu)
    return f"{number(cell.server_cpu)} + {postgres}"


def table(results: Sequence[Result], figure: Figure) -> str:
    """Return a table of operations and servers."""
    found = {(r.operation, r.server): r for r in results}
    servers = [peer for peer in PEERS if any(server == peer.name for _, server in found)]
    rows = []
    for operation in OPERATIONS:
        cells = [found.get((operation.name, server.name)) for server in servers]
        if any(cells):
            rows.append([operation.title, *("" if cell is None else figure(cell.middle) for cell in cells)])
    return grid(["", *(server.title for server in servers)], rows)


def _ratios(results: Sequence[Result]) -> str:
    found = {(r.operation, r.server): r for r in results}
    others = [p for p in PEERS if p.name != "forecourt" and any(server == p.name for _, server in found)]
    rows = []
    for operation in OPERATIONS:
        ours = found.get((operation.name, "forecourt"))
        if ours is not None:
            theirs = [found.get((operation.name, other.name)) for other in others]
            shown = ["" if other is None else f"{ratio(ours, other):.2f}" for other in theirs]
            rows.append([operation.title, *shown])
    return grid(["", *(other.title for other in others)], rows)


def _verdicts(run: Run, connections: int) -> str:
    titles = {peer.name: peer.title for peer in PEERS}
    rows = [
        [v.operation.title, titles[v.target.server], f"≥ {v.target.ratio:g}", f"{v.ratio:.2f}", v.word]
        for v in verdicts(run.results, connections)
    ]
    return grid(["", "beside", "target", "reached", ""], rows)


def grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table whose first column is text and whose others are figures."""
    lines = [f"| {' | '.join(head)} |", f"|---|{'---:|' * (len(head) - 1)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def number(value: float) -> str:
    """Return a figure with three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


FIGURES: Final = ("requests/s", "p50 ms", "p99 ms", "CPU ms, server + PostgreSQL")


def figures(cell: Cell) -> list[str]:
    """Return what stands under `FIGURES`."""
    return [number(cell.per_second), number(cell.p50), number(cell.p99), _cpu(cell)]


def circumstances(run: Run) -> list[str]:
    """Return where, when and on what was measured."""
    packages = ("strawberry-graphql", "tortoise-orm", "asyncpg", "uvicorn")
    python = ", ".join(f"{name} {version(name)}" for name in packages)
    plan = run.plan
    return [
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, revision {_revision()}",
        f"{_processor()}, {os.cpu_count()} cores; Python {platform.python_version()}, {python}",
        f"PostgreSQL {run.postgres_version} on the same machine; {_node_packages()}",
        f"{run.dataset.customers:,} customers, {2 * run.dataset.customers:,} vehicles, "
        f"{5 * run.dataset.customers:,} follow-ups",
        f"{plan.rounds} interleaved rounds of {plan.seconds:g} s per cell; medians",
    ]


def _node_packages() -> str:
    lock = json.loads((FOLDER / "package-lock.json").read_text())["packages"]
    names = ("postgraphile", "mercurius", "fastify", "pg")
    return ", ".join(f"{name} {lock[f'node_modules/{name}']['version']}" for name in names)


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown processor"
    )


def _revision() -> str:
    def git(*arguments: str) -> str:
        return subprocess.run(("git", *arguments), cwd=ROOT, capture_output=True, text=True, timeout=20).stdout.strip()

    changed = " with changes" if git("status", "--porcelain", "--untracked-files=no") else ""
    return (git("rev-parse", "--short", "HEAD") or "unknown") + changed
