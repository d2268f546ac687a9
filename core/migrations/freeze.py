"""Models without anything that belongs to the code of today: enums, defaults, validators, backward names.

A migration outlives the code that it was made from, so it may not import any of it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, get_args

from tortoise.fields import Field
from tortoise.fields import data as plain_fields
from tortoise.fields.relational import (
    BackwardFKRelation,
    ForeignKeyFieldInstance,
    ManyToManyFieldInstance,
    OneToOneFieldInstance,
)
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.migrations.schema_generator.state import ModelState
from tortoise.models import Model

from core.kinds.kind import Dialect, kind_of
from core.migrations.errors import MigrationError

LONGEST_NAME: Final = 63
"""Bytes of a name in PostgreSQL."""


@dataclass(frozen=True, slots=True)
class FrozenField:
    """How a field is made; two fields that store the same are equal."""

    kind: type[Field[Any]]
    arguments: dict[str, Any]

    def build(self) -> Field[Any]:
        return self.kind(**self.arguments)


def table_name(label: str, model: str) -> str:
    """Return the name of a model's table: `sales` and `SalesOrder` make `sales_sales_order`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", model)
    return f"{label}_{words.lower()}"


def freeze(label: str, model: type[Model]) -> ModelState:
    """Return the state of a model.

    Raises:
        MigrationError: It has something that migrations can't keep.
    """
    meta = model._meta
    if meta.schema:
        raise MigrationError(f"{label}.{model.__name__}: a table lives in the database's default schema")
    table = meta.db_table or table_name(label, model.__name__)
    options = {"table": table, **_rules(f"{label}.{model.__name__}", table, model)}
    fields = {
        name: describe(f"{label}.{model.__name__}", name, field, model).build()
        for name, field in meta.fields_map.items()
        if not isinstance(field, BackwardFKRelation) and getattr(field, "reference", None) is None
    }
    return ModelState(
        name=model.__name__,
        app=label,
        table=table,
        abstract=False,
        description="",
        options=options,
        bases=(Model,),
        pk_field_name=next(name for name, field in fields.items() if field.pk),
        fields=fields,
    )


def _limits(table: str, model: type[Model]) -> Iterator[CheckConstraint]:
    """Yield the checks that follow from the limits of fields."""
    for name, field in model._meta.fields_map.items():
        column = field.source_field or name
        check = kind_of(field).check_sql if name in model._meta.fields_db_projection else ""
        if check:
            yield CheckConstraint(check=check.format(f'"{column}"'), name=f"{table}_{column}_limits"[:LONGEST_NAME])


def _rules(owner: str, table: str, model: type[Model]) -> dict[str, Any]:
    """Return indexes, unique rules and checks, each in the one form that tortoise's operations find again."""
    meta = model._meta
    unique = [tuple(fields) for fields in meta.unique_together]
    constraints: list[UniqueConstraint | CheckConstraint] = []
    for rule in meta.constraints:
        if isinstance(rule, UniqueConstraint) and not rule.name:
            if rule.condition:
                raise MigrationError(f"{owner}: a unique rule with a condition needs a name")
            unique.append(tuple(rule.fields))
        else:
            constraints.append(rule)
    indexes = [index if isinstance(index, Index) else Index(fields=tuple(index)) for index in meta.indexes]
    constraints += _limits(table, model)
    found = {"unique_together": tuple(unique), "indexes": tuple(indexes), "constraints": tuple(constraints)}
    return {key: rules for key, rules in found.items() if rules}


def describe(owner: str, name: str, field: Field[Any], model: type[Model] | None = None) -> FrozenField:
    """Return what a field stores.

    Args:
        owner: How errors call its model.
        model: The model, where it is one of today's.

    Raises:
        MigrationError: Migrations can't keep it.
    """
    if isinstance(field, ManyToManyFieldInstance):
        raise MigrationError(
            f"{owner}.{name}: declare the join as a model of its own; it needs a store, a version and an audit as well"
        )
    arguments: dict[str, Any] = {}
    if field.pk:
        arguments["primary_key"] = True
    if field.null:
        arguments["null"] = True
    if field.index and not field.pk:
        arguments["db_index"] = True
    if field.has_db_default():
        value = field.db_default
        arguments["db_default"] = value.value if isinstance(value, Enum) else value
    if isinstance(field, ForeignKeyFieldInstance):
        return _key(name, field, model, arguments)
    return _plain(owner, name, field, model, arguments)


def _plain(
    owner: str, name: str, field: Field[Any], model: type[Model] | None, arguments: dict[str, Any]
) -> FrozenField:
    kind: Any = next(
        c for c in type(field).__mro__ if c.__module__ == plain_fields.__name__ and not c.__name__.endswith("Instance")
    )
    for size in ("max_length", "max_digits", "decimal_places"):
        if size in inspect.signature(kind.__init__).parameters:
            arguments[size] = getattr(field, size)
    if field.unique and not field.pk:
        arguments["unique"] = True
    if field.pk and kind.allows_generated and not field.generated:
        arguments["generated"] = False
    if field.source_field and field.source_field != name:
        arguments["source_field"] = field.source_field
    meaning = kind_of(field).stored_as or (field.description if model is None else None)
    if meaning:
        arguments["description"] = meaning  # a frozen field has no other
    frozen = FrozenField(kind, arguments)
    built = frozen.build()
    for dialect in get_args(Dialect):
        if built.get_for_dialect(dialect, "SQL_TYPE") != field.get_for_dialect(dialect, "SQL_TYPE"):
            raise MigrationError(f"{owner}.{name}: a field with an SQL type of its own is not supported")
    return frozen


def _key(
    name: str, field: ForeignKeyFieldInstance[Any], model: type[Model] | None, arguments: dict[str, Any]
) -> FrozenField:
    target = field.model_name
    if not isinstance(target, str):
        target = f"{target._meta.app}.{target.__name__}"
    arguments = {"model_name": target, **arguments}
    column = field.source_field
    if column and model is not None and (backing := model._meta.fields_map.get(column)) is not None:
        column = backing.source_field  # once initialised, the field names its key field instead of the column
    if column and column != f"{name}_id":
        arguments["source_field"] = column
    if field.to_field and field.to_field != "id":
        arguments["to_field"] = field.to_field
    if not field.db_constraint:
        arguments["db_constraint"] = False
    # No backward names: two keys to one table would clash, and a data migration filters from the key's own side.
    arguments["related_name"] = False
    arguments["on_delete"] = field.on_delete
    if isinstance(field, OneToOneFieldInstance):
        return FrozenField(OneToOneFieldInstance, arguments)
    if field.unique:
        arguments["unique"] = True
    return FrozenField(ForeignKeyFieldInstance, arguments)
