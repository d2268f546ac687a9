"""Vehicles after the sale: how they come, what their odometers are believed, and who may see them."""

from __future__ import annotations

import contextlib
import random
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from forecourt import Reach, Scope, ValidationRefusal, global_id
from forecourt.testing import Client, SampleDealer
from plugins.aftersales.models.vehicles import OdometerReading, ReadingSource, ServiceVehicle, WarrantyTerm
from plugins.aftersales.services import vehicles
from plugins.aftersales.services.odometer import NewReading
from plugins.customers.api import create_customer
from plugins.inventory.services.intake import identity_for
from tests.plugins.aftersales.conftest import OTHER_VIN, VIN, Workshop, delivery, events_of, items_of, vehicle_of

REGISTER = """mutation($i: RegisterServiceVehicleInput!, $k: String) {
  registerServiceVehicle(input: $i, idempotencyKey: $k) {
  serviceVehicle { id vin plate odometerKm customer { name } identity { vin }
    planItems { nodes { sequence dueOn dueKm state } } }
  problems { code message path } } }"""
RECORD = """mutation($i: RecordOdometerInput!) { recordOdometer(input: $i) {
  odometerReading { km distanceKm plausible replaced vehicle { odometerKm distanceKm averageKmPerDay } }
  problems { code message path } } }"""


async def test_delivery_brings_warranty_odometer_and_first_maintenance(
    sample: SampleDealer, client: Client, vehicle_id: UUID
) -> None:
    data = (
        await client(
            """{ serviceVehicles(first: 2) { nodes { vin odometerKm deliveredOn averageKmPerDay customer { name }
                warranties(orderBy: [{untilOn: ASC}]) { nodes { kind fromOn untilOn untilKm daysLeft } }
                readings { nodes { km source plausible } }
                plans(first: 5) { nodes { template { code isDefault } items { nodes {
                    sequence dueOn dueKm predictedOn state daysLeft } } } }
            } } }"""
        )
    ).data
    (vehicle,) = data["serviceVehicles"]["nodes"]
    assert (vehicle["vin"], vehicle["odometerKm"], vehicle["averageKmPerDay"]) == (VIN, 12, 40.0)
    assert [(w["kind"], w["untilOn"], w["untilKm"]) for w in vehicle["warranties"]["nodes"]] == [
        ("THREE_GUARANTEES", "2028-11-21", 50_000),
        ("OEM", "2029-11-21", 60_000),
    ]
    assert vehicle["readings"]["nodes"] == [{"km": 12, "source": "DELIVERY", "plausible": True}]
    (plan,) = vehicle["plans"]["nodes"]
    assert plan["template"] == {"code": "DEFAULT", "isDefault": True}
    assert plan["items"]["nodes"] == [
        {
            "sequence": 1,
            "dueOn": "2027-05-21",
            "dueKm": 5000,
            "predictedOn": "2027-03-26",
            "state": "PLANNED",
            "daysLeft": 125,
        }
    ]


async def test_delivery_a_second_time_changes_nothing(
    sample: SampleDealer, workshop: Workshop, vehicle_id: UUID
) -> None:
    before = (await vehicle_of(sample, vehicle_id)).version

    async def again(scope: Scope) -> None:
        vehicle = await ServiceVehicle.get(id=vehicle_id)
        await vehicles.take_over(scope, delivery(sample, workshop, vehicle.identity_id))

    await sample.run(again)
    assert (await vehicle_of(sample, vehicle_id)).version == before
    assert len(await items_of(sample, vehicle_id)) == 1
    assert len(await events_of(sample, "aftersales.service_vehicle_registered")) == 1


