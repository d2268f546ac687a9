"""How texts are compared: in one Unicode form, and where case and width don't matter in one folded form."""

from __future__ import annotations

from typing import Any, Final
from unicodedata import is_normalized, normalize

from core.kinds.kind import Dialect

AFTER_ALL: Final = "\U0010ffff"
"""No character, and after all of them: what begins with a text lies between it and it with this behind."""
FOLDED_FORM: Final = "folded form of "
"""What migrations know of a column that keeps one, before the name of the text."""
SQL_FUNCTION: Final = "folded"
"""What `folded` is called on SQLite's connections."""


def composed(text: str) -> str:
    """Return a text in the Unicode form in which databases keep it (NFC): one of what looks the same."""
    return text if text.isascii() or is_normalized("NFC", text) else normalize("NFC", text)


def folded(text: str) -> str:
    """Return the form in which `contains`, `startsWith` and `search` compare texts: NFKC and casefold.

    So case and width make no difference in any script, `ß` is `ss`, and a letter with its mark is one letter.
    """
    if text.isascii():
        return text.lower()
    return normalize("NFKC", normalize("NFKC", text).casefold())


def folded_or_null(value: Any) -> Any:
    """Return the folded form of a text, and anything else as it is, as a function of SQLite has to."""
    return folded(value) if isinstance(value, str) else value


def folded_sql(dialect: Dialect, expression: str) -> str:
    """Return the folded form of a column that keeps none beside it; each row is folded for each question.

    PostgreSQL has no casefold before 18. What it makes differs from ours in Cherokee, in Greek with an iota below and
    in nine letters of old Cyrillic.
    """
    if dialect == "sqlite":
        return f"{SQL_FUNCTION}({expression})"
    lower = f'lower(normalize({expression}, NFKC) COLLATE "und-x-icu")'
    return f"replace(translate({lower}, 'ς', 'σ'), 'ß', 'ss') COLLATE \"C\""
