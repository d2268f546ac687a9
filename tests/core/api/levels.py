"""How many statements an operation may cost, counted from its text and the schema alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    OperationDefinitionNode,
    get_directive_values,
    get_named_type,
)
from graphql.execution.values import VariableValues


class Levels:
    """Counts the levels of an operation: fields that give rows, totals and aggregates, merged as their answers are."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: VariableValues) -> None:
        self.schema = schema
        self.variables = variables
        self.fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}

    def of(self, definition: OperationDefinitionNode, types_of_ids: int) -> int:
        """Return the number of statements that a query may cost.

        Args:
            types_of_ids: Of how many types the ids are that `node` and `nodes` name: each has a table of its own.
        """
        assert self.schema.query_type is not None
        levels = 0
        for nodes in self._collect([definition], self.schema.query_type).values():
            name = nodes[0].name.value
            if name in ("node", "nodes"):
                kinds = [k for k in self.schema.type_map.values() if _is_entity(k)]
                levels += types_of_ids + sum(self._below(nodes, kind) for kind in kinds)
            else:
                levels += self._field(self.schema.query_type, nodes)
        return levels

    def _field(self, parent: GraphQLObjectType, nodes: list[FieldNode]) -> int:
        field = parent.fields.get(nodes[0].name.value)
        kind = get_named_type(field.type) if field is not None else None
        if not isinstance(kind, GraphQLObjectType):
            return 0
        if kind.name.endswith("Connection"):
            names = {group[0].name.value for group in self._collect(nodes, kind).values()}
            own = bool(names & {"nodes", "edges", "pageInfo"}) + ("totalCount" in names)
        elif parent is self.schema.query_type and kind.name.endswith("Stats"):
            own = 1 + self._amounts(nodes, kind)
        else:
            own = int(_is_entity(kind))
        return own + self._below(nodes, kind)

    def _below(self, nodes: list[FieldNode], kind: Any) -> int:
        return sum(self._field(kind, group) for group in self._collect(nodes, kind).values())

    def _amounts(self, nodes: list[FieldNode], kind: GraphQLObjectType) -> int:
        """Return how many amounts are measured, each of which is grouped by its own currency."""
        found = set()
        for group in self._collect(nodes, kind).values():
            part = get_named_type(kind.fields[group[0].name.value].type) if group[0].selection_set else None
            if isinstance(part, GraphQLObjectType):
                for inner in self._collect(group, part).values():
                    name = inner[0].name.value
                    if inner[0].selection_set is not None and not part.name.endswith("GroupKey"):
                        found.add(name)
        return len(found)

    def _collect(self, nodes: Iterable[Any], kind: GraphQLObjectType) -> dict[str, list[FieldNode]]:
        found: dict[str, list[FieldNode]] = {}
        for node in nodes:
            if node.selection_set is not None:
                self._visit(node.selection_set, kind, found)
        return found

    def _visit(self, selections: Any, kind: GraphQLObjectType, found: dict[str, list[FieldNode]]) -> None:
        for node in selections.selections:
            if not self._is_included(node):
                continue
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                found.setdefault(key, []).append(node)
                continue
            assert isinstance(node, InlineFragmentNode | FragmentSpreadNode)
            inner = self.fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            condition = inner.type_condition.name.value if inner.type_condition else kind.name
            if condition == kind.name or condition in {interface.name for interface in kind.interfaces}:
                self._visit(inner.selection_set, kind, found)

    def _is_included(self, node: Any) -> bool:
        skip: Mapping[str, Any] | None = get_directive_values(GraphQLSkipDirective, node, self.variables)
        include: Mapping[str, Any] | None = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return not (skip and skip["if"]) and bool(include is None or include["if"])


def _is_entity(kind: Any) -> bool:
    return isinstance(kind, GraphQLObjectType) and any(
        isinstance(interface, GraphQLInterfaceType) and interface.name == "Node" for interface in kind.interfaces
    )
