"""State machines as data."""

from __future__ import annotations

from enum import StrEnum

import pytest

from core.errors import TransitionRefusal
from core.state import StateMachine

pytestmark = pytest.mark.once


class Light(StrEnum):
    RED = "RED"
    GREEN = "GREEN"
    BROKEN = "BROKEN"


LIGHT = StateMachine(
    "the light", {Light.RED: (Light.GREEN, Light.BROKEN), Light.GREEN: (Light.RED, Light.BROKEN), Light.BROKEN: ()}
)


def test_move_in_the_table_passes_for_names_and_members_alike() -> None:
    LIGHT.check(Light.RED, Light.GREEN)
    LIGHT.check("RED", "GREEN")
    assert LIGHT.may("GREEN", Light.RED)


@pytest.mark.parametrize(
    ("state", "to", "allowed"),
    [
        ("BROKEN", "RED", ()),
        ("RED", "RED", ("GREEN", "BROKEN")),
        ("BLUE", "RED", ()),
        ("GREEN", "BLUE", ("RED", "BROKEN")),
    ],
)
def test_move_outside_the_table_is_refused_with_what_would_be_right(
    state: str, to: str, allowed: tuple[str, ...]
) -> None:
    with pytest.raises(TransitionRefusal) as caught:
        LIGHT.check(state, to)
    assert caught.value.details == {"what": "the light", "from_": state, "to": to, "allowed": allowed}


def test_machine_tells_where_rows_begin_and_end_and_come_from() -> None:
    assert LIGHT.initial == (Light.RED,)
    assert LIGHT.final == (Light.BROKEN,)
    assert LIGHT.states == (Light.RED, Light.GREEN, Light.BROKEN)
    assert LIGHT.sources("BROKEN") == (Light.RED, Light.GREEN)


def test_move_to_a_state_without_a_row_in_the_table_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="the states of x lack B, C"):
        StateMachine("x", {"A": ("B",)}, initial=("C",))
