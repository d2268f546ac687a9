"""`forecourt modules`: what is installed, what is on, and switching."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.cli.console import dealer_name, read_settings, run_async, say
from core.cli.schemas import with_requirements
from core.config.editing import set_modules
from core.config.reading import DEFAULT_FILE
from core.config.settings import DealerSettings, Settings
from core.data.errors import DatabaseUnavailableError
from core.errors import ConfigurationError
from core.host import Host
from core.migrations.errors import MigrationError
from core.migrations.migrate import pending
from core.migrations.modules import migrated
from core.plugins.discovery import available
from core.plugins.order import dependents
from core.wording import suggestion


def show(config: Path | None) -> None:
    """Print every installed module, and which dealers have it on."""
    settings = read_settings(config)
    installed = available(settings.plugins.folders)
    unknown = {name for dealer in settings.dealers.values() for name in dealer.modules} - {m.name for m in installed}
    if not installed and not unknown:
        say("no modules are installed")
    for module in installed:
        say(f"{_on(settings, module.name):<4} {module.name} {module.version}".rstrip(), bold=True)
        title = (module.title or {}).get("en", "")
        requires = f"requires {', '.join(module.requires)}" if module.requires else ""
        say("     " + "; ".join(part for part in (title, requires, module.origin) if part))
        if module.problem:
            say(f"     can't be used: {module.problem}")
    for name in sorted(unknown):
        say(f"{_on(settings, name):<4} {name}", bold=True)
        say("     is not installed")


def _on(settings: Settings, module: str) -> str:
    having = [dealer.name for dealer in settings.dealers.values() if module in dealer.modules]
    if len(settings.dealers) == 1 or not having:
        return "on" if having else "off"
    return f"on for {', '.join(having)}:"


def enable(config: Path | None, dealer: str, name: str) -> None:
    """Switch a module on together with what it requires."""
    settings = read_settings(config)
    chosen = settings.dealers[dealer_name(settings, dealer)]
    if name in chosen.modules:
        say(f"{name} is on already")
        return
    wanted = with_requirements([name], settings.plugins.folders)
    new = [one for one in wanted if one not in chosen.modules and one != name] + [name]
    after = chosen.model_copy(update={"modules": (*chosen.modules, *new)})
    # Whatever would keep the server from serving it shows now, before anything is written.
    run_async(Host(settings).build(after))
    file = _write(settings, chosen, after.modules)
    say(f"{file}: on now {', '.join(new)}")
    _say_pending(settings, after)
    say("A running server picks it up within seconds.")


def disable(config: Path | None, dealer: str, name: str, *, dry_run: bool) -> None:
    """Switch a module off, unless another one that is on requires it."""
    settings = read_settings(config)
    chosen = settings.dealers[dealer_name(settings, dealer)]
    if name not in chosen.modules:
        known = {module.name for module in available(settings.plugins.folders)}
        hint = "is off already" if name in known else f"is not on: {suggestion(name, chosen.modules)}"
        if name not in known:
            raise ConfigurationError(f"the module {name} {hint}")
        say(f"{name} {hint}")
        return
    _refuse_dependents(settings, chosen, name)
    remaining = tuple(one for one in chosen.modules if one != name)
    if dry_run:
        lost = run_async(_lost(settings, chosen, remaining))
        say(f"Without {name} these would be gone from the API: {', '.join(lost) or 'nothing'}.")
        say("Its tables and data would stay. Nothing was changed.")
        return
    file = _write(settings, chosen, remaining)
    say(f"{file}: off now {name}; its tables and data stay.")
    say("A running server picks it up within seconds.")


def _refuse_dependents(settings: Settings, chosen: DealerSettings, name: str) -> None:
    requires = {module.name: module.requires for module in available(settings.plugins.folders)}
    needing = sorted(dependents([name], {one: requires.get(one, ()) for one in chosen.modules}))
    if needing:
        verb = "requires" if len(needing) == 1 else "require"
        raise ConfigurationError(
            f"{', '.join(needing)} {verb} {name}: switch {'it' if len(needing) == 1 else 'them'} off first"
        )


async def _lost(settings: Settings, chosen: DealerSettings, remaining: Sequence[str]) -> list[str]:
    """Return the types and root fields that the API would not have any more."""
    host = Host(settings)
    before = (await host.build(chosen)).kernel.schema.graphql
    after = (await host.build(chosen.model_copy(update={"modules": tuple(remaining)}))).kernel.schema.graphql
    lost = [f"type {name}" for name in before.type_map if name not in after.type_map]
    for kind, there in after.type_map.items():
        fields, left = getattr(before.type_map.get(kind), "fields", {}), getattr(there, "fields", {})
        lost += [f"{kind}.{name}" for name in fields if name not in left]
    return sorted(lost)


def _write(settings: Settings, chosen: DealerSettings, modules: Sequence[str]) -> Path:
    file = settings.file or DEFAULT_FILE
    set_modules(file, chosen.name, modules)
    return file


def _say_pending(settings: Settings, after: DealerSettings) -> None:
    try:
        missing = run_async(_pending(settings, after))
    except (DatabaseUnavailableError, MigrationError) as error:
        say(f"Its tables could not be looked at: {error.message}")
        return
    if missing:
        say(f"Its tables are not there yet; run `forecourt migrate` ({', '.join(missing)}).")


async def _pending(settings: Settings, after: DealerSettings) -> list[str]:
    return await pending(after.database_url, migrated(Host(settings).load(after)))
