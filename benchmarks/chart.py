"""The chart of the report: requests per second of each server, as parts of what the bare handler does."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from benchmarks.measure import Result
from benchmarks.operations import OPERATIONS
from benchmarks.peers import PEERS

COLOURS: Final = {
    "raw": "#9ca3af",
    "forecourt": "#1d4ed8",
    "postgraphile": "#b45309",
    "mercurius": "#047857",
    "strawberry": "#be185d",
}
WIDTH: Final = 960
LEFT: Final = 350
RIGHT: Final = 120
BAR: Final = 14
GAP: Final = 20
TOP: Final = 92


def chart(results: Sequence[Result], connections: int) -> str:
    """Return an SVG on a ground of its own, so that it reads on light and dark pages."""
    found = {(r.operation, r.server): r for r in results if r.section == "main" and r.connections == connections}
    servers = [p for p in PEERS if p.name in COLOURS and any(server == p.name for _, server in found)]
    operations = [o for o in OPERATIONS if any(operation == o.name for operation, _ in found)]
    parts = []
    y = TOP
    for operation in operations:
        rows = [
            (s, found[operation.name, s.name].middle.per_second) for s in servers if (operation.name, s.name) in found
        ]
        longest = max(value for _, value in rows)
        middle = y + len(rows) * BAR / 2 + 4
        parts.append(_text(LEFT - 12, middle, operation.title, anchor="end"))
        for server, value in rows:
            width = max(1.0, (WIDTH - LEFT - RIGHT) * value / longest)
            parts.append(
                f'<rect x="{LEFT}" y="{y:.0f}" width="{width:.1f}" height="{BAR - 2}" rx="2" '
                f'fill="{COLOURS[server.name]}"/>'
            )
            weight = 600 if server.name == "forecourt" else 400
            parts.append(_text(LEFT + width + 6, y + BAR - 4, _number(value), size=11, weight=weight))
            y += BAR
        y += GAP
    legend = []
    x = float(24)
    for server in servers:
        legend.append(f'<rect x="{x:.0f}" y="58" width="12" height="12" rx="2" fill="{COLOURS[server.name]}"/>')
        legend.append(_text(x + 18, 68, server.title, size=12))
        x += 40 + 6.6 * len(server.title)
    title = f"Requests per second, {connections} connections; bars within an operation share a scale"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y:.0f}" '
        'font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif" role="img" '
        f'aria-labelledby="title">\n<title id="title">{escape(title)}</title>\n'
        f'<rect width="{WIDTH}" height="{y:.0f}" rx="12" fill="#ffffff"/>'
    )
    return "\n".join([head, _text(24, 36, title, size=16, weight=600), *legend, *parts, "</svg>", ""])


def _text(x: float, y: float, text: str, *, size: int = 13, weight: int = 400, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" fill="#1f2a37" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"
