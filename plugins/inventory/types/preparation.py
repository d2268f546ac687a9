"""Fitting, inspection and transfer as the API shows them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from forecourt import Money
from forecourt.graphql import Connection, User, computed, entity, extend, field
from plugins.inventory import rights
from plugins.inventory.models.preparation import FittingJob as FittingJobRow
from plugins.inventory.models.preparation import FittingLine as FittingLineRow
from plugins.inventory.models.preparation import PdiInspection as PdiInspectionRow
from plugins.inventory.models.preparation import VehicleTransfer as VehicleTransferRow
from plugins.inventory.services.kinds import FittingCharge
from plugins.inventory.services.states import FittingState, PdiState, TransferState
from plugins.inventory.types.catalogue import Item
from plugins.inventory.types.vehicles import StockVehicle, Warehouse


@entity(
    FittingJobRow,
    search=["doc_no"],
    filter=["doc_no", "vehicle", "state", "charge", "technician", "scheduled_at"],
    order=["scheduled_at", "doc_no"],
    create=False,
    update=False,
    archive=False,
)
class FittingJob:
    """Accessories that are built into a vehicle."""

    doc_no: str
    """Number of the job, unique within the store."""
    vehicle: StockVehicle
    """What they are built into."""
    warehouse: Warehouse
    """Where the accessories are taken from."""
    charge: FittingCharge
    """Who bears it."""
    state: FittingState
    """How far it is."""
    technician: User | None
    """Who does it."""
    scheduled_at: datetime | None
    """When it is planned."""
    finished_at: datetime | None
    """When it was done and checked."""
    cost: Money = field(permission=rights.COST)
    """What the accessories cost that were taken for it."""
    price: Money
    """What the customer pays for it; zero unless he bears it."""
    rounds: int
    """How often it was done, counting from one; more after a failed check."""
    note: str
    """What to know about it."""


@entity(FittingLineRow, filter=["job", "item"], create=False, update=False, archive=False, visible_through="job")
class FittingLine:
    """One accessory of a fitting job."""

    job: FittingJob
    """The job."""
    item: Item
    """The accessory."""
    quantity_milli: int
    """Thousandths of its unit."""

    @computed
    @staticmethod
    def quantity(quantity_milli: int) -> Decimal:
        """How much of it, in its unit."""
        return Decimal(quantity_milli) / 1000


@extend(FittingJob, filter=["lines"])
class FittingLines:
    lines: Connection[FittingLine]
    """The accessories."""


@entity(
    PdiInspectionRow,
    filter=["vehicle", "state", "inspector", "finished_at"],
    order=["finished_at", "round_no"],
    create=False,
    update=False,
    archive=False,
)
class PdiInspection:
    """One round of inspection before delivery."""

    vehicle: StockVehicle
    """What is inspected."""
    round_no: int
    """Which round it is, from 1; a failed one is followed by another."""
    checklist_version: str
    """Which checklist the results are about."""
    results: list[dict[str, object]]
    """What was checked: code, whether it is all right, note."""
    state: PdiState
    """How far it is."""
    inspector: User | None
    """Who inspects; not the one who fitted something."""
    odometer_km: int | None
    """Kilometres on the clock at the inspection; it goes stale 20 km later."""
    started_at: datetime | None
    """When it was begun."""
    finished_at: datetime | None
    """When it was passed or failed; it goes stale 30 days later."""


@entity(
    VehicleTransferRow,
    search=["doc_no"],
    filter=["doc_no", "vehicle", "source", "target", "state"],
    order=["doc_no"],
    create=False,
    update=False,
    archive=False,
)
class VehicleTransfer:
    """A vehicle on its way from one place of the group to another."""

    doc_no: str
    """Number of the transfer, unique within the sending store."""
    vehicle: StockVehicle
    """What is on its way."""
    source: Warehouse
    """Where it left."""
    target: Warehouse
    """Where it goes."""
    state: TransferState
    """Where it is."""
    carrier: str
    """Who brings it."""
    odometer_out_km: int
    """Kilometres on the clock when it left."""
    odometer_in_km: int | None
    """Kilometres on the clock when it arrived."""
    received_at: datetime | None
    """When it arrived or came back."""


@extend(StockVehicle, filter=["fitting_jobs", "inspections"])
class VehiclePreparation:
    fitting_jobs: Connection[FittingJob]
    """What is or was built into it."""
    inspections: Connection[PdiInspection]
    """Its rounds of inspection."""
    transfers: Connection[VehicleTransfer]
    """Its ways between places of the group."""
