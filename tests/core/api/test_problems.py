"""What a refusal says to programs."""

from __future__ import annotations

import pytest

from core.api.problems import LimitProblem, PreconditionProblem, as_problem
from core.errors import LimitRefusal, PreconditionRefusal
from core.money import Money

pytestmark = pytest.mark.once


def english(_code: str, _details: object, message: str) -> str:
    return message


def test_what_is_missing_is_told_as_codes() -> None:
    told = as_problem(PreconditionRefusal("not yet", missing=("PAYMENT", "INVOICE")), english)
    assert isinstance(told, PreconditionProblem)
    assert told.missing == ["PAYMENT", "INVOICE"]
    # Some refusals name it in words, for people.
    assert as_problem(PreconditionRefusal("not yet", missing="a, b"), english).missing == []  # type: ignore[attr-defined]  # the kind is asserted above


def test_limit_says_how_much_and_who_may_allow_it() -> None:
    refusal = LimitRefusal("too much", amount=Money(9), limit=Money(5), reasons=("AMOUNT",), permissions=["a.b.c"])
    told = as_problem(refusal, english)
    assert isinstance(told, LimitProblem)
    amounts: list[object] = [told.amount, told.limit]
    assert amounts == [Money(9), Money(5)]
    assert (told.reasons, told.permissions) == (["AMOUNT"], ["a.b.c"])


def test_limit_that_is_no_money_has_no_amount() -> None:
    told = as_problem(LimitRefusal("too often", limit=3), english)
    assert isinstance(told, LimitProblem)
    assert (told.amount, told.limit, told.reasons, told.permissions) == (None, None, [], [])
