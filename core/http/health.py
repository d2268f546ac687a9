"""Whether the process lives, and whether a dealer can be served."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from core.dealer import Dealer
from core.host import Host
from core.jobs.health import Check, Health, checks_of, examine
from core.migrations.history import History, Recorder
from core.migrations.modules import migrated

_KEPT_SECONDS = 1.0
"""Anybody may ask, so the database is asked at most once within this time."""


async def healthz(_: Request) -> Response:
    """Answer while the process lives; it asks nothing of the database."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """Answer 200 when the dealer can be served, 503 with what is wrong when not."""
    readiness: Readiness = request.state.readiness
    health = await readiness.of(request.state._dealer)
    return JSONResponse(health.as_json(), 200 if health.ready else 503)


@dataclass(frozen=True, slots=True)
class _Asked:
    at: float
    answer: asyncio.Task[Health]


class Readiness:
    """Examines the dealers of a host, each at most once a second however many ask."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._asked: dict[str, _Asked] = {}

    async def of(self, dealer: Dealer) -> Health:
        """Return how well a dealer does; his database is active in the running task."""
        asked = self._asked.get(dealer.name)
        if asked is None or monotonic() - asked.at > _KEPT_SECONDS:
            listed = [*checks_of(dealer), migrations(dealer), configuration(self._host.problem)]
            asked = self._asked[dealer.name] = _Asked(monotonic(), asyncio.create_task(examine(listed)))
        return await asyncio.shield(asked.answer)


def migrations(dealer: Dealer) -> Check:
    """Return a check that the database has all migrations of the modules that are on."""
    return Check("migrations", _migrations(dealer), required=True)


def _migrations(dealer: Dealer) -> Callable[[], Awaitable[str | None]]:
    async def ask() -> str | None:
        history = await asyncio.to_thread(History.load, migrated(dealer.kernel.loaded))
        missing = history.missing_in(await Recorder(dealer.database).applied())
        if not missing:
            return None
        return f"{len(missing)} migrations are not applied: run `forecourt migrate`"

    return ask


def configuration(problem: str) -> Check:
    """Return a check that what is served is what the configuration file says.

    Args:
        problem: Why it is not; empty when it is.
    """

    async def ask() -> str | None:
        return problem or None

    return Check("configuration", ask)
