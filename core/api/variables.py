"""Variables of an operation, coerced as graphql-core does, with what follows from the operation worked out once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from graphql import (
    GraphQLLeafType,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    Undefined,
    is_leaf_type,
    is_non_null_type,
)
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, input_is_nested_too_deeply
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_value

from core.api.mistakes import InputError, Json, mistakes

MAX_MISTAKES = 5
"""Told of one request."""


class Variables:
    """The variables that one operation declares."""

    def __init__(self, schema: GraphQLSchema, definition: OperationDefinitionNode) -> None:
        self.schema = schema
        self.nodes = definition.variable_definitions or ()
        signatures: list[Any] = [get_variable_signature(schema, node) for node in self.nodes]
        self.signatures = [(signature, _leaf(signature.type)) for signature in signatures]

    def coerce(self, given: Mapping[str, Any]) -> VariableValues | list[InputError]:
        """Return the values as the schema has them, or what is wrong with them."""
        try:
            coerced = self._coerced(given)
        except Exception:  # noqa: BLE001 - what is wrong is found anew, and worded
            coerced = None
        return coerced or list(islice(self._mistakes(given), MAX_MISTAKES))

    def _mistakes(self, given: Mapping[str, Any]) -> Iterator[InputError]:
        found = False
        for node, (signature, _) in zip(self.nodes, self.signatures, strict=True):
            for mistake in _mistakes_of(signature, given.get(signature.name, Undefined), node):
                found = True
                yield mistake
        if not found:
            yield InputError("variables", "the variables don't fit their types", (), "", None)

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


def _mistakes_of(signature: Any, value: Any, node: Node) -> Iterable[InputError]:
    path, kind = (f"${signature.name}",), signature.type
    if value is not Undefined:
        if isinstance(value, dict | list) and input_is_nested_too_deeply(value, kind):
            return [InputError("too_deep", "{place} is nested too deeply", path, kind, node)]
        return mistakes(Json(), value, kind, path, node)
    if signature.default is None and is_non_null_type(kind):
        return [InputError("missing", "{place} must be given; its type is {expected}", path, kind, node)]
    return ()


def _leaf(kind: Any) -> GraphQLLeafType | None:
    """Return the scalar or enum that a variable holds; None where it is a list or an object."""
    inner = kind.of_type if is_non_null_type(kind) else kind
    return inner if is_leaf_type(inner) else None
