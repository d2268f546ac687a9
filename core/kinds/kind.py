"""What a kind of value is: the one place that knows how its values look in Python, JSON and each database.

A kind is of a family: `decimal` with two places is another kind than with three, an enum has its class. Who needs to
know what a column can do asks its kind; nobody asks for the class of a field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

if TYPE_CHECKING:
    from tortoise.fields import Field

Dialect = Literal["sqlite", "postgres"]
Convert = Callable[[Any], Any]
EMPTY: Final[Mapping[Any, Any]] = MappingProxyType({})


class Place(Protocol):
    """Where an operator stands in a statement: one column, or the several of one value."""

    @property
    def sql(self) -> str:
        """The column with its table's alias."""
        ...

    @property
    def dialect(self) -> Dialect:
        """Which database the statement is for."""
        ...

    def part(self, suffix: str) -> Place:
        """Return one of several columns, such as the one with the seal."""
        ...

    def bind(self, value: Any) -> str:
        """Take a value that the column is compared with, and return a mark for it."""
        ...

    def is_in(self, values: Any) -> str:
        """Return the condition that the column has one of some values."""
        ...

    def contains(self, text: Any) -> str:
        """Return the condition that the column's text has another one in it, case and width aside."""
        ...

    def starts_with(self, text: Any) -> str:
        """Return the condition that the column's text begins with another one, case and width aside."""
        ...

    def blind(self, suffix: str, value: Any) -> str:
        """Return the condition that a protected value has a keyed index."""
        ...

    def listed(self, values: Any) -> str:
        """Take texts, and return a mark for them: JSON on SQLite, an array on PostgreSQL."""
        ...


@dataclass(frozen=True, slots=True)
class Operator:
    """One way to ask for a value.

    Attributes:
        text: What it asks, in `en` and `zh-CN`.
        sql: Writes the condition. It never looks at the value, which may be known when the statement runs, unless it
            is a flag.
        holds: The same in Python, of a row's value (or None) and what is asked for.
        takes: One value of the kind, many of them, or a flag.
        matches: It looks into a text, which costs more than a comparison.
    """

    name: str
    text: Mapping[str, str]
    sql: Callable[[Place, Any], str]
    holds: Callable[[Any, Any], bool]
    takes: Literal["one", "many", "flag"] = "one"
    matches: bool = False


@dataclass(frozen=True, slots=True)
class Leaf:
    """How a record has a column's value: an expression of the column, and what makes JSON of what the driver gives."""

    expression: str = "{}"
    convert: Convert | None = None


AS_IT_IS: Final = Leaf()


def same(value: Any) -> Any:
    """Return a value as it is."""
    return value


def everywhere(convert: Any) -> Mapping[Dialect, Any]:
    """Return what holds for each database."""
    return {"sqlite": convert, "postgres": convert}


@dataclass(frozen=True, slots=True)
class Measure:
    """What an aggregate of a column is: the name of its GraphQL type, and what makes Python's value of the driver's."""

    scalar: str
    read: Convert


