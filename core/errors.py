"""Everything that Forecourt raises on purpose.

A `Refusal` is a business answer: a command turns it into a problem of its payload and rolls back.
Any other `ForecourtError` is a fault of the set-up or of the caller: it becomes an error with a stable code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from uuid import UUID

    from core.data.model import Record


class ForecourtError(Exception):
    """Base of all errors of Forecourt; `code` is stable, the message is for people."""

    code: ClassVar[str] = "INTERNAL"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ConfigurationError(ForecourtError):
    """The configuration can't be used; the message names the key, what is wrong and what would be right."""

    code = "CONFIGURATION"


class PluginError(ForecourtError):
    """A plugin can't be loaded; `plugins` names those concerned."""

    code = "PLUGIN"

    def __init__(self, message: str, *plugins: str) -> None:
        super().__init__(message)
        self.plugins = plugins


class UnauthenticatedError(ForecourtError):
    """The request carries no valid sign-in."""

    code = "UNAUTHENTICATED"


class BadInputError(ForecourtError):
    """The client sent something that can't be read, such as a cursor or an id of another kind."""

    code = "BAD_INPUT"


class StorageFullError(ForecourtError):
    """There is no room for what was to be written; it was rolled back, and what only reads goes on.

    The message is for whoever runs the server: it names the database or folder.
    """

    code = "STORAGE_FULL"


class Refusal(ForecourtError):
    """A business rule says no; the payload of the command carries it as a problem.

    Args:
        message: What is wrong and what would be right, in English; `code` is the key of its translations.
        path: Where in the input, such as `("contactPoints", 0, "value")`.
        details: Fields of the problem's own GraphQL type and the parameters of the translated message.

    Attributes:
        tells_of: Protected values that the answer tells of, such as that somebody has this number: model, field and
            value in clear. The kernel counts them as looked up, and withholds the answer where it is too many.
    """

    code = "REFUSED"
    tells_of: tuple[tuple[type, str, str], ...] = ()

    def __init__(self, message: str, *, path: Sequence[str | int] = (), **details: Any) -> None:
        super().__init__(message)
        self.path = tuple(path)
        self.details = details


class ValidationRefusal(Refusal):
    """The input breaks a rule."""

    code = "VALIDATION_ERROR"


class NotFoundRefusal(Refusal):
    """There is no such row within the caller's scope."""

    code = "NOT_FOUND"


class PermissionRefusal(Refusal):
    """The caller lacks the right to do this at all."""

    code = "FORBIDDEN"

    def __init__(self, permission: str) -> None:
        super().__init__(f"this needs the permission {permission}", permission=permission)


class ConflictRefusal(Refusal):
    """Somebody else was faster, or the row is not in the version that the caller saw.

    Args:
        row: The row that is in the way, or its model and id; who may see it gets it with the problem, as it is then.
    """

    code = "CONFLICT"

    def __init__(
        self,
        message: str,
        *,
        row: Record | tuple[type[Record], UUID] | None = None,
        path: Sequence[str | int] = (),
        **details: Any,
    ) -> None:
        super().__init__(message, path=path, **details)
        self.row: tuple[type[Record], UUID] | None
        self.row = row if row is None or isinstance(row, tuple) else (type(row), row.id)


class TransitionRefusal(Refusal):
    """The state machine has no such move.

    Args:
        what: What the row is called, per language.
    """

    code = "INVALID_TRANSITION"

    def __init__(self, what: Mapping[str, str], state: str, to: str, allowed: Sequence[str]) -> None:
        options = ", ".join(allowed) or "nothing"
        super().__init__(
            f"the {what['en']} is {state} and can't become {to}; from here it can become {options}",
            what=what,
            from_=state,
            to=to,
            allowed=tuple(allowed),
            **({} if allowed else {"rule": "final"}),
        )


class PreconditionRefusal(Refusal):
    """Something else must happen first."""

    code = "PRECONDITION_FAILED"


class LimitRefusal(Refusal):
    """An amount, size or rate is above what is allowed."""

    code = "LIMIT_EXCEEDED"


class ProviderRefusal(Refusal):
    """A service outside the house failed or said no."""

    code = "PROVIDER_ERROR"
