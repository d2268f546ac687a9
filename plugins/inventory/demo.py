"""Inventory's share of the demo dealership: a fixed seed, and dates relative to today."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Final
from uuid import UUID

from forecourt import FixedClock, Money, Scope
from plugins.inventory import demo_catalogue as catalogue
from plugins.inventory.models.catalogue import Brand, ColorCode, Item, PriceItem, Series, Trim
from plugins.inventory.models.vehicles import Warehouse
from plugins.inventory.services import delivery, intake, items, pdi, reservations, stock, transfers
from plugins.inventory.services.intake import Arrival, Description
from plugins.inventory.services.items import ReceivedItem
from plugins.inventory.services.kinds import ColorKind, ItemKind, Purpose, ReservationKind, WarehouseKind
from plugins.inventory.services.states import VehicleState
from plugins.inventory.services.vin import check_digit

SEED: Final = 20261121
_WAREHOUSES: Final = (
    ("W1", "中心库", WarehouseKind.WAREHOUSE),
    ("W1", "中心库", WarehouseKind.WAREHOUSE),
    ("W1", "中心库", WarehouseKind.WAREHOUSE),
    ("W2", "展厅", WarehouseKind.OUTLET),
    ("W2", "展厅", WarehouseKind.OUTLET),
)
_COUNTS: Final = (
    (VehicleState.IN_STOCK, 22),
    (VehicleState.RESERVED, 6),
    (VehicleState.ALLOCATED, 3),
    (VehicleState.DELIVERED, 6),
    (VehicleState.ON_ORDER, 6),
    (VehicleState.IN_TRANSIT, 6),
    (VehicleState.DEMO_USE, 4),
    (VehicleState.ON_HOLD, 2),
    (VehicleState.IN_TRANSFER, 2),
    (VehicleState.RETURNED, 1),
    (VehicleState.RETURNED_TO_SUPPLIER, 1),
    (VehicleState.WRITTEN_OFF, 1),
)


@dataclass(frozen=True, slots=True)
class _Offer:
    """What vehicles are drawn from."""

    trims: Sequence[tuple[UUID, int]]
    colors: Sequence[UUID]
    interiors: Sequence[UUID]
    places: Sequence[Warehouse]


async def write(scope: Scope) -> None:
    """Write catalogue, prices, places, items and sixty vehicles in all states."""
    random = Random(SEED)  # noqa: S311 - made-up data, not secrets
    trims = await _catalogue(scope)
    colors = [await _color(ColorKind.EXTERIOR, *one) for one in catalogue.COLORS]
    interiors = [await _color(ColorKind.INTERIOR, *one) for one in catalogue.INTERIORS]
    places = await _places(scope)
    await _items(scope, places, random)
    await _vehicles(scope, _Offer(trims, colors, interiors, places), random)


async def _catalogue(scope: Scope) -> list[tuple[UUID, int]]:
    brand = Brand(code="DEMO", name="示例汽车", name_en="Demo Motors")
    await brand.save()
    trims = []
    for code, name, english, body, base in catalogue.SERIES:
        series = Series(brand_id=brand.id, code=code, name=name, name_en=english, body=body)
        await series.save()
        for trim_code, title, title_en, powertrain, displacement, battery, distance, extra in catalogue.TRIMS:
            trim = Trim(
                series_id=series.id,
                code=f"{code}-{trim_code}",
                name=f"{name} {title}",
                name_en=f"{english} {title_en}",
                model_year=scope.today().year,
                powertrain=powertrain,
                seats=7 if body == "MPV" else 5,
                displacement_ml=displacement,
                battery_wh=battery,
                range_km=distance,
            )
            await trim.save()
            trims.append((trim.id, base + extra))
            await _prices(scope, trim.id, base + extra)
    return trims


async def _prices(scope: Scope, trim_id: UUID, guide: int) -> None:
    """A price since last year, an older and higher one before, and what has been announced."""
    today = scope.today()
    periods = (
        (today - timedelta(days=700), today - timedelta(days=366), guide + 600_000),
        (today - timedelta(days=365), None, guide),
        (today + timedelta(days=60), None, guide - 300_000),
    )
    for begins, ends, amount in periods:
        price = PriceItem(
            trim_id=trim_id,
            guide_price=Money(amount),
            floor_price=Money(amount * 93 // 100),
            valid_from=begins,
            valid_to=ends,
        )
        await price.save()


async def _color(kind: ColorKind, code: str, name: str, english: str, rgb: str) -> UUID:
    color = ColorCode(kind=kind, code=code, name=name, name_en=english, rgb=rgb)
    await color.save()
    return color.id


async def _places(scope: Scope) -> list[Warehouse]:
    """Five places over the stores there are; their codes differ within a store."""
    stores = sorted(scope.all_stores, key=lambda store_id: scope.all_stores[store_id].code)
    places = []
    used: set[tuple[UUID, str]] = set()
    for index, (code, name, kind) in enumerate(_WAREHOUSES):
        store_id = stores[index % len(stores)]
        while (store_id, code) in used:
            code = f"W{int(code[1:]) + 1}"
        used.add((store_id, code))
        place = Warehouse(store_id=store_id, code=code, name=f"{name} {code}", kind=kind, capacity=80)
        await place.save()
        places.append(place)
    return places


async def _items(scope: Scope, places: Sequence[Warehouse], random: Random) -> None:
    made = [
        await _item(kind, *one)
        for kind, listed in ((ItemKind.ACCESSORY, catalogue.ACCESSORIES), (ItemKind.PART, catalogue.PARTS))
        for one in listed
    ]
    stores: set[UUID] = set()
    for place in places:
        if place.store_id in stores:
            continue
        stores.add(place.store_id)
        received = [
            ReceivedItem(item.id, random.randrange(4, 40) * 1000, item.price.times(random.randrange(40, 56)))
            for item in made
        ]
        cents = [replace(one, unit_cost=Money(one.unit_cost.amount_minor // 100)) for one in received]
        await items.receive(scope, place, cents, f"demo:{place.id}", "期初库存")


async def _item(kind: ItemKind, code: str, name: str, english: str, unit: str, price: int) -> Item:
    item = Item(kind=kind, code=code, name=name, name_en=english, unit=unit, price=Money(price), minimum_milli=2_000)
    await item.save()
    return item


def _vins(scope: Scope) -> Iterator[str]:
    """Yield VINs of a maker that doesn't exist, with right check digits."""
    year = "ABCDEFGHJKLMNPRSTVWXY123456789"[(scope.today().year - 1980) % 30]
    for number in range(1, 1_000):
        raw = f"LD0DM2020{year}1{number:06d}"
        yield f"{raw[:8]}{check_digit(raw)}{raw[9:]}"


