"""Vehicles, places and reservations as the API shows them."""

from __future__ import annotations

from datetime import date, datetime

from forecourt import Money
from forecourt.graphql import Connection, Store, User, computed, entity, extend, field
from plugins.inventory import rights
from plugins.inventory.models.vehicles import Reservation as ReservationRow
from plugins.inventory.models.vehicles import StockVehicle as StockVehicleRow
from plugins.inventory.models.vehicles import VehicleIdentity as VehicleIdentityRow
from plugins.inventory.models.vehicles import Warehouse as WarehouseRow
from plugins.inventory.services.kinds import Condition, Purpose, ReservationKind, WarehouseKind
from plugins.inventory.services.states import ReservationState, VehicleState
from plugins.inventory.types.catalogue import ColorCode, Trim


@entity(
    VehicleIdentityRow,
    search=["vin", "engine_no"],
    filter=["vin", "wmi", "trim", "check_digit_ok"],
    order=["vin"],
    create=False,
    update=["engine_no", "motor_no", "produced_on"],
    archive=False,
    plural="vehicleIdentities",
)
class VehicleIdentity:
    """One vehicle of the world, known by its VIN, however often it comes into stock."""

    vin: str
    """Vehicle identification number, 17 characters."""
    engine_no: str
    """Number on the engine."""
    motor_no: str
    """Number on the electric motor."""
    wmi: str
    """World manufacturer identifier, the first three characters of the VIN."""
    maker: str
    """Who the identifier stands for; empty if that isn't known."""
    model_years: list[int]
    """Model years that the VIN's tenth character may mean, the likeliest first."""
    trim: Trim | None
    """Which version it is, if it is one of the catalogue."""
    produced_on: date | None
    """Day of production."""
    check_digit_ok: bool
    """Whether the ninth character is the check digit; European makers put anything there."""
    override_reason: str
    """Why a wrong check digit was accepted."""


@entity(
    WarehouseRow,
    search=["code", "name"],
    filter=["code", "kind", "store"],
    order=["code", "name"],
    create=["code", "name", "kind", "capacity"],
    update=["name", "capacity"],
)
class Warehouse:
    """A place of a store where stock is; virtual ones stand for suppliers, customers and ways."""

    store: Store
    """The store it belongs to."""
    code: str
    """Short name, unique within the store."""
    name: str
    """What people call it."""
    kind: WarehouseKind
    """Physical (warehouse, outlet, workshop) or virtual."""
    capacity: int | None
    """How many vehicles fit in; no limit without it."""
    occupied: int
    """How many vehicles stand there."""


@entity(
    StockVehicleRow,
    search=["stock_no", "vin"],
    filter=[
        "stock_no",
        "vin",
        "identity",
        "trim",
        "exterior_color",
        "interior_color",
        "option_key",
        "condition",
        "purpose",
        "state",
        "warehouse",
        "store",
        "eta_on",
        "received_at",
        "aged_from_on",
        "odometer_km",
        "cert_pledged",
        "landed_cost",
    ],
    order=["stock_no", "received_at", "aged_from_on", "eta_on", "odometer_km"],
    create=False,
    update=["key_no", "cert_no", "cert_pledged"],
    archive=False,
)
class StockVehicle:
    """A vehicle's stay in stock, from its order to its delivery."""

    store: Store
    """The store whose stock it is."""
    stock_no: str
    """Number of this stay, unique within the store."""
    identity: VehicleIdentity | None
    """Which vehicle of the world it is; none while its VIN isn't known."""
    vin: str | None
    """Its VIN, once known."""
    trim: Trim
    """Which version it is."""
    exterior_color: ColorCode
    """Colour of the body."""
    interior_color: ColorCode | None
    """Colour of the interior."""
    options: list[str]
    """Option packs it has, codes of `inventory.option_pack`."""
    option_key: str
    """The same in one text, sorted and joined by +, to filter by."""
    condition: Condition
    """New, used or a demonstrator."""
    purpose: Purpose
    """What it is there for."""
    state: VehicleState
    """Where it stands between order and delivery."""
    warehouse: Warehouse | None
    """Where it is; none before it was dispatched."""
    slot: str | None
    """Its place in the warehouse."""
    purchase_cost: Money = field(permission=rights.COST)
    """What the supplier is paid for it."""
    landed_cost: Money = field(permission=rights.COST)
    """What it has cost so far: purchase, freight, capitalised fitting."""
    eta_on: date | None
    """Day on which it is expected."""
    received_at: datetime | None
    """When it came into stock."""
    aged_from_on: date | None
    """Day from which its age in stock counts."""
    odometer_km: int
    """Kilometres on the clock when last read."""
    key_no: str
    """Number of the key tag."""
    cert_no: str
    """Number of the certificate of conformity."""
    cert_pledged: bool
    """The certificate lies with a bank as security: the vehicle can't be delivered."""
    hold_reason: str
    """Why it is on hold, a code of `inventory.hold_reason`; empty if it isn't."""

    @computed
    @staticmethod
    def available(state: VehicleState) -> bool:
        """Whether it can be sold at once: in stock, not reserved, not on hold; never one in transit."""
        return state == VehicleState.IN_STOCK

    @computed
    @staticmethod
    def age_days(aged_from_on: date | None, *, today: date) -> int | None:
        """Days in stock; none before it came in."""
        return None if aged_from_on is None else (today - aged_from_on).days


