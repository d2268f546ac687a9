"""Refuses statements that tortoise is made to send past the audit, whatever class or connection sends them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from core.data.errors import UnauditedWriteError
from core.data.registry import registry

_TABLE: Final = r"(?:ONLY\s+)?(?:\"?\w+\"?\.)?\"?(\w+)"
_TARGET: Final = re.compile(
    rf"\b(?:INSERT(?:\s+OR\s+\w+)?\s+INTO|REPLACE\s+INTO|UPDATE(?:\s+OR\s+\w+)?|DELETE\s+FROM|MERGE\s+INTO"
    rf"|TRUNCATE(?:\s+TABLE)?)\s+{_TABLE}",
    re.IGNORECASE,
)


_MIGRATING: Final[ContextVar[bool]] = ContextVar("forecourt_migrating", default=False)


@contextmanager
def migrating() -> Iterator[None]:
    """Let the running task write past the audit: a data migration changes what rows look like, not what they say."""
    token = _MIGRATING.set(True)
    try:
        yield
    finally:
        _MIGRATING.reset(token)


def require_audited(sql: str, *, script: bool = False) -> None:
    """Refuse to write to a table whose rows have versions and audit entries.

    Every statement of tortoise's comes by here: those of its query sets, of its many-to-many relations, and what
    somebody sends by a connection of his own. The kernel's own statements take other ways.

    Args:
        script: It may be several statements.

    Raises:
        UnauditedWriteError: It writes to such a table.
    """
    if _MIGRATING.get() or (sql.startswith("SELECT") and not script):
        return
    for table in _TARGET.findall(sql):
        if table in registry.audited:
            raise UnauditedWriteError(
                f"this would write to {table} past version, audit and events; use save, save_all, archive or "
                "change_where"
            )
