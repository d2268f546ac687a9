"""The compiled statements of one level of an answer: rows by their ids, and pages of a list."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from core.data.writes import Reading
from core.errors import BadInputError
from core.read.access import Below
from core.read.columns import Columns, Record
from core.read.cursors import encode_cursor
from core.read.gathering import RowsQuery, SingleFlight
from core.read.plan import Page, PagePlan, Selection
from core.read.sql import KEY, KEYS, Deferred, Keys, Query, Statement, quote

if TYPE_CHECKING:
    from core.read.compiling import Compiler
    from core.read.reader import Reader

MANY_VARIANTS = 8


class RowsById:
    """Fetches named rows as far as the caller sees them, archived ones too.

    Args:
        permission: Whose reach decides; the read permission without it.
    """

    def __init__(self, compiler: Compiler, selection: Selection, permission: str | None = None) -> None:
        self.compiler = compiler
        self.entity = selection.entity
        self.permission = permission
        self.has_lists = selection.has_lists()
        self.statement = Statement(compiler.dialect)
        self.alias = self.statement.alias()
        self.columns = Columns(compiler.dialect, self.alias)
        self.shape = compiler.shape(selection, self.statement, self.columns)
        self.key = self.columns.key(self.entity.id_column)
        column = self.columns.named(self.entity.id_column)
        self.query = RowsQuery(
            lambda: self._query(f"{column} = {self.statement.bind(KEY)}"),
            lambda: self._query(self.statement.is_in_raw(column, KEYS)),
            self.key,
        )

    def _query(self, named: str) -> Query:
        conditions = [named, *self.compiler.access.rows(self.statement, self.entity, self.alias, self.permission)]
        return self.statement.render(
            f"SELECT {', '.join(self.columns.expressions)} FROM {quote(self.entity.table)} {self.alias}"
            f" WHERE {' AND '.join(conditions)}"
        )

    async def load(self, reader: Reader, keys: Keys) -> dict[str, Any]:
        """Return the answers by row id."""
        if not keys:
            return {}
        records = reader.prefetched.pop((id(self), *keys), None)
        if records is None:
            records = await self.query.fetch(reader, keys)
        answers = await self.shape.finish(reader, records)
        return {record[self.key]: answer for record, answer in zip(records, answers, strict=True)}

    def prefetch(self, reader: Reader, row_id: UUID) -> None:
        """Say that this row will be asked for when the running transaction has ended.

        Not if lists hang on it, in which a client asks for as much as he likes: then the transaction would wait for it.
        """
        if self.has_lists:
            return
        key = str(row_id)

        def give(records: Sequence[Any]) -> None:
            # A row out of sight comes as one that is empty.
            reader.prefetched[id(self), key] = [record for record in records if record[self.key] is not None]

        try:
            args = self.query.one.arguments(reader, [key])
        except BadInputError:
            return  # the command goes on; who asks for the row is told
        reader.database.prefetch(Reading(self.entity.table, self.alias, self.query.one.text, args, row_id, give))

    def queries(self) -> Iterator[Query]:
        """Yield the statements of this level and those below."""
        yield self.query.many
        yield from self.shape.levels.queries()


class PageOf:
    """Fetches a page of an entity's rows, or one page for each of several rows that they refer to.

    Args:
        below: What the rows hang on, where there is a page for each of those.
        finish: What becomes of a page.
    """

    def __init__(self, compiler: Compiler, plan: PagePlan, below: Below | None, finish: Callable[[Page], Any]) -> None:
        self.compiler = compiler
        self.plan = plan
        self.column = column = below[0] if below is not None else None
        self.finish = finish
        self.paging = compiler.paging(plan, below)
        self.statement = Statement(compiler.dialect)
        self.alias = self.statement.alias()
        self.columns = Columns(compiler.dialect, self.alias)
        self.shapes = [compiler.shape(rows, self.statement, self.columns) for rows in plan.selections.values()]
        self.parent = self.columns.key(column) if column is not None else -1
        self.cursor_getters = [self._cursor_getter(term) for term in self.paging.terms] if plan.wants_cursors else []
        self.alike = SingleFlight()
        self._by_nullity: dict[tuple[bool, ...], Query] = {}
        self.total = self._total() if plan.wants_total else None
        # In the same statement, which costs less than another one and counts what the page is of.
        self.counts = plan.wants_total and plan.wants_rows and column is None

    def _cursor_getter(self, term: Any) -> Callable[[Record], Any]:
        return self.columns.for_cursor(term.column, term.expression(self.statement, self.alias))

    async def load(self, reader: Reader) -> Any:
        """Return the page."""
        page = Page(self.plan)
        if self.plan.wants_rows:
            records = await self.alike.fetch(self._query(reader), reader)
            await self._fill(reader, [page], [records])
            if self.counts and records:
                page.total = records[0][-1]
        if self.total is not None and page.total is None:
            page.total = (await self.alike.fetch(self.total, reader))[0][0]
        return self.finish(page)

    async def load_for(self, reader: Reader, parents: Keys) -> dict[str, Any]:
        """Return the page of each parent."""
        pages = {parent: Page(self.plan) for parent in parents}
        if not pages:
            return {}
        if self.plan.wants_rows:
            groups: dict[str, list[Record]] = {parent: [] for parent in pages}
            for record in await reader.within_quota(partial(self._query(reader).fetch, reader, parents)):
                groups[record[self.parent]].append(record)
            await self._fill(reader, list(pages.values()), list(groups.values()))
        if self.total is not None:
            totals = dict(await reader.within_quota(partial(self.total.fetch, reader, parents)))
            for parent, page in pages.items():
                page.total = totals.get(parent, 0)
        return {parent: self.finish(page) for parent, page in pages.items()}

    def _query(self, reader: Reader) -> Query:
        nullity = self.paging.nullity(reader)
        query = self._by_nullity.get(nullity)
        if query is None:
            query = self._by_nullity[nullity] = self.statement.render(self._sql(nullity))
            if len(self._by_nullity) > MANY_VARIANTS:
                self._by_nullity.pop(next(iter(self._by_nullity)))
        return query

    def _sql(self, nullity: tuple[bool, ...]) -> str:
        statement, alias, paging = self.statement, self.alias, self.paging
        conditions = paging.conditions(statement, alias) + paging.between(statement, alias, nullity)
        table = f"{quote(self.plan.entity.table)} {alias}"
        columns = self.columns.expressions or ["1"]
        order = paging.order(statement, alias)
        limit = statement.bind(Deferred(lambda reader, keys: paging.size(reader, keys) + 1))
        if self.column is not None:
            parent = self.columns.named(self.column)
            conditions.insert(0, statement.is_in_raw(parent, KEYS))
            numbered = ", ".join(f"{expression} AS c{i}" for i, expression in enumerate(columns))
            inner = (
                f"SELECT {numbered}, ROW_NUMBER() OVER (PARTITION BY {parent} ORDER BY {order}) AS n"
                f" FROM {table} WHERE {' AND '.join(conditions)}"
            )
            return f"SELECT * FROM ({inner}) AS numbered WHERE n <= {limit} ORDER BY n"
        rows = f"FROM {table} WHERE {' AND '.join(conditions)} ORDER BY {order} LIMIT {limit}"
        total = [f"({paging.total(statement)})"] if self.counts else []
        if any("(SELECT" in expression for expression in columns):
            # The page is cut first: what hangs on its rows is then built for these alone.
            rows = f"FROM (SELECT {alias}.* {rows}) {alias}"
        return f"SELECT {', '.join([*columns, *total])} {rows}"

    def _total(self) -> Query:
        statement = Statement(self.compiler.dialect)
        if self.column is None:
            return statement.render(self.paging.total(statement))
        alias = statement.alias()
        columns = Columns(statement.dialect, alias)
        columns.key(self.column)
        key = columns.named(self.column)
        conditions = [statement.is_in_raw(key, KEYS), *self.paging.conditions(statement, alias)]
        return statement.render(
            f"SELECT {columns.expressions[0]}, count(*) FROM {quote(self.plan.entity.table)} {alias}"
            f" WHERE {' AND '.join(conditions)} GROUP BY {key}"
        )

    async def _fill(self, reader: Reader, pages: Sequence[Page], groups: Sequence[Sequence[Record]]) -> None:
        """HeldLocks the records into rows, all pages together, so that the next level needs one statement."""
        size, reverse = self.paging.size(reader), self.paging.reverse
        kept: list[Record] = []
        for page, records in zip(pages, groups, strict=True):
            more = len(records) > size
            chosen = list(records[:size])
            if reverse:
                chosen.reverse()
            page.count = len(chosen)
            page.has_next = "before" in self.paging.cursors if reverse else more
            page.has_previous = more if reverse else "after" in self.paging.cursors
            page.cursor = _cursors(self.paging.mark, self.cursor_getters, chosen)
            kept += chosen
        finished = [await shape.finish(reader, kept) for shape in self.shapes]
        begin = 0
        for page in pages:
            page.rows = [rows[begin : begin + page.count] for rows in finished]
            begin += page.count

    def queries(self) -> Iterator[Query]:
        """Yield the statements of this level and those below, as they are without null in a cursor."""
        if self.plan.wants_rows:
            yield self.statement.render(self._sql((False,) * (len(self.paging.cursors) * len(self.paging.terms))))
        if self.total is not None and not self.counts:
            yield self.total
        for shape in self.shapes:
            yield from shape.levels.queries()


def _cursors(mark: str, getters: Sequence[Callable[[Record], Any]], records: Sequence[Record]) -> Callable[[int], str]:
    return lambda index: encode_cursor(mark, [get(records[index]) for get in getters])
