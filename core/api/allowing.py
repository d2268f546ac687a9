"""Who may ask for a field that is written with Strawberry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from graphql import GraphQLField

from core.errors import UnauthenticatedError
from core.read.access import SIGN_IN_FIRST
from core.scope import Scope


def allow(made: GraphQLField, options: Mapping[object, Any], *, signed_in: bool) -> None:
    """Let a field's resolver run for those who may ask for it, and for nobody else.

    Args:
        options: The field's metadata: `permission`, `public`.
        signed_in: Whether it asks for a sign-in unless it is public.
    """
    permission: str | None = options.get("permission")
    if permission is None and (options.get("public") or not signed_in):
        return
    if made.subscribe is not None:
        made.subscribe = _asked(made.subscribe, permission)
    elif made.resolve is not None:
        made.resolve = _asked(made.resolve, permission)


def _asked(resolve: Callable[..., Any], permission: str | None) -> Callable[..., Any]:
    @wraps(resolve)
    def ask(source: Any, info: Any, **arguments: Any) -> Any:
        scope: Scope = info.context.scope
        if scope.caller.is_anonymous:
            raise UnauthenticatedError(SIGN_IN_FIRST)
        if permission is not None:
            scope.require(permission)
        return resolve(source, info, **arguments)

    return ask
