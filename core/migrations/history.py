"""The migrations that there are, in the order in which they are applied, and those that a database has."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Final

from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.migration import Migration

from core.kinds.kind import Dialect
from core.migrations.compare import HISTORY_TABLE, Statements
from core.migrations.errors import MigrationError
from core.migrations.operations import forward, ours
from core.migrations.state import MigratedModule, ProjectState

_FIRST: Final = "__first__"
_LATEST: Final = "__latest__"


@dataclass(slots=True)
class History:
    """All migrations of some modules.

    Attributes:
        ordered: Each after those that it depends on; else in the order of the modules.
    """

    modules: Sequence[MigratedModule]
    migrations: dict[MigrationKey, Migration] = field(default_factory=dict)
    ordered: list[Migration] = field(default_factory=list)

    @classmethod
    def load(cls, modules: Iterable[MigratedModule], *, allow_missing: bool = False) -> History:
        """Import the migrations of modules.

        Args:
            allow_missing: Take a module without a package for one without migrations.

        Raises:
            MigrationError: A package is missing, a file has no migration, or dependencies don't fit together.
        """
        history = cls([MigratedModule(*module) for module in modules])
        importlib.invalidate_caches()
        for module in history.modules:
            for name, source in _files(module, allow_missing):
                migration = getattr(source, "Migration", None)
                if not (isinstance(migration, type) and issubclass(migration, Migration)):
                    raise MigrationError("the file has no class Migration", module=module.label, migration=name)
                history.migrations[MigrationKey(module.label, name)] = migration(name, module.label)
        history.ordered = history._order()
        return history

    def latest(self, label: str) -> MigrationKey | None:
        """Return the last migration of a module.

        Raises:
            MigrationError: It has two ends, as after merging two branches.
        """
        own = [key for key in self.migrations if key.app_label == label]
        followed = {
            MigrationKey(*parent) for key in own for parent in self.migrations[key].dependencies if parent[0] == label
        }
        ends = sorted(key for key in own if key not in followed)
        if len(ends) > 1:
            names = " and ".join(key.name for key in ends)
            raise MigrationError(f"{names} both come last; make one depend on the other", module=label)
        return ends[0] if ends else None

    def state(self, applied: Iterable[MigrationKey] | None = None) -> ProjectState:
        """Return what the models are after migrations; after all of them without `applied`."""
        wanted = set(self.migrations if applied is None else applied)
        state = ProjectState.empty()
        for migration in self.ordered:
            if MigrationKey(migration.app_label, migration.name) in wanted:
                for operation in migration.operations:
                    forward(migration.app_label, ours(operation), state)
        return state

    def missing_in(self, applied: set[MigrationKey]) -> list[Migration]:
        """Return the migrations that a database does not have yet, in order.

        Raises:
            MigrationError: The database has some that there are not: it belongs to a newer version.
        """
        labels = {module.label for module in self.modules}
        unknown = sorted(key for key in applied if key.app_label in labels and key not in self.migrations)
        if unknown:
            newer = sorted({key.app_label for key in unknown})
            listed = "; ".join(f"{one} has {_names_of(one, unknown)}" for one in newer)
            raise MigrationError(
                f"the database is newer than this version: {listed}, which this version does not know. Upgrade "
                f"Forecourt, or the plugin, to the version that made it, or restore a backup from before that"
            )
        return [m for m in self.ordered if MigrationKey(m.app_label, m.name) not in applied]

    def _order(self) -> list[Migration]:
        needs: dict[MigrationKey, set[MigrationKey]] = {key: set() for key in self.migrations}
        for key, migration in self.migrations.items():
            needs[key] |= {self._named(key, parent) for parent in migration.dependencies}
            for child in migration.run_before:
                needs[self._named(key, child)].add(key)
        ordered: dict[MigrationKey, Migration] = {}
        for module in self.modules:
            last = self.latest(module.label)
            if last is not None:
                self._add(last, needs, ordered, ())
        return list(ordered.values())

    def _add(
        self,
        key: MigrationKey,
        needs: Mapping[MigrationKey, set[MigrationKey]],
        ordered: dict[MigrationKey, Migration],
        path: tuple[MigrationKey, ...],
    ) -> None:
        """Put a migration behind those that it needs."""
        if key in ordered:
            return
        if key in path:
            circle = ", ".join(str(other) for other in path[path.index(key) :])
            raise MigrationError(f"these depend on each other: {circle}", module=key.app_label, migration=key.name)
        for parent in sorted(needs[key]):
            self._add(parent, needs, ordered, (*path, key))
        ordered[key] = self.migrations[key]

    def _named(self, key: MigrationKey, reference: tuple[str, str]) -> MigrationKey:
        label, name = reference
        found: MigrationKey | None = MigrationKey(label, name)
        if name == _LATEST:
            found = self.latest(label)
        elif name == _FIRST:
            found = min((k for k in self.migrations if k.app_label == label), default=None)
        if found is None or found not in self.migrations:
            hint = "" if label == key.app_label else f"; the module {label} must be on, and before {key.app_label}"
            raise MigrationError(
                f"it depends on {label}.{name}, which is not there{hint}",
                module=key.app_label,
                migration=key.name,
            )
        return found


def _names_of(label: str, keys: Sequence[MigrationKey]) -> str:
    return ", ".join(key.name for key in keys if key.app_label == label)


def _files(module: MigratedModule, allow_missing: bool) -> Iterator[tuple[str, ModuleType]]:
    try:
        package = importlib.import_module(module.package)
    except ModuleNotFoundError as error:
        # Only its own absence, or that of a package around it; a broken import inside is a fault to show.
        if not f"{module.package}.".startswith(f"{error.name}."):
            raise
        if allow_missing:
            return
        raise MigrationError(
            f"there is no package {module.package}; run `forecourt makemigrations`", module=module.label
        ) from None
    for found in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
        if not found.ispkg and found.name[0] not in "_~":
            yield found.name, importlib.import_module(f"{module.package}.{found.name}")


class Recorder:
    """The table in which a database keeps the migrations that it has; tortoise's own tools read it as well."""

    def __init__(self, connection: Statements) -> None:
        self.connection = connection

    async def prepare(self) -> None:
        """Make the table unless it is there."""
        await self.connection.execute(_TABLE_SQL[self.connection.dialect])

    async def applied(self) -> set[MigrationKey]:
        """Return the migrations that the database has; none if it is empty."""
        exists = _EXISTS_SQL[self.connection.dialect]
        if not await self.connection.fetch(exists):
            return set()
        found = await self.connection.fetch(f'SELECT app, name FROM "{HISTORY_TABLE}"')
        return {MigrationKey(app, name) for app, name in found}

    async def record(self, migration: Migration) -> None:
        """Write down that a migration has been applied."""
        marks = ("?", "?") if self.connection.dialect == "sqlite" else ("$1", "$2")
        await self.connection.execute(
            f'INSERT INTO "{HISTORY_TABLE}" (app, name, applied_at) VALUES ({marks[0]}, {marks[1]}, CURRENT_TIMESTAMP)',
            [migration.app_label, migration.name],
        )


_COLUMNS = "app VARCHAR(255) NOT NULL, name VARCHAR(255) NOT NULL"
_TABLE_SQL: Final[dict[Dialect, str]] = {
    "sqlite": f'CREATE TABLE IF NOT EXISTS "{HISTORY_TABLE}" (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, '
    f"{_COLUMNS}, applied_at TIMESTAMP NOT NULL, UNIQUE (app, name))",
    "postgres": f'CREATE TABLE IF NOT EXISTS "{HISTORY_TABLE}" (id SERIAL PRIMARY KEY, '
    f"{_COLUMNS}, applied_at TIMESTAMPTZ NOT NULL, UNIQUE (app, name))",
}
_EXISTS_SQL: Final[dict[Dialect, str]] = {
    "sqlite": f"SELECT 1 FROM sqlite_master WHERE name = '{HISTORY_TABLE}'",
    "postgres": f"SELECT 1 WHERE to_regclass('{HISTORY_TABLE}') IS NOT NULL",
}
