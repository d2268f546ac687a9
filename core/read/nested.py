"""Rows below rows as JSON that PostgreSQL builds: what it gives is passed through as it stands.

One expression for a foreign key's row or a page of the rows that refer here, to any depth, all in the statement of
the level above. It covers what needs no Python; the rest is fetched level by level.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.catalog.catalog import Column, Entity
from core.read.leaves import json_id, json_leaf
from core.read.paging import Join, Paging
from core.read.plan import (
    Edges,
    Nodes,
    PageInfoPart,
    Part,
    Selection,
    Total,
    Want,
    WantComputed,
    WantId,
    WantMany,
    WantOne,
    WantResolver,
    WantTypename,
    WantValue,
)
from core.read.sql import Statement, literal, quote

if TYPE_CHECKING:
    from core.read.compiling import JsonCompiler

LONGEST_NAME = 63
"""Characters of a column name in PostgreSQL; a longer response key would be cut."""


class NotNestedError(Exception):
    """Only Python can make this part of the answer."""


def nested(compiler: JsonCompiler, statement: Statement, outer: str, entity: Entity, want: WantOne | WantMany) -> str:
    """Return the JSON of what hangs on a row.

    Args:
        outer: The alias of the row's table.

    Raises:
        NotNestedError: It needs Python.
    """
    if isinstance(want, WantOne):
        return _row(compiler, statement, outer, want)
    return _page(compiler, statement, outer, entity, want)


def _row(compiler: JsonCompiler, statement: Statement, outer: str, want: WantOne) -> str:
    """Return the JSON of the row that a foreign key refers to, null out of sight."""
    target = want.field.target
    alias = statement.alias()
    key = f"{alias}.{quote(target.id_column.name)} = {outer}.{quote(want.field.column.name)}"
    conditions = [key, *compiler.access.rows(statement, target, alias)]
    columns = _columns(compiler, statement, alias, want.rows)
    rows = f"SELECT {columns} FROM {quote(target.table)} {alias} WHERE {' AND '.join(conditions)}"
    return f"SELECT row_to_json(o) FROM ({rows}) o"


def _page(compiler: JsonCompiler, statement: Statement, outer: str, entity: Entity, want: WantMany) -> str:
    """Return the JSON of a page of the rows that refer to a row."""
    plan = want.page
    if plan.wants_cursors or any(isinstance(part, PageInfoPart) for part in plan.parts):
        raise NotNestedError
    paging = compiler.paging(plan, (want.field.column, entity))
    if paging.reverse or paging.cursors:
        raise NotNestedError
    join = (want.field.column, f"{outer}.{quote(entity.id_column.name)}")
    items = [f"{literal(part.key)}, {_part(compiler, statement, paging, part, join)}" for part in plan.parts]
    return f"SELECT json_build_object({', '.join(items)})"


def _part(compiler: JsonCompiler, statement: Statement, paging: Paging, part: Part, join: Join) -> str:
    if isinstance(part, Total):
        return f"({paging.total(statement, join)})"
    if isinstance(part, Nodes):
        return _list(compiler, statement, paging, part.rows, join)
    if isinstance(part, Edges):
        ((key, rows),) = part.parts if len(part.parts) == 1 else (("", ""),)
        if not isinstance(rows, Selection):
            raise NotNestedError
        return _list(compiler, statement, paging, rows, join, edge=key)
    return literal(f"{paging.entity.name}Connection")


def _list(
    compiler: JsonCompiler, statement: Statement, paging: Paging, rows: Selection, join: Join, edge: str = ""
) -> str:
    alias = statement.alias()
    columns = _columns(compiler, statement, alias, rows)
    inner = paging.rows(statement, alias, columns, join)
    item = f"json_build_object({literal(edge)}, o)" if edge else "o"
    return f"coalesce((SELECT json_agg({item}) FROM ({inner}) o), '[]'::json)"


def _columns(compiler: JsonCompiler, statement: Statement, alias: str, rows: Selection) -> str:
    """Return a select list whose column names are the response keys."""
    if not rows.wants or any(len(want.key) > LONGEST_NAME for want in rows.wants):
        raise NotNestedError
    wanted = [(want.key, _expression(compiler, statement, alias, rows.entity, want)) for want in rows.wants]
    return ", ".join(f"{expression} AS {quote(key)}" for key, expression in wanted)


def _expression(compiler: JsonCompiler, statement: Statement, alias: str, entity: Entity, want: Want) -> str:
    if isinstance(want, WantTypename):
        return f"{literal(entity.name)}::text"
    if isinstance(want, WantId):
        return json_id(entity.name, f"{alias}.{quote(entity.id_column.name)}")
    if isinstance(want, WantResolver | WantComputed):
        raise NotNestedError
    if not compiler.sees(want):
        return "NULL::text"
    if isinstance(want, WantValue):
        return _value(compiler, alias, entity, want)
    return f"({nested(compiler, statement, alias, entity, want)})"


def _value(compiler: JsonCompiler, alias: str, entity: Entity, want: WantValue) -> str:
    source = want.field.column
    if source.kind.make is not None:
        return _parts(alias, source, want)
    source = source.shown
    leaf = compiler.leaf_type(entity, want.field)
    expression = json_leaf(source, f"{alias}.{quote(source.name)}", leaf)
    if expression is None:
        raise NotNestedError
    return expression


def _parts(alias: str, source: Column, want: WantValue) -> str:
    """Return the JSON object of a value that several columns make."""
    written = {"__typename": f"{literal(source.kind.scalar)}::text"}
    for part in source.kind.parts:
        if part.kind.json_sql is None:
            raise NotNestedError
        written[part.graphql_name] = part.kind.json_sql.format(f"{alias}.{quote(source.parts[part.suffix].name)}")
    parts = ", ".join(f"{literal(key)}, {written[name]}" for key, name in want.parts)
    return f"CASE WHEN {alias}.{quote(source.name)} IS NOT NULL THEN json_build_object({parts}) END"
