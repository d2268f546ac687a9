"""Answers as they are sent: faults masked and logged, expected errors with message and code."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import orjson
from graphql import ExecutionResult, GraphQLError, Node
from pydantic.alias_generators import to_camel

from core.data.errors import DatabaseTimeoutError, DatabaseUnavailableError, ReadTimeoutError
from core.errors import (
    BadInputError,
    ForecourtError,
    LimitRefusal,
    Refusal,
    StorageFullError,
    UnauthenticatedError,
)
from core.events.retry import describe
from core.read.access import ForbiddenError
from core.read.plan import Pending

if TYPE_CHECKING:
    from core.scope import Scope

_log = logging.getLogger("forecourt.api")

MAX_ERRORS = 5
NO_ANSWER = "the database does not answer; try again"
NO_DATA: Final[Mapping[str, Any]] = MappingProxyType({})
_EXPECTED = (BadInputError, ForbiddenError, UnauthenticatedError)


@dataclass(frozen=True, slots=True)
class Response:
    """An answer.

    Attributes:
        body: JSON.
        executed: Whether there is `data`; there is none when the variables don't fit.
    """

    body: bytes
    executed: bool = True


class RequestError(ForecourtError):
    """The request can't be executed at all: no data comes back.

    Attributes:
        errors: As they go into the response.
    """

    code = "GRAPHQL_VALIDATION_FAILED"

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors

    @classmethod
    def of(cls, errors: Sequence[GraphQLError], code: str = code) -> RequestError:
        """Return the error for what is wrong with a document or its operation."""
        return cls([formatted(error, code) for error in errors[:MAX_ERRORS]])


def refused(refusals: Sequence[ForecourtError], scope: Scope, node: Node) -> RequestError:
    """Return the error for an operation that is refused before it runs."""
    errors = [GraphQLError(refusal.message, node, original_error=refusal) for refusal in refusals]
    return RequestError([_reported(error, scope) for error in errors[:MAX_ERRORS]])


def written(content: dict[str, Any]) -> Response:
    """Return a response; parts that graphql-core gave later are put in."""
    return Response(orjson.dumps(content, default=_value_of), "data" in content)


def _value_of(part: Any) -> Any:
    if isinstance(part, Pending):
        return part.value
    raise TypeError(f"{type(part).__name__} is nothing that JSON has")


def response(result: ExecutionResult, scope: Scope, extensions: dict[str, Any]) -> dict[str, Any]:
    """Return a result of graphql-core as JSON has it."""
    content: dict[str, Any] = {}
    if result.errors:
        content["errors"] = [_reported(error, scope) for error in result.errors[:MAX_ERRORS]]
    if result.data is not None or not result.errors or any(error.path for error in result.errors):
        content["data"] = result.data
    return {**content, "extensions": extensions} if "data" in content else content


def _reported(error: GraphQLError, scope: Scope) -> dict[str, Any]:
    original = error.original_error
    if original is None:
        return formatted(error, "BAD_USER_INPUT")
    if isinstance(original, GraphQLError):
        return formatted(error, str((original.extensions or {}).get("code", "BAD_USER_INPUT")))
    messages = scope.dealer.kernel.messages
    if isinstance(original, _EXPECTED):
        text = messages.translate(scope.locale, original.code, vars(original), original.message)
        return {**formatted(error, original.code), "message": text}
    if isinstance(original, Refusal):
        text = messages.translate(scope.locale, original.code, original.details, original.message)
        return {**formatted(error, original.code, _data_of(original)), "message": text}
    if isinstance(original, DatabaseUnavailableError | DatabaseTimeoutError):
        _log.error("request %s: %s", scope.request_id, describe(original))
        rule = "read" if isinstance(original, ReadTimeoutError) else "request"
        text = messages.translate(scope.locale, original.code, {**vars(original), "rule": rule}, NO_ANSWER)
        return {**formatted(error, original.code), "message": text}
    if isinstance(original, StorageFullError):
        _log.error("request %s: %s", scope.request_id, describe(original))
        return {**formatted(error, original.code), "message": messages.message(scope.locale, original)}
    # Never the traceback: messages of the database quote rows, and rows hold personal data.
    _log.error("request %s: fault in %s: %s", scope.request_id, _place(error), describe(original))
    masked = f"something went wrong here; the log has it under request {scope.request_id or 'unknown'}"
    return {**formatted(error, "INTERNAL"), "message": masked}


def _place(error: GraphQLError) -> str:
    return ".".join(str(step) for step in error.path or ())


def _data_of(refusal: Refusal) -> dict[str, Any]:
    """Return what a program needs of a limit that was exceeded."""
    details = refusal.details if isinstance(refusal, LimitRefusal) else {}
    return {to_camel(name): value for name, value in details.items() if name != "rule"}


def formatted(error: GraphQLError, code: str, data: Mapping[str, Any] = NO_DATA) -> dict[str, Any]:
    """Return an error with its code, and what else a program needs."""
    content: dict[str, Any] = dict(error.formatted)
    content["extensions"] = {**(error.extensions or {}), "code": code, **data}
    return content
