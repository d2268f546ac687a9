"""Faults of the database itself, as opposed to refusals and broken constraints."""

from __future__ import annotations

from core.errors import ForecourtError


class UnauditedWriteError(ForecourtError):
    """A statement that would change rows past version, audit and events."""

    code = "UNAUDITED_WRITE"


class DatabaseUnavailableError(ForecourtError):
    """The database is not there, refuses us or has gone; the message never holds a password."""

    code = "DATABASE_UNAVAILABLE"


class DatabaseTimeoutError(DatabaseUnavailableError):
    """The database, a free connection or the right to write did not come in time."""

    code = "DATABASE_TIMEOUT"


class ReadTimeoutError(DatabaseTimeoutError):
    """A read took longer than reads may, and was stopped in the database."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"a read took the database more than {seconds:g} s, and was stopped")
        self.seconds = f"{seconds:g}"
