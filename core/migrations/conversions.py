"""Which changes of a column's type keep every value, on both databases."""

from __future__ import annotations

import re
from typing import Final

from core.migrations.errors import MigrationError
from core.migrations.table import TableColumn

_INTEGERS: Final = frozenset({"SmallIntField", "IntField", "BigIntField"})
_TEXTS: Final = frozenset({"CharField", "TextField"})
_ALLOWED: Final = (
    (_INTEGERS, _INTEGERS),
    (_TEXTS, _TEXTS),
    (_INTEGERS, _TEXTS),
    (_TEXTS, _INTEGERS),
    (_INTEGERS, frozenset({"FloatField"})),
    (frozenset({"BooleanField"}), _INTEGERS),
    (frozenset({"UUIDField"}), _TEXTS),
)
_LIMITS: Final = {"SmallIntField": 2**15, "IntField": 2**31, "BigIntField": 2**63}


def convertible(old: str, new: str) -> bool:
    """Tell whether values of one kind of field can become another's; too long or too large ones are refused then."""
    return old == new or any(old in before and new in after for before, after in _ALLOWED)


def require_convertible(old: TableColumn, new: TableColumn) -> None:
    """Refuse a change of type that would change values.

    Raises:
        MigrationError: There is no safe conversion, or the column is the key.
    """
    if old.type == new.type and old.kind == new.kind:
        return
    if old.primary or new.primary:
        raise MigrationError(f"the type of the primary key {new.name} can't be changed")
    if not convertible(old.kind, new.kind):
        raise MigrationError(
            f"{new.name} can't be changed from {old.kind} to {new.kind}; add a new field, fill it with RunPython, "
            "and remove the old one"
        )


def misfit_sql(old: TableColumn, new: TableColumn) -> str | None:
    """Return the condition of rows whose value does not fit the new type.

    PostgreSQL refuses such values itself; SQLite, which enforces no type, would keep them.
    """
    place = f'"{new.name}"'
    if new.kind in _LIMITS and new.kind != old.kind:
        limit = _LIMITS[new.kind]
        return f"{place} IS NOT NULL AND (typeof({place}) <> 'integer' OR {place} NOT BETWEEN -{limit} AND {limit - 1})"
    length = re.fullmatch(r"VARCHAR\((\d+)\)", new.type)
    if length and new.type != old.type:
        return f"length({place}) > {length[1]}"
    return None
