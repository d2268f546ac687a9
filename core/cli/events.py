"""`forecourt events`: looking at what was published, and delivering it again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from core.cli.console import dealer_name, opened, read_settings, run_async, say
from core.dealer import Dealer
from core.events.inspection import dead_letters, lag
from core.events.inspection import replay as deliver_again


def replay(config: Path | None, dealer: str, times: int) -> None:
    """Deliver every event again; consumers that have handled one do nothing."""

    async def work(found: Dealer) -> None:
        result = await deliver_again(found, times)
        effect = f"{result.handled} were handled now" if result.handled else "which changed nothing"
        say(f"{found.name}: {result.offered} deliveries offered, {effect}")

    run_async(_with(config, dealer, work))


def status(config: Path | None, dealer: str) -> None:
    """Say how far delivery is behind, and what was given up."""

    async def work(found: Dealer) -> None:
        say(f"{found.name}: the oldest delivery has been due for {await lag(found.database, found.clock):.0f} s")
        for letter in await dead_letters():
            say(f"  given up: event {letter.event_id} for {letter.consumer}: {letter.last_error}")

    run_async(_with(config, dealer, work))


async def _with(config: Path | None, named: str, work: Callable[[Dealer], Awaitable[None]]) -> None:
    settings = read_settings(config)
    async with opened(settings, dealer_name(settings, named)) as (dealer,):
        token = dealer.database.activate()
        try:
            await dealer.load_stores()
            await work(dealer)
        finally:
            dealer.database.deactivate(token)
