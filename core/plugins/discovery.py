"""Where plugins are found: built in, by entry point, or in folders that the configuration names."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from core.errors import PluginError
from core.plugins.importing import import_module
from core.plugins.manifest import NAME, Manifest, Texts

ENTRY_POINT_GROUP = "forecourt.plugins"
BUILTIN_PACKAGE = "plugins"
ROOT = Path(__file__).resolve().parents[2]
OWN_PACKAGES = ("core", "plugins", "forecourt")
KERNEL = "core"


@dataclass(frozen=True, slots=True)
class Found:
    """A plugin whose `plugin.py` has been imported.

    Attributes:
        package: Its import name, such as `plugins.sales` or `insurance`.
        module: Its `plugin.py`.
        origin: Where it comes from, in words.
        folder: The folder of its package.
    """

    name: str
    package: str
    manifest: Manifest
    module: ModuleType
    origin: str
    folder: Path


@dataclass(frozen=True, slots=True)
class Candidate:
    """A plugin that is there; nothing of it has been imported.

    Attributes:
        expected: The folder that its package must come from; None where any is right.
        path_entry: What has to be on `sys.path` for it.
        problem: Why it can't be loaded, where that shows from outside.
    """

    name: str
    package: str
    origin: str
    expected: Path | None = None
    path_entry: Path | None = None
    problem: str = ""

    def load(self) -> Found:
        """Import `plugin.py` and take the manifest from it.

        Raises:
            PluginError: The import fails, another package has its name, or there is no proper manifest.
        """
        if self.problem:
            raise PluginError(self.problem, self.name)
        if self.path_entry is not None and str(self.path_entry) not in sys.path:
            # At the end: a plugin's folder must not hide an installed package.
            sys.path.append(str(self.path_entry))
            importlib.invalidate_caches()
        if self.expected is not None:
            self._refuse_shadow(self.expected)
        module = import_module(self.name, f"{self.package}.plugin")
        manifest = getattr(module, "plugin", None)
        if not isinstance(manifest, Manifest):
            raise PluginError(f"{module.__file__} has no `plugin = Manifest(...)`", self.name)
        if manifest.name != self.name:
            raise PluginError(
                f"the plugin {self.name} ({self.origin}) calls itself {manifest.name}: give both one name", self.name
            )
        return Found(self.name, self.package, manifest, module, self.origin, Path(str(module.__file__)).parent)

    def _refuse_shadow(self, expected: Path) -> None:
        actual = package_folder(self.package)
        if actual is None or actual != expected:
            raise PluginError(
                f"the plugin {self.name} in {expected} can't be imported, because the name {self.package} belongs to "
                f"{actual or 'a module that is no package'}: rename one of them",
                self.name,
            )


@dataclass(frozen=True, slots=True)
class Available:
    """What a list of modules shows; `problem` says why one can't be used."""

    name: str
    origin: str
    version: str = ""
    title: Texts | None = None
    requires: Sequence[str] = ()
    optional: Sequence[str] = ()
    problem: str = ""


def builtin_names() -> tuple[str, ...]:
    """Return the names of the plugins that come with Forecourt, without importing any."""
    return tuple(sorted(path.parent.name for path in (ROOT / BUILTIN_PACKAGE).glob("*/plugin.py")))


def candidates(folders: Sequence[Path] = ()) -> list[Candidate]:
    """Return every plugin that is there, without importing any; one name may occur twice.

    Raises:
        PluginError: A folder does not exist.
    """
    importlib.invalidate_caches()
    builtins = [
        Candidate(name, f"{BUILTIN_PACKAGE}.{name}", "built in", ROOT / BUILTIN_PACKAGE / name)
        for name in builtin_names()
    ]
    return [*builtins, *_from_entry_points(), *(one for folder in folders for one in _from_folder(folder))]


def available(folders: Sequence[Path] = ()) -> list[Available]:
    """Return what can be switched on, by name; a plugin that can't be imported is listed with its problem."""
    found = sorted(candidates(folders), key=lambda candidate: candidate.name)
    names = [candidate.name for candidate in found]
    return [_describe(one, twice=names.count(one.name) > 1) for one in found]


def package_folder(package: str) -> Path | None:
    """Return the folder that a package is, or would be, imported from; None when there is no such package."""
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return None
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0]).resolve() if places else None


def refuse_shadowed_packages(root: Path = ROOT) -> None:
    """Compare the packages of Forecourt with those that Python finds under their names.

    Raises:
        PluginError: Another package comes first on `sys.path`; names both paths.
    """
    for name in OWN_PACKAGES:
        actual = package_folder(name)
        if actual != root / name:
            raise PluginError(
                f"the package {name} of Forecourt is {root / name}, but Python finds {actual or 'none'}: "
                "install Forecourt in an environment of its own"
            )


def _describe(candidate: Candidate, *, twice: bool) -> Available:
    try:
        manifest = candidate.load().manifest
    except PluginError as error:
        return Available(candidate.name, candidate.origin, problem=error.message)
    problem = f"there are several plugins named {candidate.name}" if twice else ""
    return Available(
        manifest.name,
        candidate.origin,
        manifest.version,
        manifest.title,
        tuple(manifest.requires),
        tuple(manifest.optional),
        problem,
    )


def _from_entry_points() -> Iterator[Candidate]:
    seen: set[tuple[str, str]] = set()
    for point in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda point: (point.name, point.value)):
        # An editable install is found through its source folder and through site-packages.
        if (point.name, point.value) not in seen:
            seen.add((point.name, point.value))
            yield _from_entry_point(point)


def _from_entry_point(point: EntryPoint) -> Candidate:
    package, dot, module = point.module.rpartition(".")
    source = f"{point.dist.name} {point.dist.version}" if point.dist else "an unknown distribution"
    fits = dot and module == "plugin" and _is_free_name(point.name)
    problem = (
        ""
        if fits
        else (f"the entry point {point.name} = {point.value} of {source} is not of the form <name> = <package>.plugin")
    )
    return Candidate(point.name, package, f"entry point of {source}", problem=problem)


def _from_folder(folder: Path) -> Iterator[Candidate]:
    if not folder.is_dir():
        raise PluginError(f"there is no plugin folder {folder}")
    place = folder.resolve()
    for path in sorted(place.glob("*/plugin.py")):
        name = path.parent.name
        problem = (
            ""
            if _is_free_name(name)
            else (
                f"{path.parent} can't be a plugin: name the folder in lower-case letters, digits and underscores, "
                f"and not {', '.join(OWN_PACKAGES)}"
            )
        )
        yield Candidate(name, name, f"folder {path.parent}", path.parent, place, problem)


def _is_free_name(name: str) -> bool:
    return NAME.fullmatch(name) is not None and name not in OWN_PACKAGES
