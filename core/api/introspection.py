"""ArgumentCosts about the schema itself: answered beside the event loop, one at a time, and kept.

An answer may have a hundred thousand parts, and is the same for everybody as long as there is the kernel.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import orjson
from graphql import (
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from core.api.responses import RequestError
from core.bounded import Bounded

ROOTS: Final = ("__schema", "__type")
KEPT: Final = 8
"""Answers; that to GraphiQL's question has 2.4 MB."""
MOST_WAITING: Final = 16
LONGEST_KEY: Final = 20_000


class Introspection:
    """The answers of one kernel."""

    def __init__(self) -> None:
        self._kept: Bounded[bytes, bytes] = Bounded(KEPT)
        self._one_at_a_time = asyncio.Lock()
        self._waiting = 0

    async def answer(
        self, text: str, name: str | None, variables: Mapping[str, Any], work: Callable[[], ExecutionResult]
    ) -> bytes | ExecutionResult:
        """Return the data of an answer as JSON; the whole result if it has errors.

        Args:
            work: Answers, whatever the thread.

        Raises:
            RequestError: Too many wait already.
        """
        key = orjson.dumps([text, name, variables], default=str, option=orjson.OPT_NON_STR_KEYS)
        if self._waiting >= MOST_WAITING:
            busy = "many questions about the schema wait already; ask again in a moment"
            raise RequestError([GraphQLError(busy)], "LIMIT_EXCEEDED")
        self._waiting += 1
        try:
            async with self._one_at_a_time:
                return self._kept.get(key) or await self._new(key, work)
        finally:
            self._waiting -= 1

    async def _new(self, key: bytes, work: Callable[[], ExecutionResult]) -> bytes | ExecutionResult:
        written = await asyncio.to_thread(_written, work)
        if isinstance(written, bytes) and len(key) <= LONGEST_KEY:
            self._kept.keep(key, written)
        return written


def _written(work: Callable[[], ExecutionResult]) -> bytes | ExecutionResult:
    result = work()
    return result if result.errors else orjson.dumps(result.data)


def introspects(definition: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> bool:
    """Tell whether an operation asks about the schema and nothing else."""
    names = {field.name.value for field in _roots(definition.selection_set, fragments, set())}
    return bool(names.intersection(ROOTS)) and names <= {*ROOTS, "__typename"}


def mixed(definition: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> GraphQLError | None:
    """Return the error for a large question about the schema beside others, which would wait for it."""
    if introspects(definition, fragments):
        return None
    for field in _roots(definition.selection_set, fragments, set()):
        if field.name.value in ROOTS and _is_large(field):
            return GraphQLError("ask about the schema in an operation of its own", field)
    return None


def _is_large(field: FieldNode) -> bool:
    """Tell whether more than the plain fields of one type are asked for."""
    selections = field.selection_set.selections if field.selection_set else ()
    return not all(isinstance(one, FieldNode) and one.selection_set is None for one in selections)


def _roots(
    selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], seen: set[str]
) -> Iterator[FieldNode]:
    for node in selections.selections:
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _roots(node.selection_set, fragments, seen)
        elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
            seen.add(node.name.value)
            yield from _roots(fragments[node.name.value].selection_set, fragments, seen)
