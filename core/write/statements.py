"""Statements that tortoise can't say: many rows at once, and what to do when a row is there already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tortoise.models import Model

if TYPE_CHECKING:
    from core.data.database import Database

_MOST_PARAMETERS = 30_000  # SQLite takes 32,766 of them, PostgreSQL 32,767


@lru_cache(maxsize=256)
def native(sql: str, dialect: str) -> str:
    """Return a statement that is written with `?` with the placeholders of the database."""
    if dialect == "sqlite":
        return sql
    first, *rest = sql.split("?")
    return first + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))


def insert_sql(model: type[Model], count: int, suffix: str = "") -> str:
    """Return the INSERT of a number of rows of a model, with `?` for values in the order of its columns."""
    return _insert_sql(model._meta.db_table, tuple(model._meta.fields_db_projection.values()), count, suffix)


@lru_cache(maxsize=256)
def _insert_sql(table: str, columns: tuple[str, ...], count: int, suffix: str) -> str:
    listed = ", ".join(f'"{column}"' for column in columns)
    row = f"({', '.join('?' * len(columns))})"
    return f'INSERT INTO "{table}" ({listed}) VALUES {", ".join([row] * count)} {suffix}'.rstrip()


def insert_values(model: type[Model], rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Return the values that belong to `insert_sql`; a column that a row doesn't name is empty."""
    projection = [(name, model._meta.fields_map[name]) for name in model._meta.fields_db_projection]
    return [field.to_db_value(row.get(name), model) for row in rows for name, field in projection]


async def insert_rows(database: Database, model: type[Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows in one statement (in several, when the database couldn't take them in one)."""
    step = _MOST_PARAMETERS // len(model._meta.fields_db_projection)
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        await database.execute(native(insert_sql(model, len(part)), database.dialect), insert_values(model, part))
