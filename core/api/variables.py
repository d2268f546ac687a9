"""Variables of an operation, coerced as graphql-core does, with what follows from the operation worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLLeafType,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    get_variable_values,
    is_leaf_type,
    is_non_null_type,
)
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, input_is_nested_too_deeply
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_value


class Variables:
    """The variables that one operation declares."""

    def __init__(self, schema: GraphQLSchema, definition: OperationDefinitionNode) -> None:
        self.schema = schema
        self.nodes = definition.variable_definitions or ()
        signatures: list[Any] = [get_variable_signature(schema, node) for node in self.nodes]
        self.signatures = [(signature, _leaf(signature.type)) for signature in signatures]

    def coerce(self, given: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        """Return the values as the schema has them, or what is wrong with them."""
        try:
            coerced = self._coerced(given)
        except Exception:  # noqa: BLE001 - graphql-core finds it anew, and words it
            coerced = None
        return coerced or get_variable_values(self.schema, self.nodes, dict(given))

    def _coerced(self, given: Mapping[str, Any]) -> VariableValues | None:
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for signature, leaf in self.signatures:
            name, kind = signature.name, signature.type
            value = given.get(name, Undefined)
            sources[name] = VariableValueSource(signature, value)
            if leaf is not None and value is not None and value is not Undefined:
                coerced[name] = leaf.coerce_input_value(value)
            elif value is not Undefined:
                if isinstance(value, dict | list) and input_is_nested_too_deeply(value, kind):
                    return None
                coerced[name] = coerce_input_value(value, kind)
            elif signature.default is not None:
                coerced[name] = coerce_default_value(signature)
            elif is_non_null_type(kind):
                return None
            if coerced.get(name) is Undefined:
                return None
        return VariableValues(sources, coerced)


def _leaf(kind: Any) -> GraphQLLeafType | None:
    """Return the scalar or enum that a variable holds; None where it is a list or an object."""
    inner = kind.of_type if is_non_null_type(kind) else kind
    return inner if is_leaf_type(inner) else None
