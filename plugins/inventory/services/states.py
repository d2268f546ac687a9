"""The states of a vehicle in stock, and of what is done with it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from forecourt import BY_SYSTEM, StateMachine


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


_HOLD: Final = {VehicleState.ON_HOLD: "hold_vehicle"}
_RETIRE: Final = {
    VehicleState.RETURNED_TO_SUPPLIER: "return_vehicle_to_supplier",
    VehicleState.WRITTEN_OFF: "write_off_vehicle",
}

# What orders do with a vehicle is BY_SYSTEM here: their commands are another module's.
STOCK_VEHICLE: Final = StateMachine(
    {"en": "vehicle", "zh-CN": "车辆"},
    {
        VehicleState.ON_ORDER: {VehicleState.IN_TRANSIT: ("ship_vehicle", "receive_vehicle")},
        VehicleState.IN_TRANSIT: {
            VehicleState.IN_STOCK: "receive_vehicle",
            VehicleState.RESERVED: "receive_vehicle",  # reserved on its way: somebody waits for it
            VehicleState.ON_HOLD: "receive_vehicle",  # came damaged
        },
        VehicleState.IN_STOCK: {
            VehicleState.RESERVED: ("reserve_vehicle", "lift_hold", BY_SYSTEM),
            VehicleState.IN_TRANSFER: "transfer_vehicle",
            VehicleState.DEMO_USE: "change_vehicle_purpose",
            VehicleState.ON_HOLD: ("hold_vehicle", "take_in_vehicle"),
            **_RETIRE,
        },
        VehicleState.RESERVED: {
            VehicleState.IN_STOCK: ("release_reservation", "reserve_vehicle", BY_SYSTEM),  # a claim that ran out
            VehicleState.ALLOCATED: BY_SYSTEM,
            **_HOLD,
        },
        VehicleState.ALLOCATED: {
            VehicleState.DELIVERED: BY_SYSTEM,
            VehicleState.RESERVED: BY_SYSTEM,
            VehicleState.IN_STOCK: BY_SYSTEM,
        },
        VehicleState.IN_TRANSFER: {VehicleState.IN_STOCK: "receive_transfer"},
        VehicleState.DEMO_USE: {VehicleState.IN_STOCK: "change_vehicle_purpose"},
        VehicleState.ON_HOLD: {VehicleState.IN_STOCK: "lift_hold", **_RETIRE},
        VehicleState.DELIVERED: {VehicleState.RETURNED: BY_SYSTEM},
        VehicleState.RETURNED: {VehicleState.IN_STOCK: "restock_vehicle"},
        VehicleState.RETURNED_TO_SUPPLIER: {},
        VehicleState.WRITTEN_OFF: {},
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
    {"en": "reservation", "zh-CN": "预留"},
    {
        ReservationState.ACTIVE: {
            ReservationState.RELEASED: ("release_reservation", BY_SYSTEM),
            ReservationState.EXPIRED: (BY_SYSTEM, "reserve_vehicle"),  # where the job is late
            ReservationState.FULFILLED: (BY_SYSTEM, "reserve_vehicle"),  # a hard claim ends the same holder's soft one
        },
        ReservationState.RELEASED: {},
        ReservationState.EXPIRED: {},
        ReservationState.FULFILLED: {},
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


_CANCEL_FITTING: Final = {FittingState.CANCELLED: "cancel_fitting"}

FITTING: Final = StateMachine(
    {"en": "fitting job", "zh-CN": "加装任务"},
    {
        FittingState.REQUESTED: {
            FittingState.SCHEDULED: "schedule_fitting",
            FittingState.IN_PROGRESS: "start_fitting",
            **_CANCEL_FITTING,
        },
        FittingState.SCHEDULED: {FittingState.IN_PROGRESS: "start_fitting", **_CANCEL_FITTING},
        FittingState.IN_PROGRESS: {FittingState.QC: "finish_fitting", **_CANCEL_FITTING},
        FittingState.QC: {FittingState.DONE: "complete_fitting", FittingState.REWORK: "reject_fitting"},
        FittingState.REWORK: {FittingState.IN_PROGRESS: "start_fitting", **_CANCEL_FITTING},
        FittingState.DONE: {},
        FittingState.CANCELLED: {},
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
    {"en": "inspection", "zh-CN": "交付前检查"},
    {
        PdiState.PENDING: {PdiState.IN_PROGRESS: ("start_pdi", "pass_pdi")},
        PdiState.IN_PROGRESS: {PdiState.PASSED: ("finish_pdi", "pass_pdi"), PdiState.FAILED: "finish_pdi"},
        PdiState.FAILED: {PdiState.REWORK: "rework_pdi"},
        PdiState.REWORK: {},
        PdiState.PASSED: {},
    },
)


class TransferState(StrEnum):
    """Where a vehicle is on its way between two places of the group."""

    DISPATCHED = "DISPATCHED"
    RECEIVED = "RECEIVED"
    RETURNED = "RETURNED"


TRANSFER: Final = StateMachine(
    {"en": "transfer", "zh-CN": "调拨"},
    {
        TransferState.DISPATCHED: {
            TransferState.RECEIVED: "receive_transfer",
            TransferState.RETURNED: "receive_transfer",
        },
        TransferState.RECEIVED: {},
        TransferState.RETURNED: {},
    },
)
