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
from tortoise.exceptions import ValidationError

from core.api.mistakes import InputError, while_running
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
from core.services.messages import Messages

if TYPE_CHECKING:
    from core.scope import Scope

_log = logging.getLogger("forecourt.api")

MAX_ERRORS = 5
NO_ANSWER = "the database does not answer; try again"
NO_DATA: Final[Mapping[str, Any]] = MappingProxyType({})
_EXPECTED = (BadInputError, ForbiddenError, UnauthenticatedError, Refusal)
_OF_DATABASE = (DatabaseUnavailableError, DatabaseTimeoutError, StorageFullError)


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

    Args:
        causes: What is wrong, with the code of each that has none itself.
    """

    code = "GRAPHQL_VALIDATION_FAILED"

    def __init__(self, causes: Sequence[GraphQLError], code: str = code) -> None:
        super().__init__(causes[0].message)
        self.causes = causes[:MAX_ERRORS]
        self.cause_code = code

    @property
    def errors(self) -> list[dict[str, Any]]:
        """The errors as they go into the response, in English."""
        return [formatted(error, self.cause_code) for error in self.causes]

    def told(self, messages: Messages, locale: str) -> list[dict[str, Any]]:
        """Return the errors as they go into the response."""
        return [_told(error, self.cause_code, messages, locale) for error in self.causes]


def refused(refusals: Sequence[ForecourtError], scope: Scope, node: Node) -> RequestError:
    """Return the error for an operation that is refused before it runs."""
    for refusal in refusals:
        if isinstance(refusal, _OF_DATABASE):
            _log.error("request %s: %s", scope.request_id, describe(refusal))
    return RequestError(
        [
            GraphQLError(
                refusal.message,
                node,
                original_error=refusal,
                extensions={"code": refusal.code, **_data_of(refusal)},
            )
            for refusal in refusals
        ]
    )


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
    messages = scope._dealer.kernel.messages
    # graphql-core's own name the nodes, and quote what stands there.
    if original is None or (isinstance(original, GraphQLError) and original.nodes):
        return _told(while_running(original or error), "BAD_USER_INPUT", messages, scope.locale) | _path(error)
    if isinstance(original, GraphQLError):
        return formatted(error, str((original.extensions or {}).get("code", "BAD_USER_INPUT")))
    if isinstance(original, _OF_DATABASE):
        _log.error("request %s: %s", scope.request_id, describe(original))
    if isinstance(original, (*_EXPECTED, *_OF_DATABASE)):
        text = _text_of(original, messages, scope.locale)
        return {**formatted(error, original.code, _data_of(original)), "message": text}
    if isinstance(original, ValidationError):  # no row can have such a value; its text quotes it
        text = "a value is longer or larger than any that is kept"
        text = messages.translate(scope.locale, BadInputError.code, {"rule": "column"}, text)
        return {**formatted(error, BadInputError.code), "message": text}
    # Never the traceback: messages of the database quote rows, and rows hold personal data.
    _log.error("request %s: fault in %s: %s", scope.request_id, _place(error), describe(original))
    masked = f"something went wrong here; the log has it under request {scope.request_id or 'unknown'}"
    text = messages.translate(scope.locale, "INTERNAL", {"rule": "request", "request": scope.request_id or "?"}, masked)
    return {**formatted(error, "INTERNAL"), "message": text}


def _told(error: GraphQLError, code: str, messages: Messages, locale: str) -> dict[str, Any]:
    """Return an error in a language; an input's has texts by the same name wherever it is found."""
    if isinstance(error.original_error, ForecourtError):
        return {**formatted(error, code), "message": _text_of(error.original_error, messages, locale)}
    known, params = ("BAD_USER_INPUT", error.params) if isinstance(error, InputError) else (code, {})
    text = messages.translate(locale, known, params, error.message)
    return {**formatted(error, code), "message": text}


def _text_of(error: ForecourtError, messages: Messages, locale: str) -> str:
    if isinstance(error, Refusal | StorageFullError):
        return messages.message(locale, error)
    if isinstance(error, DatabaseUnavailableError | DatabaseTimeoutError):
        rule = "read" if isinstance(error, ReadTimeoutError) else "request"
        return messages.translate(locale, error.code, {**vars(error), "rule": rule}, NO_ANSWER)
    return messages.translate(locale, error.code, vars(error), error.message)


def _path(error: GraphQLError) -> dict[str, Any]:
    return {"path": list(error.path)} if error.path else {}


def _place(error: GraphQLError) -> str:
    return ".".join(str(step) for step in error.path or ())


def _data_of(error: ForecourtError) -> dict[str, Any]:
    """Return what a program needs of a limit that was exceeded."""
    details = error.details if isinstance(error, LimitRefusal) else {}
    return {to_camel(name): value for name, value in details.items() if name != "rule"}


def formatted(error: GraphQLError, code: str, data: Mapping[str, Any] = NO_DATA) -> dict[str, Any]:
    """Return an error with its code, and what else a program needs."""
    content: dict[str, Any] = dict(error.formatted)
    content["extensions"] = {"code": code, **(error.extensions or {}), **data}
    return content
