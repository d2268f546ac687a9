"""Forecourt without a part of it, only to measure what that part costs or saves.

python -m benchmarks.servers.forecourt_without audit,outbox serve --port 8000
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

from core.caller import Caller
from core.people.callers import Identity
from core.read import gathering
from core.write import pipeline


async def _no_entries(*_: Any) -> None:
    return None


async def _no_events(*_: Any) -> bool:
    return False


async def _alone(_: Any, __: Any, part: Any, ask: Any) -> Any:
    return await ask([part], lambda: None)


_within = Identity.within


def _with_all_rights(identity: Identity, store: str = "") -> Caller:
    return replace(_within(identity, store), system=True)


PARTS: dict[str, tuple[Any, str, Any]] = {
    "audit": (pipeline, "write_entries", _no_entries),
    "outbox": (pipeline, "write_events", _no_events),
    "rights": (Identity, "within", _with_all_rights),
    "gathering": (gathering.Gathering, "answer", _alone),
}


def take_out(parts: str) -> None:
    """Replace what Forecourt calls; `nothing` leaves it as it is."""
    for part in parts.split(","):
        if part == "nothing":
            continue
        owner, name, replacement = PARTS[part]
        if not hasattr(owner, name):
            sys.exit(f"{owner.__name__} has no {name} any more; this benchmark must follow it")
        setattr(owner, name, replacement)


if __name__ == "__main__":
    from core.cli.main import app

    take_out(sys.argv.pop(1))
    app()
