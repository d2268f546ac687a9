"""What inventory refuses, each with a code of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from forecourt import ConflictRefusal, PreconditionRefusal, ValidationRefusal

if TYPE_CHECKING:
    from plugins.inventory.models.vehicles import Reservation, StockVehicle
    from plugins.inventory.services.states import VehicleState


class VehicleNotAvailableError(ConflictRefusal):
    """The vehicle is reserved, sold or retired."""

    code: ClassVar[str] = "VEHICLE_NOT_AVAILABLE"

    def __init__(self, vehicle: StockVehicle, state: VehicleState, reservation: Reservation | None = None) -> None:
        super().__init__(
            f"vehicle {vehicle.stock_no} is {state}, not available",
            stock_no=vehicle.stock_no,
            vehicle=vehicle,
            state=state,
            reservation=reservation,
        )


class SlotOccupiedError(ConflictRefusal):
    """Another vehicle stands in this slot of the warehouse."""

    code: ClassVar[str] = "SLOT_OCCUPIED"

    def __init__(self, slot: str, occupied_by: StockVehicle | None) -> None:
        message = f"another vehicle stands in the slot {slot}; name a free one"
        super().__init__(message, path=("slot",), slot=slot, occupied_by=occupied_by)


class NotReservedForError(ConflictRefusal):
    """Somebody means to use a claim that he doesn't have."""

    code: ClassVar[str] = "NOT_RESERVED_FOR"

    def __init__(self, stock_no: str) -> None:
        super().__init__(f"vehicle {stock_no} is not reserved for this; reserve it first", stock_no=stock_no)


class VinMismatchError(ValidationRefusal):
    """The VIN read at the vehicle isn't that of the order or notice."""

    code: ClassVar[str] = "VIN_MISMATCH"

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(
            f"the VIN {found} was read, but {expected} was announced", path=("vin",), expected=expected, found=found
        )


class OdometerBackwardsError(ValidationRefusal):
    """A reading is below an earlier one."""

    code: ClassVar[str] = "ODOMETER_BACKWARDS"

    def __init__(self, before_km: int, found_km: int) -> None:
        super().__init__(
            f"the odometer was at {before_km} km already, so it can't be at {found_km} km",
            path=("odometerKm",),
            before_km=before_km,
            found_km=found_km,
        )


class NotEnoughStockError(ConflictRefusal):
    """A place holds less than is to be taken from it."""

    code: ClassVar[str] = "NOT_ENOUGH_STOCK"

    def __init__(self, what: str, place: str) -> None:
        super().__init__(f"{place} does not hold enough of {what}", what=what, place=place)


class WarehouseFullError(ConflictRefusal):
    """No vehicle more fits in."""

    code: ClassVar[str] = "WAREHOUSE_FULL"

    def __init__(self, place: str, capacity: int | None) -> None:
        super().__init__(f"{place} is full with {capacity} vehicles", place=place, capacity=capacity)


class PdiNotPassedError(PreconditionRefusal):
    """The vehicle has no inspection that is passed and fresh."""

    code: ClassVar[str] = "PDI_NOT_PASSED"

    def __init__(self, stock_no: str, state: str) -> None:
        super().__init__(
            f"vehicle {stock_no} needs a fresh, passed inspection; its inspection is {state}",
            stock_no=stock_no,
            state=state,
        )


class FittingOpenError(PreconditionRefusal):
    """Something is still to be built in."""

    code: ClassVar[str] = "FITTING_OPEN"

    def __init__(self, stock_no: str) -> None:
        super().__init__(f"vehicle {stock_no} has fitting jobs that are not done", stock_no=stock_no)


class CertificatePledgedError(PreconditionRefusal):
    """The certificate of conformity lies with a bank."""

    code: ClassVar[str] = "CERTIFICATE_PLEDGED"

    def __init__(self, stock_no: str) -> None:
        super().__init__(f"the certificate of vehicle {stock_no} is pledged; redeem it first", stock_no=stock_no)


class InspectorIsFitterError(PreconditionRefusal):
    """Who fitted something may not inspect the vehicle."""

    code: ClassVar[str] = "INSPECTOR_IS_FITTER"

    def __init__(self) -> None:
        super().__init__("who fitted something to this vehicle can't inspect it; another person must")


class NoPriceError(PreconditionRefusal):
    """The trim has no price on that day."""

    code: ClassVar[str] = "NO_PRICE"

    def __init__(self, day: str) -> None:
        super().__init__(f"this trim has no price on {day}", day=day)
