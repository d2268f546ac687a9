"""What is wrong with a declaration, found while the schema is made of it."""

from __future__ import annotations

from typing import Any

from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from core.catalog.declare import Info


class DeclarationError(Exception):
    """A class or function of a module can't become a part of the schema.

    Args:
        subject: The class or function; it says whose it is.
        message: What is wrong and what would be right.
    """

    def __init__(self, subject: Any, message: str) -> None:
        super().__init__(message)
        self.subject = subject
        self.message = message


def field_error(field: StrawberryField, owner: StrawberryObjectDefinition | None, error: Exception) -> DeclarationError:
    """Return the error for a field that Strawberry can't make."""
    resolver = field.base_resolver.wrapped_func if field.base_resolver is not None else None
    subject: Any = resolver or field.origin or (owner.origin if owner is not None else None)
    where = f"{owner.name}.{field.python_name}" if owner is not None else field.python_name
    mend = "every argument and the answer need a type that Strawberry knows"
    if resolver is not None and Info in getattr(resolver, "__annotations__", {}).values():
        mend = "Info is for commands, so take StrawberryInfo from forecourt.graphql"
    elif resolver is not None and "Info" in getattr(resolver, "__annotations__", {}).values():
        mend += "; Info is for commands, a resolver takes StrawberryInfo from forecourt.graphql"
    return DeclarationError(subject, f"the field {where} can't be made: {type(error).__name__}: {error}; {mend}")
