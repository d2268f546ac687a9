"""How texts are compared: in one Unicode form, and where case and width don't matter in one folded form."""

from __future__ import annotations

from unicodedata import is_normalized, normalize


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
