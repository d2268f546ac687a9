"""The select list of a statement, and how Python gets its values out of the records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from core.catalog.catalog import Column
from core.kinds.kind import Convert, Dialect, Kind
from core.read.sql import quote

Record = Sequence[Any]
Get = Callable[[Record], Any]


class Columns:
    """The select list of one statement: each expression once, with its place."""

    def __init__(self, dialect: Dialect, alias: str) -> None:
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

    def getter(self, column: Column) -> Get:
        """Select what a value needs and return how to get it as Python has it out of a record."""
        make = column.kind.make
        if make is None:
            shown = column.shown
            return self.converted(shown.kind, self.add(self.named(shown)))
        places = [self.add(self.named(part)) for part in column.read]
        key = places[column.read.index(column.key)]
        return lambda record: None if record[key] is None else make(*[record[place] for place in places])

    def for_cursor(self, column: Column, expression: str) -> Get:
        """Select what a cursor holds.

        Of a page one or two cursors are made, so a value comes as text where the driver reads that faster.
        """
        kind = column.kind
        if self.dialect == "postgres" and kind.read_text is not None:
            return _or_none(self.add(f"{expression}::text"), kind.read_text, kind.dump)
        return _or_none(self.add(expression), kind.read.get(self.dialect), kind.dump)

    def converted(self, kind: Kind, place: int) -> Get:
        """Return how to get the Python value of a kind from a place."""
        return _or_none(place, kind.read.get(self.dialect))


def _or_none(place: int, *steps: Convert | None) -> Get:
    """Return what gets the value at a place and takes it through steps, unless it is None."""
    match [step for step in steps if step is not None]:
        case []:
            return lambda record: record[place]
        case [convert]:
            return lambda record: None if record[place] is None else convert(record[place])
        case [first, second]:
            return lambda record: None if record[place] is None else second(first(record[place]))
        case _:
            raise AssertionError("there are two steps at most")
