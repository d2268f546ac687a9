"""How large an operation is, measured in one pass that looks at each fragment once.

The cost is the number of objects that the answer may hold: one for each row and each other object; a list counts what
its rows hold as often as it may have rows, by `first` or `last`. A total or an aggregate counts ten, a command ten, a
question about the schema as much as a large list. What lists ask for beside their rows is added: see
`core.api.argument_cost`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import attrgetter, le
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_composite_type,
    is_leaf_type,
)

from core.api.argument_cost import ArgumentCosts, Tally, argument_costs, joined
from core.catalog.catalog import Catalog
from core.errors import LimitRefusal
from core.limits import Limits
from core.read.paging import DEFAULT_PAGE

HEAVY = 10
"""What a total, an aggregate and a command count."""
INTROSPECTION = {"__schema": 2600, "__type": 100}
"""What a question about the schema counts, whatever it asks: two about all of it are too many."""


class Cost:
    """A cost as a function of the variables.

    Args:
        own: Whatever the variables.
        parts: What is added to it.
        page: Where a list begins: the fields that say how many rows it has.
        times: Whether the parts count once for each row of the list around.
    """

    __slots__ = ("known", "own", "page", "parts", "times")

    def __init__(
        self, own: int = 0, parts: tuple[Cost, ...] = (), page: FieldNode | None = None, *, times: bool = False
    ) -> None:
        self.own = own
        self.parts = parts
        self.page = page
        self.times = times
        self.known: int | None = None

    def of(self, variables: Mapping[str, Any]) -> int:
        """Return the cost with the variables of one request."""
        if self.known is not None:
            return self.known
        found = self._of(variables, 1, {})
        if not self._varies(set()):
            self.known = found
        return found

    def _varies(self, seen: set[Cost]) -> bool:
        """Tell whether a variable decides how many rows a list has."""
        if self in seen:
            return False
        seen.add(self)
        arguments = self.page.arguments or () if self.page is not None else ()
        here = any(isinstance(argument.value, VariableNode) for argument in arguments)
        return here or any(part._varies(seen) for part in self.parts)

    def _of(self, variables: Mapping[str, Any], rows: int, known: dict[tuple[Cost, int], int]) -> int:
        # Fragments are shared, so what is known of one need not be worked out for each place that spreads it.
        found = known.get((self, rows))
        if found is None:
            inside = rows if self.page is None else _rows(self.page, variables)
            sum_of_parts = sum(part._of(variables, inside, known) for part in self.parts)
            found = known[self, rows] = self.own + (rows * sum_of_parts if self.times else sum_of_parts)
        return found


def _rows(node: FieldNode, variables: Mapping[str, Any]) -> int:
    """Return how many rows a list may have."""
    for argument in node.arguments or ():
        if argument.name.value in ("first", "last"):
            value: Any = None
            if isinstance(argument.value, IntValueNode):
                value = int(argument.value.value)
            elif isinstance(argument.value, VariableNode):
                value = variables.get(argument.value.name.value)
            if isinstance(value, int):
                return max(value, 0)
    return DEFAULT_PAGE


NOTHING = Cost()


@dataclass(frozen=True, slots=True)
class Size:
    """How large a selection is, its fragments included as often as they are spread."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    cost: Cost = NOTHING
    questions: ArgumentCosts = field(default_factory=dict)


