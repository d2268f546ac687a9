"""How service requests and planned maintenance move."""

from __future__ import annotations

import itertools

import pytest

from forecourt import StateMachine, TransitionRefusal
from plugins.aftersales.services.states import PLAN_ITEM, SERVICE_REQUEST, PlanItemState, RequestState

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("machine", "path"),
    [
        (
            SERVICE_REQUEST,
            "OPEN ASSIGNED IN_PROGRESS WAITING_PARTS IN_PROGRESS WAITING_CUSTOMER IN_PROGRESS RESOLVED CLOSED",
        ),
        (SERVICE_REQUEST, "RESOLVED REOPENED ASSIGNED CANCELLED"),
        (PLAN_ITEM, "PLANNED DUE APPOINTED DONE"),
        (PLAN_ITEM, "PLANNED DUE OVERDUE APPOINTED DUE SKIPPED"),
    ],
)
def test_usual_ways_are_open(machine: StateMachine[str], path: str) -> None:
    states = path.split()
    for state, to in itertools.pairwise(states):
        machine.check(state, to)


@pytest.mark.parametrize(
    ("machine", "state", "to"),
    [
        (SERVICE_REQUEST, "OPEN", "IN_PROGRESS"),
        (SERVICE_REQUEST, "IN_PROGRESS", "CLOSED"),
        (SERVICE_REQUEST, "RESOLVED", "CANCELLED"),
        (SERVICE_REQUEST, "CLOSED", "REOPENED"),
        (PLAN_ITEM, "DONE", "PLANNED"),
        (PLAN_ITEM, "OVERDUE", "PLANNED"),
    ],
)
def test_short_cuts_are_refused(machine: StateMachine[str], state: str, to: str) -> None:
    with pytest.raises(TransitionRefusal):
        machine.check(state, to)


def test_every_state_is_in_its_table() -> None:
    assert set(SERVICE_REQUEST.states) == set(RequestState)
    assert set(PLAN_ITEM.states) == set(PlanItemState)
