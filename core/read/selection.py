"""From the fields of a GraphQL operation to what is asked of the read seam."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_argument_values,
    get_directive_values,
)
from graphql.execution.values import VariableValues

from core.catalog.catalog import ComputedField, Entity, EntityField, ResolverField, ToManyField, ToOneField, ValueField
from core.read.plan import (
    Arguments,
    Edges,
    Nodes,
    PageInfoPart,
    PagePlan,
    Part,
    Parts,
    Selection,
    StatsPlan,
    Total,
    Typename,
    Want,
    WantComputed,
    WantId,
    WantMany,
    WantOne,
    WantResolver,
    WantTypename,
    WantValue,
)
from core.read.sql import Deferred

STRUCTURAL = frozenset({"orderBy", "groupBy", "search"})
"""Arguments whose very values decide how a statement reads, not only whether they are there."""


class GivenArguments:
    """Arguments that graphql-core has coerced already."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given

    def given(self, variables: VariableValues) -> Mapping[str, Any]:
        return self._given


class FieldArguments:
    """Arguments as they stand in the operation; coerced once where they name no variable.

    Attributes:
        by_value: Variables whose values decide how a statement reads.
    """

    def __init__(self, definition: GraphQLField, node: FieldNode) -> None:
        self.definition = definition
        self.node = node
        named = {argument.name.value: set(variables_in(argument.value)) for argument in node.arguments or ()}
        self.by_value = frozenset(name for key in STRUCTURAL for name in named.get(key, ()))
        self.fixed = None if any(named.values()) else get_argument_values(definition, node)

    def given(self, variables: VariableValues) -> Mapping[str, Any]:
        if self.fixed is not None:
            return self.fixed
        return get_argument_values(self.definition, self.node, variables)


def variables_in(value: ValueNode) -> Iterator[str]:
    """Yield the names of the variables that a value of the operation is made of."""
    if isinstance(value, VariableNode):
        yield value.name.value
    elif isinstance(value, ListValueNode):
        for inner in value.values:
            yield from variables_in(inner)
    elif isinstance(value, ObjectValueNode):
        for part in value.fields:
            yield from variables_in(part.value)


def response_key(nodes: Sequence[FieldNode]) -> str:
    """Return where the answer of a field goes."""
    return nodes[0].alias.value if nodes[0].alias else nodes[0].name.value


def stats_suffix(part: str) -> str:
    """Return what the type of a part of aggregates is called behind the entity's name."""
    return "GroupKey" if part == "key" else part.capitalize()


def shape_of(variables: VariableValues, by_value: Collection[str]) -> tuple[Any, ...]:
    """Return what statements follow from: the structure of the variables, and the values of some."""
    values = variables.coerced.items()
    return tuple([(name, repr(value) if name in by_value else _structure(value)) for name, value in values])


def late_variables(variables: VariableValues, by_value: Collection[str]) -> VariableValues:
    """Return variables whose plain values are read from the request at hand when a statement runs."""
    values = variables.coerced.items()
    coerced = {name: value if name in by_value else _late(value, (name,), _variable) for name, value in values}
    return VariableValues(variables.sources, coerced)


def _variable(path: tuple[str | int, ...]) -> Deferred:
    return Deferred(lambda reader, _: _at(reader.variables.coerced, path))


