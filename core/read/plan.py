"""What is asked of the read seam, as data, and the rows that it gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from graphql.execution.values import VariableValues

from core.api.catalog import ComputedField, Entity, ResolverField, ToManyField, ToOneField, ValueField


@dataclass(frozen=True, slots=True)
class WantValue:
    """A column of the row; the key is where the answer goes."""

    key: str
    field: ValueField


@dataclass(frozen=True, slots=True)
class WantId:
    """The global id of the row."""

    key: str


@dataclass(frozen=True, slots=True)
class WantComputed:
    """A function over the row."""

    key: str
    field: ComputedField


@dataclass(frozen=True, slots=True)
class WantResolver:
    """Columns for a field whose resolver runs later."""

    key: str
    field: ResolverField


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


Want = WantValue | WantId | WantComputed | WantResolver | WantOne | WantMany


@dataclass(slots=True)
class Selection:
    """Which fields of an entity's rows are wanted."""

    entity: Entity
    wants: list[Want] = field(default_factory=list)


class Arguments(Protocol):
    """The arguments of a field of the operation."""

    def values(self, variables: VariableValues) -> Mapping[str, Any]:
        """Return them coerced, with the variables of one request."""
        ...


@dataclass(slots=True)
class PagePlan:
    """What an operation wants of a list, whatever its variables.

    Attributes:
        rows: What is wanted of the rows; None when only the total is.
        prefixes: Key prefix by the path of each selection of rows under the connection, such as `("nodes",)`.
    """

    entity: Entity
    arguments: Arguments
    rows: Selection | None = None
    want_total: bool = False
    prefixes: dict[tuple[str, ...], str] = field(default_factory=dict)

    def bind(self, variables: VariableValues) -> PageRequest:
        """Return the page that one request asks for."""
        values = self.arguments.values(variables)
        return PageRequest(
            self,
            first=values.get("first"),
            last=values.get("last"),
            after=values.get("after"),
            before=values.get("before"),
            filter=values.get("filter"),
            order=values.get("orderBy") or (),
            search=values.get("search"),
        )


@dataclass(slots=True)
class PageRequest:
    """One page of a list.

    Attributes:
        filter: The coerced filter input, keys as in the schema.
        order: The coerced `orderBy`: one single-key mapping a term.
    """

    plan: PagePlan
    first: int | None = None
    last: int | None = None
    after: str | None = None
    before: str | None = None
    filter: Mapping[str, Any] | None = None
    order: Sequence[Mapping[str, Any]] = ()
    search: str | None = None

    @property
    def entity(self) -> Entity:
        """Whose rows they are."""
        return self.plan.entity


@dataclass(slots=True)
class StatsRequest:
    """Aggregates over an entity's rows, one row a group.

    Attributes:
        group_by: GraphQL names of value fields.
        measures: Pairs of function (`sum`, `min`, `max`, `average`) and GraphQL name of a value field.
    """

    entity: Entity
    group_by: Sequence[str] = ()
    filter: Mapping[str, Any] | None = None
    search: str | None = None
    measures: Sequence[tuple[str, str]] = ()


@dataclass(slots=True)
class Row:
    """One row as far as it was asked for.

    Attributes:
        answers: Values by key of the wants.
        columns: Values by attribute, for resolvers that stated what they need.
        prefix: What stands before the response key in `answers`.
    """

    type_name: str
    row_id: UUID
    answers: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, Any] = field(default_factory=dict)
    prefix: str = ""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self.columns[name]
        except KeyError:
            raise AttributeError(f"{self.type_name}.{name} was not fetched: name it in resolver(needs=[…])") from None

    def seen_as(self, prefix: str) -> Row:
        """Return the same row with another prefix."""
        return self if prefix == self.prefix else Row(self.type_name, self.row_id, self.answers, self.columns, prefix)


@dataclass(slots=True)
class Page:
    """One page of rows, in order."""

    request: PageRequest
    rows: list[Row] = field(default_factory=list)
    cursors: list[str] = field(default_factory=list)
    has_next: bool = False
    has_previous: bool = False
    total: int | None = None