@extend(Warehouse, filter=["vehicles"])
class WarehouseVehicles:
    vehicles: Connection[StockVehicle]
    """The vehicles that stand there."""


@extend(VehicleIdentity, filter=["stays"])
class VehicleIdentityStays:
    stays: Connection[StockVehicle]
    """Its stays in stock within the caller's sight."""


@extend(Trim, filter=["stock_vehicles"])
class TrimStock:
    stock_vehicles: Connection[StockVehicle]
    """Vehicles of this version, those on order and delivered ones included."""


@entity(
    ReservationRow,
    search=["holder_ref"],
    filter=["vehicle", "holder_ref", "owner", "kind", "state", "expires_at"],
    order=["expires_at"],
    create=False,
    update=False,
    archive=False,
    owner="owner_id",
)
class Reservation:
    """Somebody's claim to a vehicle."""

    vehicle: StockVehicle
    """The vehicle."""
    holder_ref: str
    """What it is held for, such as a quotation, an order or a user."""
    owner: User | None
    """Who asked for it."""
    kind: ReservationKind
    """HARD takes it out of what is available, SOFT doesn't."""
    state: ReservationState
    """Whether it still holds."""
    expires_at: datetime | None
    """When it ends by itself; never without it."""
    closed_at: datetime | None
    """When it ended."""
    note: str
    """What to know about it."""


@extend(StockVehicle, filter=["reservations"])
class VehicleReservations:
    reservations: Connection[Reservation]
    """Claims to it, ended ones included."""


@entity(
    StockVehicleRow,
    search=["stock_no"],
    filter=[
        "stock_no",
        "store",
        "trim",
        "exterior_color",
        "interior_color",
        "option_key",
        "condition",
        "purpose",
        "state",
        "eta_on",
    ],
    order=["aged_from_on", "eta_on", "stock_no"],
    create=False,
    update=False,
    archive=False,
    plural="groupStocks",
)
class GroupStock:
    """One vehicle in the stock of any store of the group, without what it cost and for whom it is held."""

    store: Store
    """The store whose stock it is."""
    stock_no: str
    """Number of its stay in stock."""
    trim: Trim
    """Which version it is."""
    exterior_color: ColorCode
    """Colour of the body."""
    interior_color: ColorCode | None
    """Colour of the interior."""
    options: list[str]
    """Option packs it has, codes of `inventory.option_pack`."""
    option_key: str
    """The same in one text, sorted and joined by +, to filter by."""
    condition: Condition
    """New, used or a demonstrator."""
    purpose: Purpose
    """What it is there for."""
    state: VehicleState
    """Where it stands between order and delivery."""
    eta_on: date | None
    """Day on which it is expected."""
    aged_from_on: date | None
    """Day from which its age in stock counts."""
    odometer_km: int
    """Kilometres on the clock when last read."""

    @computed
    @staticmethod
    def available(state: VehicleState) -> bool:
        """Whether it can be sold at once: in stock, not reserved, not on hold; never one in transit."""
        return state == VehicleState.IN_STOCK
