"""The ledger as the API shows it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from forecourt import Money
from forecourt.graphql import Connection, Store, computed, entity, extend, field
from plugins.inventory import rights
from plugins.inventory.models.ledger import MovementLine as MovementLineRow
from plugins.inventory.models.ledger import StockBalance as StockBalanceRow
from plugins.inventory.models.ledger import StockMovement as StockMovementRow
from plugins.inventory.services.kinds import MovementKind
from plugins.inventory.types.catalogue import Item
from plugins.inventory.types.vehicles import StockVehicle, Warehouse


@entity(
    StockMovementRow,
    search=["doc_no", "source_ref"],
    filter=["doc_no", "kind", "source_ref", "posted_at", "posted_on", "reverses", "store"],
    order=["posted_at", "doc_no"],
    create=False,
)
class StockMovement:
    """A posted document of the ledger; it never changes, its mirror takes it back."""

    store: Store
    """The store that posted it."""
    doc_no: str
    """Number of the document, unique within the store."""
    kind: MovementKind
    """Why stock moved."""
    source_ref: str
    """What caused it; one cause moves stock once."""
    posted_at: datetime
    """When it was posted."""
    posted_on: date
    """The store's business day that it counts to."""
    note: str
    """What to know about it."""
    reverses: StockMovement | None
    """The movement that this one takes back."""


@extend(StockMovement)
class MovementReversal:
    reversals: Connection[StockMovement]
    """The mirror that took it back, if there is one."""


@entity(
    MovementLineRow,
    filter=["movement", "vehicle", "item", "source", "target"],
    order=["line_no"],
    create=False,
    visible_through="movement",
)
class MovementLine:
    """What a movement carries of one thing from one place to another."""

    movement: StockMovement
    """The document."""
    line_no: int
    """Its place in the document, from 1."""
    vehicle: StockVehicle | None
    """The vehicle that moves, if it is one."""
    item: Item | None
    """The item that moves, if it is one."""
    quantity_milli: int
    """Thousandths of the unit; 1000 for a vehicle, 0 where its value changes alone."""
    source: Warehouse
    """Where it leaves."""
    target: Warehouse
    """Where it arrives."""
    value: Money = field(permission=rights.COST)
    """What goes with it, at cost."""

    @computed
    @staticmethod
    def quantity(quantity_milli: int) -> Decimal:
        """How much moves, in the item's unit."""
        return Decimal(quantity_milli) / 1000


@extend(StockMovement, filter=["lines"])
class MovementLines:
    lines: Connection[MovementLine]
    """What it carries."""


@extend(StockVehicle)
class VehicleMovements:
    movement_lines: Connection[MovementLine]
    """Every step of the vehicle through the ledger."""


@entity(
    StockBalanceRow,
    filter=["warehouse", "vehicle", "item", "quantity_milli"],
    order=["quantity_milli"],
    create=False,
    update=False,
    archive=False,
)
class StockBalance:
    """What one place holds of one thing."""

    warehouse: Warehouse
    """The place."""
    vehicle: StockVehicle | None
    """The vehicle, if it is one."""
    item: Item | None
    """The item, if it is one."""
    quantity_milli: int
    """Thousandths of the unit; below zero at suppliers and customers, where all comes from."""
    value: Money = field(permission=rights.COST)
    """What it has cost."""

    @computed
    @staticmethod
    def quantity(quantity_milli: int) -> Decimal:
        """How much is there, in the item's unit."""
        return Decimal(quantity_milli) / 1000


@extend(Item)
class ItemBalances:
    balances: Connection[StockBalance]
    """How much of it is where."""


@extend(Warehouse)
class WarehouseBalances:
    balances: Connection[StockBalance]
    """What is there."""
