"""What the commands share: reading the configuration, choosing a dealer, running in an event loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import typer

from core import collector
from core.config.reading import load_settings
from core.config.settings import Settings
from core.dealer import Dealer
from core.errors import ConfigurationError
from core.host import Host
from core.wording import suggestion

T = TypeVar("T")


def read_settings(config: Path | None) -> Settings:
    """Return the configuration that the environment and an option name."""
    return load_settings(config, os.environ)


def dealer_name(settings: Settings, named: str) -> str:
    """Return the dealer that is meant.

    Raises:
        ConfigurationError: There is no such dealer, or there are several and none was named.
    """
    known = list(settings.dealers)
    if not named and len(known) == 1:
        return known[0]
    if named not in known:
        what = f"there is no dealer {named}" if named else "say which dealer is meant with --dealer"
        raise ConfigurationError(f"{what}: {suggestion(named, known)}")
    return named


@asynccontextmanager
async def opened(settings: Settings, *names: str) -> AsyncIterator[list[Dealer]]:
    """Build dealers for the time of a command; all of them without names."""
    host = Host(settings)
    try:
        for name in names or settings.dealers:
            host.dealers[name] = await host.build(settings.dealers[name])
        with collector.settled():
            yield list(host)
    finally:
        await host.close()


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work."""
    return asyncio.run(work)


def say(text: str = "", *, bold: bool = False) -> None:
    """Print a line for the person at the terminal."""
    typer.secho(text, bold=bold)
