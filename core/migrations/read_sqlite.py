"""Reads the schema of a SQLite database."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.migrations.compare import RealColumn, RealForeignKey, RealIndex, RealTable, Rows, Schema

_CHECK = re.compile(r'CONSTRAINT\s+"([^"]+)"\s+CHECK\s*\(', re.IGNORECASE)
_WHERE = re.compile(r"\)\s*WHERE\s+(.*)$", re.IGNORECASE | re.DOTALL)


async def read(rows: Rows, tables: Sequence[str] | None = None) -> Schema:
    """Return the tables, without SQLite's own."""
    made = await rows.fetch(
        "SELECT name, sql FROM sqlite_master "
        "WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name"
    )
    schema: Schema = {}
    for name, sql in made:
        if tables is None or name in tables:
            schema[name] = RealTable(
                columns=await _columns(rows, name),
                foreign_keys=await _foreign_keys(rows, name),
                indexes=await _indexes(rows, name),
                checks=_checks(sql),
            )
    return schema


async def _columns(rows: Rows, table: str) -> dict[str, RealColumn]:
    found = await rows.fetch('SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info(?)', [table])
    return {name: RealColumn(kind.upper(), not filled, default, bool(pk)) for name, kind, filled, default, pk in found}


async def _foreign_keys(rows: Rows, table: str) -> dict[RealForeignKey, str]:
    found = await rows.fetch(
        'SELECT id, "from", "table", "to", on_delete FROM pragma_foreign_key_list(?) ORDER BY id, seq', [table]
    )
    keys: dict[int, list[Sequence[str]]] = {}
    for number, *rest in found:
        keys.setdefault(number, []).append(rest)
    return {
        RealForeignKey(tuple(r[0] for r in rests), rests[0][1], tuple(r[2] for r in rests), rests[0][3]): ""
        for rests in keys.values()
    }


async def _indexes(rows: Rows, table: str) -> list[RealIndex]:
    found = await rows.fetch(
        'SELECT l.name, l."unique", l.origin, m.sql FROM pragma_index_list(?) l '
        "LEFT JOIN sqlite_master m ON m.type = 'index' AND m.name = l.name WHERE l.origin <> 'pk' ORDER BY l.name",
        [table],
    )
    indexes: list[RealIndex] = []
    for name, unique, origin, sql in found:
        columns = await rows.fetch("SELECT name FROM pragma_index_info(?) ORDER BY seqno", [name])
        where = _WHERE.search(sql or "")
        indexes.append(
            RealIndex(
                name=name,
                columns=tuple(column or "an expression" for (column,) in columns),
                unique=bool(unique),
                where=" ".join(where[1].split()) if where else None,
                constraint=origin == "u",
            )
        )
    return indexes


def _checks(sql: str) -> dict[str, str]:
    return {match[1]: _balanced(sql, match.end()) for match in _CHECK.finditer(sql)}


def _balanced(sql: str, start: int) -> str:
    """Return what stands between the bracket before `start` and the one that closes it."""
    depth, quoted = 1, False
    for place in range(start, len(sql)):
        sign = sql[place]
        if sign == "'":
            quoted = not quoted
        elif not quoted:
            depth += {"(": 1, ")": -1}.get(sign, 0)
            if depth == 0:
                return " ".join(sql[start:place].split())
    return " ".join(sql[start:].split())