class _Measure:
    def __init__(self, schema: GraphQLSchema, catalog: Catalog, document: DocumentNode) -> None:
        self.schema = schema
        self.catalog = catalog
        self.fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self.known: dict[str, Size] = {}

    def selections(self, node: SelectionSetNode | None, parent: Any) -> Size:
        depth = aliases = directives = 0
        costs, questions = [], []
        for child in node.selections if node else ():
            size = self._selection(child, parent)
            depth = max(depth, size.depth)
            aliases += size.aliases
            directives += size.directives + len(child.directives or ())
            if size.cost is not NOTHING:
                costs.append(size.cost)
            if size.questions:
                questions.append(size.questions)
        cost = Cost(parts=tuple(costs)) if costs else NOTHING
        return Size(depth, aliases, directives, cost, joined(questions))

    def _selection(self, node: object, parent: Any) -> Size:
        if isinstance(node, FragmentSpreadNode):
            return self._fragment(node.name.value)
        if isinstance(node, InlineFragmentNode):
            if node.type_condition is not None:
                parent = self.schema.type_map[node.type_condition.name.value]
            return self.selections(node.selection_set, parent)
        assert isinstance(node, FieldNode)
        found = self.schema.get_field(parent, node.name.value)
        kind = get_named_type(found.type) if found is not None else None
        inner = self.selections(node.selection_set, kind)
        depth = 0 if node.name.value.startswith("__") else inner.depth + 1
        cost = self._cost(node, parent, kind, inner.cost)
        own = argument_costs(self.catalog, found, node) if found is not None and node.arguments else {}
        questions = joined([own, inner.questions]) if own else inner.questions
        return Size(depth, inner.aliases + (node.alias is not None), inner.directives, cost, questions)

    def _cost(self, node: FieldNode, parent: Any, kind: Any, inner: Cost) -> Cost:
        name = node.name.value
        if name in INTROSPECTION and parent is self.schema.query_type:
            return Cost(INTROSPECTION[name])
        if name.startswith("__") or parent is None or parent.name.startswith("__"):
            return NOTHING
        if parent.name.endswith("Connection") and "pageInfo" in parent.fields:
            if name == "totalCount":
                return Cost(HEAVY)
            return NOTHING if name == "pageInfo" else Cost(parts=(Cost(1), inner), times=True)
        if parent.name.endswith("Edge") and "cursor" in parent.fields:
            return inner
        if not is_composite_type(kind) or is_leaf_type(kind):
            return NOTHING
        if kind.name.endswith("Connection"):
            return Cost(1, (inner,), page=node)
        if parent is self.schema.mutation_type or (parent is self.schema.query_type and kind.name.endswith("Stats")):
            return Cost(HEAVY, (inner,))
        return Cost(1, (inner,))

    def _fragment(self, name: str) -> Size:
        found = self.known.get(name)
        if found is None:
            definition = self.fragments[name]
            parent = self.schema.type_map[definition.type_condition.name.value]
            found = self.known[name] = self.selections(definition.selection_set, parent)
        return found


def sizes(schema: GraphQLSchema, catalog: Catalog, document: DocumentNode) -> Mapping[str | None, Size]:
    """Return the size of each operation of a valid document, by its name."""
    measure = _Measure(schema, catalog, document)
    roots = {
        OperationType.QUERY: schema.query_type,
        OperationType.MUTATION: schema.mutation_type,
        OperationType.SUBSCRIPTION: schema.subscription_type,
    }
    return {
        d.name.value if d.name else None: measure.selections(d.selection_set, roots[d.operation])
        for d in document.definitions
        if isinstance(d, OperationDefinitionNode)
    }


_OF_SIZE: Final = ("depth", "aliases", "directives")
_OF_TALLY: Final = ("conditions", "values", "nesting", "relations", "terms", "text")
_size, _tally = attrgetter(*_OF_SIZE), attrgetter(*_OF_TALLY)


def beyond(size: Size, asked: Tally, limits: Limits) -> list[LimitRefusal]:
    """Return a refusal for each limit that an operation exceeds, whatever it costs."""
    if all(map(le, _size(size), _size(limits))) and all(map(le, _tally(asked), _tally(limits))):
        return []
    of_size = [_refusal(limits, name, getattr(size, name)) for name in _OF_SIZE]
    of_tally = [_refusal(limits, name, getattr(asked, name)) for name in _OF_TALLY]
    return [refusal for refusal in (*of_size, *of_tally) if refusal is not None]


def too_dear(cost: int, limits: Limits) -> list[LimitRefusal]:
    """Return a refusal if an operation costs more than it may."""
    refusal = _refusal(limits, "cost", cost)
    return [] if refusal is None else [refusal]


def _refusal(limits: Limits, name: str, value: int) -> LimitRefusal | None:
    allowed = getattr(limits, name)
    if value <= allowed:
        return None
    text = f"the operation's {name} is {value}; {allowed} is allowed. Ask for less at once"
    return LimitRefusal(text, rule="operation", limit=name, allowed=allowed, requested=value)
