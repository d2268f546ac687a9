"""The few places where the two databases differ, and a statement under construction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import orjson

from core.api.catalog import Column
from core.data.values import is_storable, to_database
from core.errors import BadInputError

DialectName = Literal["sqlite", "postgres"]
_MARK = re.compile("\1(\\d+)\1")


def quote(name: str) -> str:
    """Return an identifier in quotes; names come from models, never from clients."""
    return f'"{name}"'


def escape_like(text: str) -> str:
    """Return text that LIKE … ESCAPE '!' takes as it stands."""
    return re.sub(r"([!%_])", r"!\1", text)


class Statement:
    """SQL text and its arguments, for one dialect."""

    def __init__(self, dialect: DialectName) -> None:
        self.dialect = dialect
        self.args: list[Any] = []
        self._aliases = 0

    def alias(self) -> str:
        """Return a table alias that is new in this statement."""
        self._aliases += 1
        return f"t{self._aliases}"

    def bind(self, value: Any) -> str:
        """Take a driver-ready argument and return a mark for it; parts may be put together in any order."""
        if isinstance(value, str) and not is_storable(value):
            raise BadInputError("a text has characters that no row can hold: NUL, or half of a surrogate pair")
        self.args.append(value)
        return f"\1{len(self.args) - 1}\1"

    def render(self, sql: str) -> tuple[str, list[Any]]:
        """Return the text with the dialect's placeholders, and the arguments in their order."""
        if self.dialect == "postgres":
            return _MARK.sub(lambda mark: f"${int(mark[1]) + 1}", sql), self.args
        ordered: list[Any] = []

        def question(mark: re.Match[str]) -> str:
            ordered.append(self.args[int(mark[1])])
            return "?"

        return _MARK.sub(question, sql), ordered

    def bind_for(self, column: Column, value: Any) -> str:
        """Take a Python value that is compared with a column."""
        return self.bind(self._convert(column, value))

    def _convert(self, column: Column, value: Any) -> Any:
        try:
            return to_database(self.dialect, column.field, value)
        except ValueError as error:
            raise BadInputError(f"{column.attribute}: {error}") from None

    def is_in(self, expression: str, column: Column, values: Iterable[Any]) -> str:
        """Return a condition on any number of values, in one argument."""
        return self.is_in_raw(expression, [self._convert(column, value) for value in values])

    def is_in_raw(self, expression: str, values: Sequence[Any]) -> str:
        """The same for values that the driver takes as they are."""
        if self.dialect == "sqlite":  # one argument whatever the number, so that the text stays the same
            return f"{expression} IN (SELECT value FROM json_each({self.bind(orjson.dumps(values).decode())}))"
        return f"{expression} = ANY({self.bind(list(values))})"

    def contains(self, expression: str, text: str, *, before: str = "%", after: str = "%") -> str:
        """Return a LIKE that ignores case."""
        pattern = self.bind(f"{before}{escape_like(text.lower())}{after}")
        return f"lower({expression}) LIKE {pattern} ESCAPE '!'"
