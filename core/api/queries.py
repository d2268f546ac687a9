"""From a field of Query that a module has written to what its function returns, once per operation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.api.commands import validated
from core.api.context import Context
from core.catalog.catalog import QueryField
from core.catalog.declare import Info, Input
from core.data.model import Record
from core.errors import BadInputError, NotFoundRefusal, PermissionRefusal, Refusal, UnauthenticatedError
from core.read.access import SIGN_IN_FIRST
from core.scope import Scope


@dataclass(frozen=True, slots=True)
class Found:
    """What a query's function has returned; rows in it are of models."""

    value: Any


async def run_root_query(context: Context, key: str, query: QueryField, arguments: Mapping[str, Any]) -> Any:
    """Check right and arguments, call the function, and return its answer; asked again, the same one or its error.

    Args:
        key: The field's response key.

    Raises:
        UnauthenticatedError: Nobody has signed in.
        BadInputError: The arguments break a rule.
        Refusal: The caller lacks the right, or what the function raises.
    """
    known = context.answers.get(key)
    if known is None:
        try:
            known = Found(await _run(context, query, arguments))
        except Exception as error:  # noqa: BLE001 - it is raised below, now and whenever it is asked for again
            known = error
        context.answers[key] = known
    if isinstance(known, Exception):
        raise known
    assert isinstance(known, Found)
    return known.value


async def _run(context: Context, query: QueryField, arguments: Mapping[str, Any]) -> Any:
    scope, permission = context.scope, query.permission
    if scope.caller.is_anonymous:
        raise UnauthenticatedError(SIGN_IN_FIRST)
    if permission is None and query.subject is not None:
        context.reader.access.require_read(query.subject.entity)
    elif permission is not None and scope.caller.reach(permission) is None:
        raise PermissionRefusal(permission)
    given = _arguments(scope, query, arguments)
    subject: Record | None = None
    if query.subject is not None:
        named = getattr(given, query.subject.field)
        try:
            subject = await scope.get(query.subject.entity.model, named.uuid, permission=permission)
        except NotFoundRefusal:
            return None
    elif permission is not None:
        scope.require(permission)
    return await query.function(
        Info(scope, subject), **{name: getattr(given, name) for name in query.arguments.model_fields}
    )


def _arguments(scope: Scope, query: QueryField, arguments: Mapping[str, Any]) -> Input:
    problems: list[Refusal] = []
    given = validated(query.arguments, arguments, (), problems)
    if problems or given is None:
        messages = scope._dealer.kernel.messages
        told = [f"{'.'.join(map(str, one.path))}: {messages.message(scope.locale, one)}" for one in problems]
        raise BadInputError("; ".join(told))
    return given
