"""Texts, and lists of them."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Annotated, Any, Final

import orjson
from pydantic import Field

from core.kinds.folding import composed
from core.kinds.kind import AS_IT_IS, Kind, Part, everywhere
from core.kinds.operators import (
    CONTAINS,
    CONTAINS_ALL,
    CONTAINS_ANY,
    EQUALITY,
    IS_EMPTY,
    IS_NULL,
    STARTS_WITH,
)
from core.kinds.values import json_text

FOLDED: Final = "search"
"""The suffix of the column that keeps a text in the form in which it is searched."""


@lru_cache(maxsize=256)
def text(*, max_length: int | None = None, searched: bool = False, folded: bool = False) -> Kind:
    """Return the kind of a text.

    Args:
        max_length: In characters.
        searched: Its folded form is kept in a column beside it.
        folded: It is kept in its folded form itself.
    """

    def parse(value: Any) -> str:
        if isinstance(value, Enum):
            value = value.value
        if not isinstance(value, str):
            raise TypeError(f"{value!r} is no text")
        return composed(value)

    def sample(number: int, _: datetime) -> str:
        return f"{number:x}"[:max_length]

    return Kind(
        family="text",
        python=str,
        parse=parse,
        scalar="String",
        filter="StringFilter",
        filter_text="Conditions on a text.",
        operators=(*EQUALITY, CONTAINS, STARTS_WITH, IS_NULL),
        ordered=True,
        searched=searched or folded,
        search_mend="the model keeps no folded form of it; give its field searched=True",
        folded=folded,
        grouped=True,
        leaves=everywhere(AS_IT_IS),
        json_sql="{}",
        parts=(Part(FOLDED, text()),) if searched else (),
        limits={} if max_length is None else {"max_length": max_length},
        sample=sample,
    )


def texts(*, max_length: int, most: int) -> Kind:
    """Return the kind of a list of texts, kept as JSON.

    Args:
        max_length: Of each, in characters.
        most: How many there may be.
    """

    def parse(value: Any) -> list[str]:
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
            raise TypeError(f"{value!r} is no list of texts")
        return [composed(one) for one in value]

    return Kind(
        family="texts",
        python=list[str],
        parse=parse,
        stored_as="list of texts",
        written=list[Annotated[str, Field(max_length=max_length)]],
        scalar="String",
        many=True,
        filter="StringListFilter",
        filter_text="Conditions on a list of texts.",
        operators=(CONTAINS_ANY, CONTAINS_ALL, IS_EMPTY, IS_NULL),
        bind=everywhere(json_text),
        read=everywhere(lambda value: orjson.loads(value) if isinstance(value, str) else value),
        json_sql="{}",
        limits={"max_length": most},
        sample=lambda number, _: [f"{number:x}"[:max_length]],
    )
