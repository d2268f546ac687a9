"""The read seam: every row that the API shows is fetched here, with the caller's rights in the SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from graphql.execution.values import VariableValues

from core.api.catalog import Column, MoneyColumns, Source
from core.data.database import Database
from core.data.values import from_database
from core.errors import BadInputError
from core.ids import global_id
from core.money import Money
from core.read.access import Access
from core.read.conditions import Conditions, asks_for_archived
from core.read.cursors import decode_cursor, encode_cursor, order_mark
from core.read.ordering import OrderTerm, keyset, order_terms
from core.read.plan import (
    Page,
    PageRequest,
    Row,
    Selection,
    WantComputed,
    WantId,
    WantMany,
    WantOne,
    WantResolver,
    WantValue,
)
from core.read.sql import Statement, quote
from core.security.vault import Vault

DEFAULT_PAGE = 50
NO_VARIABLES = VariableValues({}, {})
Record = Sequence[Any]


class Columns:
    """The select list of one statement: each column once, with its place and converter."""

    def __init__(self, dialect: str, alias: str) -> None:
        self.dialect = dialect
        self.alias = alias
        self.expressions: list[str] = []
        self.places: dict[str, int] = {}

    def add(self, column: Column) -> int:
        """Return the place of a column in the row."""
        return self.add_expression(f"{self.alias}.{quote(column.name)}")

    def add_expression(self, expression: str) -> int:
        place = self.places.setdefault(expression, len(self.expressions))
        if place == len(self.expressions):
            self.expressions.append(expression)
        return place

    def getter(self, source: Source) -> Callable[[Record], Any]:
        """Select what a source needs and return how to get its Python value out of a row."""
        if isinstance(source, MoneyColumns):
            minor, currency = self.add(source.minor), self.add(source.currency)
            return lambda row: None if row[minor] is None else Money(row[minor], row[currency])
        return self.converted(source, self.add(source))

    def converted(self, column: Column, place: int) -> Callable[[Record], Any]:
        convert = from_database(self.dialect, column.field)  # type: ignore[arg-type]  # one of the two dialects
        if convert is None:
            return lambda row: row[place]
        return lambda row: None if row[place] is None else convert(row[place])


class Reader:
    """Reads rows for one caller.

    Args:
        kernel_values: What computed fields may ask of the kernel: `today`, `now`, `locale`, `caller`.
        page_limit: The most rows that one page may ask for.
        variables: Those of the operation, for the arguments of nested lists.
    """

    def __init__(
        self,
        database: Database,
        access: Access,
        vault: Vault,
        kernel_values: Mapping[str, Any],
        page_limit: int = 100,
        variables: VariableValues = NO_VARIABLES,
    ) -> None:
        self.database = database
        self.access = access
        self.vault = vault
        self.kernel_values = kernel_values
        self.page_limit = page_limit
        self.variables = variables

    async def fetch(self, statement: Statement, sql: str, *, bounded: bool = False) -> list[Record]:
        """Run a statement; `bounded` says that an index bounds what it touches."""
        text, args = statement.render(sql)
        return await self.database.fetch(text, args, bounded=bounded)

    async def rows(
        self, selection: Selection, ids: Sequence[UUID], *, permission: str | None = None
    ) -> dict[UUID, Row]:
        """Return those of the named rows that the caller sees, archived ones too.

        Args:
            permission: Whose reach decides; the read permission without it.
        """
        entity = selection.entity
        if not ids or not (permission or self.access.may_read(entity)):
            return {}
        statement = Statement(self.database.dialect)
        alias = statement.alias()
        shape = _Shape(self, selection, Columns(statement.dialect, alias))
        key = f"{alias}.{quote(entity.id_column.name)}"
        if len(ids) == 1:
            conditions = [f"{key} = {statement.bind_for(entity.id_column, ids[0])}"]
        else:
            conditions = [statement.is_in(key, entity.id_column, ids)]
        conditions += self.access.rows(statement, entity, alias, permission)
        sql = (
            f"SELECT {', '.join(shape.columns.expressions)} FROM {quote(entity.table)} {alias}"
            f" WHERE {' AND '.join(conditions)}"
        )
        records = await self.fetch(statement, sql, bounded=len(ids) <= DEFAULT_PAGE)
        rows = await shape.finish(records)
        return {row.row_id: row for row in rows}

    async def page(self, request: PageRequest) -> Page:
        """Return one page of an entity's rows.

        Raises:
            ForbiddenError: The caller may read none of them, or not what the filter asks for.
            BadInputError: The cursor or the size of the page.
        """
        self.access.require_read(request.entity)
        page = Page(request)
        if request.plan.rows is not None:
            query = _PageQuery(self, request)
            records = await self.fetch(query.statement, query.sql())
            await query.fill([(page, records)])
        if request.plan.want_total:
            page.total = (await self._totals(request, None)).get(None, 0)
        return page

    async def pages(self, request: PageRequest, column: Column, parents: Sequence[UUID]) -> dict[UUID, Page]:
        """Return one page for each of the parents, in one statement.

        Args:
            column: The foreign key that points to them.
        """
        pages = {parent: Page(request) for parent in parents}
        if not pages:
            return pages
        if request.plan.rows is not None:
            query = _PageQuery(self, request, column)
            sql = query.sql(parents)
            groups: dict[Any, list[Record]] = {}
            for record in await self.fetch(query.statement, sql):
                groups.setdefault(query.parent(record), []).append(record)
            await query.fill([(page, groups.get(parent, [])) for parent, page in pages.items()])
        if request.plan.want_total:
            totals = await self._totals(request, column, parents)
            for parent, page in pages.items():
                page.total = totals.get(parent, 0)
        return pages

    def conditions(self, request: Any, statement: Statement, alias: str) -> list[str]:
        """Return what rows of a list must fulfil, cursors aside."""
        writer = Conditions(statement, self.access, self.vault)
        conditions = self.access.rows(statement, request.entity, alias)
        if not asks_for_archived(request.filter):
            conditions.append(writer.live(alias))
        if request.filter:
            conditions.append(writer.filter(request.entity, alias, request.filter))
        if request.search:
            conditions.append(writer.search(request.entity, alias, request.search))
        return conditions

    async def _totals(
        self, request: PageRequest, column: Column | None, parents: Sequence[UUID] = ()
    ) -> dict[UUID | None, int]:
        statement = Statement(self.database.dialect)
        alias = statement.alias()
        conditions = self.conditions(request, statement, alias)
        table = f"{quote(request.entity.table)} {alias}"
        if column is None:
            rows = await self.fetch(statement, f"SELECT count(*) FROM {table} WHERE {' AND '.join(conditions)}")
            return {None: rows[0][0]}
        key = f"{alias}.{quote(column.name)}"
        conditions.append(statement.is_in(key, column, parents))
        rows = await self.fetch(
            statement, f"SELECT {key}, count(*) FROM {table} WHERE {' AND '.join(conditions)} GROUP BY {key}"
        )
        convert = Columns(self.database.dialect, alias).converted(column, 0)
        return {convert(row): row[1] for row in rows}


class _PageQuery:
    """The statement for a page, or for one page of each parent."""

    def __init__(self, reader: Reader, request: PageRequest, parent_column: Column | None = None) -> None:
        assert request.plan.rows is not None
        self.reader = reader
        self.request = request
        self.statement = Statement(reader.database.dialect)
        self.alias = self.statement.alias()
        self.columns = Columns(self.statement.dialect, self.alias)
        self.shape = _Shape(reader, request.plan.rows, self.columns)
        self.size = self._size()
        self.reverse = request.last is not None
        self.terms = order_terms(request.entity, request.order, reader.access)
        self.mark = order_mark([term.name for term in self.terms])
        self.parent_column = parent_column
        if parent_column is not None:
            self.parent = self.columns.getter(parent_column)
        self.cursor_getters = [self._cursor_getter(term) for term in self.terms]

    def _size(self) -> int:
        request, limit = self.request, self.reader.page_limit
        if request.first is not None and request.last is not None:
            raise BadInputError("ask for first or for last, not for both")
        size = request.first if request.first is not None else request.last
        if size is None:
            return min(DEFAULT_PAGE, limit)
        if not 0 <= size <= limit:
            raise BadInputError(f"a page has 0 to {limit} rows, not {size}")
        return size

    def _cursor_getter(self, term: OrderTerm) -> Callable[[Record], Any]:
        place = self.columns.add_expression(term.expression(self.statement, self.alias))
        return self.columns.converted(term.column, place)

    def sql(self, parents: Sequence[UUID] = ()) -> str:
        statement, alias, request = self.statement, self.alias, self.request
        conditions = self.reader.conditions(request, statement, alias)
        for cursor, backwards in ((request.after, False), (request.before, True)):
            if cursor is not None:
                values = decode_cursor(cursor, self.mark, len(self.terms))
                conditions.append(keyset(statement, alias, self.terms, values, reverse=backwards))
        table = f"{quote(request.entity.table)} {alias}"
        names = ", ".join(self.columns.expressions)
        order = ", ".join(term.sql(statement, alias, reverse=self.reverse) for term in self.terms)
        if self.parent_column is None:
            limit = statement.bind(self.size + 1)
            return f"SELECT {names} FROM {table} WHERE {' AND '.join(conditions)} ORDER BY {order} LIMIT {limit}"
        parent = f"{alias}.{quote(self.parent_column.name)}"
        conditions.append(statement.is_in(parent, self.parent_column, parents))
        numbered = ", ".join(f"{expression} AS c{i}" for i, expression in enumerate(self.columns.expressions))
        inner = (
            f"SELECT {numbered}, ROW_NUMBER() OVER (PARTITION BY {parent} ORDER BY {order}) AS n"
            f" FROM {table} WHERE {' AND '.join(conditions)}"
        )
        limit = statement.bind(self.size + 1)
        return f"SELECT * FROM ({inner}) AS numbered WHERE n <= {limit} ORDER BY n"

    async def fill(self, groups: Sequence[tuple[Page, Sequence[Record]]]) -> None:
        """Turn the records into rows, all pages together, so that the next level needs one statement."""
        kept: list[Record] = []
        for page, records in groups:
            more = len(records) > self.size
            chosen = list(records[: self.size])
            if self.reverse:
                chosen.reverse()
            page.has_next = self.request.before is not None if self.reverse else more
            page.has_previous = more if self.reverse else self.request.after is not None
            page.cursors = [encode_cursor(self.mark, [get(r) for get in self.cursor_getters]) for r in chosen]
            kept += chosen
        rows = iter(await self.shape.finish(kept))
        for page, _ in groups:
            page.rows = [next(rows) for _ in page.cursors]


class _Shape:
    """How records become rows: the select list of a selection, and what follows on the next level."""

    def __init__(self, reader: Reader, selection: Selection, columns: Columns) -> None:
        self.reader = reader
        self.selection = selection
        self.columns = columns
        entity = selection.entity
        self.row_id = columns.getter(entity.id_column)
        self.setters: list[Callable[[Row, Record], None]] = []
        self.ones: list[tuple[WantOne, Callable[[Record], Any]]] = []
        self.manies: list[WantMany] = []
        for want in selection.wants:
            self._prepare(want)

    def _prepare(self, want: Any) -> None:
        if isinstance(want, WantId):
            name = self.selection.entity.name
            self.setters.append(lambda row, _: row.answers.__setitem__(want.key, global_id(name, row.row_id)))
        elif isinstance(want, WantValue):
            self._prepare_value(want)
        elif isinstance(want, WantComputed):
            self._prepare_computed(want)
        elif isinstance(want, WantResolver):
            for attribute, source in want.field.needs.items():
                get = self.columns.getter(source)
                self.setters.append(lambda row, r, a=attribute, g=get: row.columns.__setitem__(a, g(r)))  # type: ignore[misc]  # defaults bind now
        elif isinstance(want, WantOne):
            if self.reader.access.may_read(want.field.target) and self.reader.access.sees(want.field):
                self.ones.append((want, self.columns.getter(want.field.column)))
            else:
                self._answer_null(want.key)
        elif self.reader.access.may_read(want.page.entity) and self.reader.access.sees(want.field):
            self.manies.append(want)
        else:
            self._answer_null(want.key)

    def _answer_null(self, key: str) -> None:
        self.setters.append(lambda row, _: row.answers.__setitem__(key, None))

    def _prepare_value(self, want: WantValue) -> None:
        if not self.reader.access.sees(want.field):
            self._answer_null(want.key)
            return
        get = self.columns.getter(want.field.source)
        self.setters.append(lambda row, record: row.answers.__setitem__(want.key, get(record)))

    def _prepare_computed(self, want: WantComputed) -> None:
        if not self.reader.access.sees(want.field):
            self._answer_null(want.key)
            return
        getters = [self.columns.getter(source) for source in want.field.needs.values()]
        kernel = {name: self.reader.kernel_values[name] for name in want.field.kernel_values}
        function = want.field.function

        def compute(row: Row, record: Record) -> None:
            row.answers[want.key] = function(*[get(record) for get in getters], **kernel)

        self.setters.append(compute)

    async def finish(self, records: Sequence[Record]) -> list[Row]:
        """Return rows with everything that was asked of them."""
        rows = []
        for record in records:
            row = Row(self.selection.entity.name, self.row_id(record))
            for set_answer in self.setters:
                set_answer(row, record)
            rows.append(row)
        for want, get in self.ones:
            keys = [get(record) for record in records]
            found = await self.reader.rows(want.rows, list({key: None for key in keys if key is not None}))
            for row, key in zip(rows, keys, strict=True):
                row.answers[want.key] = found.get(key)
        for many in self.manies:
            request = many.page.bind(self.reader.variables)
            pages = await self.reader.pages(request, many.field.column, [row.row_id for row in rows])
            for row in rows:
                row.answers[many.key] = pages[row.row_id]
        return rows
