"""That torture can fail: each invariant that is broken on purpose is found in the history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.torture.checking import broken
from tests.torture.history import Call, Kind, State

A = "account-a"


def calls() -> list[Call]:
    """Return a history: two postings, a third that came to nothing, and two changes of name."""
    return [
        Call("w1-1", Kind.POST, A, amount=5, answers=[("p1", 1)], sent=1),
        Call("w1-2", Kind.POST, A, amount=7, answers=[("p2", 1), ("p2", 1)], sent=4),
        Call("w2-1", Kind.POST, A, amount=9, sent=1),
        Call("w2-2", Kind.RENAME, A, expected=3, answers=[(A, 4)], sent=1),
        Call("w2-3", Kind.RENAME, A, expected=3, refused="CONFLICT", sent=2),
    ]


def state() -> State:
    """Return what belongs to it."""
    return State(
        accounts={A: ("w2-2", 12, 4)},
        postings=[("w1-1", "p1", A, 5, "TP-S1-20261121-0001"), ("w1-2", "p2", A, 7, "TP-S1-20261121-0002")],
        echoes=["p1", "p2"],
        chores=["p2", "p1"],
        versions={A: [1, 2, 3, 4], "p1": [1], "p2": [1]},
        waiting=[],
        unsound=[],
    )


def test_nothing_is_wrong_with_a_history_that_is_right() -> None:
    assert broken(calls(), state()) == []


def doubled(found: State) -> State:
    return replace(
        found,
        accounts={A: ("w2-2", 17, 5)},
        postings=[*found.postings, ("w1-1", "p3", A, 5, "TP-S1-20261121-0003")],
        echoes=[*found.echoes, "p3"],
        chores=[*found.chores, "p3"],
        versions={**found.versions, A: [1, 2, 3, 4, 5], "p3": [1]},
    )


def lost(found: State) -> State:
    return replace(
        found,
        accounts={A: ("w2-2", 7, 4)},
        postings=[("w1-2", "p2", A, 7, "TP-S1-20261121-0001")],
        echoes=["p2"],
        chores=["p2"],
    )


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lost, "w1-1 was acknowledged and is lost"),
        (doubled, "w1-1 was done 2 times"),
        (lambda found: replace(found, accounts={A: ("w2-2", 11, 4)}), "holds 11, and its postings come to 12"),
        (lambda found: replace(found, accounts={A: ("x", 12, 4)}), "is called x, which nobody has asked for"),
        (lambda found: replace(found, echoes=["p1"]), "the posting p2 was never delivered"),
        (lambda found: replace(found, echoes=["p1", "p2", "p2"]), "the posting p2 was delivered 2 times"),
        (lambda found: replace(found, chores=["p1"]), "the posting p2 was never worked off"),
        (lambda found: replace(found, chores=["p1", "p2", "p3"]), "the posting p3 was worked off and is not there"),
        (lambda found: replace(found, versions={**found.versions, A: [1, 2, 4, 4]}), "with a gap or a twin"),
        (lambda found: replace(found, versions={**found.versions, A: [1, 2, 3]}), "the audit knows 3 changes"),
        (
            lambda found: replace(found, postings=[(*row[:4], "TP-S1-20261121-0002") for row in found.postings]),
            "have a gap or a twin",
        ),
        (lambda found: replace(found, waiting=["there are 2 leases of jobs"]), "there are 2 leases of jobs"),
        (lambda found: replace(found, unsound=["entry 3 has been changed"]), "entry 3 has been changed"),
    ],
)
def test_damage_is_found(damage: Callable[[State], State], told: str) -> None:
    assert any(told in line for line in broken(calls(), damage(state())))


@pytest.mark.parametrize(
    ("place", "damage", "told"),
    [
        (1, {"answers": [("p2", 1), ("p9", 1)]}, "answered with the posting p9, which is another one"),
        (1, {"refused": "CONFLICT", "answers": []}, "w1-2 was refused with CONFLICT and is done"),
        (2, {"faults": ["INTERNAL"]}, "the client of w2-1 saw INTERNAL"),
        (4, {"answers": [(A, 5)]}, "w2-2 and w2-3 have all changed version 3"),
    ],
)
def test_answer_that_was_wrong_is_found(place: int, damage: dict[str, object], told: str) -> None:
    history = calls()
    history[place] = replace(history[place], **damage)  # type: ignore[arg-type]  # each names fields of a call
    assert any(told in line for line in broken(history, state()))
