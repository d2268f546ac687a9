"""State machines as data."""

from __future__ import annotations

from enum import StrEnum

import pytest

from core.errors import TransitionRefusal
from core.state import BY_SYSTEM, Move, StateMachine

pytestmark = pytest.mark.once

TITLE = {"en": "light", "zh-CN": "信号灯"}


class Light(StrEnum):
    RED = "RED"
    GREEN = "GREEN"
    BROKEN = "BROKEN"


LIGHT = StateMachine(
    TITLE,
    {
        Light.RED: {Light.GREEN: "go", Light.BROKEN: BY_SYSTEM},
        Light.GREEN: {Light.RED: ("stop", "stop_all", BY_SYSTEM), Light.BROKEN: BY_SYSTEM},
        Light.BROKEN: {},
    },
)


def test_move_in_the_table_passes_for_names_and_members_alike() -> None:
    LIGHT.check(Light.RED, Light.GREEN)
    LIGHT.check("RED", "GREEN")
    assert LIGHT.may("GREEN", Light.RED)


@pytest.mark.parametrize(
    ("state", "to", "allowed"),
    [
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
    assert caught.value.details.items() >= {"what": TITLE, "from_": state, "to": to, "allowed": allowed}.items()


def test_move_from_a_final_state_is_refused_as_such() -> None:
    with pytest.raises(TransitionRefusal, match="the light is BROKEN and can't become RED") as caught:
        LIGHT.check("BROKEN", "RED")
    assert caught.value.details["rule"] == "final"


def test_machine_tells_where_rows_begin_and_end_and_come_from() -> None:
    assert LIGHT.initial == (Light.RED,)
    assert LIGHT.final == (Light.BROKEN,)
    assert LIGHT.states == (Light.RED, Light.GREEN, Light.BROKEN)
    assert LIGHT.sources("BROKEN") == (Light.RED, Light.GREEN)


def test_machine_tells_which_commands_make_a_move() -> None:
    assert LIGHT.moves[Light.RED] == (
        Move(Light.RED, Light.GREEN, ("go",), by_system=False),
        Move(Light.RED, Light.BROKEN, (), by_system=True),
    )
    assert LIGHT.moves[Light.GREEN][0] == Move(Light.GREEN, Light.RED, ("stop", "stop_all"), by_system=True)


def test_move_to_a_state_without_a_row_in_the_table_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="the states of light lack BROKEN, GREEN"):
        StateMachine(TITLE, {Light.RED: {Light.GREEN: BY_SYSTEM}}, initial=(Light.BROKEN,))


def test_title_that_lacks_a_language_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="lacks a language"):
        StateMachine({"en": "light"}, {Light.RED: {}})
