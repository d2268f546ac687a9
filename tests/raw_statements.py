"""Statements that a plugin may not send; what is beside the plugins sends them for the tests."""

from __future__ import annotations

from core.scope import Scope


async def ask(scope: Scope, sql: str) -> str:
    """Return the first value that the database answers."""
    rows = await scope._dealer.database.fetch(sql)
    return str(rows[0][0])