@dataclass(frozen=True, slots=True)
class Part:
    """One of several columns of a value.

    Attributes:
        suffix: The column is called `<attribute>_<suffix>`.
        graphql_name: The field of the value's own GraphQL type and filter; empty for what no client sees.
        text: What the filter's field says of itself.
    """

    suffix: str
    kind: Kind
    graphql_name: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Kind:
    """One kind of value.

    Attributes:
        family: Such as `decimal`; kinds of a family differ, say, in their decimal places.
        stored_as: What a column's values mean beside its type, such as `decimal, 2 places`; migrations keep it, and
            refuse a change of it, because all values would mean something else.
        python: What a value is in Python.
        written: What stands for it in an input, where that is not `python`; `parse` makes the value of it.
        as_annotated: Its author says what a value is in Python: JSON.
        scalar: The name of its GraphQL type; empty for what the API can't show. Of an enum that is its class's name.
        many: It is a list of what `scalar` says.
        filter: The name of the input for conditions, one for all kinds that share it.
        filter_text: What that input says of itself.
        operators: Empty for what can't be filtered by.
        offered: The operators of the shared input, where a kind has not all of them.
        ordered: Rows can be ordered by it.
        searched: `search` can look into it.
        search_mend: What would make `search` look into it.
        folded: Its texts are kept as `search` compares them.
        grouped: Aggregates can be grouped by it.
        measures: What `sum`, `average`, `min` and `max` are; absent for what has none.
        parse: Makes Python's value of JSON's; takes Python's own, too. Raises ValueError or TypeError.
        dump: The other way; None where JSON has the value as it is.
        bind: Python's value as each driver takes it; absent where it is the same.
        read: What each driver gives as Python's value; absent where it is the same.
        read_text: The same of PostgreSQL's text, where that is faster than what the driver does.
        compared_as: PostgreSQL's type of what it is compared with, where that may be larger than the column's.
        leaves: How a record has it, by database; absent where only Python can tell.
        json_sql: What PostgreSQL puts into JSON; None where only Python can tell.
        by_schema: Its names are the schema's: an enum.
        codes: The list whose codes its texts are, such as `customers.channel`.
        references: The model whose rows its ids are, without a foreign key, such as `aftersales.ServiceVehicle`.
        limits: pydantic's constraints of an input.
        check_sql: The same as a condition on the column, on both databases; empty where the type says it already.
        parts: Its columns, where there are several.
        key: The part that is compared, ordered, measured, and null where there is no value.
        unit: The part that measures are apart by.
        shown: The part that is read in place of the value.
        make: Makes Python's value of the parts.
        sample: Makes up a value: the number of the row, and the time.
    """

    family: str
    python: Any
    parse: Convert
    stored_as: str = ""
    written: Any = None
    as_annotated: bool = False
    scalar: str = ""
    many: bool = False
    filter: str = ""
    filter_text: str = ""
    operators: tuple[Operator, ...] = ()
    offered: tuple[Operator, ...] = ()
    ordered: bool = False
    searched: bool = False
    search_mend: str = "search= takes texts and protected values; take it out, and add it to filter= instead"
    folded: bool = False
    grouped: bool = False
    measures: Mapping[str, Measure] = field(default_factory=lambda: EMPTY)
    dump: Convert | None = None
    bind: Mapping[Dialect, Convert] = field(default_factory=lambda: EMPTY)
    read: Mapping[Dialect, Convert] = field(default_factory=lambda: EMPTY)
    read_text: Convert | None = None
    compared_as: str = ""
    leaves: Mapping[Dialect, Leaf] = field(default_factory=lambda: EMPTY)
    json_sql: str | None = None
    by_schema: bool = False
    codes: str = ""
    references: str = ""
    limits: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    check_sql: str = ""
    parts: tuple[Part, ...] = ()
    key: str = ""
    unit: str = ""
    shown: str = ""
    make: Callable[..., Any] | None = None
    sample: Callable[[int, datetime], Any] = field(default=lambda number, now: number)

    def __deepcopy__(self, _: Any) -> Kind:
        return self  # tortoise copies the fields that models inherit

    @property
    def is_protected(self) -> bool:
        """Whether it is encrypted, so that a mask is read in its place."""
        return bool(self.shown)

    @property
    def choices(self) -> tuple[str, ...]:
        """The names of an enum's members, of which values are one; nothing for other kinds."""
        return tuple(self.python.__members__) if self.by_schema else ()

    @property
    def asked(self) -> tuple[Operator, ...]:
        """The operators of its input."""
        return self.offered or self.operators

    def stored(self, dialect: Dialect, value: Any) -> Any:
        """Return what a statement binds so that it compares with what a model has stored.

        Limits are not looked at: a text that is longer than the column simply equals no row.

        Raises:
            ValueError: It is no value of this kind.
        """
        if value is None:
            return None
        value = self.parse(value)
        write = self.bind.get(dialect)
        return value if write is None else write(value)


class HasKind(Protocol):
    """A field that says by itself what its values are."""

    def make_kind(self) -> Kind:
        """Return its kind; asked once a field."""
        ...


def kind_of(column: Field[Any] | HasKind) -> Kind:
    """Return the kind of a field, which is kept on it: its own `make_kind`, or that of tortoise's class."""
    kept: dict[str, Any] = vars(column)
    known: Kind | None = kept.get("forecourt_kind")
    if known is None:
        make = getattr(column, "make_kind", None)
        if make is None:
            from core.kinds.families import family_of

            known = family_of(column)
        else:
            known = make()
        kept["forecourt_kind"] = known
    return known
