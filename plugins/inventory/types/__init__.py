"""What the API shows of inventory."""

from plugins.inventory.types.catalogue import Brand, ColorCode, Item, PriceItem, Series, Trim
from plugins.inventory.types.ledger import MovementLine, StockBalance, StockMovement
from plugins.inventory.types.preparation import FittingJob, FittingLine, PdiInspection, VehicleTransfer
from plugins.inventory.types.vehicles import GroupStock, Reservation, StockVehicle, VehicleIdentity, Warehouse
