"""tortoise's operations with their gaps closed; migration files keep naming tortoise's own.

What tortoise 1.1.9 does otherwise: a renamed field leaves indexes and unique rules under its old name, a renamed model
keeps its table, a renamed partial index loses its condition.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any

from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.indexes import Index
from tortoise.migrations import operations as tortoise_operations
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.migrations.exceptions import IncompatibleStateError
from tortoise.migrations.operations import Operation
from tortoise.migrations.schema_generator.state import ModelState, State

from core.data.indexes import IndexWhere
from core.migrations.freeze import table_name
from core.migrations.state import ProjectState
from core.migrations.table import column_name


class RenameField(tortoise_operations.RenameField):
    """Renames a field together with its place in indexes, unique rules, the key and other models' keys."""

    def state_forward(self, app_label: str, state: State) -> None:
        model = self.get_model_state(state, app_label, self.model_name)
        if self.old_name not in model.fields or self.new_name in model.fields:
            raise IncompatibleStateError(f"{self.model_name} can't rename {self.old_name} to {self.new_name}")
        names = {self.old_name: self.new_name}
        old_column = column_name(self.old_name, model.fields[self.old_name])
        model.fields = {names.get(name, name): field for name, field in model.fields.items()}
        names[old_column] = column_name(self.new_name, model.fields[self.new_name])
        model.options.update(_renamed_options(model.options, names))
        if model.pk_field_name == self.old_name:
            model.pk_field_name = self.new_name
        for other in state.models.values():
            for name, field in other.fields.items():
                points_here = isinstance(field, ForeignKeyFieldInstance) and (
                    field.model_name == f"{app_label}.{self.model_name}" and field.to_field == self.old_name
                )
                if points_here:
                    other.fields[name] = changed = copy(field)
                    changed.to_field = self.new_name  # type: ignore[attr-defined]  # a foreign key, as tested
        state.reload_model(app_label, self.model_name)


class RenameModel(tortoise_operations.RenameModel):
    """Renames a model, its table where that has the usual name, and what other models call it."""

    def state_forward(self, app_label: str, state: State) -> None:
        model = state.models.pop((app_label, self.old_name), None)
        if model is None:
            raise IncompatibleStateError(f"there is no model {app_label}.{self.old_name}")
        model.name = self.new_name
        if model.table == table_name(app_label, self.old_name):
            model.table = table_name(app_label, self.new_name)
            model.options["table"] = model.table
        state.models[app_label, self.new_name] = model
        _point_to(f"{app_label}.{self.new_name}", f"{app_label}.{self.old_name}", state.models.values())
        state.reload_model(app_label, self.new_name)


class MoveModel(tortoise_operations.TortoiseOperation):
    """Gives a model with its table and rows to another module, whose own migration creates it.

    Written by hand into the history of the module that had it. The table gets the name that it has there, or goes if
    it is empty; the other module's `CreateModel` takes the table over if it is there, and makes it if not. So rows stay
    where the other module is off, and a new database has no table of a module that it has not. Models that point to
    each other are moved together, those that are pointed to last.

    Args:
        to: The module that it goes to.
    """

    def __init__(self, name: str, to: str) -> None:
        self.name = name
        self.to = to

    def state_forward(self, app_label: str, state: State) -> None:
        model = state.models.pop((app_label, self.name), None)
        if model is None:
            raise IncompatibleStateError(f"there is no model {app_label}.{self.name}")
        assert isinstance(state, ProjectState)
        model.app = self.to
        if model.table == table_name(app_label, self.name):
            model.table = table_name(self.to, self.name)
            model.options["table"] = model.table
        state.moved[self.to, self.name] = model
        old, new = f"{app_label}.{self.name}", f"{self.to}.{self.name}"
        state.moves[old] = new
        _point_to(new, old, state.known.values())
        state.reload_model(app_label, self.name)

    def describe(self) -> str:
        return f"Move model {self.name} to {self.to}"


class RenameIndex(tortoise_operations.RenameIndex):
    """Renames an index and keeps its kind and condition."""

    def state_forward(self, app_label: str, state: State) -> None:
        model = self.get_model_state(state, app_label, self.model_name)
        wanted = self._resolve_old_index(model)
        indexes = [_as_index(index) for index in model.options.get("indexes", ())]
        for place, index in enumerate(indexes):
            if index.name == wanted.name if wanted.name else list(index.fields) == list(wanted.fields):
                indexes[place] = renamed = copy(index)
                renamed.name = self.new_name
                model.options["indexes"] = tuple(indexes)
                state.reload_model(app_label, self.model_name)
                return
        raise IncompatibleStateError(f"{self.model_name} has no index {self.old_name or self.old_fields}")