async def test_vehicle_sold_on_goes_to_its_new_customer_and_keeps_its_plan(
    sample: SampleDealer, workshop: Workshop, vehicle_id: UUID
) -> None:
    sample.advance(days=200)

    async def sell_on(scope: Scope) -> UUID:
        vehicle = await ServiceVehicle.get(id=vehicle_id)
        assert await vehicles.give_up(vehicle.identity_id) == 1
        buyer = await create_customer(scope, name="李娜", phone="13900139000")
        values = {"ref": "sales_order:2", "delivered_on": date(2027, 6, 9), "is_new": False, "odometer_km": 4_000}
        await vehicles.take_over(
            scope,
            delivery(sample, workshop, vehicle.identity_id, customer_id=buyer.id, at=scope.now(), **values),
        )
        # The first delivery comes late a second time: it is the older one.
        await vehicles.take_over(scope, delivery(sample, workshop, vehicle.identity_id, ref="sales_order:0"))
        return buyer.id

    buyer_id = await sample.run(sell_on)
    vehicle = await vehicle_of(sample, vehicle_id)
    assert (vehicle.customer_id, vehicle.archived_at, vehicle.odometer_km) == (buyer_id, None, 4_000)
    assert [item.sequence for item in await items_of(sample, vehicle_id)] == [1]

    async def warranties() -> int:
        return await WarrantyTerm.filter(vehicle_id=vehicle_id, archived_at=None).count()

    assert await sample.read(warranties) == 2


async def test_register_vehicle_bought_elsewhere_plans_its_next_maintenance(client: Client, workshop: Workshop) -> None:
    entry = {
        "customer": workshop.customer,
        "vin": "lfv2a21k0s3200002",
        "odometerKm": 48_300,
        "plate": "沪A12345",
        "servicedOn": "2026-10-01",
        "servicedKm": 45_000,
    }
    made = (await client.command(REGISTER, i=entry))["serviceVehicle"]
    assert (made["vin"], made["identity"]["vin"], made["customer"]["name"]) == (OTHER_VIN, OTHER_VIN, "王伟")
    assert "12345" not in made["plate"]
    assert made["planItems"]["nodes"] == [{"sequence": 1, "dueOn": "2027-04-01", "dueKm": 50_000, "state": "PLANNED"}]
    found = (await client('{ serviceVehicles(filter: {plate: {eq: "沪A12345"}}) { nodes { vin } } }')).data
    assert found["serviceVehicles"]["nodes"] == [{"vin": OTHER_VIN}]
    payload = await client.payload(REGISTER, i=entry)
    assert [(p["code"], p["path"]) for p in payload["problems"]] == [("CONFLICT", ["vin"])]


async def test_register_of_unknown_trim_and_of_a_nearly_new_car(client: Client, workshop: Workshop) -> None:
    entry = {"customer": workshop.customer, "vin": VIN, "odometerKm": 900, "deliveredOn": "2026-10-21"}
    made = (await client.command(REGISTER, i=entry))["serviceVehicle"]
    (item,) = made["planItems"]["nodes"]
    assert (item["dueOn"], item["dueKm"]) == ("2027-04-21", 5_000)


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"vin": "LSVAU2180N2183294"}, "INVALID_VIN", ["vin"]),
        ({"deliveredOn": "2027-01-01"}, "VALIDATION_ERROR", ["deliveredOn"]),
        ({"servicedOn": "2026-10-01"}, "VALIDATION_ERROR", ["servicedKm"]),
        ({"servicedOn": "2026-10-01", "servicedKm": 99_000}, "VALIDATION_ERROR", ["servicedKm"]),
        ({"odometerKm": -1}, "VALIDATION_ERROR", ["odometerKm"]),
    ],
)
async def test_register_refuses_what_can_not_be(
    client: Client, workshop: Workshop, changes: dict[str, Any], code: str, path: list[str]
) -> None:
    entry = {"customer": workshop.customer, "vin": VIN, "odometerKm": 900, **changes}
    payload = await client.payload(REGISTER, i=entry)
    assert [(p["code"], p["path"]) for p in payload["problems"]] == [(code, path)]
    assert (await client("{ serviceVehicles { totalCount } }")).data["serviceVehicles"]["totalCount"] == 0


async def test_registration_with_one_key_is_made_once(client: Client, workshop: Workshop) -> None:
    entry = {"customer": workshop.customer, "vin": VIN, "odometerKm": 900}
    ids = [(await client.command(REGISTER, i=entry, k="a"))["serviceVehicle"]["id"] for _ in range(2)]
    assert ids[0] == ids[1]


