"""What the service has in hand of a customer goes with him, if the new one can have it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from core.people.models import Role
from forecourt import Membership, Scope, global_id
from forecourt.testing import Client, SampleDealer
from plugins.aftersales.models.requests import ServiceAppointment
from plugins.aftersales.models.vehicles import ServiceVehicle
from plugins.customers.api import Customer, reassign_owner
from plugins.customers.models.records import OwnershipTransfer
from tests.plugins.aftersales.conftest import Workshop
from tests.plugins.aftersales.test_appointments import BOOK, FINISH

MONDAY, TUESDAY = "2026-11-23T01:00:00+00:00", "2026-11-24T01:00:00+00:00"


@pytest.fixture
async def advised(sample: SampleDealer, workshop: Workshop, vehicle_id: UUID) -> Workshop:
    """Two advisors, of whom one looks after a customer and his vehicle."""

    async def work(scope: Scope) -> None:
        role = await Role.get(code="service_advisor")
        for row in await Membership.filter(user_id__in=[workshop.li, workshop.zhang]):
            row.role_ids = [str(role.id)]
            await row.save()
        await reassign_owner(scope, await Customer.get(id=workshop.customer_id), workshop.li, "he knows him")
        vehicle = await ServiceVehicle.get(id=vehicle_id)
        vehicle.advisor_id = workshop.li
        await vehicle.save()

    await sample.run(work)
    return workshop


async def book(client: Client, vehicle_id: UUID, advisor: UUID, at: str) -> str:
    wanted = {
        "vehicle": global_id("ServiceVehicle", vehicle_id),
        "advisor": global_id("User", advisor),
        "startsAt": at,
    }
    return str((await client.command(BOOK, i=wanted))["serviceAppointment"]["id"])


async def give(sample: SampleDealer, workshop: Workshop, to: UUID) -> dict[str, Any]:
    async def work(scope: Scope) -> dict[str, Any]:
        await reassign_owner(scope, await Customer.get(id=workshop.customer_id), to, "he has left")
        (row,) = await OwnershipTransfer.filter(to_owner_id=to, customer_id=workshop.customer_id)
        return {"moved": row.moved, "kept": row.kept}

    return await sample.run(work)


async def advisors(sample: SampleDealer) -> dict[str, UUID]:
    rows = await sample.read(lambda: ServiceAppointment.all())
    return {row.starts_at.isoformat(): row.advisor_id for row in rows}


async def test_vehicle_and_appointments_to_come_go_along(
    sample: SampleDealer, client: Client, advised: Workshop, vehicle_id: UUID
) -> None:
    first = await book(client, vehicle_id, advised.li, MONDAY)
    await client.command(FINISH, i={"appointment": first, "outcome": "CANCELLED"})
    await book(client, vehicle_id, advised.li, TUESDAY)
    told = await give(sample, advised, advised.zhang)
    assert told == {"moved": {"aftersales.ServiceVehicle": 1, "aftersales.ServiceAppointment": 1}, "kept": {}}
    assert await advisors(sample) == {MONDAY: advised.li, TUESDAY: advised.zhang}
    (vehicle,) = await sample.read(lambda: ServiceVehicle.filter(id=vehicle_id))
    assert vehicle.advisor_id == advised.zhang


async def test_appointment_at_a_time_that_the_new_one_has_no_more_stays(
    sample: SampleDealer, client: Client, advised: Workshop, vehicle_id: UUID
) -> None:
    await book(client, vehicle_id, advised.li, MONDAY)
    await book(client, vehicle_id, advised.zhang, MONDAY)
    told = await give(sample, advised, advised.zhang)
    assert told["kept"] == {"aftersales.ServiceAppointment": 1}
    rows = await sample.read(lambda: ServiceAppointment.all())
    assert {row.advisor_id for row in rows} == {advised.li, advised.zhang}


async def test_salesperson_gets_no_appointment_that_he_could_not_see(
    sample: SampleDealer, client: Client, advised: Workshop, vehicle_id: UUID
) -> None:
    await book(client, vehicle_id, advised.li, MONDAY)
    seller = await sample.add_user("seller", role="sales_consultant")
    told = await give(sample, advised, seller)
    assert told == {"moved": {}, "kept": {"aftersales.ServiceVehicle": 1, "aftersales.ServiceAppointment": 1}}
    assert await advisors(sample) == {MONDAY: advised.li}