async def _vehicles(scope: Scope, offer: _Offer, random: Random) -> None:
    vins = _vins(scope)
    wanted = [state for state, count in _COUNTS for _ in range(count)]
    random.shuffle(wanted)
    for number, state in enumerate(wanted):
        days = random.randrange(3, 150)
        past = replace(scope, clock=FixedClock(scope.now() - timedelta(days=days)))
        place = offer.places[number % len(offer.places)]
        trim_id, guide = random.choice(offer.trims)
        description = Description(
            trim_id=trim_id,
            exterior_color_id=random.choice(offer.colors),
            interior_color_id=random.choice(offer.interiors),
            options=random.sample(["PANORAMA_ROOF", "SMART_DRIVE", "COMFORT", "SOUND"], random.randrange(3)),
            purchase_cost=Money(guide * random.randrange(86, 92) // 100),
        )
        if state in (VehicleState.ON_ORDER, VehicleState.IN_TRANSIT):
            await _coming(past, scope, description, place, state, next(vins), random)
            continue
        arrival = Arrival(vin=next(vins), warehouse_id=place.id, odometer_km=random.randrange(3, 20))
        vehicle = await intake.take_in(past, description, arrival, place.store_id)
        await _bring_to(scope, vehicle.id, state, place, offer.places)


async def _coming(
    past: Scope, scope: Scope, description: Description, place: Warehouse, state: VehicleState, vin: str, random: Random
) -> None:
    eta_on = scope.today() + timedelta(days=random.randrange(5, 40))
    (vehicle,) = await intake.order(past, description, 1, eta_on, place.store_id)
    if state == VehicleState.IN_TRANSIT:
        await intake.ship(past, vehicle.id, vin, eta_on)


async def _bring_to(
    scope: Scope, vehicle_id: UUID, state: VehicleState, place: Warehouse, places: Sequence[Warehouse]
) -> None:
    holder = f"demo:{vehicle_id}"
    if state == VehicleState.RESERVED:
        ends = await reservations.default_expiry(scope, ReservationKind.HARD)
        await reservations.reserve(scope, vehicle_id, holder, ReservationKind.HARD, ends)
    elif state == VehicleState.ALLOCATED:
        await reservations.allocate(scope, vehicle_id, holder)
    elif state in (VehicleState.DELIVERED, VehicleState.RETURNED):
        await _deliver(scope, vehicle_id, holder)
        if state == VehicleState.RETURNED:
            await delivery.return_from_customer(
                scope, vehicle_id, source_ref=holder, warehouse_id=place.id, odometer_km=640
            )
    elif state == VehicleState.DEMO_USE:
        await stock.change_purpose(scope, vehicle_id, Purpose.TEST_DRIVE, None)
    elif state == VehicleState.ON_HOLD:
        await stock.hold(scope, vehicle_id, "TRANSPORT_DAMAGE")
    elif state == VehicleState.IN_TRANSFER:
        target = places[(list(places).index(place) + 1) % len(places)]
        vehicle = await stock.lock(vehicle_id)
        await transfers.dispatch(scope, vehicle_id, target.id, vehicle.odometer_km, "自有板车")
    elif state in (VehicleState.RETURNED_TO_SUPPLIER, VehicleState.WRITTEN_OFF):
        await stock.retire(scope, vehicle_id, to=state, note="演示数据")


async def _deliver(scope: Scope, vehicle_id: UUID, holder: str) -> None:
    await reservations.allocate(scope, vehicle_id, holder)
    vehicle = await stock.lock(vehicle_id)
    await pdi.note_passed(scope, vehicle)
    reading = vehicle.odometer_km + 5
    await delivery.issue_to_customer(scope, vehicle_id, source_ref=holder, odometer_km=reading)
