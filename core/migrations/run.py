"""Applies migrations on one connection, inside the transaction that the caller has begun."""

from __future__ import annotations

from collections import Counter

from tortoise.migrations import operations as tortoise_operations
from tortoise.migrations.migration import Migration
from tortoise.migrations.operations import Operation

from core.migrations.compare import Statements
from core.migrations.editor import SchemaEditor
from core.migrations.errors import MigrationError
from core.migrations.history import Recorder
from core.migrations.operations import MoveModel, changes_rows, forward, ours
from core.migrations.postgres_editor import PostgresSchemaEditor
from core.migrations.sqlite_editor import SqliteSchemaEditor
from core.migrations.state import ProjectState


def editor_for(connection: Statements) -> SchemaEditor:
    """Return our schema editor for a database; tortoise's own lose indexes and rows on SQLite."""
    return SqliteSchemaEditor(connection) if connection.dialect == "sqlite" else PostgresSchemaEditor(connection)


class Run:
    """The application of migrations, one after the other."""

    def __init__(self, connection: Statements, state: ProjectState) -> None:
        self.connection = connection
        self.state = state
        self.editor = editor_for(connection)
        self.recorder = Recorder(connection)

    async def apply(self, migration: Migration) -> None:
        """Do what a migration says and write down that it has been done.

        Raises:
            MigrationError: It can't be done; the caller rolls back.
        """
        for operation in map(ours, migration.operations):
            await self._operate(migration, operation)
        await self.recorder.record(migration)

    async def _operate(self, migration: Migration, operation: Operation) -> None:
        before = self.state.clone()
        try:
            forward(migration.app_label, operation, self.state)
            await self.step(migration.app_label, operation, before)
        except Exception as error:
            cause = error.message if isinstance(error, MigrationError) else f"{type(error).__name__}: {error}"
            raise MigrationError(
                cause, module=migration.app_label, migration=migration.name, operation=operation.describe()
            ) from error

    async def step(self, label: str, operation: Operation, before: ProjectState) -> None:
        """Do one operation in the database."""
        await self.editor.run(label, operation, before, self.state)


class CountingRun(Run):
    """Makes sure that no operation on tables loses or adds a row; only data migrations may."""

    counts: dict[str, int]
    orphans: Counter[tuple[str, str]]

    async def begin(self) -> None:
        """Remember what there is."""
        self.counts = await self._count()
        self.orphans = await self._find_orphans()

    async def step(self, label: str, operation: Operation, before: ProjectState) -> None:
        if changes_rows(operation):
            await self._compare()
            await super().step(label, operation, before)
            self.counts = await self._count()
            return
        await super().step(label, operation, before)
        if isinstance(operation, tortoise_operations.DeleteModel):
            self.counts.pop(before.models[label, operation.name].table, None)
        elif isinstance(operation, tortoise_operations.RenameModel):
            self._rename(
                before.models[label, operation.old_name].table, self.state.models[label, operation.new_name].table
            )
        elif isinstance(operation, MoveModel):
            old, new = before.models[label, operation.name].table, self.state.moved[operation.to, operation.name].table
            if self.counts.get(old) == 0:
                del self.counts[old]  # an empty table may go
            self._rename(old, new)

    def _rename(self, old: str, new: str) -> None:
        if old in self.counts:
            self.counts[new] = self.counts.pop(old)
        names = {old: new}
        self.orphans = Counter(
            {(names.get(table, table), names.get(parent, parent)): n for (table, parent), n in self.orphans.items()}
        )

    async def finish(self) -> None:
        """Compare with what there was.

        Raises:
            MigrationError: Rows are missing, or point to rows that are.
        """
        await self._compare()
        broken = await self._find_orphans() - self.orphans
        if broken:
            listed = ", ".join(f"{count} of {table} to {parent}" for (table, parent), count in sorted(broken.items()))
            raise MigrationError(f"foreign keys would point to nothing: {listed}")

    async def _compare(self) -> None:
        now = await self._count()
        for table, count in self.counts.items():
            if now.get(table) != count:
                raise MigrationError(f"{table} had {count} rows and would have {now.get(table, 'none: it is gone')}")

    async def _count(self) -> dict[str, int]:
        tables = await self.connection.fetch(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' "
            "AND name <> 'tortoise_migrations' ORDER BY name"
        )
        return {name: (await self.connection.fetch(f'SELECT count(*) FROM "{name}"'))[0][0] for (name,) in tables}

    async def _find_orphans(self) -> Counter[tuple[str, str]]:
        # By tables, not by rows: a rebuild gives rows other internal numbers.
        found = await self.connection.fetch('SELECT "table", parent FROM pragma_foreign_key_check')
        return Counter((table, parent) for table, parent in found)
