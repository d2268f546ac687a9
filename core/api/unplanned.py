"""What is told and counted of an operation that graphql-core answers."""

from __future__ import annotations

from dataclasses import dataclass

from graphql import GraphQLError

from core.data.errors import DatabaseUnavailableError
from core.errors import ForecourtError
from core.read.unplanned import NotPlannedError, Reason


@dataclass(frozen=True, slots=True)
class Unplanned:
    """Why no plan gives an answer: by the reason that is counted, and in words."""

    reason: Reason
    text: str

    @classmethod
    def of(cls, error: Exception) -> Unplanned:
        """Return it for what was raised while an operation was planned or its plan was run."""
        if isinstance(error, NotPlannedError):
            return cls(error.reason, str(error))
        return cls(_reason(error), f"{type(error).__name__}: {error}")


def _reason(error: Exception) -> Reason:
    if isinstance(error, DatabaseUnavailableError):
        return Reason.DATABASE
    if isinstance(error, ForecourtError):
        return Reason.REFUSED
    return Reason.DIRECTIVE if isinstance(error, GraphQLError) else Reason.FAULT
