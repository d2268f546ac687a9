"""How the records of a statement become answers: rows for resolvers, or what JSON has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, Protocol
from uuid import UUID

import orjson
from graphql import FieldNode, GraphQLList, get_nullable_type

from core.catalog.catalog import Column, ComputedField
from core.errors import BadInputError
from core.read.columns import Columns, Get, Record
from core.read.leaves import id_maker, record_leaf
from core.read.nested import NotNestedError, nested
from core.read.plan import (
    Pending,
    Row,
    Selection,
    WantComputed,
    WantId,
    WantMany,
    WantOne,
    WantResolver,
    WantTypename,
    WantValue,
)
from core.read.sql import Query, Statement
from core.read.unplanned import NotPlannedError, Reason

if TYPE_CHECKING:
    from core.read.compiling import Compiler, JsonCompiler
    from core.read.loaders import PageOf, RowsById
    from core.read.reader import Reader


class Shape(Protocol):
    """What a selection adds to a select list, and what its records become."""

    levels: Levels

    async def finish(self, reader: Reader, records: Sequence[Record]) -> list[Any]:
        """Return the answers with everything that was asked of them, further levels included."""
        ...


class Levels:
    """The further levels of a selection: one statement each, for all the rows at once."""

    def __init__(self, row_id: int) -> None:
        self.row_id = row_id
        self.ones: list[tuple[str, int, RowsById]] = []
        self.manies: list[tuple[str, PageOf]] = []

    async def ones_of(self, reader: Reader, records: Sequence[Record]) -> list[Callable[[Any], Any]]:
        """Return what finds the row for a foreign key, for each of them."""
        found: list[Callable[[Any], Any]] = []
        for _, place, loader in self.ones:
            keys = list({record[place]: None for record in records if record[place] is not None})
            found.append((await loader.load(reader, keys)).get)
        return found

    async def manies_of(
        self, reader: Reader, records: Sequence[Record], failed: Callable[[BadInputError], Any]
    ) -> list[Callable[[Any], Any]]:
        """Return what finds the page for a row id, for each of them.

        Args:
            failed: Returns what stands for the pages of a list whose arguments can't be read, or raises.
        """
        keys = [record[self.row_id] for record in records] if self.manies else []
        found: list[Callable[[Any], Any]] = []
        for _, loader in self.manies:
            try:
                found.append((await loader.load_for(reader, keys)).__getitem__)
            except BadInputError as error:
                answer = failed(error)
                found.append(lambda _, answer=answer: answer)  # type: ignore[misc]  # a lambda that keeps the present value
        return found

    def queries(self) -> Iterator[Query]:
        """Yield the statements of these levels and those below."""
        for _, _, rows in self.ones:
            yield from rows.queries()
        for _, pages in self.manies:
            yield from pages.queries()


class RowShape:
    """Records as `Row`s with Python's values, which graphql-core's resolvers pick from."""

    def __init__(self, compiler: Compiler, selection: Selection, statement: Statement, columns: Columns) -> None:
        self.compiler = compiler
        self.entity = selection.entity
        self.columns = columns
        self.levels = Levels(columns.key(selection.entity.id_column))
        self.setters: list[Callable[[Reader, Row, Record], None]] = []
        for want in selection.wants:
            self._prepare(want)

    def _prepare(self, want: Any) -> None:
        if isinstance(want, WantTypename):
            return
        if isinstance(want, WantId):
            make, place = id_maker(self.entity.name), self.levels.row_id
            self.setters.append(lambda _, row, record: row.answers.__setitem__(want.key, make(record[place])))
        elif not isinstance(want, WantResolver) and not self.compiler.sees(want):
            self.setters.append(lambda _, row, __: row.answers.__setitem__(want.key, None))
        elif isinstance(want, WantValue):
            get = self.columns.getter(want.field.column)
            self.setters.append(lambda _, row, record: row.answers.__setitem__(want.key, get(record)))
        elif isinstance(want, WantComputed):
            compute = computing(want.field, self.columns)
            self.setters.append(lambda reader, row, record: row.answers.__setitem__(want.key, compute(reader, record)))
        elif isinstance(want, WantResolver):
            for attribute, source in want.field.needs.items():
                self.setters.append(_into_columns(attribute, self.columns.getter(source)))
        elif isinstance(want, WantOne):
            self.levels.ones.append(
                (want.key, self.columns.key(want.field.column), self.compiler.rows_by_id(want.rows))
            )
        else:
            self.levels.manies.append((want.key, self.compiler.page(want.page, (want.field.column, self.entity))))

    async def finish(self, reader: Reader, records: Sequence[Record]) -> list[Any]:
        rows = [Row(self.entity.name, UUID(record[self.levels.row_id])) for record in records]
        for row, record in zip(rows, records, strict=True):
            for set_answer in self.setters:
                set_answer(reader, row, record)
        for (key, place, _), find in zip(self.levels.ones, await self.levels.ones_of(reader, records), strict=True):
            for row, record in zip(rows, records, strict=True):
                row.answers[key] = find(record[place])
        for (key, _), find in zip(self.levels.manies, await self.levels.manies_of(reader, records, _kept), strict=True):
            for row, record in zip(rows, records, strict=True):
                row.answers[key] = find(record[self.levels.row_id])
        return rows


def _kept(error: BadInputError) -> BadInputError:
    """Let the error stand for the list, so that the resolver of its field raises it, with the path of each row."""
    return error


def _given_up(error: BadInputError) -> NoReturn:
    raise NotPlannedError(Reason.NESTED_LIST, f"a list within a row: {error.message}") from error


def _into_columns(attribute: str, get: Get) -> Callable[[Reader, Row, Record], None]:
    return lambda _, row, record: row.columns.__setitem__(attribute, get(record))


def computing(field: ComputedField, columns: Columns) -> Callable[[Reader, Record], Any]:
    """Select what a computed field needs and return what computes it."""
    getters = [columns.getter(source) for source in field.needs.values()]

    def compute(reader: Reader, record: Record) -> Any:
        kernel = {name: reader.kernel_values[name] for name in field.kernel_values}
        return field.function(*[get(record) for get in getters], **kernel)

    return compute


class JsonShape:
    """Records as what orjson writes, by a function made for the selection: a loop over its fields costs twice."""

    def __init__(self, compiler: JsonCompiler, selection: Selection, statement: Statement, columns: Columns) -> None:
        self.compiler = compiler
        self.entity = selection.entity
        self.statement = statement
        self.columns = columns
        self.levels = Levels(-1)
        self._names: dict[str, Any] = {"__builtins__": {}}
        self._items = [f"{want.key!r}: {self._written(want)}" for want in selection.wants]
        finders = [f"one{index}" for index in range(len(self.levels.ones))]
        finders += [f"many{index}" for index in range(len(self.levels.manies))]
        # The text holds places, names made here, and keys, which GraphQL limits to letters, digits and underscores.
        made = f"[{{{', '.join(self._items)}}} for r in records]"
        text = f"lambda {', '.join(['reader', 'records', *finders])}: {made}"
        self._make: Callable[..., list[Any]] = eval(text, self._names)  # noqa: S307 - see above

    async def finish(self, reader: Reader, records: Sequence[Record]) -> list[Any]:
        if not records:
            return []
        if not (self.levels.ones or self.levels.manies):
            return self._make(reader, records)
        ones = await self.levels.ones_of(reader, records)
        return self._make(reader, records, *ones, *await self.levels.manies_of(reader, records, _given_up))

    def _name(self, value: Any) -> str:
        name = f"n{len(self._names)}"
        self._names[name] = value
        return name

    def _row_id(self) -> int:
        if self.levels.row_id < 0:
            self.levels.row_id = self.columns.key(self.entity.id_column)
        return self.levels.row_id

    def _written(self, want: Any) -> str:
        if isinstance(want, WantTypename):
            return repr(self.entity.name)
        if isinstance(want, WantId):
            return f"{self._name(id_maker(self.entity.name))}(r[{self._row_id()}])"
        if isinstance(want, WantResolver):
            return self._resolved(want)
        if not self.compiler.sees(want):
            return "None"
        if isinstance(want, WantValue):
            return self._value(want)
        if isinstance(want, WantComputed):
            return self._computed(want)
        return self._nested(want) or self._level(want)

    def _value(self, want: WantValue) -> str:
        source = want.field.column
        if source.kind.make is not None:
            return self._parts(source, want)
        source = source.shown
        listed = self.compiler.graphql_field(self.entity, want.field).type
        if isinstance(get_nullable_type(listed), GraphQLList):
            get, write = self.columns.getter(source), self.compiler.leaves.writer(listed, ())
            return f"{self._name(lambda record: write(get(record)))}(r)"
        kind = self.compiler.leaf_type(self.entity, want.field)
        leaf = record_leaf(self.statement.dialect, source, self.columns.named(source), kind)
        return self._converted(self.columns.add(leaf.expression), leaf.convert, nullable=source.nullable)

    def _converted(self, place: int, convert: Callable[[Any], Any] | None, *, nullable: bool) -> str:
        if convert is None:
            return f"r[{place}]"
        made = f"{self._name(convert)}(r[{place}])"
        return f"(None if r[{place}] is None else {made})" if nullable else made

    def _parts(self, source: Column, want: WantValue) -> str:
        """Return the object of a value that several columns make."""
        written = {"__typename": repr(source.kind.scalar)}
        for part in source.kind.parts:
            column = source.parts[part.suffix]
            leaf = part.kind.leaves[self.statement.dialect]
            place = self.columns.add(leaf.expression.format(self.columns.named(column)))
            written[part.graphql_name] = self._converted(place, leaf.convert, nullable=False)
        made = "{" + ", ".join(f"{key!r}: {written[name]}" for key, name in want.parts) + "}"
        key = self.columns.add(self.columns.named(source.key))
        return f"(None if r[{key}] is None else {made})" if source.nullable else made

    def _computed(self, want: WantComputed) -> str:
        compute = computing(want.field, self.columns)
        try:
            write = self.compiler.leaves.writer(self.compiler.graphql_field(self.entity, want.field).type, want.nodes)
        except NotPlannedError:

            def fill(reader: Reader, record: Record, row: Row) -> None:
                row.answers[want.key] = compute(reader, record)

            return self._pending(want.key, want.nodes, fill)
        return f"{self._name(lambda reader, record: write(compute(reader, record)))}(reader, r)"

    def _resolved(self, want: WantResolver) -> str:
        getters = [(attribute, self.columns.getter(source)) for attribute, source in want.field.needs.items()]

        def fill(_: Reader, record: Record, row: Row) -> None:
            row.columns.update({attribute: get(record) for attribute, get in getters})

        return self._pending(want.key, want.nodes, fill)

    def _pending(self, key: str, nodes: Sequence[FieldNode], fill: Callable[[Reader, Record, Row], None]) -> str:
        """Return what leaves a field to graphql-core, with a row that holds what its resolver needs."""
        name, row_id = self.entity.name, self._row_id()

        def wait(reader: Reader, record: Record) -> Pending:
            row = Row(name, UUID(record[row_id]))
            fill(reader, record, row)
            return reader.wait_for(Pending(name, row, key, nodes))

        return f"{self._name(wait)}(reader, r)"

    def _nested(self, want: WantOne | WantMany) -> str | None:
        """Return how JSON made by the database is taken over; None where it can't make it."""
        if self.statement.dialect != "postgres":
            return None
        mark = len(self.statement.args)
        try:
            expression = nested(self.compiler, self.statement, self.columns.alias, self.entity, want)
        except NotNestedError:
            del self.statement.args[mark:]
            return None
        # As bytes: a text would be decoded by the driver, and encoded again by orjson.
        place = self.columns.add(f"json_send(({expression}))")
        return self._converted(place, orjson.Fragment, nullable=isinstance(want, WantOne))

    def _level(self, want: WantOne | WantMany) -> str:
        if isinstance(want, WantOne):
            place = self.columns.key(want.field.column)
            self.levels.ones.append((want.key, place, self.compiler.rows_by_id(want.rows)))
            return f"one{len(self.levels.ones) - 1}(r[{place}])"
        self.levels.manies.append((want.key, self.compiler.page(want.page, (want.field.column, self.entity))))
        return f"many{len(self.levels.manies) - 1}(r[{self._row_id()}])"
