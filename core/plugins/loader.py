"""From the names of the modules that are on to loaded modules in order, or to errors that name plugin and mend."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from core.errors import ConfigurationError, ForecourtError, PluginError
from core.plugins.bounds import trespasses
from core.plugins.discovery import Found, candidates, refuse_shadowed_packages
from core.plugins.guarded import PluginManager
from core.plugins.importing import import_if_present, within
from core.plugins.imports import undeclared
from core.plugins.manifest import PLUGIN_API_VERSION, Manifest
from core.plugins.order import cycles, dependents, sort
from core.plugins.registering import register
from core.plugins.tables import check_tables
from core.wording import Location, explain, key_path, suggestion

CONVENTION = (
    "rights", "models", "types", "problems", "queries", "commands", "subscriptions", "events", "handlers", "jobs",
)  # fmt: skip
"""Files of a plugin that the kernel imports by itself, in this order; each may be absent, or a folder of files."""

PLUGIN = "plugin"
OPTIONAL = "optional"

Policy = Literal["strict", "skip"]
SettingsTables = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class LoadedModule:
    """A module that is on.

    Attributes:
        modules: Its files by convention, such as `models`, `types.people` or `optional.sales`; those that exist.
        settings: Validated by its settings model; None when it has none.
    """

    manifest: Manifest
    package: str
    modules: Mapping[str, ModuleType]
    settings: BaseModel | None
    origin: str

    @property
    def name(self) -> str:
        """The module's name."""
        return self.manifest.name


