"""Reads the schema of a PostgreSQL database."""

from __future__ import annotations

from collections.abc import Sequence

from core.migrations.compare import RealColumn, RealForeignKey, RealIndex, RealTable, Rows, Schema

_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
       pg_get_expr(d.adbin, d.adrelid), COALESCE(a.attnum = ANY (k.conkey), false)
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::text::regnamespace
"""
_CONSTRAINTS = """
SELECT c.relname, k.conname, k.contype::text, t.relname,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(number, place)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number ORDER BY u.place),
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(number, place)
             JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number ORDER BY u.place),
       k.confdeltype::text, pg_get_expr(k.conbin, k.conrelid)
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
LEFT JOIN pg_class t ON t.oid = k.confrelid
WHERE k.contype IN ('f', 'c') AND c.relnamespace = current_schema()::text::regnamespace
"""
_INDEXES = """
SELECT c.relname, i.relname, x.indisunique, pg_get_expr(x.indpred, x.indrelid), m.amname,
       EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid AND k.contype = 'u'),
       ARRAY(SELECT COALESCE(a.attname::text, 'an expression')
             FROM unnest(x.indkey::int2[]) WITH ORDINALITY u(number, place)
             LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.number AND u.number > 0 ORDER BY u.place)
FROM pg_index x
JOIN pg_class c ON c.oid = x.indrelid
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_am m ON m.oid = i.relam
WHERE NOT x.indisprimary AND c.relnamespace = current_schema()::text::regnamespace
ORDER BY i.relname
"""
_ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}


async def read(rows: Rows, tables: Sequence[str] | None = None) -> Schema:
    """Return the tables of the current schema."""
    schema: Schema = {}
    for table, name, kind, null, default, primary in await rows.fetch(_COLUMNS):
        if tables is None or table in tables:
            schema.setdefault(table, RealTable()).columns[name] = RealColumn(kind, null, default, primary)
    for table, name, kind, target, columns, references, action, check in await rows.fetch(_CONSTRAINTS):
        if table not in schema:
            continue
        if kind == "f":
            key = RealForeignKey(tuple(columns), target, tuple(references), _ACTIONS[action])
            schema[table].foreign_keys[key] = name
        else:
            schema[table].checks[name] = check
    for table, name, unique, where, method, constraint, columns in await rows.fetch(_INDEXES):
        if table in schema:
            index = RealIndex(name, tuple(columns), unique, where, "" if method == "btree" else method, constraint)
            schema[table].indexes.append(index)
    return schema
