"""`forecourt audit verify`."""

from __future__ import annotations

from pathlib import Path

import typer

from core.cli.console import dealer_name, opened, read_settings, run_async, say
from core.dealer import Dealer
from core.write.seal import chains
from core.write.seal import verify as verify_chain


def verify(config: Path | None, dealer: str) -> None:
    """Check every chain of a dealer; fail when one is broken."""
    if not run_async(_verify(config, dealer)):
        raise typer.Exit(1)


async def _verify(config: Path | None, named: str) -> bool:
    settings = read_settings(config)
    async with opened(settings, dealer_name(settings, named)) as (dealer,):
        token = dealer.database.activate()
        try:
            return await _every_chain(dealer)
        finally:
            dealer.database.deactivate(token)


async def _every_chain(dealer: Dealer) -> bool:
    sound = True
    for store_id in await chains(dealer.database):
        result = await verify_chain(dealer.database, store_id)
        sound = sound and result.ok
        waiting = f", {len(result.unsealed)} not sealed yet" if result.unsealed else ""
        say(f"{result.chain}: {result.sealed} entries sealed and unchanged{waiting}; it ends with {result.head}")
        for line in result.broken:
            typer.secho(f"{result.chain}: {line}", fg=typer.colors.RED, err=True)
    return sound
