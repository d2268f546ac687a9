"""The kernel of one set of modules: built once, never changed, shared by dealers that have the same modules on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from core import collector
from core.api.schema import KernelSchema
from core.blame import blamed
from core.catalog.catalog import Catalog
from core.data.database import Database
from core.data.model import Record
from core.data.registry import registry
from core.errors import ForecourtError, PluginError
from core.events.handler import HandlerSpec, by_event_type, handlers_in
from core.jobs.job import JobRegistry, jobs_in
from core.making.build import build_catalog
from core.making.permissions import permissions_of
from core.module import KERNEL
from core.plugins.asking import contributed, contributed_by
from core.plugins.guarded import PluginManager
from core.plugins.loader import LoadedModules, Policy, load
from core.read.reader import RowStatements
from core.services.messages import Messages
from core.write.integrity import RefusalFactory

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from core.plugins.contributions import HealthCheck, Holding, Role
    from core.services.codes import CodeSetDeclaration


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Kernel:
    """Everything that follows from a set of modules and from nothing else.

    Attributes:
        handlers: Reactions by type of event, in the order of the modules.
        permissions: Every permission with the module that it belongs to.
        constraint_refusals: What a broken rule of the database means, by the name of the index.
        holdings: What the modules say is in people's hands.
        roles: Those that the modules bring, as are code sets, health checks and routes.
        row_statements: Statements that readers keep; the only thing here that grows.
    """

    loaded: LoadedModules
    catalog: Catalog
    schema: KernelSchema
    handlers: Mapping[str, tuple[HandlerSpec, ...]]
    jobs: JobRegistry
    messages: Messages
    permissions: Mapping[str, str]
    constraint_refusals: Mapping[str, RefusalFactory]
    holdings: tuple[Holding, ...]
    roles: tuple[Role, ...]
    code_sets: tuple[CodeSetDeclaration, ...]
    health_checks: tuple[HealthCheck, ...]
    routes: tuple[BaseRoute, ...]
    row_statements: RowStatements = field(default_factory=lambda: RowStatements(500))

    @property
    def hooks(self) -> Any:
        """The hooks that plugins implement: `kernel.hooks.score_lead(…)`."""
        return self.plugin_manager.hook

    @property
    def plugin_manager(self) -> PluginManager:
        """This kernel's own."""
        return self.loaded.plugin_manager

    @property
    def modules(self) -> tuple[str, ...]:
        """Names of the modules that are on, in the order of their requirements, without the kernel's own."""
        return tuple(name for name in self.loaded.names if name != KERNEL.name)

    def settings_module(self, model: type[BaseModel]) -> str:
        """Return the module that a settings model belongs to.

        Raises:
            PluginError: None that is on.
        """
        for module in self.loaded:
            if module.manifest.settings is model:
                return module.name
        raise PluginError(f"{model.__name__} is the settings model of no module that is on")


def app_modules(loaded: LoadedModules) -> dict[str, list[ModuleType]]:
    """Return the model modules by app label, in order."""
    apps: dict[str, list[ModuleType]] = {}
    for module in loaded:
        found = [file for name, file in module.modules.items() if "models" in name.split(".")]
        if found:
            apps[module.name] = found
    return apps


def load_modules(
    names: Iterable[str],
    *,
    policy: Policy = "strict",
    folders: Sequence[Path] = (),
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    settings_key: str = "dealer.settings",
    failures: Mapping[str, ForecourtError] | None = None,
) -> LoadedModules:
    """Load modules together with the kernel's own; see `core.plugins.loader.load`."""
    return load(
        names,
        policy=policy,
        folders=folders,
        settings=settings,
        settings_key=settings_key,
        kernel=KERNEL,
        failures=failures,
    )


def build_kernel(loaded: LoadedModules, *, hide_suggestions: bool = False) -> Kernel:
    """Build the kernel of loaded modules, whose models have been registered with a database.

    Args:
        hide_suggestions: Don't name similar fields in errors; for production.

    Raises:
        PluginError: The declarations of the modules don't fit together.
    """
    try:
        return _built(loaded, hide_suggestions)
    except Exception as error:
        named = blamed(error, loaded, _type_names)
        if named is None or named is error:
            raise
        raise named from error


