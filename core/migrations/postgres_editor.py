"""Changes PostgreSQL tables.

What tortoise 1.1.9's editor leaves out: other kinds of type, keys and unique rules that a change adds or drops, names
of indexes after a rename.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from core.migrations.compare import RealTable
from core.migrations.editor import Change, SchemaEditor, find_index, index_changes, require_safe
from core.migrations.table import ForeignKey, Index, Table, TableColumn, check_sql, column_sql, table_sql

# To a text PostgreSQL converts by itself, and refuses what is too long; with USING it would cut it off.
_WITHOUT_USING: Final = frozenset({"CharField", "TextField"})


class PostgresSchemaEditor(SchemaEditor):
    """DDL is part of the transaction: what fails leaves nothing behind."""

    dialect = "postgres"

    async def create(self, table: Table) -> None:
        await self.execute(table_sql(table))
        for index in table.indexes:
            await self.add_index(table.name, index)

    async def users(self, table: str) -> Sequence[str]:
        found = await self.fetch(
            "SELECT DISTINCT c.relname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid "
            "WHERE k.contype = 'f' AND k.confrelid = $1::text::regclass AND k.conrelid <> k.confrelid ORDER BY 1",
            [f'"{table}"'],
        )
        return [name for (name,) in found]

    async def change(self, change: Change) -> None:
        before, after = change.under_new_names(), change.after
        require_safe(before, after)
        if change.before.name != after.name:
            await self.execute(f'ALTER TABLE "{change.before.name}" RENAME TO "{after.name}"')
        for old, new in change.renamed.items():
            await self._alter(after.name, f'RENAME COLUMN "{old}" TO "{new}"')
        real = await self.real(after.name)
        dropped, made, renamed = index_changes(before, after)
        for index in dropped:
            await self._drop_index(after.name, real, index)
        for old_index, new_index in renamed:
            await self._rename_index(real, old_index, new_index)
        for name, _ in sorted(set(before.checks) - set(after.checks)):
            await self._alter(after.name, f'DROP CONSTRAINT "{name}"')
        await self._change_columns(before, after, real)
        for check in sorted(set(after.checks) - set(before.checks)):
            await self._alter(after.name, f"ADD {check_sql(check)}")
        for index in made:
            await self.add_index(after.name, index)

    async def _change_columns(self, before: Table, after: Table, real: RealTable) -> None:
        table = after.name
        for key in before.foreign_keys:
            if after.foreign_key(key.column) != key:
                await self._drop_key(table, real, key)
        for column in before.columns:
            if after.column(column.name) is None:
                await self._alter(table, f'DROP COLUMN "{column.name}"')
        for column in after.columns:
            old = before.column(column.name)
            if old is None:
                await self._alter(table, f"ADD COLUMN {column_sql(column, after.foreign_key(column.name))}")
                continue
            for statement in _actions(table, old, column):
                await self.execute(statement)
            key_wanted = after.foreign_key(column.name)
            if key_wanted is not None and before.foreign_key(column.name) != key_wanted:
                await self._alter(table, f"ADD {_key_sql(key_wanted)}")

    async def _drop_index(self, table: str, real: RealTable, index: Index) -> None:
        found = find_index(real, index)
        if found is None:
            return
        if found.constraint:
            await self._alter(table, f'DROP CONSTRAINT "{found.name}"')
        else:
            await self.execute(f'DROP INDEX "{found.name}"')

    async def _rename_index(self, real: RealTable, old: Index, new: Index) -> None:
        found = find_index(real, old)
        if found is not None:
            await self.execute(f'ALTER INDEX "{found.name}" RENAME TO "{new.name}"')

    async def _drop_key(self, table: str, real: RealTable, key: ForeignKey) -> None:
        for found, name in real.foreign_keys.items():
            if found.columns == (key.column,):
                await self._alter(table, f'DROP CONSTRAINT "{name}"')

    async def _alter(self, table: str, action: str) -> None:
        await self.execute(f'ALTER TABLE "{table}" {action}')


def _actions(table: str, old: TableColumn, new: TableColumn) -> Iterator[str]:
    """Yield the statements that bring a column into its new form."""
    change = f'ALTER TABLE "{table}" ALTER COLUMN "{new.name}"'
    other_default = old.default != new.default or old.type != new.type
    if old.default is not None and other_default:
        yield f"{change} DROP DEFAULT"
    if old.type != new.type:
        using = "" if new.kind in _WITHOUT_USING else f' USING "{new.name}"::{new.type}'
        yield f"{change} TYPE {new.type}{using}"
    if new.default is not None and other_default:
        yield f"{change} SET DEFAULT {new.default}"
    if old.null and not new.null:
        if new.default is not None:
            yield f'UPDATE "{table}" SET "{new.name}" = {new.default} WHERE "{new.name}" IS NULL'
        yield f"{change} SET NOT NULL"
    elif new.null and not old.null:
        yield f"{change} DROP NOT NULL"


def _key_sql(key: ForeignKey) -> str:
    return f'FOREIGN KEY ("{key.column}") REFERENCES "{key.table}" ("{key.references}") ON DELETE {key.on_delete}'
