"""The few places where the two databases differ, and a statement under construction.

A statement is written once for all requests of one shape: what differs from request to request is bound late, as a
function of the request.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from core.catalog.catalog import Column
from core.errors import BadInputError
from core.kinds.folding import AFTER_ALL, composed
from core.kinds.kind import Dialect
from core.kinds.values import MAX_NUMBER, is_storable

if TYPE_CHECKING:
    from core.read.reader import Reader

Keys = Sequence[str]
"""Row ids as text, the form in which one level of an answer hands them to the next; both drivers take them so."""
_MARK = re.compile("\1(\\d+)\1")


def quote(name: str) -> str:
    """Return an identifier in quotes; names come from models, never from clients."""
    return f'"{name}"'


def literal(text: str) -> str:
    """Return a text as an SQL literal; only for names of the schema and response keys, which hold no backslash."""
    return "'" + text.replace("'", "''") + "'"


def escape_like(text: str) -> str:
    """Return text that LIKE … ESCAPE '!' takes as it stands."""
    return re.sub(r"([!%_])", r"!\1", text)


class Deferred:
    """A value that is known when the statement runs."""

    __slots__ = ("read",)

    def __init__(self, read: Callable[[Reader, Keys], Any]) -> None:
        self.read = read

    def then(self, convert: Callable[[Any], Any]) -> Deferred:
        """Return what a function makes of it."""
        read = self.read
        return Deferred(lambda reader, keys: convert(read(reader, keys)))


def later(value: Any, convert: Callable[[Any], Any]) -> Any:
    """Convert a value now, or when it is known; so is a list of which one value is known late."""
    if isinstance(value, list) and any(isinstance(one, Deferred) for one in value):
        parts = value
        value = Deferred(lambda reader, keys: [p.read(reader, keys) if isinstance(p, Deferred) else p for p in parts])
    return value.then(convert) if isinstance(value, Deferred) else convert(value)


KEYS = Deferred(lambda _, keys: keys)
KEY = Deferred(lambda _, keys: keys[0])


@dataclass(frozen=True, slots=True)
class Query:
    """A statement as it is sent, with the arguments that it will read from a request."""

    text: str
    args: tuple[Any, ...]

    def arguments(self, reader: Reader, keys: Keys = ()) -> list[Any]:
        """Return the arguments for one request."""
        return [arg.read(reader, keys) if type(arg) is Deferred else arg for arg in self.args]

    async def fetch(self, reader: Reader, keys: Keys = (), *, bounded: bool = False) -> list[Any]:
        """Run it within the caller's turn; `bounded` says that an index bounds what it touches."""
        args = self.arguments(reader, keys)
        return await reader.database.fetch(self.text, args, bounded=bounded, seconds=reader.seconds)


class Statement:
    """SQL text and its arguments, for one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.args: list[Any] = []
        self._aliases = 0

    def alias(self) -> str:
        """Return a table alias that is new in this statement."""
        self._aliases += 1
        return f"t{self._aliases}"

    def bind(self, value: Any) -> str:
        """Take a driver-ready argument and return a mark for it; parts may be put together in any order."""
        self.args.append(later(value, _storable))
        return f"\1{len(self.args) - 1}\1"

    def render(self, sql: str) -> Query:
        """Return the text with the dialect's placeholders and the arguments in their order."""
        if self.dialect == "sqlite":
            order = [int(mark) for mark in _MARK.findall(sql)]
            return Query(_MARK.sub("?", sql), tuple(self.args[index] for index in order))
        places: dict[int, int] = {}  # the same argument may stand at several places

        def place(mark: re.Match[str]) -> str:
            return f"${places.setdefault(int(mark[1]), len(places) + 1)}"

        text = _MARK.sub(place, sql)
        return Query(text, tuple(self.args[index] for index in places))

    def bind_for(self, column: Column, value: Any) -> str:
        """Take a Python value that is compared with a column."""
        mark = self.bind(later(value, lambda known: self._convert(column, known)))
        return f"{mark}::{column.kind.compared_as}" if self._casts(column) else mark

    def _casts(self, column: Column) -> bool:
        return self.dialect == "postgres" and bool(column.kind.compared_as)

    def _convert(self, column: Column, value: Any) -> Any:
        try:
            return _storable(column.kind.stored(self.dialect, value))
        except (TypeError, ValueError, ArithmeticError):
            raise BadInputError(f"{column.attribute} can't be compared with this: it is of another kind") from None

    def is_in(self, expression: str, column: Column, values: Iterable[Any] | Deferred) -> str:
        """Return a condition on any number of values, in one argument."""
        converted = later(values, lambda all_: [self._convert(column, one) for one in all_])
        return self.is_in_raw(expression, converted, column.kind.compared_as)

    def is_in_raw(self, expression: str, values: Iterable[Any] | Deferred, of: str = "") -> str:
        """The same for values that the driver takes as they are.

        Args:
            of: PostgreSQL's type of the values, where that isn't the column's.
        """
        if self.dialect == "sqlite":  # one argument whatever the number, so that the text stays the same
            listed = self.bind(later(values, lambda all_: orjson.dumps(list(all_)).decode()))
            return f"{expression} IN (SELECT value FROM json_each({listed}))"
        return f"{expression} = ANY({self.bind(later(values, list))}{f'::{of}[]' if of else ''})"

    def bind_texts(self, texts: Any) -> str:
        """Take any number of texts in one argument."""
        known = later(texts, lambda all_: [_storable(composed(one)) for one in all_])
        if self.dialect == "sqlite":
            return self.bind(later(known, lambda all_: orjson.dumps(all_).decode()))
        return f"{self.bind(known)}::text[]"

    def likely(self, condition: str) -> str:
        """Return a condition that most rows fulfil; SQLite can't know, and might go by an index for it."""
        return f"likely({condition})" if self.dialect == "sqlite" else condition

    def contains(self, expression: str, text: Any) -> str:
        """Return the condition that a text has another one in it, to the letter."""
        pattern = self.bind(later(text, lambda known: f"%{escape_like(known)}%"))
        return f"{expression} LIKE {pattern} ESCAPE '!'"

    def starts_with(self, expression: str, text: Any) -> str:
        """Return the condition that a text begins with another one, to the letter: a range, which an index serves."""
        first, end = self.bind(text), self.bind(later(text, lambda known: known + AFTER_ALL))
        if self.dialect == "sqlite":
            return f"({expression} >= {first} AND {expression} < {end})"
        # By code points, whatever the database's collation is.
        return f"({expression} ~>=~ {first} AND {expression} ~<~ {end})"


def _storable(value: Any) -> Any:
    if isinstance(value, str) and not is_storable(value):
        raise BadInputError("a text has characters that no row can hold: NUL, or half of a surrogate pair")
    if isinstance(value, int) and not -MAX_NUMBER <= value <= MAX_NUMBER:
        raise BadInputError(f"a number has at most {len(str(MAX_NUMBER))} digits")
    return value