def _built(loaded: LoadedModules, hide_suggestions: bool) -> Kernel:
    with collector.paused():
        holdings, catalog, schema = _declarations(loaded, hide_suggestions)
    return Kernel(
        loaded=loaded,
        catalog=catalog,
        schema=schema,
        handlers=MappingProxyType(dict(by_event_type(_handlers(loaded)))),
        jobs=_jobs(loaded),
        messages=Messages.read([(module.name, files(module.package) / "locale") for module in loaded], catalog.titles),
        permissions=MappingProxyType(dict(permissions_of(catalog))),
        constraint_refusals=MappingProxyType(_constraint_refusals(loaded)),
        holdings=holdings,
        roles=tuple(contributed(loaded, "roles")),
        code_sets=tuple(contributed(loaded, "code_sets")),
        health_checks=tuple(contributed(loaded, "health_checks")),
        routes=tuple(contributed(loaded, "http_routes")),
    )


def _type_names(loaded: LoadedModules) -> Collection[str]:
    _, _, schema = _declarations(loaded)
    return schema.graphql.type_map


def _declarations(
    loaded: LoadedModules, hide_suggestions: bool = False
) -> tuple[tuple[Holding, ...], Catalog, KernelSchema]:
    holdings: tuple[Holding, ...] = tuple(contributed(loaded, "holdings"))
    catalog = build_catalog(loaded, holdings)
    _check_code_lists(catalog, contributed(loaded, "code_sets"))
    return holdings, catalog, KernelSchema(catalog, hide_suggestions=hide_suggestions)


def _check_code_lists(catalog: Catalog, declared: Iterable[CodeSetDeclaration]) -> None:
    """Refuse a column with codes of a list that nobody declares."""
    names = {one.name for one in declared}
    for entity in catalog.entities.values():
        for column in entity.columns.values():
            if column.kind.codes and column.kind.codes not in names:
                raise PluginError(
                    f"{entity.model.__module__}.{entity.model.__qualname__}.{column.attribute} takes codes of the list "
                    f"{column.kind.codes}, which no module that is on declares; it is one of "
                    f"{', '.join(sorted(names)) or 'none'}, or declared by the hook code_sets",
                    entity.module,
                )


async def kernel_without_database(names: Iterable[str], *, folders: Sequence[Path] = ()) -> Kernel:
    """Build a kernel to look at, such as for its schema; nothing is connected to."""
    loaded = load_modules(names, folders=folders)
    # Models take the dialect of the first database in the process; here none is connected to.
    await unconnected().open(app_modules(loaded))
    return build_kernel(loaded)


def unconnected() -> Database:
    """Return a database that is nowhere, to initialise models with; it speaks the dialect of this process."""
    return Database("postgres://nowhere/nothing" if registry.dialect == "postgres" else "sqlite:///nowhere.sqlite3")


def _handlers(loaded: LoadedModules) -> list[HandlerSpec]:
    return [
        spec for module in loaded for file in module.modules.values() for spec in handlers_in(module.name, vars(file))
    ]


def _jobs(loaded: LoadedModules) -> JobRegistry:
    def entries() -> Iterable[tuple[str, Iterable[Any], Iterable[Any]]]:
        for module in loaded:
            declared = [job for file in module.modules.values() for job in jobs_in(vars(file))]
            yield module.name, declared, contributed_by(loaded, module, "scheduled_jobs")

    return JobRegistry.build(entries())


def _constraint_refusals(loaded: LoadedModules) -> dict[str, RefusalFactory]:
    found: dict[str, RefusalFactory] = {}
    for modules in app_modules(loaded).values():
        for module in modules:
            for value in vars(module).values():
                if isinstance(value, type) and issubclass(value, Record):
                    found.update(value.constraint_refusals)
    return found
