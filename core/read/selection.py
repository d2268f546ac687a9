"""From the fields of a GraphQL operation to what is asked of the read seam."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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

from core.api.catalog import (
    ComputedField,
    Entity,
    EntityField,
    ResolverField,
    ToManyField,
    ToOneField,
    ValueField,
)
from core.read.plan import (
    Arguments,
    PagePlan,
    Selection,
    StatsRequest,
    Want,
    WantComputed,
    WantId,
    WantMany,
    WantOne,
    WantResolver,
    WantValue,
)


class GivenArguments:
    """Arguments that graphql-core has coerced already."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.given = given

    def values(self, variables: VariableValues) -> Mapping[str, Any]:
        return self.given


class FieldArguments:
    """Arguments as they stand in the operation; coerced once where they name no variable."""

    def __init__(self, definition: GraphQLField, node: FieldNode) -> None:
        self.definition = definition
        self.node = node
        varies = any(_names_variable(argument.value) for argument in node.arguments or ())
        self.fixed = None if varies else get_argument_values(definition, node)

    def values(self, variables: VariableValues) -> Mapping[str, Any]:
        if self.fixed is not None:
            return self.fixed
        return get_argument_values(self.definition, self.node, variables)


def _names_variable(value: ValueNode) -> bool:
    if isinstance(value, VariableNode):
        return True
    if isinstance(value, ListValueNode):
        return any(_names_variable(inner) for inner in value.values)
    return isinstance(value, ObjectValueNode) and any(_names_variable(field.value) for field in value.fields)


class Selector:
    """Reads the selections of one operation, with its fragments, variables and directives."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: VariableValues,
    ) -> None:
        self.schema = schema
        self.fragments = fragments
        self.variables = variables

    def rows(self, nodes: Sequence[FieldNode], entity: Entity) -> Selection:
        """Return what the sub-fields of some nodes want of an entity's row."""
        selection = Selection(entity)
        self._add(selection, nodes, "")
        return selection

    def page(self, nodes: Sequence[FieldNode], entity: Entity, arguments: Arguments) -> PagePlan:
        """Return what a connection field wants."""
        plan = PagePlan(entity, arguments)
        for key, group in self.collect(nodes, f"{entity.name}Connection").items():
            name = group[0].name.value
            if name == "totalCount":
                plan.want_total = True
            elif name == "nodes":
                self._add_rows(plan, ("nodes", key), group)
            elif name == "edges":
                plan.rows = plan.rows or Selection(entity)
                for inner_key, inner in self.collect(group, f"{entity.name}Edge").items():
                    if inner[0].name.value == "node":
                        self._add_rows(plan, ("edges", key, inner_key), inner)
            elif name == "pageInfo":
                plan.rows = plan.rows or Selection(entity)
        return plan

    def stats(self, nodes: Sequence[FieldNode], entity: Entity, arguments: Mapping[str, Any]) -> StatsRequest:
        """Return the aggregates that a stats field wants."""
        measures = []
        for group in self.collect(nodes, f"{entity.name}Stats").values():
            how = group[0].name.value
            if how in ("sum", "min", "max", "average"):
                type_name = f"{entity.name}{how.capitalize()}"
                measures += [(how, inner[0].name.value) for inner in self.collect(group, type_name).values()]
        return StatsRequest(
            entity,
            group_by=[group.value for group in arguments.get("groupBy") or ()],
            filter=arguments.get("filter"),
            search=arguments.get("search"),
            measures=[m for m in dict.fromkeys(measures) if m[1] != "__typename"],
        )

    def _add_rows(self, plan: PagePlan, path: tuple[str, ...], nodes: Sequence[FieldNode]) -> None:
        # Two aliases of `nodes` may use one response key for different things, so each has a prefix of its own.
        prefix = f"{len(plan.prefixes)}:" if plan.prefixes else ""
        plan.prefixes[path] = prefix
        plan.rows = plan.rows or Selection(plan.entity)
        self._add(plan.rows, nodes, prefix)

    def _add(self, selection: Selection, nodes: Sequence[FieldNode], prefix: str) -> None:
        entity = selection.entity
        for key, group in self.collect(nodes, entity.name).items():
            name = group[0].name.value
            if name == "id":
                selection.wants.append(WantId(prefix + key))
            elif name != "__typename":
                selection.wants.append(self._want(entity, entity.fields[name], prefix + key, group))

    def _want(self, entity: Entity, field: EntityField, key: str, nodes: Sequence[FieldNode]) -> Want:
        if isinstance(field, ValueField):
            return WantValue(key, field)
        if isinstance(field, ComputedField):
            return WantComputed(key, field)
        if isinstance(field, ToOneField):
            return WantOne(key, field, self.rows(nodes, field.target))
        if isinstance(field, ToManyField):
            parent = self.schema.type_map[entity.name]
            assert isinstance(parent, GraphQLObjectType)
            arguments = FieldArguments(parent.fields[field.graphql_name], nodes[0])
            return WantMany(key, field, self.page(nodes, field.target, arguments))
        assert isinstance(field, ResolverField)
        return WantResolver(key, field)

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
                key = node.alias.value if node.alias else node.name.value
                found.setdefault(key, []).append(node)
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
