"""Changes SQLite tables; what ALTER TABLE can't do is done by the rebuild that SQLite's manual describes.

Source: https://www.sqlite.org/lang_altertable.html, section 7, "Making Other Kinds Of Table Schema Changes".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from core.migrations.conversions import misfit_sql
from core.migrations.editor import Change, SchemaEditor, find_index, index_changes, require_safe
from core.migrations.errors import MigrationError
from core.migrations.table import Index, Table, TableColumn, column_sql, index_sql, table_sql

_NEW: Final = "new__"


class SqliteSchemaEditor(SchemaEditor):
    """Needs a connection with `foreign_keys` off: SQLite ignores that pragma inside a transaction.

    With it on, dropping the old table of a rebuild would run the ON DELETE actions of every table that points to it.
    """

    dialect = "sqlite"

    async def create(self, table: Table) -> None:
        await self.execute(table_sql(table))
        for index in table.indexes:
            await self.add_index(table.name, index)

    async def drop(self, table: Table) -> None:
        await self._require_keys_off()
        await super().drop(table)

    async def users(self, table: str) -> Sequence[str]:
        found = await self.fetch(
            "SELECT DISTINCT m.name FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) k "
            'WHERE m.type = \'table\' AND k."table" = ? AND m.name <> k."table" ORDER BY 1',
            [table],
        )
        return [name for (name,) in found]

    async def change(self, change: Change) -> None:
        before, after = change.under_new_names(), change.after
        require_safe(before, after)
        if change.before.name != after.name:
            await self.execute(f'ALTER TABLE "{change.before.name}" RENAME TO "{after.name}"')
        for old, new in change.renamed.items():
            await self.execute(f'ALTER TABLE "{after.name}" RENAME COLUMN "{old}" TO "{new}"')
        dropped, made, renamed = index_changes(before, after)
        made += [new for _, new in renamed]
        inside = await self._drop_indexes(after.name, [*dropped, *(old for old, _ in renamed)])
        if inside or _needs_rebuild(before, after):
            await self._rebuild(before, after, {index.name for index in made})
        else:
            for column in after.columns:
                if before.column(column.name) is None:
                    definition = column_sql(column, after.foreign_key(column.name))
                    await self.execute(f'ALTER TABLE "{after.name}" ADD COLUMN {definition}')
        for index in made:
            await self.add_index(after.name, index)

    async def _drop_indexes(self, table: str, indexes: list[Index]) -> bool:
        """Drop indexes; return whether some are constraints, which only a rebuild removes."""
        if not indexes:
            return False
        real = await self.real(table)
        inside = False
        for index in indexes:
            found = find_index(real, index)
            if found is not None and found.constraint:
                inside = True
            elif found is not None:
                await self.execute(f'DROP INDEX "{found.name}"')
        return inside

    async def _rebuild(self, before: Table, after: Table, later: set[str]) -> None:
        """Copy a table into its new form.

        Args:
            later: Names of the new indexes that the caller makes afterwards.
        """
        await self._require_keys_off()
        name, new = after.name, _NEW + after.name
        kept = await self._kept(name, after, later)
        numbers = await self._numbers(name)
        await self.execute(table_sql(after, new))
        columns = [c for c in after.columns if before.column(c.name) is not None or c.default is not None]
        listed = ", ".join(f'"{column.name}"' for column in columns)
        values = ", ".join(_copied(column, before.column(column.name)) for column in columns)
        await self.execute(f'INSERT INTO "{new}" ({listed}) SELECT {values} FROM "{name}"')
        await self._require_fit(before, after, new)
        await self.execute(f'DROP TABLE "{name}"')
        # Without this, SQLite would look for the dropped table in every view and trigger.
        await self.execute("PRAGMA legacy_alter_table = ON")
        try:
            await self.execute(f'ALTER TABLE "{new}" RENAME TO "{name}"')
        finally:
            await self.execute("PRAGMA legacy_alter_table = OFF")
        if numbers is not None:
            await self.execute("DELETE FROM sqlite_sequence WHERE name = ?", [name])
            await self.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", [name, numbers])
        for sql in kept:
            await self.execute(sql)

    async def _require_keys_off(self) -> None:
        if (await self.fetch("SELECT foreign_keys FROM pragma_foreign_keys"))[0][0]:
            raise MigrationError("a table can be rebuilt only on a connection with foreign_keys off")

    async def _require_fit(self, before: Table, after: Table, new: str) -> None:
        (counts,) = await self.fetch(f'SELECT (SELECT count(*) FROM "{after.name}"), (SELECT count(*) FROM "{new}")')
        if counts[0] != counts[1]:
            raise MigrationError(f"{after.name} has {counts[0]} rows, its copy {counts[1]}")
        for column in after.columns:
            old = before.column(column.name)
            misfit = old and misfit_sql(old, column)
            if misfit:
                ((count,),) = await self.fetch(f'SELECT count(*) FROM "{new}" WHERE {misfit}')
                if count:
                    raise MigrationError(
                        f"{count} rows of {after.name} have a {column.name} that does not fit {column.type}"
                    )

    async def _kept(self, table: str, after: Table, later: set[str]) -> list[str]:
        """Return how to make again all that goes with the old table: indexes, also a dealer's own, and triggers."""
        names = {column.name for column in after.columns}
        declared = {index.name for index in after.indexes}
        kept = [index_sql(table, index) for index in after.indexes if index.name not in later]
        own = [
            index.name
            for index in (await self.real(table)).indexes
            if not index.constraint and index.name not in declared and names.issuperset(index.columns)
        ]
        made = await self.fetch("SELECT type, name, sql FROM sqlite_master WHERE tbl_name = ? ORDER BY name", [table])
        return kept + [sql for kind, name, sql in made if kind == "trigger" or (kind == "index" and name in own)]

    async def _numbers(self, table: str) -> int | None:
        """Return the last number that AUTOINCREMENT gave: rows deleted since must not come back as others."""
        if not await self.fetch("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'"):
            return None
        found = await self.fetch("SELECT seq FROM sqlite_sequence WHERE name = ?", [table])
        return int(found[0][0]) if found else None


def _needs_rebuild(before: Table, after: Table) -> bool:
    for column in before.columns:
        new = after.column(column.name)
        if new is None or new != column or before.foreign_key(column.name) != after.foreign_key(column.name):
            return True
    added = [column for column in after.columns if before.column(column.name) is None]
    return before.checks != after.checks or not all(_addable(column) for column in added)


def _addable(column: TableColumn) -> bool:
    """Tell whether ADD COLUMN takes it: SQLite wants a constant for the rows that are there."""
    return not column.primary and column.constant and (column.null or column.default is not None)


def _copied(column: TableColumn, old: TableColumn | None) -> str:
    if old is None:
        return str(column.default)
    if old.null and not column.null and column.default is not None:
        return f'COALESCE("{column.name}", {column.default})'
    return f'"{column.name}"'
