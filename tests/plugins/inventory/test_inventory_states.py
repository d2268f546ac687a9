"""How a vehicle moves between order and delivery."""

from __future__ import annotations

import itertools

import pytest

from forecourt import TransitionRefusal
from plugins.inventory.services.states import CLOSED_STATES, RESERVATION, STOCK_VEHICLE, ReservationState, VehicleState

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "path",
    [
        "ON_ORDER IN_TRANSIT IN_STOCK RESERVED ALLOCATED DELIVERED RETURNED IN_STOCK",
        "IN_TRANSIT RESERVED IN_STOCK IN_TRANSFER IN_STOCK DEMO_USE IN_STOCK ON_HOLD WRITTEN_OFF",
        "ALLOCATED RESERVED ON_HOLD IN_STOCK RETURNED_TO_SUPPLIER",
    ],
)
def test_usual_ways_are_open(path: str) -> None:
    states = path.split()
    for state, to in itertools.pairwise(states):
        STOCK_VEHICLE.check(state, to)


@pytest.mark.parametrize(
    ("state", "to"),
    [("IN_STOCK", "DELIVERED"), ("RESERVED", "DELIVERED"), ("DELIVERED", "IN_STOCK"), ("WRITTEN_OFF", "IN_STOCK")],
)
def test_vehicle_is_not_delivered_past_its_order(state: str, to: str) -> None:
    with pytest.raises(TransitionRefusal):
        STOCK_VEHICLE.check(state, to)


def test_every_state_is_in_the_table_and_final_ones_end_the_episode() -> None:
    assert set(STOCK_VEHICLE.states) == set(VehicleState)
    assert set(STOCK_VEHICLE.final) <= CLOSED_STATES


def test_ended_reservation_stays_ended() -> None:
    assert set(RESERVATION.final) == set(ReservationState) - {ReservationState.ACTIVE}
