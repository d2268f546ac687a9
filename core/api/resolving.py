"""The fields of a planned answer that have resolvers of their own, given by graphql-core."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from inspect import isawaitable
from typing import Any, Final

from graphql import GraphQLError, GraphQLObjectType
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetails
from graphql.pyutils import Path, gather_with_cancel

from core.api.context import Context
from core.data.errors import DatabaseUnavailableError
from core.read.plan import Pending

FAILED: Final = "a resolver has failed"
_ROOTS: Final = ("Query", "Mutation", "Subscription")


class EndedError(Exception):
    """The operation has ended without an answer.

    Attributes:
        error: Why, with its path.
    """

    def __init__(self, error: GraphQLError) -> None:
        super().__init__(error.message)
        self.error = error


async def give(executor: Executor[Any], parts: Sequence[Pending]) -> None:
    """Give parts their values, all of them side by side; errors are collected by the executor.

    Raises:
        GraphQLError: A field that is never null has failed.
    """
    waiting: list[tuple[Pending, Awaitable[Any]]] = []
    for part in parts:
        parent = executor.schema.type_map[part.type_name]
        assert isinstance(parent, GraphQLObjectType)
        details = [FieldDetails(node, None) for node in part.nodes]
        part.value = executor.execute_field(parent, part.source, details, Path(None, part.key, part.type_name), None)
        if isawaitable(part.value):
            waiting.append((part, part.value))
    values = await gather_with_cancel(*(awaitable for _, awaitable in waiting))
    for (part, _), value in zip(waiting, values, strict=True):
        part.value = value


def are_whole(errors: Sequence[GraphQLError], parts: Sequence[Pending], context: Context) -> bool:
    """Return whether errors are of fields at the root, so that their paths are whole.

    If the database did not answer one of them, nothing else is asked in this operation.
    """
    for error in errors:
        if isinstance(error.original_error, DatabaseUnavailableError):
            context.reader.ended = error.original_error
    inside = {part.key for part in parts if part.type_name not in _ROOTS}
    return not any(error.path and error.path[0] in inside for error in errors)