async def test_reading_moves_prediction_and_average(sample: SampleDealer, client: Client, vehicle_id: UUID) -> None:
    sample.advance(days=20)
    entry = {"vehicle": global_id("ServiceVehicle", vehicle_id), "odometerKm": 2_012}
    reading = (await client.command(RECORD, i=entry))["odometerReading"]
    assert reading["vehicle"] == {"odometerKm": 2_012, "distanceKm": 2_012, "averageKmPerDay": 100.0}
    (item,) = await items_of(sample, vehicle_id)
    # 2,988 km at 100 a day
    assert item.predicted_on == date(2026, 12, 11) + timedelta(days=30)


@pytest.mark.parametrize("km", [11, 400_000])
async def test_doubtful_reading_is_kept_once_confirmed_but_not_counted(
    sample: SampleDealer, client: Client, vehicle_id: UUID, km: int
) -> None:
    sample.advance(days=20)
    entry = {"vehicle": global_id("ServiceVehicle", vehicle_id), "odometerKm": km}
    payload = await client.payload(RECORD, i=entry)
    assert [(p["code"], p["path"]) for p in payload["problems"]] == [("ODOMETER_DOUBTFUL", ["odometerKm"])]
    reading = (await client.command(RECORD, i={**entry, "confirmed": True}))["odometerReading"]
    assert (reading["plausible"], reading["vehicle"]["odometerKm"]) == (False, 12)


async def test_late_reading_must_lie_between_its_neighbours(
    sample: SampleDealer, client: Client, vehicle_id: UUID
) -> None:
    vehicle = global_id("ServiceVehicle", vehicle_id)
    sample.advance(days=40)
    await client.command(RECORD, i={"vehicle": vehicle, "odometerKm": 3_000})
    between = (sample.clock.now() - timedelta(days=20)).isoformat()
    late = {"vehicle": vehicle, "readAt": between}
    assert (await client.payload(RECORD, i={**late, "odometerKm": 3_001}))["problems"]
    reading = (await client.command(RECORD, i={**late, "odometerKm": 1_500}))["odometerReading"]
    assert (reading["plausible"], reading["vehicle"]["odometerKm"]) == (True, 3_000)
    future = (sample.clock.now() + timedelta(hours=1)).isoformat()
    assert (await client.payload(RECORD, i={"vehicle": vehicle, "odometerKm": 3_100, "readAt": future}))["problems"]


@pytest.mark.parametrize("seed", range(5))
async def test_believed_distances_never_fall_in_time(sample: SampleDealer, vehicle_id: UUID, seed: int) -> None:
    dice = random.Random(seed)
    sample.advance(days=400)

    async def read_at_random(scope: Scope) -> list[int]:
        for _ in range(25):
            at = scope.now() - timedelta(minutes=dice.randrange(400 * 24 * 60))
            replaced = dice.random() < 0.1
            new = NewReading(dice.randrange(30_000), ReadingSource.VISIT, at, confirmed=True, replaced=replaced)
            with contextlib.suppress(ValidationRefusal):  # another odometer before a later reading
                await vehicles.read_odometer(scope, vehicle_id, new)
        rows = await OdometerReading.filter(vehicle_id=vehicle_id, plausible=True).order_by("read_at")
        return [row.distance_km for row in rows]

    counted = await sample.run(read_at_random)
    assert len(counted) > 2
    assert counted == sorted(counted)
    assert (await vehicle_of(sample, vehicle_id)).distance_km == counted[-1]


async def test_replaced_odometer_goes_on_counting_the_distance(
    sample: SampleDealer, client: Client, vehicle_id: UUID
) -> None:
    vehicle = global_id("ServiceVehicle", vehicle_id)
    sample.advance(days=40)
    await client.command(RECORD, i={"vehicle": vehicle, "odometerKm": 3_000})
    sample.advance(days=1)
    new = (await client.command(RECORD, i={"vehicle": vehicle, "odometerKm": 2, "replaced": True}))["odometerReading"]
    assert (new["plausible"], new["distanceKm"], new["vehicle"]["odometerKm"]) == (True, 3_000, 2)
    sample.advance(days=10)
    later = (await client.command(RECORD, i={"vehicle": vehicle, "odometerKm": 402}))["odometerReading"]
    assert (later["distanceKm"], later["vehicle"]["distanceKm"]) == (3_400, 3_400)

    async def distances() -> list[int]:
        rows = await OdometerReading.filter(vehicle_id=vehicle_id, plausible=True).order_by("read_at")
        return [row.distance_km for row in rows]

    counted = await sample.read(distances)
    assert counted == sorted(counted)


