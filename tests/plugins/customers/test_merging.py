from __future__ import annotations

from datetime import timedelta

import pytest

from forecourt import PreconditionRefusal, Scope
from forecourt.testing import SampleDealer
from plugins.customers import api
from plugins.customers.models.follow_up import FollowUpTask
from plugins.customers.models.people import ContactPoint, Customer
from plugins.customers.models.records import Interaction, MergeRecord, PurchaseIntention
from plugins.customers.services.merging import merge_customers
from tests.plugins.customers.conftest import gid, known

MERGE = """mutation($i: MergeCustomersInput!) { mergeCustomers(input: $i) {
  customer { id name contactPoints { nodes { value isPrimary } } } problems { code path } } }"""


@pytest.fixture
async def two(sample: SampleDealer) -> tuple[Customer, Customer]:
    survivor = await known(sample, source="PHONE")
    loser = await known(sample, "13900139000", name="张三", source="WEB_INQUIRY")

    async def work(scope: Scope) -> None:
        for row in (survivor, loser):
            await api.add_intention(scope, row.id, api.Wishes(models=[row.name]))
            await api.record_interaction(scope, row.id, channel="CALL")
            await api.plan_task(scope, row.id, due_at=scope.now() + timedelta(days=1), subject="call")
            await api.add_owned_vehicle(scope, row.id, model="S1", vin=f"VIN{row.name}"[:17])
            await api.grant_consent(scope, row.id, api.ConsentPurpose.MARKETING_SMS)

    await sample.run(work)
    return survivor, loser


async def test_merge_keeps_everything_and_leaves_nothing_behind(
    sample: SampleDealer, two: tuple[Customer, Customer]
) -> None:
    survivor, loser = two
    client = sample.client()
    payload = await client.command(MERGE, i={"survivor": gid(survivor), "loser": gid(loser), "reason": "same man"})
    values = {node["value"]: node["isPrimary"] for node in payload["customer"]["contactPoints"]["nodes"]}
    assert values == {"138****8000": True, "139****9000": False}

    async def owners() -> list[list[object]]:
        models = (ContactPoint, Interaction, FollowUpTask, PurchaseIntention)
        return [[row.customer_id for row in await model.all()] for model in models]

    assert await sample.read(owners) == [[survivor.id, survivor.id]] * 4
    versions = await sample.read(lambda: PurchaseIntention.all().order_by("version_no"))
    assert [(row.version_no, row.valid_to is None) for row in versions] == [(1, False), (2, True)]
    record = await sample.read(lambda: MergeRecord.get())
    assert sum(len(ids) for ids in record.moved.values()) == 6


async def test_loser_leads_to_the_survivor_for_ever(sample: SampleDealer, two: tuple[Customer, Customer]) -> None:
    survivor, loser = two
    await sample.client().command(MERGE, i={"survivor": gid(survivor), "loser": gid(loser)})

    async def work(scope: Scope) -> tuple[object, object]:
        found = await api.find_by_phone(scope, "13900139000", sample.store_id)
        talk = await api.record_interaction(scope, loser.id, channel="CALL")
        return found and found.id, talk.customer_id

    assert await sample.run(work) == (survivor.id, survivor.id)
    row = await sample.read(lambda: Customer.get(id=loser.id))
    assert (row.lifecycle, row.merged_into_id, row.archived_at is not None) == ("MERGED", survivor.id, True)


async def test_merge_of_one_record_with_itself_is_refused(sample: SampleDealer) -> None:
    customer = gid(await known(sample))
    payload = await sample.client().payload(MERGE, i={"survivor": customer, "loser": customer})
    assert [p["path"] for p in payload["problems"]] == [["loser"]]


async def test_two_identity_numbers_are_two_people(sample: SampleDealer, two: tuple[Customer, Customer]) -> None:
    async def work(scope: Scope) -> None:
        rows = [await Customer.get(id=row.id) for row in two]
        for row, number in zip(rows, ("11010519491231002X", "440524188001010014"), strict=True):
            row.identity_number = number
            await row.save()
        await merge_customers(scope, rows[0], rows[1], "")

    with pytest.raises(PreconditionRefusal):
        await sample.run(work)
