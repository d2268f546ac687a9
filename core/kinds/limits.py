"""What values of a kind may be at all: for inputs, for who reads of them, and for the database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from core.kinds.kind import Kind


def limited(kind: Kind, *, at_least: Any = None, at_most: Any = None, min_length: int = 0) -> Kind:
    """Return a kind with narrower limits.

    Args:
        at_least: The least value.
        at_most: The largest value.
        min_length: The fewest characters of a text.
    """
    given = {"ge": at_least, "le": at_most, "min_length": min_length or None}
    limits = {name: value for name, value in given.items() if value is not None}
    if not limits:
        return kind
    signs = {"ge": ">=", "le": "<="}
    checks = [f"{{0}} {signs[name]} {kind.stored('sqlite', limits[name])}" for name in signs if name in limits]
    checks += [f"length({{0}}) >= {min_length}"] if min_length else []

    def sample(number: int, now: datetime) -> Any:
        value = kind.sample(number, now)
        if min_length:
            return value.rjust(min_length, "0")
        least, most = (None if limit is None else kind.parse(limit) for limit in (at_least, at_most))
        value = value if least is None else max(value, least)
        return value if most is None else min(value, most)

    return replace(kind, limits={**kind.limits, **limits}, check_sql=" AND ".join(checks), sample=sample)


def limits_text(kind: Kind) -> str:
    """Return what an input says of the limits of its values; empty where there are none."""
    return " ".join(_sentences(kind))


def _sentences(kind: Kind) -> Iterator[str]:
    limits = kind.limits
    if "max_digits" in limits:
        yield f"At most {limits['max_digits']} digits, {limits['decimal_places']} of them after the point."
    if "ge" in limits and "le" in limits:
        yield f"From {limits['ge']} to {limits['le']}."
    elif "ge" in limits:
        yield f"At least {limits['ge']}."
    elif "le" in limits:
        yield f"At most {limits['le']}."
    what = "entries" if kind.many else "characters"
    if "min_length" in limits:
        yield f"{limits['min_length']} to {limits['max_length']} {what}."
    elif "max_length" in limits:
        yield f"At most {limits['max_length']} {what}."
