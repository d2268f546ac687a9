"""Statements that tortoise can't say: many rows at once, and what to do when a row is there already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from tortoise.models import Model

from core.kinds.kind import Dialect

MOST_PARAMETERS: Final = 30_000  # SQLite takes 32,766 of them, PostgreSQL 32,767


@lru_cache(maxsize=256)
def native(sql: str, dialect: str, first: int = 1) -> str:
    """Return a statement that is written with `?` with the placeholders of the database.

    Args:
        first: PostgreSQL's number of the first one.
    """
    if dialect == "sqlite":
        return sql
    head, *rest = sql.split("?")
    return head + "".join(f"${number}{part}" for number, part in enumerate(rest, first))


def rows_given(dialect: Dialect, rows: Sequence[tuple[Any, ...]], kinds: Sequence[str]) -> tuple[str, list[Any]]:
    """Return rows as a table whose columns are called `column1`, `column2`, …, with `?` for values, and the values.

    Args:
        rows: At least one.
        kinds: PostgreSQL's types of the columns.
    """
    if dialect == "sqlite":
        row = f"({', '.join('?' * len(kinds))})"
        return f"(VALUES {', '.join([row] * len(rows))})", [value for given in rows for value in given]
    # Arrays, so that any number of rows is the same statement, which is planned once.
    arrays = ", ".join(f"?::{kind}[]" for kind in kinds)
    names = ", ".join(f"column{number}" for number in range(1, len(kinds) + 1))
    return f"(SELECT * FROM unnest({arrays}) AS given ({names}))", [list(column) for column in zip(*rows, strict=True)]


def insert_sql(model: type[Model], count: int, suffix: str = "") -> str:
    """Return the INSERT of a number of rows of a model, with `?` for values in the order of its columns."""
    return _insert_sql(model._meta.db_table, tuple(model._meta.fields_db_projection.values()), count, suffix)


@lru_cache(maxsize=256)
def _insert_sql(table: str, columns: tuple[str, ...], count: int, suffix: str) -> str:
    listed = ", ".join(f'"{column}"' for column in columns)
    row = f"({', '.join('?' * len(columns))})"
    return f'INSERT INTO "{table}" ({listed}) VALUES {", ".join([row] * count)} {suffix}'.rstrip()


def insert_together(model: type[Model], rows: Sequence[Mapping[str, Any]]) -> tuple[str, list[Any]]:
    """Return an INSERT of rows for PostgreSQL, the same for any number of them, and its values: one array a column."""
    kinds = column_kinds(model, tuple(model._meta.fields_db_projection))
    table, arrays = rows_given("postgres", rows_of(model, rows), kinds)
    listed = ", ".join(f'"{column}"' for column in model._meta.fields_db_projection.values())
    return f'INSERT INTO "{model._meta.db_table}" ({listed}) SELECT * FROM {table} AS rows', arrays


@lru_cache(maxsize=256)
def column_kinds(model: type[Model], names: tuple[str, ...]) -> tuple[str, ...]:
    """Return PostgreSQL's types of columns, texts without their length: a cast to it would cut them."""
    kinds = (str(model._meta.fields_map[name].get_for_dialect("postgres", "SQL_TYPE")) for name in names)
    return tuple("text" if kind.startswith(("VARCHAR", "CHAR")) else kind for kind in kinds)


def insert_values(model: type[Model], rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Return the values that belong to `insert_sql`; a column that a row doesn't name is empty."""
    return [value for row in rows_of(model, rows) for value in row]


def rows_of(model: type[Model], rows: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    """Return the values of each row in the order of the model's columns; one that a row doesn't name is empty."""
    projection = [(name, model._meta.fields_map[name]) for name in model._meta.fields_db_projection]
    return [tuple([field.to_db_value(row.get(name), model) for name, field in projection]) for row in rows]
