"""What the statements for a list consist of: which rows, in which order, how many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from core.catalog.catalog import Column, Entity
from core.errors import BadInputError
from core.read.access import Below
from core.read.conditions import Conditions, asks_for_archived
from core.read.cursors import decode_cursor, order_mark
from core.read.ordering import keyset, order_terms
from core.read.plan import PagePlan
from core.read.sql import Deferred, Keys, Statement, quote

if TYPE_CHECKING:
    from core.read.compiling import Compiler
    from core.read.reader import Reader

DEFAULT_PAGE = 50
Join = tuple[Column, str]
"""A foreign key and what it must equal."""


def page_size(first: int | None, last: int | None, limit: int) -> int:
    """Return how many rows a page has.

    Raises:
        BadInputError: Both are given, or one is out of bounds.
    """
    if first is not None and last is not None:
        raise BadInputError("ask for first or for last, not for both")
    size = first if first is not None else last
    if size is None:
        return min(DEFAULT_PAGE, limit)
    if not 0 <= size <= limit:
        raise BadInputError(f"a page has 0 to {limit} rows, not {size}")
    return size


def conditions_of(
    compiler: Compiler,
    statement: Statement,
    alias: str,
    entity: Entity,
    given: Mapping[str, Any],
    below: Below | None = None,
) -> list[str]:
    """Return what the rows of a list must fulfil, cursors aside.

    Args:
        below: What they hang on, where those are in sight already.
    """
    writer = Conditions(statement, compiler.access, compiler.vault)
    conditions = compiler.access.rows(statement, entity, alias, below=below)
    if not asks_for_archived(given.get("filter")):
        conditions.append(writer.live(alias))
    if given.get("filter"):
        conditions.append(writer.filter(entity, alias, given["filter"]))
    if given.get("search"):
        conditions.append(writer.search(entity, alias, given["search"]))
    return conditions


class Paging:
    """The arguments of a list as SQL.

    Args:
        below: What the rows hang on, where those are in sight already.
    """

    def __init__(self, compiler: Compiler, plan: PagePlan, below: Below | None) -> None:
        self.compiler = compiler
        self.below = below
        self.entity = plan.entity
        self.given = compiler.given(plan.arguments)
        self.terms = order_terms(plan.entity, self.given.get("orderBy") or (), compiler.access)
        self.mark = order_mark([term.name for term in self.terms])
        self.reverse = self.given.get("last") is not None
        self.cursors = {name: self.given[name] for name in ("after", "before") if self.given.get(name) is not None}

    def size(self, reader: Reader, keys: Keys = ()) -> int:
        """Return how many rows the page has in a request."""
        first = _known(self.given.get("first"), reader, keys)
        last = _known(self.given.get("last"), reader, keys)
        return page_size(first, last, reader.page_limit)

    def cursor_values(self, name: str, reader: Reader, keys: Keys = ()) -> list[Any]:
        """Return the values of the cursor `after` or `before`."""
        return decode_cursor(_known(self.cursors[name], reader, keys), self.mark, len(self.terms))

    def nullity(self, reader: Reader) -> tuple[bool, ...]:
        """Return which values of the cursors are null in a request: the text of the statement differs by it."""
        return tuple(value is None for name in self.cursors for value in self.cursor_values(name, reader))

    def conditions(self, statement: Statement, alias: str, join: Join | None = None) -> list[str]:
        """Return what the rows must fulfil, cursors aside."""
        conditions = conditions_of(self.compiler, statement, alias, self.entity, self.given, self.below)
        if join is not None:
            conditions.insert(0, f"{alias}.{quote(join[0].name)} = {join[1]}")
        return conditions

    def between(self, statement: Statement, alias: str, nullity: tuple[bool, ...]) -> list[str]:
        """Return the conditions of the cursors."""
        found = []
        for index, name in enumerate(self.cursors):
            nulls = nullity[index * len(self.terms) : (index + 1) * len(self.terms)]
            values = [None if null else self._cursor_value(name, place) for place, null in enumerate(nulls)]
            found.append(keyset(statement, alias, self.terms, values, reverse=name == "before"))
        return found

    def _cursor_value(self, name: str, place: int) -> Deferred:
        return Deferred(lambda reader, keys: self.cursor_values(name, reader, keys)[place])

    def order(self, statement: Statement, alias: str) -> str:
        """Return the terms of ORDER BY."""
        return ", ".join(term.sql(statement, alias, reverse=self.reverse) for term in self.terms)

    def rows(self, statement: Statement, alias: str, columns: str, join: Join) -> str:
        """Return the statement for a page without cursors, from the start, of the rows that refer to one row."""
        conditions = self.conditions(statement, alias, join)
        return (
            f"SELECT {columns} FROM {quote(self.entity.table)} {alias} WHERE {' AND '.join(conditions)}"
            f" ORDER BY {self.order(statement, alias)} LIMIT {statement.bind(Deferred(self.size))}"
        )

    def total(self, statement: Statement, join: Join | None = None) -> str:
        """Return the statement that counts the whole list."""
        alias = statement.alias()
        conditions = self.conditions(statement, alias, join)
        return f"SELECT count(*) FROM {quote(self.entity.table)} {alias} WHERE {' AND '.join(conditions)}"


def _known(value: Any, reader: Reader, keys: Keys) -> Any:
    return value.read(reader, keys) if isinstance(value, Deferred) else value
