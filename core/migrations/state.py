"""Models as a migration history knows them: plain fields, no code of the plugin that wrote them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import NamedTuple

from tortoise.context import require_context
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.schema_generator.state_apps import StateApps
from tortoise.models import Model

from core.data.registry import CONNECTION
from core.migrations.freeze import freeze
from core.migrations.list_indexes import ListedKey, add_list_indexes


class MigratedModule(NamedTuple):
    """A module whose tables are kept by migrations.

    Attributes:
        label: Its tortoise app label, which begins its tables' names.
        models: The Python modules with its models.
        package: The package of its migrations, such as `migrations.sales`.
        listed: Returns the foreign keys that lists of the API run over; asked when models are compared, because
            reading the API takes time that applying migrations need not spend.
    """

    label: str
    models: Sequence[ModuleType]
    package: str
    listed: Callable[[], Iterable[ListedKey]] = tuple


class HistoricalApps(StateApps):
    """The models of a state; they are built when somebody asks for one, which only data migrations do."""

    def __init__(self, state: ProjectState) -> None:
        labels = {app for app, _ in state.known}
        super().__init__(default_connections=dict.fromkeys(labels, CONNECTION))
        self._state = state
        self._rendered = False

    def get_model(self, app_label: str, model_name: str | None = None) -> type[Model]:
        """Return a model as it was at this point of the history."""
        if not self._rendered:
            self._rendered = True
            self._connections = require_context().connections
            for (app, _), model in self._state.known.items():
                self.register_model(app, model.render(self))
            self._init_relations()
            self._build_initial_querysets()
        return super().get_model(app_label, model_name)


@dataclass
class ProjectState(State):
    """All models at one point of the history; cheap to copy and to change, because no class is built.

    Attributes:
        moved: Models that their module has given to another one, by what they are called there, as they were then.
        moves: What each of them was called before, as keys name it, and is called now.
    """

    moved: dict[tuple[str, str], ModelState] = field(default_factory=dict)
    moves: dict[str, str] = field(default_factory=dict)

    @classmethod
    def empty(cls) -> ProjectState:
        return cls.of({})

    @classmethod
    def of(cls, models: Mapping[tuple[str, str], ModelState]) -> ProjectState:
        state = cls(models=dict(models), apps=StateApps())
        state.apps = HistoricalApps(state)
        return state

    @property
    def known(self) -> dict[tuple[str, str], ModelState]:
        """Every model that a key may point to: those that are moved as well, until their new module makes them."""
        return {**self.moved, **self.models}

    def reload_model(self, app_label: str, model_name: str) -> None:
        self.apps = HistoricalApps(self)

    def reload_models(self, model_tuples: Iterable[tuple[str, str]]) -> None:
        self.apps = HistoricalApps(self)

    def clone(self) -> ProjectState:
        # Not tortoise's clone of a model, which copies each field: operations put others in their place.
        copied = ProjectState.of(_copied(self.models))
        copied.moved, copied.moves = _copied(self.moved), dict(self.moves)
        return copied


def _copied(models: Mapping[tuple[str, str], ModelState]) -> dict[tuple[str, str], ModelState]:
    return {
        key: replace(model, options=dict(model.options), fields=dict(model.fields)) for key, model in models.items()
    }


def current_state(modules: Iterable[MigratedModule]) -> ProjectState:
    """Return the state that the models' code describes.

    Raises:
        MigrationError: A model has something that migrations can't keep.
    """
    listed = list(modules)
    models: dict[tuple[str, str], ModelState] = {}
    for module in listed:
        for model in models_of(module):
            models[module.label, model.__name__] = freeze(module.label, model)
    for module in listed:
        add_list_indexes(models, module.label, module.listed())
    return ProjectState.of(models)


def models_of(module: MigratedModule) -> Iterator[type[Model]]:
    """Yield the models that a module declares itself, by name; those it only imports belong to others."""
    found: dict[str, type[Model]] = {}
    for source in module.models:
        for value in vars(source).values():
            if isinstance(value, type) and issubclass(value, Model) and not value._meta.abstract:
                inside = value.__module__ == source.__name__ or value.__module__.startswith(f"{source.__name__}.")
                if inside:
                    value._meta.app = module.label
                    found[value.__name__] = value
    yield from (found[name] for name in sorted(found))
