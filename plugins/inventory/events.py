"""What inventory tells the other modules."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from forecourt import Event


class VehicleReceived(Event):
    """A vehicle has come into stock."""

    type: ClassVar[str] = "inventory.vehicle_received"
    aggregate: ClassVar[str] = "vehicle_id"

    vehicle_id: UUID
    vehicle_identity_id: UUID
    trim_id: UUID
    warehouse_id: UUID
    on_hold: bool


class VehicleReserved(Event):
    """Somebody has a claim to a vehicle."""

    type: ClassVar[str] = "inventory.vehicle_reserved"
    aggregate: ClassVar[str] = "vehicle_id"

    vehicle_id: UUID
    reservation_id: UUID
    holder_ref: str
    kind: str


class ReservationReleased(Event):
    """A claim has ended without a delivery.

    Attributes:
        state: RELEASED, or EXPIRED if its time was up.
    """

    type: ClassVar[str] = "inventory.reservation_released"
    aggregate: ClassVar[str] = "vehicle_id"

    vehicle_id: UUID
    reservation_id: UUID
    holder_ref: str
    kind: str
    state: str


class VehicleAllocated(Event):
    """An order has got its vehicle."""

    type: ClassVar[str] = "inventory.vehicle_allocated"
    aggregate: ClassVar[str] = "vehicle_id"

    vehicle_id: UUID
    holder_ref: str


class VehicleStateChanged(Event):
    """A vehicle in stock stands elsewhere between order and delivery."""

    type: ClassVar[str] = "inventory.vehicle_state_changed"
    aggregate: ClassVar[str] = "vehicle_id"

    vehicle_id: UUID
    from_state: str
    to_state: str


class PdiPassed(Event):
    """A vehicle may be delivered as far as its inspection goes."""

    type: ClassVar[str] = "inventory.pdi_passed"
    aggregate: ClassVar[str] = "vehicle_id"

    vehicle_id: UUID
    inspection_id: UUID


class FittingDone(Event):
    """A fitting job is done and checked.

    Attributes:
        open_jobs: How many other jobs on the vehicle are not done yet.
    """

    type: ClassVar[str] = "inventory.fitting_done"
    aggregate: ClassVar[str] = "vehicle_id"

    vehicle_id: UUID
    fitting_job_id: UUID
    charge: str
    open_jobs: int


class StockMoved(Event):
    """A movement has been posted."""

    type: ClassVar[str] = "inventory.stock_moved"
    aggregate: ClassVar[str] = "movement_id"

    movement_id: UUID
    kind: str
    source_ref: str
    reverses_id: UUID | None = None