async def test_commands_need_their_permissions(sample: SampleDealer, workshop: Workshop, vehicle_id: UUID) -> None:
    nobody = sample.client(permissions={"aftersales.service_vehicle.read": Reach.STORE})
    entry = {"vehicle": global_id("ServiceVehicle", vehicle_id), "odometerKm": 50}
    assert [p["code"] for p in (await nobody.payload(RECORD, i=entry))["problems"]] == ["FORBIDDEN"]
    seen = (await nobody("{ serviceVehicles { nodes { vin customer { name } planItems { totalCount } } } }")).data
    assert seen["serviceVehicles"]["nodes"] == [{"vin": VIN, "customer": None, "planItems": None}]
    assert (await sample.client(permissions={})("{ serviceVehicles { nodes { vin } } }")).codes == ["FORBIDDEN"]


async def test_another_store_sees_nothing_of_it(sample: SampleDealer, vehicle_id: UUID) -> None:
    elsewhere = sample.client(store_id=await sample.add_store("S2"))
    assert (await elsewhere("{ serviceVehicles { totalCount } }")).data["serviceVehicles"]["totalCount"] == 0
    assert (await elsewhere("{ planItems { totalCount } }")).data["planItems"]["totalCount"] == 0
    entry = {"vehicle": global_id("ServiceVehicle", vehicle_id), "odometerKm": 50}
    assert [p["code"] for p in (await elsewhere.payload(RECORD, i=entry))["problems"]] == ["NOT_FOUND"]


async def test_refused_reading_publishes_nothing(sample: SampleDealer, client: Client, vehicle_id: UUID) -> None:
    before = len(await events_of(sample, "aftersales.odometer_recorded"))
    await client.payload(RECORD, i={"vehicle": global_id("ServiceVehicle", vehicle_id), "odometerKm": 1})
    assert len(await events_of(sample, "aftersales.odometer_recorded")) == before


CUSTOMERS = """{ customers(first: 100, filter: {serviceVehicles: {some: {odometerKm: {gte: 0}}}}) { totalCount
  nodes { name serviceVehicles(first: 2) { totalCount nodes { vin identity { vin } readings(first: 2) { nodes { km } }
    planItems(first: 2) { nodes { dueOn plan { template { code } } } } warranties(first: 2) { nodes { kind } } } }
  serviceRequests(first: 2) { nodes { docNo } } } } }"""


async def test_customers_with_vehicles_cost_as_many_statements_for_1_as_for_100(
    sample: SampleDealer, client: Client, workshop: Workshop, vehicle_id: UUID
) -> None:
    counts = []
    for _ in range(2):
        with sample.dealer.database.counting() as statements:
            data = (await client(CUSTOMERS)).data["customers"]
        counts.append((data["totalCount"], len(statements)))
        if len(counts) == 1:
            await sample.run(lambda scope: _many(scope, sample, workshop))
    assert [rows for rows, _ in counts] == [1, 100]
    assert counts[0][1] == counts[1][1] <= 13


async def _many(scope: Scope, sample: SampleDealer, workshop: Workshop) -> None:
    for number in range(99):
        customer = await create_customer(scope, name=f"客户{number}", phone=f"138001{number:05}")
        vin = _vin(number)
        identity = await identity_for(scope, vin, workshop.trim_id)
        changes = {"ref": f"sales_order:x{number}", "customer_id": customer.id}
        await vehicles.take_over(scope, delivery(sample, workshop, identity.id, **changes))


def _vin(number: int) -> str:
    """Return one of many European VINs, which carry no check digit."""
    return f"WVWZZZ3CZEE{200_000 + number}"
