"""Rules over rows that are in use."""

from __future__ import annotations

from forecourt import UniqueWhere


def live_unique(name: str, *columns: str) -> UniqueWhere:
    """Return the rule that no two rows in use hold the same values; an archived one gives its own free."""
    return UniqueWhere(fields=columns, condition={"archived_at": None}, name=name)
