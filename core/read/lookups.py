"""Which protected values a filter or a search looks up, in the forms in which the blind indexes know them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.catalog.catalog import Entity, ToManyField, ToOneField, ValueField
from core.data.fields import Protected
from core.errors import ForecourtError, Refusal, ValidationRefusal
from core.security.normalise import folded
from core.security.vault import Vault

_PHONE_END = re.compile(r"[0-9]{4}")
_END = re.compile(r"\w{4}")
_HIDDEN = "****"


class UncountedLookUpError(ForecourtError):
    """A statement looks a protected value up that nobody has counted and written into the access log."""

    code = "UNCOUNTED_LOOK_UP"


@dataclass(frozen=True, slots=True)
class LookUp:
    """One protected value that is looked up in one field.

    Attributes:
        place: The field, such as `ContactPoint.phone`.
        text: The value as it was written, with single blanks: equal texts are one value, wherever they are asked for.
        value: What the index is made of: the normalised value, or the last four characters.
        masked: What the access log shows.
    """

    place: str
    text: str
    value: str
    masked: str


@dataclass(frozen=True, slots=True)
class SearchTerm:
    """A part of a search that a blind index is asked for.

    Attributes:
        word: Which word it is, counted from 0; None for the text as a whole.
        by_end: Whether it is the last four characters.
    """

    field: Protected
    word: int | None
    value: str
    by_end: bool = False


def search_terms(entity: Entity, words: Sequence[str], vault: Vault) -> list[SearchTerm]:
    """Return what a search asks of the protected fields that it looks into.

    Where the whole text is one value (numbers are often written in groups of digits), its words are none.
    """
    found: list[SearchTerm] = []
    for column in entity.search:
        if column.protected is not None:
            found += _terms_of(column.protected, words, vault)
    return found


def _terms_of(field: Protected, words: Sequence[str], vault: Vault) -> list[SearchTerm]:
    if len(words) > 1 and (whole := _whole(field, " ".join(words), vault)) is not None:
        return [SearchTerm(field, None, whole)]
    found = []
    for place, word in enumerate(words):
        if field.last4 and _may_be_end(field, word):
            found.append(SearchTerm(field, place, word, by_end=True))
        if (value := _whole(field, word, vault)) is not None:
            found.append(SearchTerm(field, place, value))
    return found


def _whole(field: Protected, text: str, vault: Vault) -> str | None:
    """Return a text in its one form if a field may have it as its value."""
    if not field.search:
        return None
    try:
        return vault.normalise(field.kind, text)
    except ValidationRefusal:
        return None  # not a value of this kind, so no row has it


def _may_be_end(field: Protected, word: str) -> bool:
    return (_PHONE_END if field.kind == "phone" else _END).fullmatch(folded(word)) is not None


def in_search(entity: Entity, text: str, vault: Vault) -> list[LookUp]:
    """Return what a search looks up; where one of its words is a value, the text as a whole is no further one."""
    words = text.split()
    terms = search_terms(entity, words, vault)
    single = next((term.word for term in terms if term.word is not None), None)
    whole = " ".join(words) if single is None else words[single]
    return [
        _look_up(entity, term.field, whole if term.word is None else words[term.word], term.value, vault, term.by_end)
        for term in terms
    ]


def told_by(refusals: Sequence[Refusal], vault: Vault) -> list[LookUp]:
    """Return the protected values that refusals tell of."""
    found = {}
    for model, name, text in dict.fromkeys(one for refusal in refusals for one in refusal.tells_of):
        field: Protected = model.composites[name]  # type: ignore[attr-defined]  # a record's
        if (value := _whole(field, text, vault)) is not None:
            masked = vault.mask(field.kind, value)
            found[value] = LookUp(f"{model.__name__}.{name}", " ".join(text.split()), value, masked)
    return list(found.values())


def in_filter(entity: Entity, filter_: Mapping[str, Any], vault: Vault) -> Iterator[LookUp]:
    """Yield what a filter looks up, its alternatives, negations and relations included."""
    for key, value in filter_.items():
        if value is None or key == "id":
            continue
        if key in ("and", "or"):
            for part in value:
                yield from in_filter(entity, part, vault)
        elif key == "not":
            yield from in_filter(entity, value, vault)
        elif (field := entity.filters.get(key)) is not None:
            yield from _in_field(entity, field, value, vault)


def _in_field(entity: Entity, field: object, value: Mapping[str, Any], vault: Vault) -> Iterator[LookUp]:
    if isinstance(field, ToOneField):
        yield from in_filter(field.target, value, vault)
    elif isinstance(field, ToManyField):
        for inner in value.values():
            yield from in_filter(field.target, inner or {}, vault)
    elif isinstance(field, ValueField) and field.protected is not None:
        for name, given in value.items():
            for text in given if isinstance(given, list) else [given]:
                if isinstance(text, str):
                    yield from _asked(entity, field.protected, name, text, vault)


def _asked(entity: Entity, field: Protected, operator: str, text: str, vault: Vault) -> Iterator[LookUp]:
    written = " ".join(text.split())
    if operator == "last4":
        yield _look_up(entity, field, written, text, vault, True)
    elif (value := _whole(field, text, vault)) is not None:
        yield _look_up(entity, field, written, value, vault, False)


def _look_up(entity: Entity, field: Protected, text: str, value: str, vault: Vault, by_end: bool) -> LookUp:
    masked = f"{_HIDDEN}{folded(value)[-4:]}" if by_end else vault.mask(field.kind, value)
    return LookUp(f"{entity.name}.{field.name}", text, value, masked)
