"""What SQLite's and PostgreSQL's schema editors have in common: a table goes from one form to another."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection
from tortoise.migrations.operations import Operation

from core.data.registry import CONNECTION
from core.kinds.kind import Dialect
from core.migrations.compare import RealIndex, RealTable, Statements, read_schema
from core.migrations.conversions import require_convertible
from core.migrations.errors import MigrationError
from core.migrations.filling import added_folds, fill
from core.migrations.operations import models_changed, renamed_columns
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
        await self.client.execute_script(sql)

    async def run(self, label: str, operation: Operation, before: ProjectState, after: ProjectState) -> None:
        """Do in the database what an operation did to the state."""
        changed = models_changed(label, operation)
        if not changed:
            # tortoise types its own editors here, whose methods on tables would drop indexes and rows.
            await operation.database_forward(label, before, after, self)  # type: ignore[arg-type]  # see above
        for old_name, new_name in changed:
            old, new = before.models.get((label, old_name)), after.models.get((label, new_name))
            if old is None and new is not None:
                await self.create(table_of(new, after.models, self.dialect))
            elif old is not None and new is None:
                await self.drop(table_of(old, before.models, self.dialect))
            elif old is not None and new is not None:
                names = renamed_columns(operation, old, new)
                was = table_of(old, before.models, self.dialect)
                wanted = table_of(new, after.models, self.dialect)
                await self.change(Change(was, wanted, names))
                for column, source in added_folds(was, wanted):
                    await fill(self, wanted, column, source)

    @abstractmethod
    async def create(self, table: Table) -> None:
        """Make a table and its indexes."""

    @abstractmethod
    async def drop(self, table: Table) -> None:
        """Remove a table.

        Raises:
            MigrationError: Another table points to it.
        """

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
