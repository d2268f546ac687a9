"""Finds the operations that lead from the migrations' state to that of today's models."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from tortoise.fields import Field
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.migrations.operations import Operation
from tortoise.migrations.schema_generator.state import ModelState

from core.migrations.conversions import convertible
from core.migrations.errors import MigrationError
from core.migrations.freeze import describe, table_name
from core.migrations.operations import ours
from core.migrations.state import ProjectState
from core.migrations.table import field_kind

Renamed = Callable[[str, str, str], bool]
"""Asked whether a thing, called `old` within a place, is `new` today: `renamed("sales.Order", "sum", "total")`."""


Removed = Callable[[str, str], None]
"""Told of a thing within a place that is gone, `removed("sales.Order", "sum")`; raises unless it is gone for good."""


class Autodetector:
    """Compares two states, one module at a time.

    Args:
        old: Changed as operations are found, so that later modules see what earlier ones will have done.
        new: Today's.
        renamed: Answers what the states can't tell.
        removed: Refuses to lose values unless a person has said so.
    """

    def __init__(self, old: ProjectState, new: ProjectState, renamed: Renamed, removed: Removed) -> None:
        self.old = old
        self.new = new
        self.renamed = renamed
        self.removed = removed

    def operations(self, label: str) -> list[Operation]:
        """Return the operations of a module, in the order in which they work.

        Raises:
            MigrationError: A change that needs a person's decision, with the ways to make it.
        """
        found: list[Operation] = []
        for operation in self._steps(label):
            found.append(operation)
            ours(operation).state_forward(label, self.old)
        return found

    def _steps(self, label: str) -> Iterator[Operation]:
        """Yield operations; each is done to the old state before the next is asked for."""
        yield from self._renamed_models(label)
        created = [name for name in self._names(self.new, label) if (label, name) not in self.old.models]
        existing = [name for name in self._names(self.new, label) if name not in created]
        yield from self._created(label, created)
        for name in existing:
            yield from self._changed(label, name)
        yield from self._deleted(label)

    def _names(self, state: ProjectState, label: str) -> list[str]:
        return sorted(name for app, name in state.models if app == label)

    def _renamed_models(self, label: str) -> Iterator[Operation]:
        gone = [n for n in self._names(self.old, label) if (label, n) not in self.new.models]
        came = [n for n in self._names(self.new, label) if (label, n) not in self.old.models]
        for new in came:
            for old in list(gone):
                if _alike(self.old.models[label, old], self.new.models[label, new]) and self.renamed(label, old, new):
                    gone.remove(old)
                    yield ops.RenameModel(old, new)
                    break

    def _created(self, label: str, names: list[str]) -> Iterator[Operation]:
        """Yield new models, each after those that it points to; keys that close a circle are added at the end.

        So are the rules of such a model, which may name these keys.
        """
        waiting = list(names)
        late: list[Operation] = []
        while waiting:
            ready = next((n for n in waiting if not self._points_to(label, n, set(waiting) - {n})), None)
            name = ready or waiting[0]
            waiting.remove(name)
            model = self.new.models[label, name]
            circular = [] if ready else self._points_to(label, name, set(waiting))
            bare = model.clone()
            if circular:
                bare.options = {"table": model.table}
            late += [ops.AddField(name, key, model.fields[key]) for key in circular]
            late += _added_rules(name, bare, model)
            fields: list[Any] = [(key, field) for key, field in model.fields.items() if key not in circular]
            yield ops.CreateModel(name, fields, dict(bare.options))
        yield from late

    def _points_to(self, label: str, name: str, others: set[str]) -> list[str]:
        targets = {f"{label}.{other}" for other in others}
        return [
            key
            for key, field in self.new.models[label, name].fields.items()
            if isinstance(field, ForeignKeyFieldInstance) and field.model_name in targets
        ]

    def _deleted(self, label: str) -> Iterator[Operation]:
        gone = [n for n in self._names(self.old, label) if (label, n) not in self.new.models]
        while gone:
            users = {name: self._users(label, name) for name in gone}
            free = next((name for name in gone if not users[name]), None)
            if free is None:
                raise MigrationError(
                    f"{', '.join(gone)} can't be removed: {', '.join(sorted(set().union(*users.values())))} "
                    "points there; remove those fields first",
                    module=label,
                )
            gone.remove(free)
            self.removed(label, free)
            yield ops.DeleteModel(free)

    def _users(self, label: str, name: str) -> set[str]:
        return {
            f"{app}.{other}.{key}"
            for (app, other), model in self.old.models.items()
            for key, field in model.fields.items()
            if (app, other) != (label, name)
            and isinstance(field, ForeignKeyFieldInstance)
            and field.model_name == f"{label}.{name}"
        }

    def _changed(self, label: str, name: str) -> Iterator[Operation]:
        place = f"{label}.{name}"
        new = self.new.models[label, name]
        if self.old.models[label, name].table != new.table:
            raise MigrationError(
                f"its table would change from {self.old.models[label, name].table} to {new.table}; keep Meta.table, or "
                "rename the model, which renames a table of the usual name",
                module=label,
                operation=f"model {name}",
            )
        yield from self._renamed_fields(place, name, new)
        old = self.old.models[label, name]
        yield from _removed_rules(name, old, new)
        for key in sorted(set(old.fields) - set(new.fields)):
            self.removed(place, key)
            yield ops.RemoveField(name, key)
        for key in [key for key in new.fields if key not in old.fields]:
            _require_default(place, key, new.fields[key])
            yield ops.AddField(name, key, new.fields[key])
        for key in sorted(set(old.fields) & set(new.fields)):
            before, after = describe(place, key, old.fields[key]), describe(place, key, new.fields[key])
            if before != after:
                _require_conversion(place, key, old.fields[key], new.fields[key])
                yield ops.AlterField(name, key, new.fields[key])
        yield from _added_rules(name, old, new)

    def _renamed_fields(self, place: str, name: str, new: ModelState) -> Iterator[Operation]:
        old = self.old.models[new.app, name]
        gone = [key for key in old.fields if key not in new.fields]
        for came in [key for key in new.fields if key not in old.fields]:
            for key in gone:
                if _may_be(old.fields[key], new.fields[came]) and self.renamed(place, key, came):
                    gone.remove(key)
                    yield ops.RenameField(name, key, came)
                    break


def _alike(old: ModelState, new: ModelState) -> bool:
    """Tell whether a model may be another under a new name: most of its fields are the same."""
    same = old.fields.keys() & new.fields.keys()
    usual = old.table == table_name(old.app, old.name) and new.table == table_name(new.app, new.name)
    return usual and len(same) * 2 >= len(new.fields)


def _may_be(old: Field[Any], new: Field[Any]) -> bool:
    keys = isinstance(old, ForeignKeyFieldInstance), isinstance(new, ForeignKeyFieldInstance)
    if any(keys):
        return all(keys) and old.model_name == new.model_name  # type: ignore[attr-defined]  # both are keys
    return convertible(field_kind(old), field_kind(new))


def _require_default(place: str, name: str, field: Field[Any]) -> None:
    if field.null or field.has_db_default():
        return
    raise MigrationError(
        f"{place}.{name} is new and NOT NULL, so the rows that are there need a value: give it db_default=…, or "
        "null=True"
    )


def _require_conversion(place: str, name: str, old: Field[Any], new: Field[Any]) -> None:
    keys = isinstance(old, ForeignKeyFieldInstance), isinstance(new, ForeignKeyFieldInstance)
    fits = all(keys) if any(keys) else convertible(field_kind(old), field_kind(new))
    if not fits or old.pk != new.pk:
        raise MigrationError(
            f"{place}.{name} can't become another kind of field ({field_kind(old)}, now {field_kind(new)}); "
            "add a new one, fill it with RunPython, and remove it"
        )


def _rules(model: ModelState) -> list[Index | UniqueConstraint | CheckConstraint]:
    """Return the indexes, unique rules and checks that stand in a model's Meta."""
    unique = [UniqueConstraint(tuple(fields)) for fields in model.options.get("unique_together", ())]
    indexes = [
        index if isinstance(index, Index) else Index(fields=tuple(index)) for index in model.options.get("indexes", ())
    ]
    return [*unique, *model.options.get("constraints", ()), *indexes]


