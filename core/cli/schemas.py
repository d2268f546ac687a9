"""`forecourt schema`: the API contract as text, of any set of modules, without a database."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import typer

from core.cli.console import run_async, say
from core.cli.schema_parts import NotAdditiveError, added
from core.config.environment import CONFIG
from core.config.reading import DEFAULT_FILE, read_document
from core.errors import ConfigurationError
from core.kernel import kernel_without_database
from core.kinds.reference import filters_page
from core.plugins.discovery import KERNEL, ROOT, available, builtin_names
from core.wording import suggestion

FOLDER = ROOT / "schema"
MERGED = "schema.graphql"


def show(config: Path | None, only: str) -> None:
    """Print the schema of the modules named, with those that they require; of all built-in ones without names."""
    folders = plugin_folders(config)
    names = [name.strip() for name in only.split(",") if name.strip()] or builtin_names()
    typer.echo(run_async(_sdl(with_requirements(names, folders), folders)), nl=False)


def plugin_folders(config: Path | None) -> list[Path]:
    """Return the plugin folders of the configuration, without demanding that the rest of it is right."""
    named = os.environ.get(CONFIG)
    file = config or (Path(named) if named else DEFAULT_FILE)
    if not file.exists():
        return []
    table = read_document(file).get("plugins", {})
    folders = table.get("folders", []) if isinstance(table, dict) else []
    return [(file.resolve().parent / Path(str(folder)).expanduser()).resolve() for folder in folders]


def with_requirements(names: Iterable[str], folders: Sequence[Path] = ()) -> list[str]:
    """Return modules together with all that they require.

    Raises:
        ConfigurationError: One of them is not installed.
    """
    installed = {module.name: module for module in available(folders)}
    found: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in installed:
            raise ConfigurationError(f"the module {name} is not installed: {suggestion(name, installed)}")
        if name not in found:
            found[name] = None
            waiting += installed[name].requires
    return sorted(found)


def write_files() -> None:
    """Write the schemas of the built-in modules and the page about filters; remove those of modules that are gone."""
    expected = run_async(_expected())
    for path in _superfluous(expected):
        path.unlink()
        say(f"removed {path.relative_to(ROOT)}")
    for path, text in expected.items():
        if _read(path) != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            say(f"wrote {path.relative_to(ROOT)}")


def check_files() -> None:
    """Compare the written schemas with the code; fail with the difference."""
    expected = run_async(_expected())
    wrong = [f"{path.relative_to(ROOT)} is of a module that is gone" for path in _superfluous(expected)]
    for path, text in expected.items():
        name = str(path.relative_to(ROOT))
        difference = difflib.unified_diff(_read(path).splitlines(), text.splitlines(), name, "the code", lineterm="")
        wrong += list(difference)[:200]
    if wrong:
        for line in wrong:
            say(line)
        typer.secho(
            "schema/ or docs/filters.md differs from the code: run `forecourt schema --write`",
            fg=typer.colors.RED,
            err=True,
        )
        raise typer.Exit(1)
    say(f"{len(expected)} printed files agree with the code")


async def _expected() -> Mapping[Path, str]:
    names = builtin_names()
    texts = {FOLDER / MERGED: await _sdl(names), ROOT / "docs" / "filters.md": filters_page()}
    return texts | {FOLDER / "modules" / f"{name}.graphql": text for name, text in (await parts(names)).items()}


async def parts(names: Sequence[str], folders: Sequence[Path] = ()) -> Mapping[str, str]:
    """Return what the kernel and each module add, and what a module adds for an optional one, as `module+optional`.

    Each stands on those of the modules that it requires; of two that are on, on what they add for each other too.

    Raises:
        NotAdditiveError: A module changes what is there without it, or brings what another brings too.
    """
    optional = {module.name: module.optional for module in available(folders) if module.name in names}
    pairs = [(name, other) for name in names for other in optional[name] if other in names]
    closures = {one: with_requirements(one, folders) for one in [(), *((name,) for name in names), *pairs]}
    found: dict[tuple[str, ...], str] = {}
    for modules, closure in sorted(closures.items(), key=lambda one: (len(one[1]), len(one[0]), one[0])):
        below = [text for others, text in found.items() if set(others) <= set(closure)]
        if text := added(await _sdl(closure, folders), below):
            found[modules] = f"# {_heading(modules, closure)}\n\n{text}"
    if beyond := added(await _sdl(with_requirements(names, folders), folders), found.values()):
        raise NotAdditiveError(f"modules that don't know of each other add this together:\n{beyond}")
    return {"+".join(modules) or KERNEL: text for modules, text in found.items()}


def _heading(modules: tuple[str, ...], closure: Sequence[str]) -> str:
    if not modules:
        return "What there is without any module."
    module, *others = modules
    if others:
        return f"What {module} adds where {others[0]} is on too."
    return f"What {module} adds to {', '.join([KERNEL, *(name for name in closure if name != module)])}."


async def _sdl(names: Sequence[str], folders: Sequence[Path] = ()) -> str:
    return (await kernel_without_database(names, folders=folders)).schema.sdl()


def _superfluous(expected: Mapping[Path, str]) -> list[Path]:
    return [path for path in sorted(FOLDER.rglob("*.graphql")) if path not in expected]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
