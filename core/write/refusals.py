"""Several refusals at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from core.errors import Refusal


class Refusals(ExceptionGroup[Refusal]):
    """What is wrong with an input, all of it, so that a form can show it in one go.

    Args:
        refusals: At least one.
    """

    def __new__(cls, refusals: Sequence[Refusal]) -> Self:
        return super().__new__(cls, "the command was refused", refusals)

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__("the command was refused", refusals)

    def derive(self, excs: Sequence[Refusal]) -> Refusals:  # type: ignore[override]  # groups of other errors don't come from here
        return Refusals(excs)


def refusals_in(error: BaseException) -> tuple[Refusal, ...]:
    """Return the refusals that an error consists of; none when anything else is among them."""
    if isinstance(error, Refusal):
        return (error,)
    if not isinstance(error, BaseExceptionGroup):
        return ()
    found = [refusals_in(one) for one in error.exceptions]
    return tuple(refusal for part in found for refusal in part) if all(found) else ()
