"""Indexes over the rows that meet a condition; the same declaration serves every database.

    class Reservation(Model):
        vehicle = fields.ForeignKeyField("inventory.StockVehicle", related_name=False)
        state = fields.CharEnumField(ReservationState)

        class Meta:
            indexes = (
                UniqueWhere(
                    fields=("vehicle",),
                    condition={"state": ["HELD", "CONFIRMED"], "archived_at": None},
                    name="one_live_reservation_per_vehicle",
                ),
            )

A condition is a mapping of column to what it must hold, all of them at once: a value, `None` for an empty column, a
list for any of its values; `<column>__isnull` takes True or False, `<column>__not` a value that it must not hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from tortoise.exceptions import ConfigurationError
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

if TYPE_CHECKING:
    from tortoise.backends.base.schema_generator import BaseSchemaGenerator
    from tortoise.models import Model

Check = CheckConstraint
"""A rule over several columns of a row, for `Meta.constraints`: `Check(check="ends_on >= starts_on", name="span")`."""
Scalar = str | int | bool | UUID | None
Condition = Mapping[str, Scalar | Sequence[Scalar]]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")  # PostgreSQL cuts names off after 63 bytes, in silence


class IndexWhere(Index):
    """An index over the rows that meet a condition.

    Args:
        fields: Names of fields, a foreign key by its own name or its column's.
        condition: See the module's text.
        name: Unique within the database; lower case, at most 60 characters.
    """

    UNIQUE: ClassVar[bool] = False

    def __init__(self, *, fields: Sequence[str], condition: Condition, name: str) -> None:
        super().__init__(fields=tuple(fields), name=name)
        if not _NAME.fullmatch(name):
            raise ConfigurationError(
                f"the index name {name!r} must be lower case letters, digits and _, at most 60 characters"
            )
        if not condition:
            raise ConfigurationError(f"the index {name} has no condition; use unique_together or Index for all rows")
        self.condition = {key: _plain(value) for key, value in condition.items()}

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        path = f"{type(self).__module__}.{type(self).__name__}"
        return path, [], {"fields": tuple(self.fields), "condition": self.condition, "name": self.name}

    def condition_sql(self, dialect: str, columns: Mapping[str, str]) -> str:
        """Return the condition in SQL.

        Args:
            columns: The column of each field that has another name than its column.
        """
        return condition_sql(self.condition, dialect, columns)

    def get_sql(self, schema_generator: BaseSchemaGenerator, model: type[Model], safe: bool) -> str:
        columns = {name: field.source_field for name, field in model._meta.fields_map.items() if field.source_field}
        quote = schema_generator.quote
        listed = ", ".join(quote(columns.get(name, name)) for name in self.fields)
        table = schema_generator._qualify_table_name(model._meta.db_table, model._meta.schema)
        kind = f"{'UNIQUE ' if self.UNIQUE else ''}INDEX{' IF NOT EXISTS' if safe else ''}"
        condition = self.condition_sql(schema_generator.DIALECT, columns)
        return f"CREATE {kind} {quote(self.name or '')} ON {table} ({listed}) WHERE {condition};"


class UniqueWhere(IndexWhere):
    """A rule that no two rows which meet a condition hold the same values."""

    UNIQUE = True


class FoldedIndex(Index):
    """An index over the folded form of a text, for equality and for what begins with something."""

    # PostgreSQL's own for texts goes by the database's collation.
    OPERATOR_CLASS: ClassVar[str] = "text_pattern_ops"

    def __init__(self, field: str = "", *, fields: Sequence[str] = (), name: str | None = None) -> None:
        super().__init__(fields=tuple(fields) or (field,), name=name)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        path = f"{type(self).__module__}.{type(self).__name__}"
        return path, [], {"fields": tuple(self.fields), "name": self.name}

    def get_sql(self, schema_generator: BaseSchemaGenerator, model: type[Model], safe: bool) -> str:
        sql = super().get_sql(schema_generator, model, safe)
        return sql if schema_generator.DIALECT == "sqlite" else sql.replace(")", f" {self.OPERATOR_CLASS})", 1)


def condition_sql(condition: Condition, dialect: str, columns: Mapping[str, str]) -> str:
    """Return a condition in SQL; see `IndexWhere.condition_sql`."""
    return " AND ".join(_term(key, _plain(value), dialect, columns) for key, value in condition.items())


def condition_filter(condition: Condition) -> dict[str, Any]:
    """Return a condition as tortoise's `filter` takes it."""
    filters = {}
    for key, value in condition.items():
        listed = isinstance(value, (list, tuple, set, frozenset))
        name, _, operator = key.partition("__")
        if operator == "not":
            filters[f"{name}__not_in" if listed else key] = value
        else:
            filters[f"{key}__in" if listed else key] = value
    return filters


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (list, tuple, set, frozenset)):
        return sorted((_plain(item) for item in value), key=str)
    return value


def _term(key: str, value: Any, dialect: str, columns: Mapping[str, str]) -> str:
    name, _, operator = key.partition("__")
    column = f'"{columns.get(name, name)}"'
    if operator not in ("", "not", "isnull"):
        raise ConfigurationError(f"an index condition can't have {key!r}; it knows {name}, {name}__not, {name}__isnull")
    if operator == "isnull" or value is None:
        empty = value if operator == "isnull" else operator == ""
        return f"{column} IS {'' if empty else 'NOT '}NULL"
    if isinstance(value, list):
        listed = ", ".join(literal(item, dialect) for item in value)
        return f"{column} {'NOT ' if operator else ''}IN ({listed})"
    return f"{column} {'<>' if operator else '='} {literal(value, dialect)}"


def literal(value: Any, dialect: str) -> str:
    """Return a value as an SQL literal."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        if dialect == "postgres":
            return "TRUE" if value else "FALSE"
        return "1" if value else "0"
    if isinstance(value, (int, float)):
        return repr(value)
    text = str(value).replace("'", "''")
    return f"'{text}'"
