"""`forecourt migrate` and `forecourt makemigrations`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from core.cli.console import opened, read_settings, run_async, say
from core.cli.schemas import plugin_folders
from core.config.settings import Settings
from core.dealer import Dealer
from core.kernel import app_modules, load_modules, unconnected
from core.migrations.makemigrations import PlannedMigration
from core.migrations.makemigrations import makemigrations as make
from core.migrations.migrate import migrate as bring
from core.migrations.modules import migrated
from core.plugins.discovery import available
from core.plugins.loader import LoadedModules
from core.provision import provision


def migrate(config: Path | None, *, keep_copy: bool) -> None:
    """Migrate every dealer's database, and write what its modules bring (roles, code lists)."""
    run_async(_migrate(read_settings(config), keep_copy=keep_copy))


async def _migrate(settings: Settings, *, keep_copy: bool) -> None:
    async with opened(settings) as dealers:
        for dealer in dealers:
            await migrate_dealer(dealer, keep_copy=keep_copy)


async def migrate_dealer(dealer: Dealer, *, keep_copy: bool = False) -> None:
    """Bring one dealer's database to the newest schema."""
    modules = migrated(dealer.kernel.loaded)
    report = await bring(
        dealer.database, modules, keep_copy=keep_copy, progress=lambda line: say(f"{dealer.name}: {line}")
    )
    token = dealer.database.activate()
    try:
        await provision(dealer)
    finally:
        dealer.database.deactivate(token)
    done = f"{len(report.applied)} migrations applied" if report.applied else "is up to date"
    say(f"{dealer.name}: {dealer.database} {done}")
    if report.copy is not None:
        say(f"{dealer.name}: the database as it was before is kept as {report.copy}")


def makemigrations(
    config: Path | None,
    *,
    check: bool,
    renames: Sequence[str],
    removals: Sequence[str],
    only: Sequence[str] | None,
    name: str,
) -> None:
    """Write what is missing between models and migrations, or only say it and fail."""
    planned = run_async(_plan(config, check=check, renames=renames, removals=removals, only=only, name=name))
    for migration in planned:
        say(str(migration) if migration.path is None else f"{migration} ({migration.path})")
    if not planned:
        say("models and migrations agree")
    elif check:
        typer.secho("models and migrations differ: run `forecourt makemigrations`", fg=typer.colors.RED, err=True)
        raise typer.Exit(1)


async def _plan(
    config: Path | None,
    *,
    check: bool,
    renames: Sequence[str],
    removals: Sequence[str],
    only: Sequence[str] | None,
    name: str,
) -> list[PlannedMigration]:
    loaded = _every_module(plugin_folders(config))
    # Relations have to be initialised; nothing is connected to.
    database = unconnected()
    await database.open(app_modules(loaded))
    token = database.activate()
    try:
        return make(
            migrated(loaded),
            check=check,
            name=name or None,
            renames=renames,
            removals=removals,
            ask=_ask if sys.stdin.isatty() and not check else None,
            only=only,
        )
    finally:
        database.deactivate(token)


def _every_module(folders: Sequence[Path]) -> LoadedModules:
    """Load whatever is installed, because a module's history has to be right whether it is on here or not."""
    return load_modules((module.name for module in available(folders)), folders=folders)


def _ask(question: str) -> bool:
    return typer.confirm(question)