def _removed_rules(name: str, old: ModelState, new: ModelState) -> Iterator[Operation]:
    wanted = _rules(new)
    for rule in _rules(old):
        if any(_same(rule, other) for other in wanted):
            continue
        fields = None if rule.name or isinstance(rule, CheckConstraint) else list(rule.fields)
        if isinstance(rule, Index):
            yield ops.RemoveIndex(name, name=rule.name, fields=fields)
        else:
            yield ops.RemoveConstraint(name, name=rule.name, fields=fields)


def _added_rules(name: str, old: ModelState, new: ModelState) -> Iterator[Operation]:
    present = _rules(old)
    for rule in _rules(new):
        if any(_same(rule, other) for other in present):
            continue
        if isinstance(rule, Index):
            yield ops.AddIndex(name, rule)
        else:
            yield ops.AddConstraint(name, rule)


def _same(one: Index | UniqueConstraint | CheckConstraint, other: Index | UniqueConstraint | CheckConstraint) -> bool:
    return type(one) is type(other) and one.deconstruct() == other.deconstruct()


def dependencies(label: str, operations: Iterable[Operation], latest: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the migrations of other modules that operations need: those that make what their keys point to.

    Args:
        latest: The last migration of each module so far.

    Raises:
        MigrationError: A key points to a module that has no migrations.
    """
    needed: set[str] = set()
    for field in _fields(operations):
        if isinstance(field, ForeignKeyFieldInstance):
            needed.add(str(field.model_name).partition(".")[0])
    needed.discard(label)
    for other in sorted(needed):
        if other not in latest:
            raise MigrationError(f"a key points to the module {other}, which has no migrations before", module=label)
    own = [(label, latest[label])] if label in latest else []
    return [*own, *((other, latest[other]) for other in sorted(needed))]


def _fields(operations: Iterable[Operation]) -> Iterator[Any]:
    for operation in operations:
        if isinstance(operation, ops.CreateModel):
            yield from (field for _, field in operation.fields)
        elif isinstance(operation, (ops.AddField, ops.AlterField)):
            yield operation.field
