"""What an operation asks of the read seam, as data, and the rows and pages that come back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol
from uuid import UUID

from graphql import FieldNode
from graphql.execution.values import VariableValues

from core.catalog.catalog import ComputedField, Entity, ResolverField, ToManyField, ToOneField, ValueField

Parts = Sequence[tuple[str, str]]
"""The fields of an object that holds plain values: response key and name."""


@dataclass(frozen=True, slots=True)
class WantTypename:
    """The name of the type; the key is where the answer goes, here and in all that follow."""

    key: str


@dataclass(frozen=True, slots=True)
class WantId:
    """The global id of the row."""

    key: str


@dataclass(frozen=True, slots=True)
class WantValue:
    """A column of the row, or the parts of an amount."""

    key: str
    field: ValueField
    parts: Parts = ()


@dataclass(frozen=True, slots=True)
class WantComputed:
    """A function over the row."""

    key: str
    field: ComputedField
    nodes: Sequence[FieldNode]


@dataclass(frozen=True, slots=True)
class WantResolver:
    """Columns for a field whose resolver runs later."""

    key: str
    field: ResolverField
    nodes: Sequence[FieldNode]


@dataclass(frozen=True, slots=True)
class WantOne:
    """The row that a foreign key refers to."""

    key: str
    field: ToOneField
    rows: Selection


@dataclass(frozen=True, slots=True)
class WantMany:
    """A page of the rows that refer here."""

    key: str
    field: ToManyField
    page: PagePlan


Want = WantTypename | WantId | WantValue | WantComputed | WantResolver | WantOne | WantMany


@dataclass(frozen=True, slots=True)
class Selection:
    """Which fields of an entity's rows are wanted, in the order of the answer."""

    entity: Entity
    wants: Sequence[Want] = ()

    def has_lists(self) -> bool:
        """Return whether there is a list in it, however deep."""
        return any(
            isinstance(want, WantMany) or (isinstance(want, WantOne) and want.rows.has_lists()) for want in self.wants
        )


class Arguments(Protocol):
    """The arguments of a field of the operation."""

    def given(self, variables: VariableValues) -> Mapping[str, Any]:
        """Return them coerced, variables put in; a variable may be `Deferred`."""
        ...


@dataclass(frozen=True, slots=True)
class Total:
    """How many rows the whole list has."""

    key: str


@dataclass(frozen=True, slots=True)
class Typename:
    """The name of the connection's type."""

    key: str


@dataclass(frozen=True, slots=True)
class Nodes:
    """The rows."""

    key: str
    rows: Selection


@dataclass(frozen=True, slots=True)
class Edges:
    """The rows with their cursors; a text stands for `cursor` or `__typename`."""

    key: str
    parts: Sequence[tuple[str, Selection | str]]


@dataclass(frozen=True, slots=True)
class PageInfoPart:
    """Where the page lies in the list."""

    key: str
    parts: Parts


Part = Total | Typename | Nodes | Edges | PageInfoPart


@dataclass(frozen=True)
class PagePlan:
    """What an operation wants of a list, whatever its variables."""

    entity: Entity
    arguments: Arguments
    parts: Sequence[Part]

    @cached_property
    def selections(self) -> Mapping[tuple[str, ...], Selection]:
        """What is wanted of the rows, by the response keys that lead there."""
        found: dict[tuple[str, ...], Selection] = {}
        for part in self.parts:
            if isinstance(part, Nodes):
                found[part.key,] = part.rows
            elif isinstance(part, Edges):
                found |= {(part.key, key): rows for key, rows in part.parts if isinstance(rows, Selection)}
        return found

    @cached_property
    def places(self) -> Mapping[tuple[str, ...], int]:
        """Where the rows of a selection are found in a page, by the response keys that lead to it."""
        return {path: place for place, path in enumerate(self.selections)}

    @cached_property
    def wants_total(self) -> bool:
        """Whether the rows are counted."""
        return any(isinstance(part, Total) for part in self.parts)

    @cached_property
    def wants_rows(self) -> bool:
        """Whether anything is asked that needs the rows."""
        return any(isinstance(part, Nodes | Edges | PageInfoPart) for part in self.parts)

    @cached_property
    def wants_cursors(self) -> bool:
        """Whether any row's cursor is asked for."""
        return any(
            name in ("cursor", "startCursor", "endCursor")
            for part in self.parts
            if isinstance(part, Edges | PageInfoPart)
            for _, name in part.parts
        )


@dataclass(frozen=True, slots=True)
class StatsPlan:
    """What an operation wants of aggregates.

    Attributes:
        parts: Response key and name and, of the key and the measures, each field's response key, name and nodes.
    """

    entity: Entity
    arguments: Arguments
    parts: Sequence[tuple[str, str, Sequence[tuple[str, str, Sequence[FieldNode]]]]]

    def measures(self) -> Iterator[tuple[str, str]]:
        """Yield each function (`sum`, `min`, `max`, `average`) with the GraphQL name of its field, once."""
        found = {
            (how, name): None
            for _, how, inner in self.parts
            if how in ("sum", "min", "max", "average")
            for _, name, _ in inner
            if name != "__typename"
        }
        yield from found


@dataclass(slots=True)
class Row:
    """One row as far as it was asked for.

    Attributes:
        answers: Values by response key.
        columns: Values by attribute, for resolvers that stated what they need.
    """

    type_name: str
    row_id: UUID
    answers: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self.columns[name]
        except KeyError:
            raise AttributeError(f"{self.type_name}.{name} was not fetched: name it in resolver(needs=[…])") from None


class Pending:
    """A part of an answer that graphql-core gives when the rest is there.

    Not a dataclass, which orjson would write by itself.

    Attributes:
        type_name: Of the object that the field belongs to.
        source: That object, as the field's resolver takes it.
        value: What it gave.
    """

    __slots__ = ("key", "nodes", "source", "type_name", "value")

    def __init__(self, type_name: str, source: Any, key: str, nodes: Sequence[FieldNode]) -> None:
        self.type_name = type_name
        self.source = source
        self.key = key
        self.nodes = nodes
        self.value: Any = None


@dataclass(slots=True)
class Page:
    """One page of rows, in order.

    Attributes:
        rows: The rows as each selection of the plan wants them.
        cursor: Makes the cursor of a row by its place, which costs as much as the row.
    """

    plan: PagePlan
    rows: Sequence[Sequence[Any]] = ()
    count: int = 0
    has_next: bool = False
    has_previous: bool = False
    total: int | None = None
    cursor: Callable[[int], str] = str
