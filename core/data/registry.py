"""tortoise's models, initialised once per process for all dealers.

tortoise keeps relations, table names and queries on the model classes, which all dealers of the process share. So the
registry is the process's, too: it can't hang off one kernel.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from inspect import isclass
from types import ModuleType
from typing import Any, TypeAlias

from tortoise.apps import Apps
from tortoise.context import TortoiseContext, _current_context
from tortoise.fields.relational import ForeignKeyFieldInstance, ManyToManyFieldInstance
from tortoise.models import Model

from core.errors import ConfigurationError, PluginError
from core.kinds.kind import Dialect

CONNECTION = "default"
ModelClass: TypeAlias = type[Model]
AppModules: TypeAlias = Mapping[str, Sequence[ModuleType]]

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def table_name(model: ModelClass) -> str:
    """Return `<app>_<snake_case>`: `customers_contact_point`."""
    return f"{model._meta.app}_{_WORD_START.sub('_', model.__name__).lower()}"


class Registry:
    """Knows the models of all modules that any dealer of this process has on."""

    def __init__(self) -> None:
        self.dialect: Dialect | None = None
        self.apps: dict[str, dict[str, ModelClass]] = {}
        self.audited: set[str] = set()
        """Tables whose rows have versions and audit entries, and those that link them."""

    def register(self, apps: AppModules, dialect: Dialect, context: TortoiseContext) -> None:
        """Initialise what is new in `apps` and give the context these apps, and no others.

        Args:
            apps: Model modules by app label; what they refer to is among them or was registered before.
            context: One whose connection `default` speaks the dialect.

        Raises:
            ConfigurationError: The process has models of another dialect.
            PluginError: A model refers to one that is not there, or two claim one name, table or backward relation.
        """
        if self.dialect not in (None, dialect):
            raise ConfigurationError(
                f"this process serves {self.dialect} databases, so it can't serve one of {dialect}; "
                "run the dealers of each kind in a process of their own"
            )
        found = {label: dict(_models(label, modules)) for label, modules in apps.items()}
        new = [
            model
            for label, models in found.items()
            for name, model in models.items()
            if self._is_new(label, name, model)
        ]
        self._check_tables(new)
        _check_relations(new, {**self.apps, **_merged(self.apps, found)})
        self.dialect = dialect
        self.apps = _merged(self.apps, found)
        if new:
            self._initialise(new, context)
        context._apps = _apps({label: self._in_order(label, found[label]) for label in found}, context)

    def _is_new(self, label: str, name: str, model: ModelClass) -> bool:
        known = self.apps.get(label, {}).get(name)
        if known is not None and known is not model:
            raise PluginError(
                f"{label} has two models {name}, in {known.__module__} and {model.__module__}; "
                "a new version of a plugin needs a restart",
                label,
            )
        return known is None

    def _in_order(self, label: str, models: Mapping[str, ModelClass]) -> dict[str, ModelClass]:
        return {name: self.apps[label][name] for name in models}

    def _check_tables(self, new: Sequence[ModelClass]) -> None:
        owners = {m._meta.db_table: m for models in self.apps.values() for m in models.values()}
        for model in new:
            table = model._meta.db_table or table_name(model)
            other = owners.setdefault(table, model)
            if other is not model:
                raise PluginError(
                    f"the models {other._meta.full_name} and {model._meta.full_name} both have the table {table}",
                    *_apps_of(other, model),
                )

    def _initialise(self, new: Sequence[ModelClass], context: TortoiseContext) -> None:
        for model in new:
            model._meta.default_connection = CONNECTION
        every = _apps(self.apps, context)
        # tortoise asks for the dialect of the context's connection; nothing is awaited meanwhile.
        token = _current_context.set(context)
        try:
            every._init_relations()
            # All of them, because a new model may have given an old one a backward relation.
            every._build_initial_querysets()
        finally:
            _current_context.reset(token)
        self.audited |= {table for model in new if hasattr(model, "__forecourt_audited__") for table in _tables(model)}


def _tables(model: ModelClass) -> Iterator[str]:
    """Yield a model's table, and those of its many-to-many relations."""
    meta = model._meta
    yield meta.db_table
    links: list[Any] = [meta.fields_map[name] for name in meta.m2m_fields]
    yield from (link.through for link in links)


def _models(label: str, modules: Sequence[ModuleType]) -> Iterator[tuple[str, ModelClass]]:
    """Yield the models that are defined in the modules, not those that they import."""
    names: dict[str, ModelClass] = {}
    for module in modules:
        for value in vars(module).values():
            if not (isclass(value) and issubclass(value, Model)) or value._meta.abstract:
                continue
            if value.__module__ != module.__name__ and not value.__module__.startswith(f"{module.__name__}."):
                continue
            if names.setdefault(value.__name__, value) is not value:
                raise PluginError(f"{label} has two models {value.__name__}", label)
            if value._meta.app not in (None, label):
                raise PluginError(
                    f"{value.__module__}.{value.__name__} belongs to {value._meta.app} and {label}", label
                )
            value._meta.app = label
    yield from names.items()


def _merged(
    old: Mapping[str, Mapping[str, ModelClass]], new: Mapping[str, Mapping[str, ModelClass]]
) -> dict[str, dict[str, ModelClass]]:
    return {label: {**old.get(label, {}), **new.get(label, {})} for label in (*old, *new)}


def _apps(models: Mapping[str, dict[str, ModelClass]], context: TortoiseContext) -> Apps:
    apps = Apps(None, context.connections, table_name)
    apps.apps = dict(models)
    return apps


def _check_relations(new: Sequence[ModelClass], apps: Mapping[str, Mapping[str, ModelClass]]) -> None:
    """Find what tortoise would only find half way, when the models can't be used any more."""
    backward: dict[tuple[ModelClass, str], str] = {}
    for model in new:
        meta = model._meta
        for name in sorted(set(getattr(model, "unindexed_keys", ())) - meta.fk_fields):
            raise PluginError(f"{meta.full_name}.unindexed_keys names {name}, no foreign key of it", meta.app or "")
        for name in sorted(meta.fk_fields | meta.o2o_fields | meta.m2m_fields):
            field: Any = meta.fields_map[name]
            if not isinstance(field, (ForeignKeyFieldInstance, ManyToManyFieldInstance)):
                continue
            place = f"{meta.full_name}.{name}"
            target = _target(place, field.model_name, apps)
            related_name = field.related_name
            if related_name is False:
                continue
            related_name = related_name or f"{meta.db_table or table_name(model)}s"
            claimed = backward.setdefault((target, related_name), place)
            if claimed != place or related_name in target._meta.fields_map:
                raise PluginError(
                    f"{place} would give {target._meta.full_name} a relation {related_name}, which it has already"
                    f"{f' from {claimed}' if claimed != place else ''}; set another related_name, or False",
                    meta.app or "",
                )


def _target(place: str, reference: Any, apps: Mapping[str, Mapping[str, ModelClass]]) -> ModelClass:
    if not isinstance(reference, str):
        target: ModelClass = reference
        return target
    label, _, name = reference.partition(".")
    found = apps.get(label, {}).get(name)
    if found is None:
        known = f"{label} has {', '.join(sorted(apps[label]))}" if label in apps else f"there is no module {label}"
        raise PluginError(f"{place} refers to {reference}, which is not there: {known}", place.partition(".")[0])
    return found


def _apps_of(*models: ModelClass) -> tuple[str, ...]:
    return tuple(model._meta.app or "" for model in models)


registry = Registry()
"""This process's."""
