"""Whole rows by equality, which is most of what services ask for, with statements that are written once.

tortoise writes each statement anew, for more than it costs to run it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from tortoise.exceptions import DoesNotExist, MultipleObjectsReturned
from tortoise.expressions import F, Q
from tortoise.queryset import QuerySet

from core.data.finding import active_client, columns_of, made
from core.data.registry import registry
from core.data.statements import native
from core.kinds.kind import kind_of

if TYPE_CHECKING:
    from tortoise.models import Model

_PLAIN: Final = (str, int, UUID, date, Enum, type(None))  # a datetime is a date, a bool an int
_BEYOND: Final = (
    "_annotations",
    "_distinct",
    "_fields_for_select",
    "_force_indexes",
    "_offset",
    "_prefetch_map",
    "_prefetch_queries",
    "_select_for_update",
    "_select_related",
    "_use_indexes",
)
"""What a query set may ask for beside rows, order and limit."""
_ROWS_AT_A_TIME: Final = 500


async def fetch(query: QuerySet[Any], sql: str, values: list[Any]) -> Any:
    """Return what awaiting a query set returns, by the statement of `select`."""
    found = []
    for number, row in enumerate(await active_client().fetch(sql, values, bounded=False), 1):
        found.append(made(query.model, row))
        if number % _ROWS_AT_A_TIME == 0:
            await asyncio.sleep(0)  # others go on meanwhile
    if not query._single:
        return found
    if len(found) > 1:
        raise MultipleObjectsReturned(query.model)
    if not found and query._raise_does_not_exist:
        raise DoesNotExist(query.model)
    return found[0] if found else None


def select(query: QuerySet[Any]) -> tuple[str, list[Any]] | None:
    """Return statement and values of a query set; None if it asks for more than rows whose columns have values."""
    if any(getattr(query, name) for name in _BEYOND) or query._db not in (None, active_client()):
        return None
    model = query.model
    wanted = _wanted(query)
    columns = model._meta.fields_db_projection
    orderings = query._orderings or model._meta.ordering
    if wanted is None or any(name not in columns or _compares_otherwise(model, name) for name, _ in orderings):
        return None
    values = _values_of(model, wanted)
    if values is None:
        return None
    order = tuple((columns[name], direction.value) for name, direction in orderings)
    where = tuple((columns[name], value is None) for name, value in wanted)
    if query._limit is not None:
        values.append(query._limit)
    dialect = registry.dialect or "sqlite"
    return _sql(model._meta.db_table, columns_of(model), where, order, query._limit is not None, dialect), values


def _wanted(query: QuerySet[Any]) -> list[tuple[str, Any]] | None:
    wanted: list[tuple[str, Any]] = []
    for node in query._q_objects:
        if node.children or node._is_negated or node.join_type != Q.AND:
            return None
        wanted += node.filters.items()
    return wanted


def _values_of(model: type[Model], wanted: Iterable[tuple[str, Any]], *, compared: bool = True) -> list[Any] | None:
    """Return what columns are compared with or set to, in the database's form; None if some are no plain values.

    A column that is to be empty has none: it is compared by IS NULL. A text that is too long equals no row.
    """
    values = []
    for name, value in wanted:
        if name not in model._meta.fields_db_projection or not isinstance(value, _PLAIN):
            return None
        if _compares_otherwise(model, name):
            return None
        if value is None:
            continue
        field = model._meta.fields_map[name]
        if compared and type(value) is str:
            values.append(kind_of(field).stored(registry.dialect or "sqlite", value))
        else:
            values.append(field.to_db_value(value, model))
    return values


def update(model: type[Model], where: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """Return what raises the version and sets columns where others are as they must be, and returns the whole rows."""
    compared, changed = _values_of(model, where.items()), _values_of(model, values.items(), compared=False)
    if compared is None or changed is None:
        return _update_by_tortoise(model, where, values)
    columns = model._meta.fields_db_projection
    to_set = tuple((columns[name], value is None) for name, value in values.items())
    conditions = tuple((columns[name], value is None) for name, value in where.items())
    dialect = registry.dialect or "sqlite"
    return _update_sql(model._meta.db_table, columns_of(model), to_set, conditions, dialect), [*changed, *compared]


def _update_by_tortoise(
    model: type[Model], where: Mapping[str, Any], values: Mapping[str, Any]
) -> tuple[str, list[Any]]:
    query = QuerySet(model).filter(**where).update(version=F("version") + 1, **values)
    query._choose_db_if_not_chosen(True)
    query._make_query()
    sql, args = query.query.get_parameterized_sql()
    return f"{sql} RETURNING {_listed(columns_of(model))}", args


@lru_cache(maxsize=1024)
def _update_sql(
    table: str,
    columns: tuple[str, ...],
    values: tuple[tuple[str, bool], ...],
    where: tuple[tuple[str, bool], ...],
    dialect: str,
) -> str:
    to_set = "".join(f', "{column}" = NULL' if empty else f', "{column}" = ?' for column, empty in values)
    sql = f'UPDATE "{table}" SET "version" = "version" + 1{to_set} WHERE {_where_sql(where)}'
    return native(f"{sql} RETURNING {_listed(columns)}", dialect)


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _where_sql(where: Iterable[tuple[str, bool]]) -> str:
    """Return a condition with `?` for values, from columns and whether they are to be empty."""
    return " AND ".join(f'"{column}" IS NULL' if empty else f'"{column}" = ?' for column, empty in where)


def _compares_otherwise(model: type[Model], name: str) -> bool:
    return not kind_of(model._meta.fields_map[name]).operators


@lru_cache(maxsize=2048)
def _sql(
    table: str,
    columns: tuple[str, ...],
    where: tuple[tuple[str, bool], ...],
    order: tuple[tuple[str, str], ...],
    limited: bool,
    dialect: str,
) -> str:
    sql = f'SELECT {_listed(columns)} FROM "{table}"'
    if where:
        sql += f" WHERE {_where_sql(where)}"
    if order:
        sql += " ORDER BY " + ", ".join(f'"{column}" {direction}' for column, direction in order)
    return native(sql + (" LIMIT ?" if limited else ""), dialect)
