"""The texts of a row on their way to the database: in one Unicode form, and folded beside it for searches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from tortoise.fields import Field

from core.data.fields import CharField, TextField
from core.kinds.folding import composed, folded
from core.kinds.kind import kind_of
from core.kinds.texts import FOLDED

MOST_INDEXED: Final = 600
"""Characters of a folded text that is indexed: PostgreSQL's indexes have room for 2,704 bytes."""


class KeptText(NamedTuple):
    """A text of a model.

    Attributes:
        search: The attribute of its folded form; empty where there is none.
        folded: It is kept folded itself.
        indexed: Whether that has an index, for which it may be cut.
    """

    name: str
    search: str
    folded: bool
    indexed: bool


def kept_texts(attributes: Mapping[str, Any]) -> Sequence[KeptText]:
    """Return the texts among the attributes of a model's class."""
    return tuple(_kept(name, field) for name, field in attributes.items() if isinstance(field, CharField | TextField))


def code_lists(attributes: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the code list of each attribute of a model's class that holds codes."""
    fields = ((name, field) for name, field in attributes.items() if isinstance(field, Field))
    return {name: kind_of(field).codes for name, field in fields if kind_of(field).codes}


def _kept(name: str, field: CharField[Any] | TextField) -> KeptText:
    length = getattr(field, "max_length", None)
    indexed = field.searched and length is not None and length <= MOST_INDEXED
    return KeptText(name, f"{name}_{FOLDED}" if field.searched else "", field.folded, indexed)


def settle_texts(texts: Sequence[KeptText], values: dict[str, Any], before: Mapping[str, Any]) -> None:
    """Bring texts into the form in which they are kept, and set their folded forms.

    Args:
        values: By attribute; changed in place.
        before: What the row was loaded with; texts that are still the same are left alone.
    """
    for name, search, is_folded, indexed in texts:
        if name not in values or (name in before and values[name] == before[name]):
            continue
        value = values[name]
        if type(value) is str:
            values[name] = folded(value) if is_folded else composed(value)
        if search:
            form = None if value is None else folded(value)
            values[search] = form[:MOST_INDEXED] if form and indexed else form
