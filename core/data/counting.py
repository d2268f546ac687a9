"""Counts the statements of a task, so that tests can hold lists to a fixed number."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_statements: ContextVar[list[str] | None] = ContextVar("forecourt_statements", default=None)


@contextmanager
def counting() -> Iterator[list[str]]:
    """Collect the SQL of every statement of this task and of the tasks that it starts meanwhile.

    Models and `fetch` alike; BEGIN, COMMIT and savepoints are left out.
    """
    outer = _statements.get()
    statements: list[str] = []
    token = _statements.set(statements)
    try:
        yield statements
    finally:
        _statements.reset(token)
        if outer is not None:
            outer.extend(statements)


def count(sql: str) -> None:
    """Note a statement for whoever counts in this task."""
    statements = _statements.get()
    if statements is not None:
        statements.append(sql)
