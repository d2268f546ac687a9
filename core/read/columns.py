"""The select list of a statement, and how Python gets its values out of the records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.catalog.catalog import Column, MoneyColumns, Source
from core.data.values import from_database, instant_of_postgres
from core.money import Money
from core.read.sql import DialectName, quote

Record = Sequence[Any]
Get = Callable[[Record], Any]
_READ_AS_TEXT: Final[Mapping[type, Callable[[str], Any]]] = {datetime: instant_of_postgres, UUID: str}


class Columns:
    """The select list of one statement: each expression once, with its place."""

    def __init__(self, dialect: DialectName, alias: str) -> None:
        self.dialect = dialect
        self.alias = alias
        self.expressions: list[str] = []
        self._places: dict[str, int] = {}

    def named(self, column: Column) -> str:
        """Return a column with the table's alias."""
        return f"{self.alias}.{quote(column.name)}"

    def add(self, expression: str) -> int:
        """Select an expression and return its place in the record."""
        place = self._places.setdefault(expression, len(self.expressions))
        if place == len(self.expressions):
            self.expressions.append(expression)
        return place

    def key(self, column: Column) -> int:
        """Select a row id as text, the form in which one level of an answer finds the next."""
        name = self.named(column)
        return self.add(name if self.dialect == "sqlite" else f"{name}::text")

    def getter(self, source: Source) -> Get:
        """Select what a source needs and return how to get its Python value out of a record."""
        if isinstance(source, MoneyColumns):
            minor, currency = self.add(self.named(source.minor)), self.add(self.named(source.currency))
            return lambda record: None if record[minor] is None else Money(record[minor], record[currency])
        return self.converted(source, self.add(self.named(source)))

    def for_cursor(self, column: Column, expression: str) -> Get:
        """Select what a cursor holds.

        Of a page one or two cursors are made, so a value comes as text where the driver reads that faster.
        """
        if self.dialect == "postgres" and column.python_type in _READ_AS_TEXT:
            place, read = self.add(f"{expression}::text"), _READ_AS_TEXT[column.python_type]
            return lambda record: None if record[place] is None else read(record[place])
        return self.converted(column, self.add(expression))

    def converted(self, column: Column, place: int) -> Get:
        """Return how to get the Python value of a column's kind from a place."""
        convert = from_database(self.dialect, column.field)
        if convert is None:
            return lambda record: record[place]
        return lambda record: None if record[place] is None else convert(record[place])
