"""How a vehicle moves between order and delivery."""

from __future__ import annotations

import pytest

from plugins.inventory.services.states import CLOSED_STATES, STOCK_VEHICLE, VehicleState

pytestmark = pytest.mark.once


def test_vehicle_is_not_delivered_past_its_order() -> None:
    assert STOCK_VEHICLE.sources(VehicleState.DELIVERED) == (VehicleState.ALLOCATED,)


def test_final_states_end_the_stay_in_stock() -> None:
    assert set(STOCK_VEHICLE.final) <= CLOSED_STATES
