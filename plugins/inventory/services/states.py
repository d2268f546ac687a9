"""The states of a vehicle in stock."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from forecourt import StateMachine


class VehicleState(StrEnum):
    """Where a stock vehicle stands between order and delivery."""

    ON_ORDER = "ON_ORDER"
    IN_TRANSIT = "IN_TRANSIT"
    IN_STOCK = "IN_STOCK"
    RESERVED = "RESERVED"
    ALLOCATED = "ALLOCATED"
    DELIVERED = "DELIVERED"
    IN_TRANSFER = "IN_TRANSFER"
    DEMO_USE = "DEMO_USE"
    ON_HOLD = "ON_HOLD"
    RETURNED = "RETURNED"
    RETURNED_TO_SUPPLIER = "RETURNED_TO_SUPPLIER"
    WRITTEN_OFF = "WRITTEN_OFF"


STOCK_VEHICLE: Final = StateMachine(
    "the vehicle",
    {
        VehicleState.ON_ORDER: (VehicleState.IN_TRANSIT,),
        VehicleState.IN_TRANSIT: (
            VehicleState.IN_STOCK,
            VehicleState.RESERVED,  # reserved on its way: somebody waits for it
            VehicleState.ON_HOLD,  # came damaged
        ),
        VehicleState.IN_STOCK: (
            VehicleState.RESERVED,
            VehicleState.IN_TRANSFER,
            VehicleState.DEMO_USE,
            VehicleState.ON_HOLD,
            VehicleState.RETURNED_TO_SUPPLIER,
            VehicleState.WRITTEN_OFF,
        ),
        VehicleState.RESERVED: (VehicleState.IN_STOCK, VehicleState.ALLOCATED, VehicleState.ON_HOLD),
        VehicleState.ALLOCATED: (VehicleState.DELIVERED, VehicleState.RESERVED, VehicleState.IN_STOCK),
        VehicleState.IN_TRANSFER: (VehicleState.IN_STOCK,),
        VehicleState.DEMO_USE: (VehicleState.IN_STOCK,),
        VehicleState.ON_HOLD: (
            VehicleState.IN_STOCK,
            VehicleState.RETURNED_TO_SUPPLIER,
            VehicleState.WRITTEN_OFF,
        ),
        VehicleState.DELIVERED: (VehicleState.RETURNED,),
        VehicleState.RETURNED: (VehicleState.IN_STOCK,),
        VehicleState.RETURNED_TO_SUPPLIER: (),
        VehicleState.WRITTEN_OFF: (),
    },
    # A trade-in, or stock taken over from another system, has been neither ordered nor on its way.
    initial=(VehicleState.ON_ORDER, VehicleState.IN_TRANSIT, VehicleState.IN_STOCK),
)

# A stock episode in one of these is over: the same vehicle may come in again.
CLOSED_STATES: Final = frozenset(
    {
        VehicleState.DELIVERED,
        VehicleState.RETURNED_TO_SUPPLIER,
        VehicleState.WRITTEN_OFF,
    }
)


class ReservationState(StrEnum):
    """Whether a reservation still holds its vehicle."""

    ACTIVE = "ACTIVE"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"
    FULFILLED = "FULFILLED"


RESERVATION: Final = StateMachine(
    "the reservation",
    {
        ReservationState.ACTIVE: (ReservationState.RELEASED, ReservationState.EXPIRED, ReservationState.FULFILLED),
        ReservationState.RELEASED: (),
        ReservationState.EXPIRED: (),
        ReservationState.FULFILLED: (),
    },
)


class FittingState(StrEnum):
    """How far a fitting job is."""

    REQUESTED = "REQUESTED"
    SCHEDULED = "SCHEDULED"
    IN_PROGRESS = "IN_PROGRESS"
    QC = "QC"
    REWORK = "REWORK"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


FITTING: Final = StateMachine(
    "the fitting job",
    {
        FittingState.REQUESTED: (FittingState.SCHEDULED, FittingState.IN_PROGRESS, FittingState.CANCELLED),
        FittingState.SCHEDULED: (FittingState.IN_PROGRESS, FittingState.CANCELLED),
        FittingState.IN_PROGRESS: (FittingState.QC, FittingState.CANCELLED),
        FittingState.QC: (FittingState.DONE, FittingState.REWORK),
        FittingState.REWORK: (FittingState.IN_PROGRESS, FittingState.CANCELLED),
        FittingState.DONE: (),
        FittingState.CANCELLED: (),
    },
)


class PdiState(StrEnum):
    """How far a pre-delivery inspection is; a failed one is followed by a new round."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    PASSED = "PASSED"
    FAILED = "FAILED"
    REWORK = "REWORK"


PDI: Final = StateMachine(
    "the inspection",
    {
        PdiState.PENDING: (PdiState.IN_PROGRESS,),
        PdiState.IN_PROGRESS: (PdiState.PASSED, PdiState.FAILED),
        PdiState.FAILED: (PdiState.REWORK,),
        PdiState.REWORK: (),
        PdiState.PASSED: (),
    },
)


class TransferState(StrEnum):
    """Where a vehicle is on its way between two places of the group."""

    DISPATCHED = "DISPATCHED"
    RECEIVED = "RECEIVED"
    RETURNED = "RETURNED"


TRANSFER: Final = StateMachine(
    "the transfer",
    {
        TransferState.DISPATCHED: (TransferState.RECEIVED, TransferState.RETURNED),
        TransferState.RECEIVED: (),
        TransferState.RETURNED: (),
    },
)
