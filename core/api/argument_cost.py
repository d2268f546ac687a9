"""What the lists of an operation ask for beside their rows, measured on variables as they come, before anything else.

A unit of cost is what 0.2 ms of PostgreSQL buy over a table of 100,000 rows, so that the usual limit of 5,000 is a
second; docs/adr/0025 has the figures. What a list asks for is one statement however many rows are above it, so it
counts once for each place in the operation where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from graphql import (
    FieldNode,
    GraphQLField,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    ValueNode,
    VariableNode,
    get_named_type,
)

from core.catalog.catalog import Catalog, Entity, ToManyField, ToOneField, ValueField
from core.kinds.kind import Kind
from core.read.selection import variables_in

COMPARISON: Final = 5
TEXT_MATCH: Final = 100
FOLDING_MATCH: Final = 800
"""For a text whose folded form is not kept, so that each row's is made."""
STEP: Final = 400
"""For a relation; the second one of a chain counts twice that, the third three times."""
TERM: Final = 50
GROUP: Final = 75
VALUES_A_UNIT: Final = 10

_COUNTED: Final = 2000
"""Conditions and texts beyond which nothing is looked at any more, nor what is deeper than `_DEEPEST`: that is far too
much, and looking at it takes time, too."""
_DEEPEST: Final = 50


@dataclass(slots=True)
class Tally:
    """How much is asked for; the names are those of `core.limits.Limits`.

    Attributes:
        conditions: Of all filters and searches: a comparison each, a word for each column that is searched.
        values: In the lists of `in` and `notIn`.
        nesting: Levels of the deepest filter.
        relations: Steps of the longest chain of relations.
        terms: Of the longest order or grouping.
        text: Characters of the longest text that is looked for.
    """

    cost: int = 0
    conditions: int = 0
    values: int = 0
    nesting: int = 0
    relations: int = 0
    terms: int = 0
    text: int = 0

    def add(self, other: Tally, times: int) -> None:
        """Add what another one asks for, so many times."""
        self.cost += other.cost * times
        self.conditions += other.conditions * times
        self.values += other.values * times
        self.nesting = max(self.nesting, other.nesting)
        self.relations = max(self.relations, other.relations)
        self.terms = max(self.terms, other.terms)
        self.text = max(self.text, other.text)


Measure = Callable[[Tally, Any], None]


class ArgumentCost:
    """One argument of a list that asks for something.

    Args:
        measure: Adds what a value of it asks for.
        node: The value as it stands in the operation.
    """

    __slots__ = ("_fixed", "_measure", "_node")

    def __init__(self, measure: Measure, node: ValueNode) -> None:
        self._measure = measure
        self._node = node
        self._fixed = None if any(variables_in(node)) else self._of({})

    def of(self, variables: Mapping[str, Any]) -> Tally:
        """Return what it asks for with the variables of one request."""
        return self._fixed or self._of(variables)

    def _of(self, variables: Mapping[str, Any]) -> Tally:
        tally = Tally()
        self._measure(tally, _plain(self._node, variables))
        return tally


ArgumentCosts = Mapping[ArgumentCost, int]
"""Each question of a selection, and how often it stands there."""


def joined(all_: Sequence[ArgumentCosts]) -> ArgumentCosts:
    """Return the arguments of several selections."""
    found: dict[ArgumentCost, int] = {}
    for arguments in all_:
        for question, times in arguments.items():
            found[question] = found.get(question, 0) + times
    return found


def tally(arguments: ArgumentCosts, definition: OperationDefinitionNode, variables: Mapping[str, Any]) -> Tally:
    """Return what an operation asks for.

    Args:
        variables: As the client sent them, right or wrong; defaults come from the definition.
    """
    found = Tally()
    if not arguments:
        return found
    defaults = {
        node.variable.name.value: _plain(node.default_value, {})
        for node in definition.variable_definitions or ()
        if node.default_value is not None
    }
    given = {**defaults, **variables} if defaults else variables
    for question, times in arguments.items():
        found.add(question.of(given), times)
    return found


def argument_costs(catalog: Catalog, field: GraphQLField, node: FieldNode) -> ArgumentCosts:
    """Return what a field of an operation asks for."""
    found = {}
    for argument in node.arguments or ():
        name = argument.name.value
        measure = _measure_of(catalog, get_named_type(field.args[name].type).name)
        if measure is None and name == "search":
            shown = get_named_type(field.type).name
            entity = catalog.entities.get(shown.removesuffix("Connection").removesuffix("Stats"))
            measure = None if entity is None else partial(_search, entity)
        if measure is not None:
            found[ArgumentCost(measure, argument.value)] = 1
    return found


def _measure_of(catalog: Catalog, type_name: str) -> Measure | None:
    """Return how values of an input type are measured; None for those that ask for nothing."""
    if entity := catalog.entities.get(type_name.removesuffix("Filter")):
        return partial(_filter, entity)
    if catalog.entities.get(type_name.removesuffix("Order")):
        return _order
    return _groups if catalog.entities.get(type_name.removesuffix("GroupBy")) else None