def late_arguments(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the arguments of one request as a plan has them: plain values are looked at when a statement runs."""

    def at(path: tuple[str | int, ...]) -> Deferred:
        return Deferred(lambda *_: _at(given, path))

    return {name: value if name in STRUCTURAL else _late(value, (name,), at) for name, value in given.items()}


def _structure(value: Any) -> Any:
    if type(value) is str:
        return ...
    if value is None or isinstance(value, bool) or value == []:
        return repr(value)
    if isinstance(value, dict):
        return tuple((key, _structure(inner)) for key, inner in value.items())
    if _has_objects(value):
        return tuple(_structure(inner) for inner in value)
    return ...


def _late(value: Any, path: tuple[str | int, ...], make: Callable[[tuple[str | int, ...]], Deferred]) -> Any:
    if value is None or isinstance(value, bool) or value == []:
        return value
    if isinstance(value, dict):
        return {key: _late(inner, (*path, key), make) for key, inner in value.items()}
    if _has_objects(value):
        return [_late(inner, (*path, index), make) for index, inner in enumerate(value)]
    return make(path)


def _has_objects(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(inner, dict) for inner in value)


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


class Selector:
    """Reads the selections of one operation, with its fragments, variables and directives.

    Attributes:
        by_value: Variables met so far whose values decide how a statement reads.
        resolvers: Fields met so far that have a resolver of their own, such as `Book.shout`; a set in order.
        computed: Fields met so far that a function computes for each row; the same.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: VariableValues,
    ) -> None:
        self.schema = schema
        self.fragments = fragments
        self.variables = variables
        self.by_value: set[str] = set()
        self.resolvers: dict[str, None] = {}
        self.computed: dict[str, None] = {}

    def rows(self, nodes: Sequence[FieldNode], entity: Entity) -> Selection:
        """Return what the sub-fields of some nodes want of an entity's row."""
        wants = [self._want(entity, key, group) for key, group in self.collect(nodes, entity.name).items()]
        return Selection(entity, wants)

    def arguments(self, type_name: str, node: FieldNode) -> FieldArguments:
        """Return the arguments of a field of a type."""
        parent = self.schema.type_map[type_name]
        assert isinstance(parent, GraphQLObjectType)
        arguments = FieldArguments(parent.fields[node.name.value], node)
        self.by_value |= arguments.by_value
        return arguments

    def page(self, nodes: Sequence[FieldNode], entity: Entity, arguments: Arguments) -> PagePlan:
        """Return what a connection field wants."""
        groups = self.collect(nodes, f"{entity.name}Connection")
        return PagePlan(entity, arguments, [self._part(entity, key, group) for key, group in groups.items()])

    def stats(self, nodes: Sequence[FieldNode], entity: Entity, arguments: Arguments) -> StatsPlan:
        """Return the aggregates that a stats field wants."""
        parts = []
        for key, group in self.collect(nodes, f"{entity.name}Stats").items():
            how = group[0].name.value
            inner = self.collect(group, f"{entity.name}{stats_suffix(how)}")
            parts.append((key, how, [(own, fields[0].name.value, fields) for own, fields in inner.items()]))
        return StatsPlan(entity, arguments, parts)

    def parts(self, nodes: Sequence[FieldNode], type_name: str) -> Parts:
        """Return response keys and names of the sub-fields."""
        return [(key, group[0].name.value) for key, group in self.collect(nodes, type_name).items()]

    def _part(self, entity: Entity, key: str, nodes: Sequence[FieldNode]) -> Part:
        name = nodes[0].name.value
        if name == "totalCount":
            return Total(key)
        if name == "nodes":
            return Nodes(key, self.rows(nodes, entity))
        if name == "pageInfo":
            return PageInfoPart(key, self.parts(nodes, "PageInfo"))
        if name == "edges":
            groups = self.collect(nodes, f"{entity.name}Edge")
            return Edges(key, [(inner, self._edge_part(entity, group)) for inner, group in groups.items()])
        return Typename(key)

    def _edge_part(self, entity: Entity, nodes: Sequence[FieldNode]) -> Selection | str:
        name = nodes[0].name.value
        return self.rows(nodes, entity) if name == "node" else name

    def _want(self, entity: Entity, key: str, nodes: Sequence[FieldNode]) -> Want:
        name = nodes[0].name.value
        if name == "id":
            return WantId(key)
        if name == "__typename":
            return WantTypename(key)
        return self._want_field(entity, entity.fields[name], key, nodes)

    def _want_field(self, entity: Entity, field: EntityField, key: str, nodes: Sequence[FieldNode]) -> Want:
        if isinstance(field, ValueField):
            return WantValue(key, field, self.parts(nodes, field.kind.scalar) if nodes[0].selection_set else ())
        if isinstance(field, ComputedField):
            self.computed.setdefault(f"{entity.name}.{field.graphql_name}")
            return WantComputed(key, field, nodes)
        if isinstance(field, ToOneField):
            return WantOne(key, field, self.rows(nodes, field.target))
        if isinstance(field, ToManyField):
            return WantMany(key, field, self.page(nodes, field.target, self.arguments(entity.name, nodes[0])))
        assert isinstance(field, ResolverField)
        self.resolvers.setdefault(f"{entity.name}.{field.graphql_name}")
        return WantResolver(key, field, nodes)

    def collect(self, nodes: Iterable[FieldNode], type_name: str) -> dict[str, list[FieldNode]]:
        """Return the sub-fields of nodes by response key, as far as they apply to a type."""
        found: dict[str, list[FieldNode]] = {}
        for node in nodes:
            if node.selection_set is not None:
                self._visit(node.selection_set, type_name, found, set())
        return found

    def _visit(
        self, selections: SelectionSetNode, type_name: str, found: dict[str, list[FieldNode]], seen: set[str]
    ) -> None:
        for node in selections.selections:
            if not self._is_included(node):
                continue
            if isinstance(node, FieldNode):
                found.setdefault(response_key([node]), []).append(node)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                if condition is None or self._applies(condition.name.value, type_name):
                    self._visit(node.selection_set, type_name, found, seen)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                fragment = self.fragments[node.name.value]
                if self._applies(fragment.type_condition.name.value, type_name):
                    self._visit(fragment.selection_set, type_name, found, seen)

    def _applies(self, condition: str, type_name: str) -> bool:
        if condition == type_name:
            return True
        abstract = self.schema.type_map[condition]
        concrete = self.schema.type_map[type_name]
        return isinstance(concrete, GraphQLObjectType) and any(i is abstract for i in concrete.interfaces)

    def _is_included(self, node: Any) -> bool:
        skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
        if skip and skip["if"]:
            return False
        include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return not include or bool(include["if"])
