"""Faults of the database itself, as opposed to refusals and broken constraints."""

from __future__ import annotations

from core.errors import ForecourtError


class DatabaseUnavailableError(ForecourtError):
    """The database is not there, refuses us or has gone; the message never holds a password."""

    code = "DATABASE_UNAVAILABLE"


class DatabaseTimeoutError(DatabaseUnavailableError):
    """The database, a free connection or the right to write did not come in time."""

    code = "DATABASE_TIMEOUT"