@dataclass(frozen=True, slots=True)
class LoadedModules:
    """Modules in the order of their requirements, and the plugin manager that they are registered with.

    Attributes:
        unavailable: What was left out, with the reason; empty under the policy `strict`.
    """

    modules: tuple[LoadedModule, ...]
    plugin_manager: PluginManager
    unavailable: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the modules in order."""
        return tuple(module.name for module in self.modules)

    def __iter__(self) -> Iterator[LoadedModule]:
        return iter(self.modules)

    def __len__(self) -> int:
        return len(self.modules)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __getitem__(self, name: str) -> LoadedModule:
        for module in self.modules:
            if module.name == name:
                return module
        raise KeyError(name)


def load(
    names: Iterable[str],
    *,
    policy: Policy = "strict",
    folders: Sequence[Path] = (),
    settings: SettingsTables | None = None,
    settings_key: str = "dealer.settings",
    kernel: LoadedModule | None = None,
    failures: Mapping[str, ForecourtError] | None = None,
) -> LoadedModules:
    """Find, check, import and register modules; every call has a plugin manager of its own.

    Args:
        policy: `strict` raises; `skip` leaves out what can't be loaded and whatever requires it.
        folders: Where to look beside the built-in plugins and the entry points.
        settings: Per module its table of the configuration.
        settings_key: Where those tables stand in the configuration, for messages.
        kernel: The kernel's own module, which comes first and implements hooks like any other.
        failures: Modules that are known not to fit, each with the reason.

    Raises:
        PluginError: Under `strict`; one line per plugin that can't be loaded, with the reason and the mend.
    """
    refuse_shadowed_packages()
    return _Loading(sorted(set(names)), folders, settings or {}, settings_key, kernel, failures or {}).run(policy)


def validate_settings(manifest: Manifest, table: Mapping[str, Any] | None, key: str) -> BaseModel | None:
    """Return a module's settings from its table of the configuration; defaults where there is none.

    Args:
        key: Where the table stands, such as `dealer.settings.insurance`.

    Raises:
        ConfigurationError: One line per mistake, with the key, what is wrong and what would be right.
    """
    if manifest.settings is None:
        if table:
            raise ConfigurationError(f"{key} is there, but the module {manifest.name} has no settings: remove it")
        return None
    model = manifest.settings
    prefix = tuple(key.split("."))

    def shown(location: Location) -> str:
        return key_path((*prefix, *location))

    try:
        return model.model_validate(dict(table or {}))
    except ValidationError as error:
        raise ConfigurationError("; ".join(explain(error, model, shown))) from error


class _Loading:
    """One call of `load`; failures are collected by plugin, and what failed takes no part in the later steps."""

    def __init__(
        self,
        names: Sequence[str],
        folders: Sequence[Path],
        settings: SettingsTables,
        settings_key: str,
        kernel: LoadedModule | None,
        failures: Mapping[str, ForecourtError],
    ) -> None:
        self.names = names
        self.settings = settings
        self.settings_key = settings_key
        self.kernel = kernel and replace(kernel, settings=self._validated(kernel.manifest))
        self.failures = dict(failures)
        self.candidates = candidates(folders)
        self.found: dict[str, Found] = {}
        self.imported: dict[str, dict[str, ModuleType]] = {}
        self.validated: dict[str, BaseModel | None] = {}

    def run(self, policy: Policy) -> LoadedModules:
        for name in self.names:
            with self._blaming(name):
                self.found[name] = self._find(name)
        self._check_requirements()
        for found in self._remaining():
            with self._blaming(found.name):
                self._check_declaration(found)
                self._validate(found)
                self._import_convention(found)
        # After all others: an optional file may import from a module that comes later in the order.
        for found in self._remaining():
            with self._blaming(found.name):
                self._import_optional(found)
        manager = self._register()
        if self.failures and policy == "strict":
            self._raise()
        modules = tuple(self._loaded(found) for found in self._remaining())
        first = () if self.kernel is None else (self.kernel,)
        return LoadedModules((*first, *modules), manager, MappingProxyType(self._unavailable()))

    @contextmanager
    def _blaming(self, name: str) -> Iterator[None]:
        try:
            yield
        except (ConfigurationError, PluginError) as error:
            self.failures.setdefault(name, error)

    def _lost(self) -> dict[str, str]:
        """Return the modules that lack a requirement because of a failure, each with the one that it lacks."""
        return dependents(self.failures, {name: found.manifest.requires for name, found in self.found.items()})

    def _remaining(self) -> Iterator[Found]:
        """Yield what has not failed, in order; a failure on the way takes its dependents out too."""
        sound = [found.manifest for name, found in self.found.items() if self._is_sound(name)]
        for manifest in sort(sound):
            if self._is_sound(manifest.name):
                yield self.found[manifest.name]

    def _is_sound(self, name: str) -> bool:
        return name in self.found and name not in self.failures and name not in self._lost()

    def _find(self, name: str) -> Found:
        fitting = [candidate for candidate in self.candidates if candidate.name == name]
        if not fitting:
            known = {candidate.name for candidate in self.candidates}
            raise PluginError(f"the module {name} is not installed: {suggestion(name, known)}", name)
        if len(fitting) > 1:
            origins = "; ".join(candidate.origin for candidate in fitting)
            raise PluginError(f"there are {len(fitting)} plugins named {name} ({origins}): keep one", name)
        return fitting[0].load()

    def _check_requirements(self) -> None:
        for path in cycles({name: found.manifest.requires for name, found in self.found.items()}):
            for name in path[:-1]:
                text = f"circular requirements: {' → '.join(path)}; one of them has to be optional instead"
                self.failures.setdefault(name, PluginError(text, *path[:-1]))
        installed = {candidate.name for candidate in self.candidates}
        for name, found in self.found.items():
            for required in found.manifest.requires:
                if required not in self.names:
                    mend = (
                        f"is not on: switch {required} on, or {name} off"
                        if required in installed
                        else f"is not installed: {suggestion(required, installed - {name})}"
                    )
                    error = PluginError(f"{name} requires the module {required}, which {mend}", name, required)
                    self.failures.setdefault(name, error)

    def _check_declaration(self, found: Found) -> None:
        manifest = found.manifest
        if not manifest.accepts(PLUGIN_API_VERSION):
            raise PluginError(
                f"the plugin {found.name} {manifest.version} is written for plugin API {manifest.api}, and this is "
                f"{PLUGIN_API_VERSION}: install a version of {found.name} that fits",
                found.name,
            )
        packages = {candidate.package: candidate.name for candidate in self.candidates}
        if lines := [*undeclared(found, packages), *trespasses(found.package, found.folder)]:
            raise PluginError(f"the plugin {found.name} reaches for what it may not: {'; '.join(lines)}", found.name)
        for path in sorted((found.folder / OPTIONAL).glob("*.py")):
            if path.stem not in (*manifest.optional, "__init__"):
                raise PluginError(
                    f'{path} is for a module that the manifest does not name: add optional=["{path.stem}"]', found.name
                )

    def _validate(self, found: Found) -> None:
        self.validated[found.name] = self._validated(found.manifest)

    def _validated(self, manifest: Manifest) -> BaseModel | None:
        return validate_settings(manifest, self.settings.get(manifest.name), f"{self.settings_key}.{manifest.name}")

    def _import_convention(self, found: Found) -> None:
        files = self.imported[found.name] = {PLUGIN: found.module}
        for file in CONVENTION:
            module = import_if_present(found.name, f"{found.package}.{file}")
            if module is not None:
                files[file] = module
                inside = [*within(found.name, module)]
                for one in (module, *inside):
                    check_tables(found.name, file, one)
                files |= {one.__name__.removeprefix(f"{found.package}."): one for one in inside}

    def _import_optional(self, found: Found) -> None:
        if not (found.folder / OPTIONAL).is_dir():
            return
        for other in found.manifest.optional:
            if self._is_sound(other):
                module = import_if_present(found.name, f"{found.package}.{OPTIONAL}.{other}")
                if module is not None:
                    check_tables(found.name, f"{OPTIONAL}/{other}.py", module)
                    self.imported[found.name][f"{OPTIONAL}.{other}"] = module

    def _files(self, found: Found) -> dict[str, ModuleType]:
        """Return a plugin's files without those for a module that turned out to be unavailable."""
        prefix = f"{OPTIONAL}."
        return {
            file: module
            for file, module in self.imported[found.name].items()
            if not file.startswith(prefix) or self._is_sound(file.removeprefix(prefix))
        }

    def _register(self) -> PluginManager:
        """Register what remains; when something does not fit, begin anew without it."""
        kernel = {} if self.kernel is None else {self.kernel.name: _hook_modules(self.kernel.modules)}
        while True:
            parts = {found.name: _hook_modules(self._files(found)) for found in self._remaining()}
            manager, failures = register(kernel | parts)
            if not failures:
                return manager
            if self.kernel is not None and self.kernel.name in failures:
                raise failures[self.kernel.name]
            self.failures.update(failures)

    def _loaded(self, found: Found) -> LoadedModule:
        return LoadedModule(
            found.manifest,
            found.package,
            MappingProxyType(self._files(found)),
            self.validated[found.name],
            found.origin,
        )

    def _unavailable(self) -> dict[str, str]:
        lost = {name: f"{name} requires {lacking}, which is unavailable" for name, lacking in self._lost().items()}
        return {name: error.message for name, error in self.failures.items()} | lost

    def _raise(self) -> None:
        first = next(iter(self.failures.values()))
        lines = list(dict.fromkeys(error.message for error in self.failures.values()))
        text = lines[0] if len(lines) == 1 else "\n  - ".join([f"{len(lines)} plugins can't be loaded:", *lines])
        raise PluginError(text, *self.failures) from first


def _hook_modules(files: Mapping[str, ModuleType]) -> list[ModuleType]:
    """Return the files that may implement hooks."""
    return [module for file, module in files.items() if file == PLUGIN or file.startswith(f"{OPTIONAL}.")]
