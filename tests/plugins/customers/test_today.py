from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from forecourt import Reach, Scope, global_id
from forecourt.testing import SampleDealer
from plugins.customers import api
from plugins.customers.models.follow_up import FollowUpTask, TodayEntry, TodayList
from plugins.customers.models.people import Customer
from plugins.customers.services.today import push_today
from tests.plugins.customers.conftest import known

FRIDAY = datetime(2026, 11, 20, 0, 30, tzinfo=UTC)
"""8:30 in Shanghai."""


@pytest.fixture
async def owner(sample: SampleDealer) -> UUID:
    sample.clock.at = FRIDAY
    return await sample.add_user("owner")


async def plan(sample: SampleDealer, customer: Customer, due_at: datetime, **more: object) -> FollowUpTask:
    subject = str(more.pop("subject", "call"))
    return await sample.run(
        lambda scope: api.plan_task(scope, customer.id, due_at=due_at, subject=subject, **more)  # type: ignore[arg-type]  # the tests' own words
    )


async def push(sample: SampleDealer) -> int:
    return await sample.run(lambda scope: push_today(scope, sample.store_id))


async def lists(sample: SampleDealer) -> dict[UUID, list[str]]:
    """Return the subjects on each person's list of the day, in order."""

    async def work() -> dict[UUID, list[str]]:
        found: dict[UUID, list[str]] = {}
        day = (sample.clock.at + timedelta(hours=8)).date()
        for row in await TodayList.filter(on=day):
            entries = await TodayEntry.filter(today_list_id=row.id).order_by("position")
            found[row.owner_id] = [entry.subject for entry in entries]
        return found

    return await sample.read(work)


async def test_list_holds_due_and_overdue_tasks_exactly_once(sample: SampleDealer, owner: UUID) -> None:
    customer = await known(sample, owner_id=owner)
    await plan(sample, customer, FRIDAY + timedelta(hours=15, minutes=29), subject="tonight")
    await plan(sample, customer, FRIDAY - timedelta(days=2), subject="late")
    await plan(sample, customer, FRIDAY + timedelta(hours=15, minutes=30), subject="tomorrow")
    assert await push(sample) == 2
    assert await lists(sample) == {owner: ["late", "tonight"]}
    carried = await sample.read(lambda: TodayEntry.get(subject="late"))
    assert carried.carried_over


async def test_pushing_again_adds_only_what_is_new(sample: SampleDealer, owner: UUID) -> None:
    customer = await known(sample, owner_id=owner)
    await plan(sample, customer, FRIDAY + timedelta(hours=1), subject="first")
    assert await push(sample) == 1
    assert await push(sample) == 0
    await plan(sample, customer, FRIDAY + timedelta(hours=2), subject="second")
    assert await push(sample) == 1
    assert await push(sample) == 0
    assert await lists(sample) == {owner: ["first", "second"]}


async def test_deputy_gets_the_tasks_of_somebody_who_is_away(sample: SampleDealer, owner: UUID) -> None:
    deputy = await sample.add_user("deputy")
    await away(sample, owner, deputy)
    customer = await known(sample, owner_id=owner)
    await plan(sample, customer, FRIDAY + timedelta(hours=1), subject="his")
    assert await push(sample) == 1
    assert await lists(sample) == {deputy: ["his"]}


async def away(sample: SampleDealer, owner: UUID, deputy: UUID) -> None:
    """Make both employees, the first of whom is on leave today."""
    made: dict[UUID, str] = {}
    client = sample.client()
    create = "mutation($i: CreateEmployeeInput!) { createEmployee(input: $i) { employee { id } problems { message } } }"
    for number, user in (("2", deputy), ("1", owner)):
        given = {"number": number, "name": number, "user": global_id("User", user), "position": "SALES"}
        if user == owner:
            given["deputy"] = made[deputy]
        made[user] = (await client.command(create, i=given))["employee"]["id"]
    absent = "mutation($i: CreateAbsenceInput!) { createAbsence(input: $i) { problems { message } } }"
    days = {"fromOn": "2026-11-20", "untilOn": "2026-11-20", "approved": True, "kind": "LEAVE"}
    await client.command(absent, i={"employee": made[owner], **days})


async def test_rest_day_pushes_only_what_must_be_done(sample: SampleDealer, owner: UUID) -> None:
    sample.advance(days=1)
    customer = await known(sample, owner_id=owner)
    await plan(sample, customer, FRIDAY + timedelta(hours=1), subject="can wait")
    await plan(sample, customer, FRIDAY + timedelta(days=1, hours=1), subject="must", must=True)
    assert await push(sample) == 1
    assert await lists(sample) == {owner: ["must"]}


async def test_high_priority_and_key_customers_come_first(sample: SampleDealer, owner: UUID) -> None:
    plain = await known(sample, owner_id=owner)
    key = await known(sample, "13900139000", name="李四", owner_id=owner)

    async def mark(scope: Scope) -> None:
        row = await Customer.get(id=key.id)
        row.priority = True
        await row.save()

    await sample.run(mark)
    due = FRIDAY + timedelta(hours=1)
    await plan(sample, plain, due, subject="normal")
    await plan(sample, key, due, subject="key")
    await plan(sample, plain, FRIDAY + timedelta(hours=3), subject="high", priority=api.Priority.HIGH)
    await push(sample)
    assert await lists(sample) == {owner: ["high", "key", "normal"]}


async def test_job_pushes_at_half_past_eight_of_the_store(sample: SampleDealer, owner: UUID) -> None:
    sample.clock.at = FRIDAY - timedelta(minutes=1)
    customer = await known(sample, owner_id=owner)
    await plan(sample, customer, FRIDAY + timedelta(hours=1), subject="today")
    await sample.settle()
    assert await lists(sample) == {}
    sample.advance(minutes=1)
    await sample.settle()
    await sample.settle()
    assert await lists(sample) == {owner: ["today"]}


async def test_task_planned_after_the_push_is_pushed_by_itself(sample: SampleDealer, owner: UUID) -> None:
    customer = await known(sample, owner_id=owner)
    await plan(sample, customer, FRIDAY + timedelta(hours=1), subject="morning")
    await push(sample)
    sample.advance(hours=2)
    await plan(sample, customer, FRIDAY + timedelta(hours=4), subject="afternoon")
    await plan(sample, customer, FRIDAY + timedelta(days=4), subject="next week")
    await sample.settle()
    assert await lists(sample) == {owner: ["morning", "afternoon"]}


async def test_each_reads_only_his_own_list(sample: SampleDealer, owner: UUID) -> None:
    other = await sample.add_user("other")
    customer = await known(sample, owner_id=owner)
    await plan(sample, customer, FRIDAY + timedelta(hours=1), subject="mine")
    await push(sample)
    asked = """{ todayLists { nodes { on entries(first: 5, orderBy: [{position: ASC}]) {
        nodes { subject task { state } } } } } }"""
    mine = await sample.client(owner, reach=Reach.OWN)(asked)
    (shown,) = mine.data["todayLists"]["nodes"]
    assert shown["entries"]["nodes"] == [{"subject": "mine", "task": {"state": "PLANNED"}}]
    assert (await sample.client(other, reach=Reach.OWN)(asked)).data["todayLists"]["nodes"] == []