def _filter(entity: Entity, tally: Tally, value: Any, nesting: int = 1, steps: int = 0) -> None:
    """Add what a filter asks for; what is no filter is left to whoever reads it."""
    if not isinstance(value, Mapping):
        return
    tally.nesting = max(tally.nesting, nesting)
    if nesting > _DEEPEST:
        return
    for key, inner in value.items():
        if key in ("and", "or"):
            for part in _listed(inner):
                if tally.conditions > _COUNTED:
                    return
                before = tally.conditions
                _filter(entity, tally, part, nesting + 1, steps)
                tally.conditions = max(tally.conditions, before + 1)  # one that says nothing stands there, too
        elif key == "not":
            _filter(entity, tally, inner, nesting + 1, steps)
        elif isinstance(inner, Mapping):
            _condition(entity, tally, key, inner, nesting, steps)


def _condition(entity: Entity, tally: Tally, key: str, value: Mapping[str, Any], nesting: int, steps: int) -> None:
    """Add what is asked of one field."""
    field = entity.filters.get(key)
    if isinstance(field, ToManyField):
        for inner in value.values():
            _step(field.target, tally, inner, nesting, steps)
    elif isinstance(field, ToOneField):
        own = {name: inner for name, inner in value.items() if name == "isNull"}
        rest = {name: inner for name, inner in value.items() if name != "isNull"}
        _operations(tally, own)
        if set(rest) == {"id"}:  # is compared with the foreign key
            _operations(tally, rest)
        elif rest:
            _step(field.target, tally, rest, nesting, steps)
    else:
        _operations(tally, value, field.kind if isinstance(field, ValueField) else None)


def _step(target: Entity, tally: Tally, value: Any, nesting: int, steps: int) -> None:
    """Add a step to related rows, and what is asked of them."""
    tally.cost += STEP * (steps + 1)
    tally.conditions += 1
    tally.relations = max(tally.relations, steps + 1)
    _filter(target, tally, value, nesting + 1, steps + 1)


def _operations(tally: Tally, operations: Any, kind: Kind | None = None) -> None:
    """Add comparisons with a value, or with the parts of one."""
    for name, operand in operations.items():
        if isinstance(operand, Mapping):
            parts = kind.parts if kind is not None else ()
            _operations(tally, operand, next((part.kind for part in parts if part.graphql_name == name), None))
        else:
            _comparison(tally, _cost(kind, name), operand)


def _cost(kind: Kind | None, operator: str) -> int:
    if kind is None or not any(one.matches and one.name == operator for one in kind.asked):
        return COMPARISON
    return TEXT_MATCH if kind.searched else FOLDING_MATCH


def _comparison(tally: Tally, cost: int, operand: Any) -> None:
    tally.conditions += 1
    tally.cost += cost
    values = _listed(operand)
    if isinstance(operand, list):
        tally.values += len(values)
        tally.cost += len(values) // VALUES_A_UNIT
    for value in values[:_COUNTED]:
        if isinstance(value, str) and len(value) > tally.text:
            tally.text = len(value)


def _search(entity: Entity, tally: Tally, text: Any) -> None:
    if not isinstance(text, str):
        return
    tally.text = max(tally.text, len(text))
    words = len(text.split())
    columns = sum(column.protected is None for column in entity.search)
    tally.conditions += words * len(entity.search)
    tally.cost += words * (columns * TEXT_MATCH + (len(entity.search) - columns) * COMPARISON)


def _order(tally: Tally, value: Any) -> None:
    terms = _listed(value)
    tally.terms = max(tally.terms, len(terms))
    for term in terms[:_COUNTED]:
        tally.cost += TERM
        steps = 0
        while isinstance(term, Mapping) and len(term) == 1 and steps <= _DEEPEST:
            (term,) = term.values()
            if isinstance(term, Mapping):
                steps += 1
                tally.cost += STEP * steps
        tally.relations = max(tally.relations, steps)


def _groups(tally: Tally, value: Any) -> None:
    terms = _listed(value)
    tally.terms = max(tally.terms, len(terms))
    tally.cost += GROUP * len(terms)


def _listed(value: Any) -> Sequence[Any]:
    """Return a list as it is, and one value as the list that GraphQL makes of it."""
    if isinstance(value, list):
        return value
    return () if value is None else (value,)


def _plain(node: ValueNode, variables: Mapping[str, Any]) -> Any:
    """Return a value of the operation as JSON would have it."""
    if isinstance(node, VariableNode):
        return variables.get(node.name.value)
    if isinstance(node, ObjectValueNode):
        return {field.name.value: _plain(field.value, variables) for field in node.fields}
    if isinstance(node, ListValueNode):
        return [_plain(value, variables) for value in node.values]
    return getattr(node, "value", None)
