"""How configuration errors are told: the key, what is wrong, what would be right."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

Location = tuple[str | int, ...]

EXPECTED = {
    "int_type": "write a whole number",
    "float_type": "write a number",
    "string_type": "write text in quotes",
    "bytes_type": "write text in quotes",
    "bool_type": "write true or false",
    "tuple_type": 'write a list, such as ["a", "b"]',
    "list_type": 'write a list, such as ["a", "b"]',
    "mapping_type": "write a table",
    "dict_type": "write a table",
    "model_type": "write a table",
    "path_type": "write a path in quotes",
}
KINDS = {bool: "a truth value", int: "a number", float: "a number", str: "text", list: "a list", dict: "a table"}


def nearest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Return the known word that `word` was most likely meant to be; None when nothing is close.

    Args:
        cutoff: How alike the two must be, from 0 to 1.
    """
    by_fold = {one.casefold(): one for one in sorted(known)}
    begun = [one for one in by_fold if len(word) > 2 and one.startswith(word.casefold())]
    if len(begun) == 1:
        return by_fold[begun[0]]
    found = difflib.get_close_matches(word.casefold(), list(by_fold), n=1, cutoff=cutoff)
    return by_fold[found[0]] if found else None


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return "did you mean …?", or the whole choice when nothing is close."""
    choice = sorted(known)
    meant = nearest(word, choice)
    if meant is not None:
        return f"did you mean {meant}?"
    return f"there is {', '.join(choice)}" if choice else "there is none"


def key_path(location: Location) -> str:
    """Return a location as it is written in a TOML file: `dealers.north.modules[1]`."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def explain(
    error: ValidationError,
    model: type[BaseModel],
    shown: Callable[[Location], str],
    unread: Collection[Location] = (),
) -> list[str]:
    """Return one line per mistake.

    Args:
        model: What was validated.
        shown: LockQueues a location within the model into what the reader has to look for.
        unread: What could not be read, which is told already: that something is missing there would be untrue.
    """
    return [
        _explain_one(one, model, shown)
        for one in error.errors(include_url=False)
        if not (one["type"] == "missing" and any(one["loc"][: len(place)] == place for place in unread))
    ]


@dataclass(frozen=True, slots=True)
class _Target:
    """What a location leads to: the annotation, the field on the way to it, and whether it is kept out of messages."""

    annotation: Any
    field: FieldInfo | None
    secret: bool


def _explain_one(error: ErrorDetails, model: type[BaseModel], shown: Callable[[Location], str]) -> str:
    kind, location = error["type"], error["loc"]
    if location and location[-1] == "[key]":
        return f"{shown(location[:-1])} is not a valid name: {_rule(error)}"
    if kind == "extra_forbidden":
        owner = _target(model, location[:-1]).annotation
        # Some models get fields from elsewhere than the file; those are no keys to suggest.
        known = set(owner.model_fields) - getattr(owner, "not_written", frozenset())
        return f"{shown(location)} is unknown: {suggestion(str(location[-1]), known)}"
    target = _target(model, location)
    if kind == "missing":
        description = target.field.description if target.field else None
        return f"{shown(location)} is missing" + (f": {description}" if description else "")
    # A whole table may have secrets deeper in.
    if target.secret or (isinstance(error["input"], dict) and error["input"] and kind not in EXPECTED):
        return f"{shown(location)} is not valid: {_rule(error)}"
    return f"{shown(location)} is {_value(error['input'], kind)}: {_rule(error)}"


def _rule(error: ErrorDetails) -> str:
    kind = error["type"]
    context = error.get("ctx", {})
    if kind in EXPECTED:
        return EXPECTED[kind]
    if kind == "literal_error":
        return f"write {context['expected']}"
    if kind == "value_error":
        return str(context["error"])
    if kind == "too_short":
        return f"write {context['min_length']} at least"
    if kind == "string_pattern_mismatch":
        return f"it must match {context['pattern']}"
    return error["msg"][:1].lower() + error["msg"][1:]


def _value(value: object, kind: str) -> str:
    if kind in EXPECTED and isinstance(value, (list, dict)):
        return KINDS[type(value)]
    text = repr(value)
    text = text if len(text) <= 60 else f"{text[:59]}…"
    return f"{KINDS[type(value)]}, {text}" if kind in EXPECTED and type(value) in KINDS else text


def _target(model: type[BaseModel], location: Location) -> _Target:
    annotation: Any = model
    field: FieldInfo | None = None
    secret = False
    for part in location:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            field = annotation.model_fields.get(str(part))
            if field is None:
                return _Target(None, None, secret)
            secret = secret or not field.repr
            annotation = _inner(field.annotation)
        else:
            annotation = _item(annotation, part)
    return _Target(annotation, field, secret)


def _inner(annotation: Any) -> Any:
    """Return the annotation without `| None`."""
    options = [one for one in get_args(annotation) if one is not type(None)]
    return options[0] if type(None) in get_args(annotation) and options else annotation


def _item(annotation: Any, part: str | int) -> Any:
    arguments = [one for one in get_args(annotation) if one is not Ellipsis]
    if not arguments:
        return None
    return arguments[0] if isinstance(part, int) else arguments[-1]
