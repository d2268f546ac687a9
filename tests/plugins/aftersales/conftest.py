"""A workshop: a customer with a vehicle, and a service department with two people."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from forecourt import Department, Membership, Scope, global_id
from forecourt.testing import Client, SampleDealer, sample_dealer
from plugins.aftersales.models.maintenance import PlanItem
from plugins.aftersales.models.vehicles import ServiceVehicle
from plugins.aftersales.services import vehicles
from plugins.aftersales.services.vehicles import Handover
from plugins.customers.api import create_customer
from plugins.inventory.models.catalogue import Brand, Series, Trim
from plugins.inventory.services.intake import identity_for
from plugins.inventory.services.kinds import Powertrain
from tests.plugins.aftersales.desk import CREATE, Desk

VIN = "LSVAU2189T2100001"
OTHER_VIN = "LFV2A21K0S3200002"
DELIVERED = date(2026, 11, 21)


@dataclass(frozen=True, slots=True)
class Workshop:
    """Ids of what a test needs; `li` and `zhang` belong to the service department, `wang` to parts."""

    customer_id: UUID
    trim_id: UUID
    service_id: UUID
    parts_id: UUID
    li: UUID
    zhang: UUID
    wang: UUID

    @property
    def customer(self) -> str:
        return global_id("Customer", self.customer_id)

    @property
    def service(self) -> str:
        return global_id("Department", self.service_id)


@pytest.fixture
async def sample(kept_database_url: str) -> AsyncIterator[SampleDealer]:
    async with sample_dealer(
        ["organisation", "customers", "inventory", "aftersales"], database_url=kept_database_url
    ) as made:
        yield made


@pytest.fixture
def client(sample: SampleDealer) -> Client:
    return sample.client()


async def make_trim(powertrain: Powertrain = Powertrain.ICE) -> UUID:
    brand = Brand(code="DEMO", name="示例")
    await brand.save()
    series = Series(brand_id=brand.id, code="S1", name="示例一")
    await series.save()
    trim = Trim(series_id=series.id, code="S1-A", name="示例一 舒适版", model_year=2026, powertrain=powertrain)
    await trim.save()
    return trim.id


@pytest.fixture
async def workshop(sample: SampleDealer) -> Workshop:
    people = [await sample.add_user(login) for login in ("li", "zhang", "wang")]

    async def work(scope: Scope) -> Workshop:
        customer = await create_customer(scope, name="王伟", phone="13800138000")
        departments = []
        for name, kind in (("售后部", "SERVICE"), ("配件部", "PARTS")):
            department = Department(store_id=sample.store_id, name=name, kind=kind)
            await department.save()
            departments.append(department.id)
        for user_id, department_id in zip(people, [departments[0], departments[0], departments[1]], strict=True):
            await Membership(
                store_id=sample.store_id, user_id=user_id, department_id=department_id, valid_from=date(2026, 1, 1)
            ).save()
        trim_id = await make_trim()
        return Workshop(customer.id, trim_id, departments[0], departments[1], *people)

    return await sample.run(work)


@pytest.fixture
async def desk(client: Client, workshop: Workshop) -> Desk:
    made = await client.command(CREATE, i={"symptom": "Shakes at idle", "customer": workshop.customer})
    return Desk(client, workshop, made["serviceRequest"]["id"])


def delivery(sample: SampleDealer, workshop: Workshop, identity_id: UUID, **changes: Any) -> Handover:
    values: dict[str, Any] = {
        "store_id": sample.store_id,
        "ref": "sales_order:1",
        "identity_id": identity_id,
        "customer_id": workshop.customer_id,
        "trim_id": workshop.trim_id,
        "odometer_km": 12,
        "delivered_on": DELIVERED,
        "at": sample.clock.now(),
        "is_new": True,
    }
    return Handover(**{**values, **changes})


@pytest.fixture
async def vehicle_id(sample: SampleDealer, workshop: Workshop) -> UUID:
    """A new vehicle, delivered on 2026-11-21 with 12 km on the clock."""

    async def work(scope: Scope) -> UUID:
        identity = await identity_for(scope, VIN, workshop.trim_id)
        vehicle = await vehicles.take_over(scope, delivery(sample, workshop, identity.id))
        assert vehicle is not None
        return vehicle.id

    return await sample.run(work)


async def items_of(sample: SampleDealer, vehicle_id: UUID) -> list[PlanItem]:
    async def read() -> list[PlanItem]:
        return await PlanItem.filter(vehicle_id=vehicle_id).order_by("sequence")

    return await sample.read(read)


async def vehicle_of(sample: SampleDealer, vehicle_id: UUID) -> ServiceVehicle:
    async def read() -> ServiceVehicle:
        return await ServiceVehicle.get(id=vehicle_id)

    return await sample.read(read)


async def events_of(sample: SampleDealer, kind: str) -> list[dict[str, Any]]:
    """Return the data of the events of a type, in the order of their publication."""

    async def read() -> list[dict[str, Any]]:
        rows = await sample.dealer.database.fetch("SELECT type, data FROM core_outbox_event ORDER BY occurred_at, id")
        return [data if isinstance(data, dict) else json.loads(data) for type_, data in rows if type_ == kind]

    return await sample.read(read)
