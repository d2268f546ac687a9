"""The read seam: every row that the API shows is fetched here, with the caller's rights in the SQL."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from graphql.execution.values import VariableValues

from core.bounded import Bounded
from core.catalog.catalog import Entity
from core.data.database import Database
from core.data.finding import columns_of
from core.read.access import Access
from core.read.compiling import Compiler
from core.read.gathering import RowsQuery
from core.read.lookups import UncountedLookUpError
from core.read.plan import Page, PagePlan, Pending, Row, Selection, StatsPlan
from core.read.quota import StatementQuota
from core.read.sql import KEY, KEYS, Query, Statement, quote
from core.read.stats import Group, StatsOf
from core.security.vault import Vault

T = TypeVar("T")

RowStatements = Bounded[tuple[Entity, str | None, str], RowsQuery]
"""Statements that load a row in sight, by entity, permission and the shape of the caller's rights."""
NO_VARIABLES = VariableValues({}, {})


class Reader:
    """Reads rows for one caller; the request that compiled statements take their arguments from.

    Args:
        kernel_values: What computed fields may ask of the kernel: `today`, `now`, `locale`, `caller`.
        row_statements: Kept for all readers of a kernel.
        page_limit: The most rows that one page may ask for.
        quota: That of the dealer's callers; without one statements are sent at once.
        who: Whose turn it is.
        variables: Those of the operation, coerced.

    Attributes:
        seconds: How long a statement may take.
        sent: How many were.
        ended: Why no further one is sent.
        pending: Parts of the answer that wait for graphql-core.
        prefetched: Records that came before they were asked for, by loader and rows.
        counted: The protected values that may be looked up, as the indexes know them; see `core.access_log.counting`.
    """

    def __init__(
        self,
        database: Database,
        access: Access,
        vault: Vault,
        kernel_values: Mapping[str, Any],
        row_statements: RowStatements | None = None,
        page_limit: int = 100,
        quota: StatementQuota | None = None,
        who: str = "",
        variables: VariableValues = NO_VARIABLES,
    ) -> None:
        self.database = database
        self.access = access
        self.vault = vault
        self.kernel_values = kernel_values
        self.row_statements = RowStatements(1) if row_statements is None else row_statements
        self.page_limit = page_limit
        self.quota = quota
        self.who = who
        self.sent = 0
        self.ended: Exception | None = None
        self.seconds = database.settings.read_timeout_seconds
        self.variables = variables
        self.pending: list[Pending] = []
        self.prefetched: dict[tuple[object, ...], Sequence[Any]] = {}
        self.counted: frozenset[str] = frozenset()

    async def within_quota(self, ask: Callable[[], Awaitable[T]], *, sends: bool = True) -> T:
        """Send a statement when it is the caller's turn; inside a transaction, which others may wait for, at once.

        Args:
            sends: False where somebody else is about to send it.

        Raises:
            LimitRefusal: The caller has too much under way.
        """
        if self.ended is not None:
            raise self.ended
        self.sent += 1
        quota, who = self.quota, self.who
        if quota is None or not sends or self.database.in_transaction:
            return await ask()
        if not quota.enter(who):
            await quota.wait(who)
        try:
            return await ask()
        finally:
            quota.leave(who)

    async def rows(self, selection: Selection, ids: Sequence[UUID]) -> dict[UUID, Row]:
        """Return those of the named rows that the caller sees, archived ones too."""
        if not self.access.may_read(selection.entity):
            return {}
        found = await self._compiler().rows_by_id(selection).load(self, [str(row_id) for row_id in ids])
        return {UUID(key): row for key, row in found.items()}

    async def page(self, plan: PagePlan) -> Page:
        """Return one page of an entity's rows.

        Raises:
            ForbiddenError: The caller may read none of them, or not what the filter asks for.
            BadInputError: The cursor or the size of the page.
        """
        self.access.require_read(plan.entity)
        page: Page = await self._compiler().page(plan).load(self)
        return page

    async def stats(self, plan: StatsPlan) -> list[Group]:
        """Return the aggregates of an entity's rows.

        Raises:
            ForbiddenError: The caller may not read the rows, or a field that is asked for.
        """
        self.access.require_read(plan.entity)
        return await StatsOf(self._compiler(), plan).load(self)

    async def record(self, entity: Entity, row_id: UUID, permission: str | None = None) -> Sequence[Any] | None:
        """Return all columns of a row that is not archived and in the caller's sight.

        Args:
            permission: Whose reach decides; the read permission without it.
        """
        if permission is None and not self.access.may_read(entity):
            return None
        key = (entity, permission, self.access.caller.shape)
        query = self.row_statements.get(key) or self.row_statements.keep(key, self._row_statement(entity, permission))
        records = await query.fetch(self, (str(row_id),))
        return records[0] if records else None

    def _row_statement(self, entity: Entity, permission: str | None) -> RowsQuery:
        columns, access, dialect = columns_of(entity.model), self.access, self.database.dialect

        def query(named: Callable[[Statement, str], str]) -> Query:
            statement = Statement(dialect)
            alias = statement.alias()
            conditions = [named(statement, f"{alias}.{quote(entity.id_column.name)}")]
            conditions += [f"{alias}.{quote('archived_at')} IS NULL"]
            conditions += access.rows(statement, entity, alias, permission)
            listed = ", ".join(f"{alias}.{quote(name)}" for name in columns)
            where = " AND ".join(conditions)
            return statement.render(f"SELECT {listed} FROM {quote(entity.table)} {alias} WHERE {where}")

        return RowsQuery(
            lambda: query(lambda statement, key: f"{key} = {statement.bind(KEY)}"),
            lambda: query(lambda statement, key: statement.is_in_raw(key, KEYS)),
            columns.index(entity.id_column.name),
        )

    def require_counted(self, value: str) -> None:
        """Refuse to look a protected value up before it has been counted; the system's own look-ups are not.

        Raises:
            UncountedLookUpError: It has not.
        """
        if value not in self.counted and not self.access.caller.system:
            raise UncountedLookUpError("a protected value is looked up that has not been counted")

    def wait_for(self, pending: Pending) -> Pending:
        """Note a part of the answer that graphql-core will give."""
        self.pending.append(pending)
        return pending

    def _compiler(self) -> Compiler:
        return Compiler(self, self.variables)
