"""What SQLite's and PostgreSQL's schema editors have in common: a table goes from one form to another."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection
from tortoise.migrations.operations import Operation
from tortoise.migrations.schema_generator.state import ModelState

from core.data.finding import active_client
from core.data.guard import migrating
from core.data.registry import CONNECTION
from core.kinds.kind import Dialect
from core.migrations.compare import RealIndex, RealTable, Statements, read_schema
from core.migrations.conversions import require_convertible
from core.migrations.errors import MigrationError
from core.migrations.filling import added_folds, fill
from core.migrations.operations import MoveModel, models_changed, renamed_columns
from core.migrations.state import ProjectState
from core.migrations.table import Index, Table, index_sql, table_of


@dataclass(frozen=True, slots=True)
class Change:
    """A table before and after, and its columns that have other names since."""

    before: Table
    after: Table
    renamed: Mapping[str, str]

    def under_new_names(self) -> Table:
        """Return the table before, with the names that its columns and itself have afterwards."""
        names = self.renamed

        def where(text: str | None) -> str | None:
            for old, new in names.items():
                text = text and text.replace(f'"{old}"', f'"{new}"')
            return text

        return replace(
            self.before,
            name=self.after.name,
            columns=tuple(replace(c, name=names.get(c.name, c.name)) for c in self.before.columns),
            foreign_keys=tuple(replace(k, column=names.get(k.column, k.column)) for k in self.before.foreign_keys),
            indexes=tuple(
                replace(i, columns=tuple(names.get(c, c) for c in i.columns), where=where(i.where))
                for i in self.before.indexes
            ),
        )


class SchemaEditor(ABC):
    """Changes tables on one connection, inside the transaction that the caller has begun.

    A data migration gets it as its second argument: `fetch` and `execute` run SQL with native placeholders.
    """

    dialect: ClassVar[Dialect]
    collect_sql = False  # tortoise's RunSQL asks

    def __init__(self, connection: Statements) -> None:
        self.connection = connection

    @property
    def client(self) -> BaseDBAsyncClient:
        """tortoise's client of the running transaction."""
        return get_connection(CONNECTION)

    async def fetch(self, sql: str, args: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
        """Return positional rows."""
        return await self.connection.fetch(sql, args)

    async def execute(self, sql: str, args: Sequence[Any] = ()) -> int:
        """Run one statement and return how many rows it changed."""
        return await self.connection.execute(sql, args)

    async def _run_sql(self, sql: str) -> None:
        """Run statements; tortoise's RunSQL calls it."""
        await active_client().run_script(sql)

    async def run(self, label: str, operation: Operation, before: ProjectState, after: ProjectState) -> None:
        """Do in the database what an operation did to the state."""
        if isinstance(operation, MoveModel):
            await self._let_go(label, operation, before, after)
            return
        changed = models_changed(label, operation)
        if not changed:
            # tortoise types its own editors here, whose methods on tables would drop indexes and rows.
            with migrating():
                await operation.database_forward(label, before, after, self)  # type: ignore[arg-type]  # see above
        for old_name, new_name in changed:
            old, new = before.models.get((label, old_name)), after.models.get((label, new_name))
            if old is None and new is not None:
                await self._create_or_take_over(before.moved.get((label, new_name)), new, after)
            elif old is not None and new is None:
                await self.drop(table_of(old, before.known, self.dialect))
            elif old is not None and new is not None:
                names = renamed_columns(operation, old, new)
                was = table_of(old, before.known, self.dialect)
                await self._change(Change(was, table_of(new, after.known, self.dialect), names))

    async def _change(self, change: Change) -> None:
        await self.change(change)
        for column, source in added_folds(change.before, change.after):
            await fill(self, change.after, column, source)

    async def _let_go(self, label: str, operation: MoveModel, before: ProjectState, after: ProjectState) -> None:
        """Keep a table for the module that gets it, or drop it if it is empty: that module makes it then."""
        was = table_of(before.models[label, operation.name], before.known, self.dialect)
        if await self.fetch(f'SELECT 1 FROM "{was.name}" LIMIT 1') or await self.users(was.name):
            moved = table_of(after.moved[operation.to, operation.name], after.known, self.dialect)
            await self.change(Change(was, moved, {}))
        else:
            await self.drop(was)

    async def _create_or_take_over(self, moved: ModelState | None, new: ModelState, after: ProjectState) -> None:
        table = table_of(new, after.known, self.dialect)
        was = None if moved is None else table_of(moved, after.known, self.dialect)
        if was is not None and await read_schema(self.connection, [was.name]):
            await self._change(Change(was, table, {}))
        else:
            await self.create(table)

    @abstractmethod
    async def create(self, table: Table) -> None:
        """Make a table and its indexes."""

    async def drop(self, table: Table) -> None:
        """Remove a table.

        Raises:
            MigrationError: Another table points to it.
        """
        if users := await self.users(table.name):
            raise MigrationError(f"{table.name} can't be removed: {', '.join(users)} points to it")
        await self.execute(f'DROP TABLE "{table.name}"')

    @abstractmethod
    async def users(self, table: str) -> Sequence[str]:
        """Return the other tables that point to a table, in alphabetical order."""

    @abstractmethod
    async def change(self, change: Change) -> None:
        """Bring a table from one form to another, with every row.

        Raises:
            MigrationError: Values don't fit the new form.
        """

    async def real(self, table: str) -> RealTable:
        """Return a table as it is in the database.

        Raises:
            MigrationError: There is none.
        """
        found = (await read_schema(self.connection, [table])).get(table)
        if found is None:
            raise MigrationError(f"the database has no table {table}; its history of migrations says it should")
        return found

    async def add_index(self, table: str, index: Index) -> None:
        await self.execute(index_sql(table, index))


def require_safe(before: Table, after: Table) -> None:
    """Refuse changes of columns that could change or lose values."""
    for column in after.columns:
        old = before.column(column.name)
        if old is not None:
            require_convertible(old, column)


def index_changes(before: Table, after: Table) -> tuple[list[Index], list[Index], list[tuple[Index, Index]]]:
    """Return the indexes to drop, to make, and to rename; both tables have the names of afterwards."""
    old = {index.rule: index for index in before.indexes}
    new = {index.rule: index for index in after.indexes}
    renamed = [(old[rule], new[rule]) for rule in old.keys() & new.keys() if old[rule].name != new[rule].name]
    return (
        [index for rule, index in old.items() if rule not in new],
        [index for rule, index in new.items() if rule not in old],
        sorted(renamed, key=lambda pair: pair[0].name),
    )


def find_index(real: RealTable, index: Index) -> RealIndex | None:
    """Return the database's index by name, or else by what it does: adopted databases have names of their own."""
    by_name = next((found for found in real.indexes if found.name == index.name), None)
    if by_name or index.where:
        return by_name
    return next((f for f in real.indexes if f.rule == (index.columns, index.unique, None, index.method)), None)
