"""What can be told apart in stock, beside the states."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Powertrain(StrEnum):
    """What drives a vehicle."""

    ICE = "ICE"
    HEV = "HEV"
    PHEV = "PHEV"
    BEV = "BEV"
    EREV = "EREV"


class TrimStatus(StrEnum):
    """Whether a trim can still be ordered; a discontinued one stays valid for history."""

    ACTIVE = "ACTIVE"
    DISCONTINUED = "DISCONTINUED"


class ColorKind(StrEnum):
    """Where a colour is."""

    EXTERIOR = "EXTERIOR"
    INTERIOR = "INTERIOR"


class Condition(StrEnum):
    """How a vehicle came to be sold here: new, used, or driven as a demonstrator."""

    NEW = "NEW"
    USED = "USED"
    DEMO = "DEMO"


class Purpose(StrEnum):
    """What a vehicle in stock is there for."""

    SALE = "SALE"
    DISPLAY = "DISPLAY"
    TEST_DRIVE = "TEST_DRIVE"
    LOANER = "LOANER"


class WarehouseKind(StrEnum):
    """A place where stock is: physical, or virtual, so that whatever moves comes from somewhere."""

    WAREHOUSE = "WAREHOUSE"
    OUTLET = "OUTLET"
    WORKSHOP = "WORKSHOP"
    SUPPLIER = "SUPPLIER"
    TRANSIT = "TRANSIT"
    TRANSFER = "TRANSFER"
    CUSTOMER = "CUSTOMER"
    FITTED = "FITTED"
    SCRAP = "SCRAP"
    ADJUST = "ADJUST"


PHYSICAL: Final = frozenset({WarehouseKind.WAREHOUSE, WarehouseKind.OUTLET, WarehouseKind.WORKSHOP})
# What has never been here comes out of these, so that they may hold less than nothing.
ENDLESS: Final = frozenset({WarehouseKind.SUPPLIER, WarehouseKind.CUSTOMER, WarehouseKind.ADJUST})


class MovementKind(StrEnum):
    """Why stock moves."""

    DISPATCH = "DISPATCH"
    RECEIPT = "RECEIPT"
    ISSUE = "ISSUE"
    TRANSFER = "TRANSFER"
    RETURN_IN = "RETURN_IN"
    RETURN_OUT = "RETURN_OUT"
    ADJUST = "ADJUST"
    FIT = "FIT"
    UNFIT = "UNFIT"
    WRITE_OFF = "WRITE_OFF"
    REVALUE = "REVALUE"


class ItemKind(StrEnum):
    """What a stock item is."""

    ACCESSORY = "ACCESSORY"
    PART = "PART"
    MATERIAL = "MATERIAL"


class ReservationKind(StrEnum):
    """HARD takes the vehicle out of what is available; SOFT only says that somebody thinks of it."""

    SOFT = "SOFT"
    HARD = "HARD"


class FittingCharge(StrEnum):
    """Who bears a fitting: the customer, the house as a gift, or the vehicle's own cost."""

    CUSTOMER = "CUSTOMER"
    GIFT = "GIFT"
    CAPITALISE = "CAPITALISE"
