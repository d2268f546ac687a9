"""What people see of stock: availability, prices, the group's stock, and what is kept from them."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from forecourt import Money, Reach, Scope, ValidationRefusal, global_id
from plugins.inventory.api import (
    FittingCharge,
    FittingPart,
    NoPriceError,
    VehicleState,
    floor_price,
    guide_price,
    request_fitting,
    reserve,
)
from plugins.inventory.models.catalogue import PriceItem
from plugins.inventory.roles import roles
from plugins.inventory.services import intake, pdi, stock
from plugins.inventory.services.kinds import Purpose
from tests.plugins.inventory.conftest import House, add_warehouse, vin

AVAILABILITY = """
query($of: StockOf! = STORES, $trims: [ID!]) {
  stockAvailability(stockOf: $of, trims: $trims) {
    trimCode onHand reserved onHold available demoUse inTransit onOrder
  }
}
"""
NESTED = """
{
  stockVehicles(first: 40) {
    nodes {
      stockNo available ageDays landedCost { amountMinor } trim { name series { name brand { name } } }
      exteriorColor { name } warehouse { name } identity { vin }
      reservations(first: 5) { nodes { holderRef owner { id } } }
      fittingJobs(first: 5) { nodes { docNo lines(first: 5) { nodes { item { code } } } } }
      inspections(first: 5) { nodes { state } }
      movementLines(first: 5) { nodes { movement { docNo } source { code } target { code } } }
    }
  }
}
"""
CONSULTANT = {role.code: role for role in roles()}["sales_consultant"].permissions


async def test_available_is_on_hand_less_reserved_less_on_hold_and_never_in_transit(house: House) -> None:
    free, held, allocated, stopped, demo = await house.stocked(5)

    async def work(scope: Scope) -> None:
        await reserve(scope, held, "order:1")
        await stock.hold(scope, stopped, "RECALL")
        await stock.change_purpose(scope, demo, Purpose.TEST_DRIVE, None)
        sent, *_ = await intake.order(scope, house.description(), 3, date(2026, 12, 1), house.sample.store_id)
        await intake.ship(scope, sent.id, vin(900), None)
        await reserve(scope, sent.id, "order:9")

    await house.sample.run(work)
    client = house.sample.client(permissions=CONSULTANT)
    (row,) = (await client(AVAILABILITY)).data["stockAvailability"]
    assert row == {
        "trimCode": "S1-A",
        "onHand": 4,
        "reserved": 1,
        "onHold": 1,
        "available": 2,
        "demoUse": 1,
        "inTransit": 1,
        "onOrder": 2,
    }
    listed = (await client("{ stockVehicles { nodes { id available state } } }")).data["stockVehicles"]["nodes"]
    assert {node["id"] for node in listed if node["available"]} == {
        global_id("StockVehicle", free),
        global_id("StockVehicle", allocated),
    }


async def test_once_one_has_reserved_the_other_no_longer_finds_it(house: House) -> None:
    (vehicle_id,) = await house.stocked()
    other = house.sample.client(permissions=CONSULTANT)
    query = "{ stockVehicles(filter: {state: {eq: IN_STOCK}}) { totalCount } }"
    assert (await other(query)).data["stockVehicles"]["totalCount"] == 1
    await house.sample.run(lambda scope: reserve(scope, vehicle_id, "order:1"))
    assert (await other(query)).data["stockVehicles"]["totalCount"] == 0
    assert (await other(AVAILABILITY)).data["stockAvailability"][0]["available"] == 0


async def test_availability_of_named_trims_tells_of_those_without_any(house: House) -> None:
    wanted = [global_id("Trim", house.other_trim)]
    answer = await house.sample.client()(AVAILABILITY, trims=wanted)
    assert [(row["trimCode"], row["available"]) for row in answer.data["stockAvailability"]] == [("S1-B", 0)]
    wrong = await house.sample.client()(AVAILABILITY, trims=[global_id("Store", house.sample.store_id)])
    assert wrong.codes == ["BAD_INPUT"]


async def test_consultant_sees_the_groups_stock_without_costs(house: House) -> None:
    elsewhere = await house.sample.add_store("S2")
    await house.sample.run(lambda _: add_warehouse("W1", elsewhere))
    await house.stocked()
    await house.stocked(store_id=elsewhere)
    client = house.sample.client(permissions=CONSULTANT)
    own = (await client("{ stockVehicles { nodes { store { code } landedCost { amountMinor } } } }")).data
    assert own["stockVehicles"]["nodes"] == [{"store": {"code": "S1"}, "landedCost": None}]
    query = "{ groupStocks(orderBy: [{stockNo: ASC}]) { nodes { store { code } available trim { code } } } }"
    found = (await client(query)).data["groupStocks"]["nodes"]
    assert [node["store"]["code"] for node in found] == ["S1", "S2"]
    assert all(node["available"] for node in found)
    rows = (await client(AVAILABILITY, of="GROUP")).data["stockAvailability"]
    assert [(row["trimCode"], row["available"]) for row in rows] == [("S1-A", 2)]


async def test_group_stock_needs_its_permission_and_shows_no_cost_to_anyone(house: House) -> None:
    clerk = house.sample.client(permissions={"inventory.stock_vehicle.read": Reach.STORE})
    assert (await clerk("{ groupStocks { totalCount } }")).codes == ["FORBIDDEN"]
    assert (await clerk(AVAILABILITY, of="GROUP")).codes == ["FORBIDDEN"]
    everything = house.sample.client(reach=Reach.GROUP)
    answer = await everything("{ groupStocks { nodes { landedCost { amountMinor } } } }")
    assert answer.codes == ["GRAPHQL_VALIDATION_FAILED"]


async def test_stock_of_other_stores_is_out_of_sight(house: House) -> None:
    elsewhere = await house.sample.add_store("S2")
    await house.sample.run(lambda _: add_warehouse("W1", elsewhere))
    (vehicle_id,) = await house.stocked(store_id=elsewhere)
    await house.sample.run(lambda scope: reserve(scope, vehicle_id, "order:1"))
    client = house.sample.client()
    lists = ("stockVehicles", "reservations", "stockMovements", "movementLines", "stockBalances")
    for name in lists:
        assert (await client(f"{{ {name} {{ totalCount }} }}")).data[name]["totalCount"] == 0, name
    one = "query($id: ID!) { stockVehicle(id: $id) { id } }"
    assert (await client(one, id=global_id("StockVehicle", vehicle_id))).data["stockVehicle"] is None
    through = "{ trims { nodes { stockVehicles { totalCount } } } }"
    assert {node["stockVehicles"]["totalCount"] for node in (await client(through)).data["trims"]["nodes"]} == {0}
    group = house.sample.client(reach=Reach.GROUP)
    for name in lists:
        assert (await group(f"{{ {name} {{ totalCount }} }}")).data[name]["totalCount"] > 0, name


@pytest.mark.parametrize(
    "query",
    [
        '{ stockVehicles(filter: {landedCost: {amountMinor: {gt: "1"}}}) { totalCount } }',
        '{ trims { nodes { stockVehicles(filter: {landedCost: {amountMinor: {gt: "1"}}}) { totalCount } } } }',
    ],
)
async def test_cost_cannot_be_guessed_by_filters(house: House, query: str) -> None:
    await house.stocked()
    assert (await house.sample.client(permissions=CONSULTANT)(query)).codes == ["FORBIDDEN"]


async def test_list_costs_as_many_statements_for_one_row_as_for_many(house: House) -> None:
    client = house.sample.client()

    async def statements() -> int:
        with house.sample.dealer.database.counting() as counted:
            answer = await client(NESTED)
        assert answer.data["stockVehicles"]["nodes"]
        return len(counted)

    await _furnish(house, 1)
    await statements()
    one = await statements()
    await _furnish(house, 30)
    assert await statements() == one
    # one for each list and each kind of row that is referred to; PostgreSQL builds it all in one
    assert one <= 17


async def test_availability_costs_as_many_statements_for_one_trim_as_for_two(house: House) -> None:
    client = house.sample.client()

    async def statements(trims: list[UUID]) -> int:
        with house.sample.dealer.database.counting() as counted:
            await client(AVAILABILITY, trims=[global_id("Trim", trim) for trim in trims])
        return len(counted)

    assert await statements([house.trim]) == await statements([house.trim, house.other_trim])


async def _furnish(house: House, vehicles: int) -> None:
    for vehicle_id in await house.stocked(vehicles):

        async def work(scope: Scope, vehicle_id: UUID = vehicle_id) -> None:
            await reserve(scope, vehicle_id, f"order:{vehicle_id}")
            await request_fitting(scope, vehicle_id, house.main, [FittingPart(house.film)], FittingCharge.GIFT)
            await pdi.open_round(scope, await stock.lock(vehicle_id))

        await house.sample.run(work)


async def price(house: House, guide: int, floor: int | None, begins: date, ends: date | None = None) -> None:
    async def work(_: Scope) -> None:
        await PriceItem(
            trim_id=house.trim,
            guide_price=Money(guide),
            floor_price=None if floor is None else Money(floor),
            valid_from=begins,
            valid_to=ends,
        ).save()

    await house.sample.run(work)


async def test_price_of_a_day_is_the_one_valid_then_not_the_newest(house: House) -> None:
    await price(house, 25_000_000, 24_000_000, date(2026, 1, 1))
    await price(house, 23_900_000, 23_000_000, date(2026, 11, 1), date(2026, 11, 11))
    await price(house, 26_000_000, None, date(2027, 1, 1))
    wanted = {
        date(2026, 10, 31): 25_000_000,
        date(2026, 11, 11): 23_900_000,
        date(2026, 11, 12): 25_000_000,
        date(2027, 1, 1): 26_000_000,
    }
    for day, amount in wanted.items():
        assert await house.sample.run(partial(guide_price, trim_id=house.trim, on=day)) == Money(amount)
    assert await house.sample.run(lambda s: floor_price(s, house.trim, date(2026, 11, 2))) == Money(23_000_000)
    assert await house.sample.run(lambda s: floor_price(s, house.trim, date(2027, 5, 1))) is None
    with pytest.raises(NoPriceError):
        await house.sample.run(lambda s: guide_price(s, house.trim, date(2025, 12, 31)))
    query = "query($t: ID!, $on: Date) { trimPrice(trim: $t, on: $on) { amountMinor currency validFrom } }"
    client, trim = house.sample.client(), global_id("Trim", house.trim)
    today = (await client(query, t=trim)).data["trimPrice"]
    assert today == {"amountMinor": "25000000", "currency": "CNY", "validFrom": "2026-01-01"}
    assert (await client(query, t=trim, on="2025-01-01")).data["trimPrice"] is None


@pytest.mark.parametrize(("guide", "floor", "ends"), [(100, 101, None), (100, 90, date(2025, 12, 31))])
async def test_price_that_contradicts_itself_is_refused(
    house: House, guide: int, floor: int, ends: date | None
) -> None:
    with pytest.raises(ValidationRefusal):
        await price(house, guide, floor, date(2026, 1, 1), ends)


async def test_floor_price_needs_its_permission(house: House) -> None:
    await price(house, 25_000_000, 24_000_000, date(2026, 1, 1))
    query = "{ priceItems { nodes { guidePrice { amountMinor } floorPrice { amountMinor } } } }"
    blind = await house.sample.client(permissions=CONSULTANT)(query)
    assert blind.data["priceItems"]["nodes"] == [{"guidePrice": {"amountMinor": "25000000"}, "floorPrice": None}]
    seeing = await house.sample.client()(query)
    assert seeing.data["priceItems"]["nodes"][0]["floorPrice"] == {"amountMinor": "24000000"}


async def test_colour_and_series_are_filtered_by(house: House) -> None:
    await house.stocked(2)
    query = """
    query($f: StockVehicleFilter!) { stockVehicles(filter: $f) { totalCount } }
    """
    client = house.sample.client()

    async def count(**conditions: Any) -> int:
        return int((await client(query, f=conditions)).data["stockVehicles"]["totalCount"])

    assert await count(exteriorColor={"code": {"eq": "WHITE"}}) == 2
    assert await count(exteriorColor={"code": {"eq": "BLACK"}}) == 0
    assert await count(trim={"series": {"code": {"eq": "S1"}}}) == 2
    assert await count(trim={"series": {"code": {"eq": "S2"}}}) == 0
    search = '{ stockVehicles(search: "000002") { nodes { vin state } } }'
    assert (await client(search)).data["stockVehicles"]["nodes"] == [{"vin": vin(2), "state": VehicleState.IN_STOCK}]


async def test_supply_is_suggested_by_demand_safety_and_what_is_coming(house: House) -> None:
    await house.stocked(2)
    query = "{ supplySuggestions { trimCode plannedDemand coming suggestedQuantity } }"
    (row,) = (await house.sample.client()(query)).data["supplySuggestions"]
    assert row == {"trimCode": "S1-A", "plannedDemand": 0, "coming": 2, "suggestedQuantity": 0}
    consultant = house.sample.client(permissions=CONSULTANT)
    assert (await consultant(query)).codes == ["FORBIDDEN"]


async def test_every_right_of_a_role_is_one_of_the_module(house: House) -> None:
    known = house.sample.dealer.kernel.permissions
    for role in roles():
        assert sorted(set(role.permissions) - set(known)) == [], role.code
