"""Forecourt with the audit or the outbox taken out of its commands; only to measure what they cost.

python -m benchmarks.servers.forecourt_without audit,outbox serve --port 8000
"""

from __future__ import annotations

import sys
from typing import Any

from core.write import pipeline


async def _no_entries(*_: Any) -> None:
    return None


async def _no_events(*_: Any) -> bool:
    return False


PARTS = {"audit": ("write_entries", _no_entries), "outbox": ("write_events", _no_events)}


def take_out(parts: str) -> None:
    """Replace what the pipeline calls; `nothing` leaves it as it is."""
    for part in parts.split(","):
        if part == "nothing":
            continue
        name, replacement = PARTS[part]
        if not hasattr(pipeline, name):
            sys.exit(f"core.write.pipeline has no {name} any more; this benchmark must follow it")
        setattr(pipeline, name, replacement)


if __name__ == "__main__":
    from core.cli.main import app

    take_out(sys.argv.pop(1))
    app()
