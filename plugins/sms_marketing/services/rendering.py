"""From a template's text and what fills its blanks to what is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_BLANK: Final = re.compile(r"\{([a-z][a-z0-9_]{0,39})\}")
_LEFT_OVER: Final = re.compile(r"[{}]")
DEFAULT_LENGTH: Final = 20


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text, and which of its blanks are not filled as they should be."""

    text: str
    missing: tuple[str, ...] = ()
    too_long: tuple[str, ...] = ()


def blanks_of(body: str) -> tuple[str, ...]:
    """Return the names of a text's blanks, each once, in order."""
    return tuple(dict.fromkeys(_BLANK.findall(body)))


def has_stray_braces(body: str) -> bool:
    """Tell whether a text has a brace that belongs to no blank."""
    return _LEFT_OVER.search(_BLANK.sub("", body)) is not None


def render(
    body: str, variables: Mapping[str, int], filling: Mapping[str, str], *, signature: str, opt_out_text: str
) -> Rendered:
    """Return the text as it is sent: signature, filled body, opt-out text.

    Args:
        variables: The longest value of each blank, in characters.
    """
    names = blanks_of(body)
    text = _BLANK.sub(lambda blank: filling.get(blank[1], ""), body)
    return Rendered(
        f"【{signature}】{text}{opt_out_text}",
        tuple(name for name in names if not filling.get(name)),
        tuple(_too_long(names, variables, filling)),
    )


def _too_long(names: tuple[str, ...], variables: Mapping[str, int], filling: Mapping[str, str]) -> Iterator[str]:
    for name in names:
        if len(filling.get(name, "")) > variables.get(name, DEFAULT_LENGTH):
            yield name
