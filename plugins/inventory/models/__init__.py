"""The tables of inventory."""

from plugins.inventory.models.catalogue import Brand, ColorCode, Item, PriceItem, Series, Trim
from plugins.inventory.models.ledger import MovementLine, StockBalance, StockMovement
from plugins.inventory.models.preparation import FittingJob, FittingLine, PdiInspection, VehicleTransfer
from plugins.inventory.models.vehicles import Reservation, StockVehicle, VehicleIdentity, Warehouse

__all__ = [
    "Brand",
    "ColorCode",
    "FittingJob",
    "FittingLine",
    "Item",
    "MovementLine",
    "PdiInspection",
    "PriceItem",
    "Reservation",
    "Series",
    "StockBalance",
    "StockMovement",
    "StockVehicle",
    "Trim",
    "VehicleIdentity",
    "VehicleTransfer",
    "Warehouse",
]
