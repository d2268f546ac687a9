"""Texts that sales writes into tasks and notes, in the language of the dealer."""

from __future__ import annotations

from forecourt import Scope


def said(scope: Scope, key: str, english: str) -> str:
    """Return a text of the locale files."""
    return scope.text(key, english)
