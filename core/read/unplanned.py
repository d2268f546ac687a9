"""Why an operation is left to graphql-core, by reasons that can be counted."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why graphql-core gives a whole answer instead of a plan."""

    OWN_RESOLVER = "OWN_RESOLVER"
    """Something within has a resolver of its own, where no plan can go around it."""
    SEVERAL_TYPES = "SEVERAL_TYPES"
    """A type that is none of an object, a scalar or an enum."""
    NULL_VALUE = "NULL_VALUE"
    """A value is missing where the schema promises one: its error needs a path."""
    FAILED_RESOLVER = "FAILED_RESOLVER"
    """A resolver within a row has failed: its error needs a path."""
    NESTED_LIST = "NESTED_LIST"
    """The arguments of a list within a row can't be read: their error needs a path."""
    OTHER_EVENT = "OTHER_EVENT"
    """An event of a subscription is something else than the rows that its field gives."""
    REFUSED = "REFUSED"
    """A field of the root refuses what was asked for: its error needs a path."""
    DATABASE = "DATABASE"
    """The database has not answered."""
    DRY_RUN = "DRY_RUN"
    """A command is only tried out: its rows are read before it is undone."""
    DIRECTIVE = "DIRECTIVE"
    """A directive lacks what it depends on."""
    FAULT = "FAULT"
    """The plan has a fault that no client has brought about; the log says where."""


class NotPlannedError(Exception):
    """This is left to graphql-core; the message says more."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
