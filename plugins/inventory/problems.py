"""What clients read of refusals that have something of their own to say."""

from __future__ import annotations

from forecourt.graphql import Problem, problem
from plugins.inventory.services.refusals import SlotOccupiedError, VehicleNotAvailableError
from plugins.inventory.services.states import VehicleState
from plugins.inventory.types.vehicles import Reservation, StockVehicle


@problem(VehicleNotAvailableError)
class VehicleNotAvailableProblem(Problem):
    """The vehicle is reserved, on hold, sold or retired."""

    vehicle: StockVehicle
    """The vehicle as it is now."""
    state: VehicleState
    """What keeps it from being available; RESERVED also for one that is promised while it is on its way."""
    reservation: Reservation
    """The reservation that holds it; null if none does, or the caller may not see it."""


@problem(SlotOccupiedError)
class SlotOccupiedProblem(Problem):
    """Another vehicle stands in this slot of the warehouse."""

    slot: str
    """The slot that was named."""
    occupied_by: StockVehicle
    """The vehicle that stands there; null if it left meanwhile, or the caller may not see it."""