def ours(operation: Operation) -> Operation:
    """Return the operation that does what a migration file means."""
    if type(operation) is tortoise_operations.RenameField:
        return RenameField(operation.model_name, operation.old_name, operation.new_name)
    if type(operation) is tortoise_operations.RenameModel:
        return RenameModel(operation.old_name, operation.new_name)
    if type(operation) is tortoise_operations.RenameIndex:
        return RenameIndex(
            operation.model_name, operation.new_name, old_name=operation.old_name, old_fields=operation.old_fields
        )
    return operation


def forward(app_label: str, operation: Operation, state: ProjectState) -> None:
    """Do to a state what an operation of a migration's file means.

    A file that is older than a move names the module that had the model then.
    """
    operation.state_forward(app_label, state)
    changed = [
        model for _, name in models_changed(app_label, operation) if (model := state.models.get((app_label, name)))
    ]
    for old, new in state.moves.items():
        _point_to(new, old, changed)


def models_changed(app_label: str, operation: Operation) -> list[tuple[str, str]]:
    """Return the names before and after of the models that an operation on tables concerns; else nothing."""
    if isinstance(operation, (tortoise_operations.CreateModel, tortoise_operations.DeleteModel)):
        return [(operation.name, operation.name)]
    if isinstance(operation, tortoise_operations.RenameModel):
        return [(operation.old_name, operation.new_name)]
    if isinstance(operation, _ON_A_MODEL):
        return [(operation.model_name, operation.model_name)]
    return []


_ON_A_MODEL = (
    tortoise_operations.AddField,
    tortoise_operations.AlterField,
    tortoise_operations.RemoveField,
    tortoise_operations.RenameField,
    tortoise_operations.AddIndex,
    tortoise_operations.RemoveIndex,
    tortoise_operations.RenameIndex,
    tortoise_operations.AddConstraint,
    tortoise_operations.RemoveConstraint,
    tortoise_operations.RenameConstraint,
)


def renamed_columns(operation: Operation, before: ModelState, after: ModelState) -> dict[str, str]:
    """Return the columns that an operation gives other names."""
    if isinstance(operation, tortoise_operations.RenameField):
        pair = (
            column_name(operation.old_name, before.fields[operation.old_name]),
            column_name(operation.new_name, after.fields[operation.new_name]),
        )
    elif isinstance(operation, tortoise_operations.AlterField):
        pair = (
            column_name(operation.name, before.fields[operation.name]),
            column_name(operation.name, after.fields[operation.name]),
        )
    else:
        return {}
    return dict([pair]) if pair[0] != pair[1] else {}


def changes_rows(operation: Operation) -> bool:
    """Tell whether an operation may add or remove rows, so that counts don't compare across it."""
    return not isinstance(operation, tortoise_operations.TortoiseOperation) or isinstance(
        operation, (tortoise_operations.RunPython, tortoise_operations.RunSQL)
    )


def _point_to(new: str, old: str, models: Iterable[ModelState]) -> None:
    """Make the keys that point to a model point to what it is called now."""
    for model in models:
        for name, field in model.fields.items():
            if isinstance(field, ForeignKeyFieldInstance) and field.model_name == old:
                model.fields[name] = changed = copy(field)
                changed.model_name = new


def _as_index(index: Any) -> Index:
    return index if isinstance(index, Index) else Index(fields=tuple(index))


def _renamed_options(options: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return the options that name a renamed field, with its new name."""

    def listed(fields: Any) -> tuple[str, ...]:
        return tuple(names.get(field, field) for field in fields)

    changed: dict[str, Any] = {}
    if rules := options.get("unique_together"):
        changed["unique_together"] = tuple(listed(fields) for fields in rules)
    if indexes := options.get("indexes"):
        changed["indexes"] = tuple(_renamed_index(_as_index(index), names) for index in indexes)
    if constraints := options.get("constraints"):
        changed["constraints"] = tuple(
            UniqueConstraint(listed(c.fields), c.name, c.condition and _renamed_sql(c.condition, names))
            if isinstance(c, UniqueConstraint)
            else CheckConstraint(_renamed_sql(c.check, names), c.name)
            for c in constraints
        )
    return changed


def _renamed_sql(sql: str, names: Mapping[str, str]) -> str:
    for old, new in names.items():
        sql = re.sub(rf"\b{re.escape(old)}\b", new, sql)
    return sql


def _renamed_index(index: Index, names: Mapping[str, str]) -> Index:
    renamed = copy(index)
    renamed.fields = [names.get(field, field) for field in index.fields]
    if isinstance(renamed, IndexWhere):
        condition = {}
        for key, value in renamed.condition.items():
            field, lookup, operator = key.partition("__")
            condition[names.get(field, field) + lookup + operator] = value
        renamed.condition = condition
    return renamed
