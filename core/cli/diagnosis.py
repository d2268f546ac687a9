"""`forecourt doctor`: what is wrong, and what to do about it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import typer

from core.cli.console import opened, read_settings, run_async, say
from core.config.settings import Settings
from core.data.address import SqliteSettings
from core.data.model import Record
from core.dealer import Dealer
from core.errors import ForecourtError
from core.http.health import migrations
from core.jobs.health import Check, Finding, Health, HealthState, checks_of, disk_space, examine
from core.kernel import app_modules
from core.kinds.kind import kind_of
from core.migrations.copies import kept_copies
from core.migrations.errors import MigrationError
from core.migrations.migrate import settled
from core.people.callers import system_caller
from core.plugins.discovery import available
from core.scope import enter, leave

_MARKS = {
    HealthState.OK: "ok",
    HealthState.DEGRADED: "look",
    HealthState.STORAGE_FULL: "FULL",
    HealthState.FAILED: "WRONG",
}
_COLORS = {
    HealthState.OK: typer.colors.GREEN,
    HealthState.DEGRADED: typer.colors.YELLOW,
    HealthState.STORAGE_FULL: typer.colors.RED,
    HealthState.FAILED: typer.colors.RED,
}
_MOST_SKEW_SECONDS = 2.0
_EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
"""A clock before the time in which this was written is not set."""


def doctor(config: Path | None) -> None:
    """Check everything that can be checked; fail when something is wrong that keeps a dealer from working."""
    try:
        settings = read_settings(config)
    except ForecourtError as error:
        _show(Finding("configuration", HealthState.FAILED, error.message))
        raise typer.Exit(1) from None
    _show(Finding(f"configuration {settings.file or '(defaults)'}", HealthState.OK))
    sound = _plugins(settings)
    if sound:
        sound = run_async(_dealers(settings))
    if not sound:
        raise typer.Exit(1)
    say("Everything that a dealer needs is there.")


def _show(finding: Finding) -> None:
    mark = typer.style(f"{_MARKS[finding.state]:<6}", fg=_COLORS[finding.state], bold=True)
    typer.echo(f"{mark}{finding.name}" + (f": {finding.problem}" if finding.problem else ""))


def _plugins(settings: Settings) -> bool:
    """Show the installed plugins that can't be used; it only matters for those that are on."""
    on = {name for dealer in settings.dealers.values() for name in dealer.modules}
    installed = {module.name: module for module in available(settings.plugins.folders)}
    sound = True
    for name in sorted(on | set(installed)):
        module = installed.get(name)
        problem = module.problem if module else "it is on, but not installed: install it, or switch it off"
        state = HealthState.OK
        if problem:
            state = HealthState.FAILED if name in on else HealthState.DEGRADED
        sound = sound and state is not HealthState.FAILED
        _show(Finding(f"plugin {name}", state, problem))
    return sound


async def _dealers(settings: Settings) -> bool:
    sound = True
    for name in settings.dealers:
        try:
            async with opened(settings, name) as (dealer,):
                sound = await _dealer(dealer, settings) and sound
        except ForecourtError as error:
            _show(Finding(name, HealthState.FAILED, error.message))
            sound = False
    return sound


async def _dealer(dealer: Dealer, settings: Settings) -> bool:
    token = dealer.database.activate()
    try:
        # What the other checks ask is only there when these two are well.
        first = await _examined(Check("database", dealer.database.ping, required=True))
        if first.ready:
            first = await _examined(migrations(dealer))
        if not first.ready:
            found = [*first.findings, *(await _examined(disk_space(settings.server.data_folder))).findings]
        else:
            listed = [*checks_of(dealer), migrations(dealer), clock(dealer), keys(dealer)]
            found = list((await _examined(*listed)).findings)
        found.append(await copies(dealer))
    finally:
        dealer.database.deactivate(token)
    for finding in found:
        _show(Finding(f"{dealer.name}: {finding.name}", finding.state, finding.problem))
    return not {HealthState.FAILED, HealthState.STORAGE_FULL} & {finding.state for finding in found}


async def _examined(*checks: Check) -> Health:
    return await examine(checks, timeout_s=10, in_full=True)


async def copies(dealer: Dealer) -> Finding:
    """Remove what killed migrations have left and nobody needs; say what is there beside that."""
    database = dealer.database
    try:
        done = await settled(database, mends=False)
    except MigrationError as error:
        return Finding("copies", HealthState.FAILED, error.message)
    kept = kept_copies(database.settings.path) if isinstance(database.settings, SqliteSettings) else ()
    if kept:
        size = sum(copy.stat().st_size for copy in kept)
        done = f"{done}; " if done else ""
        done += f"{len(kept)} copies of before migrations ({size:,} bytes) are kept: remove those that nobody needs"
    return Finding("copies", HealthState.OK, done)


def clock(dealer: Dealer) -> Check:
    """Return a check that the machine's clock is set, and agrees with that of the database's machine."""

    async def ask() -> str | None:
        now = datetime.now(UTC)
        if now < _EARLIEST:
            return f"the clock says {now:%Y-%m-%d}: set it"
        if dealer.database.dialect == "sqlite":
            return None
        before = time.time()
        ((theirs,),) = await dealer.database.fetch("SELECT extract(epoch FROM clock_timestamp())::float8")
        skew = abs(float(theirs) - (before + time.time()) / 2)
        if skew <= _MOST_SKEW_SECONDS:
            return None
        return f"it differs from the database's by {skew:.1f} s: let both machines set theirs by NTP"

    return Check("clock", ask)


def keys(dealer: Dealer) -> Check:
    """Return a check that the keys open what is stored: one value of every protected column."""
    return Check("keys", partial(_unreadable, dealer), required=True)


async def _unreadable(dealer: Dealer) -> str | None:
    token = enter(dealer.scope(system_caller("cli:doctor")))
    try:
        locked = [f"{model.__name__}.{name}" for model, name in _protected(dealer) if not await _opens(model, name)]
    finally:
        leave(token)
    if not locked:
        return None
    listed = ", ".join(sorted(locked))
    return f"{listed} can't be decrypted with these keys: configure those that they were written with"


def _protected(dealer: Dealer) -> Iterator[tuple[type[Record], str]]:
    for modules in app_modules(dealer.kernel.loaded).values():
        for model in {value for module in modules for value in vars(module).values() if isinstance(value, type)}:
            if issubclass(model, Record) and not model._meta.abstract:
                yield from ((model, name) for name, one in model.composites.items() if kind_of(one).is_protected)


async def _opens(model: type[Record], name: str) -> bool:
    row = await model.filter(**{f"{name}_sealed__isnull": False}).first()
    try:
        if row is not None:
            await row.reveal(name)
    except ForecourtError:
        return False
    return True
