from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from forecourt import Scope, TransitionRefusal, global_id
from forecourt.testing import Client, SampleDealer
from plugins.customers import api
from plugins.customers.api import LifecycleTrigger, Wishes
from plugins.customers.models.follow_up import FollowUpTask
from plugins.customers.models.people import Customer
from plugins.customers.models.records import Interaction
from plugins.customers.services.tasks import ask_to_verify, cancel_task
from tests.plugins.customers.conftest import gid, known

COMPLETE = """mutation($i: CompleteFollowUpInput!) { completeFollowUp(input: $i) {
  followUpTask { state doneAt interaction { content } customer { lastContactAt } } problems { code message path } } }"""
RESCHEDULE = """mutation($i: RescheduleFollowUpInput!) { rescheduleFollowUp(input: $i) {
  followUpTask { state dueAt rescheduleCount rescheduleReason } problems { code path
    ... on TransitionProblem { from to allowed } } } }"""


async def plan(sample: SampleDealer, customer: Customer, *, hours: float = 1, **more: object) -> FollowUpTask:
    due = sample.clock.at + timedelta(hours=hours)
    return await sample.run(
        lambda scope: api.plan_task(scope, customer.id, due_at=due, subject=str(more.pop("subject", "call")), **more)  # type: ignore[arg-type]  # the tests' own words
    )


def task_id(task: FollowUpTask) -> str:
    return global_id("FollowUpTask", task.id)


async def talk(sample: SampleDealer, customer: Customer, at: datetime | None = None) -> str:
    row = await sample.run(lambda scope: api.record_interaction(scope, customer.id, channel="CALL", occurred_at=at))
    return global_id("Interaction", row.id)


async def tasks_of(customer: Customer) -> list[FollowUpTask]:
    return await FollowUpTask.filter(customer_id=customer.id).order_by("id")


async def in_play(sample: SampleDealer, **wishes: object) -> Customer:
    customer = await known(sample)

    async def work(scope: Scope) -> None:
        await api.follow_lifecycle(scope, customer.id, LifecycleTrigger.OPPORTUNITY_OPENED)
        if wishes:
            await api.add_intention(scope, customer.id, Wishes(**wishes))  # type: ignore[arg-type]  # the tests' own words

    await sample.run(work)
    return customer


@pytest.mark.parametrize("instant", ["9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00Z"])
async def test_instant_at_the_end_of_the_calendar_is_refused(sample: SampleDealer, instant: str) -> None:
    customer = gid(await known(sample))
    plan_one = "mutation($i: PlanFollowUpInput!) { planFollowUp(input: $i) { problems { code path message } } }"
    given = {"customer": customer, "dueAt": instant, "subject": "call"}
    [problem] = (await sample.client().payload(plan_one, i=given))["problems"]
    assert (problem["code"], problem["path"]) == ("VALIDATION_ERROR", ["dueAt"])
    assert "9998" in problem["message"]


async def test_task_is_done_with_an_interaction_after_it_was_planned(sample: SampleDealer) -> None:
    customer = await known(sample)
    before = await talk(sample, customer)
    sample.advance(minutes=1)
    task = await plan(sample, customer)
    sample.advance(minutes=1)
    client = sample.client()
    refused = await client.payload(COMPLETE, i={"task": task_id(task), "interaction": before})
    assert [p["code"] for p in refused["problems"]] == ["INTERACTION_NEEDED"]
    done = await client.command(COMPLETE, i={"task": task_id(task), "interaction": await talk(sample, customer)})
    assert done["followUpTask"]["state"] == "DONE"


async def test_interaction_of_another_customer_does_not_do(sample: SampleDealer) -> None:
    customer, other = await known(sample), await known(sample, "13900139000", name="李四")
    task = await plan(sample, customer)
    refused = await sample.client().payload(
        COMPLETE, i={"task": task_id(task), "interaction": await talk(sample, other)}
    )
    assert [p["code"] for p in refused["problems"]] == ["INTERACTION_NEEDED"]


async def test_task_is_done_with_what_is_written_down_at_once(sample: SampleDealer) -> None:
    customer = await known(sample)
    task = await plan(sample, customer)
    done = await sample.client().command(COMPLETE, i={"task": task_id(task), "record": {"content": "想试驾"}})
    assert done["followUpTask"]["interaction"] == {"content": "想试驾"}
    assert done["followUpTask"]["customer"]["lastContactAt"] is not None


async def test_completing_names_exactly_one_interaction(sample: SampleDealer) -> None:
    task = await plan(sample, await known(sample))
    refused = await sample.client().payload(COMPLETE, i={"task": task_id(task)})
    assert [p["path"] for p in refused["problems"]] == [["record"]]


async def test_customer_in_play_gets_the_next_task_by_his_level(sample: SampleDealer) -> None:
    # Level A is followed up every 7 days: 28 November 2026 is a Saturday, so it is the Monday after.
    customer = await in_play(sample, band="WITHIN_30_DAYS")
    task = await plan(sample, customer)
    await sample.client().command(COMPLETE, i={"task": task_id(task), "record": {}})
    _, following = await sample.read(lambda: tasks_of(customer))
    assert following.state == "PLANNED"
    assert following.due_at.isoformat() == "2026-11-30T10:00:00+00:00"


async def test_customer_in_play_without_level_needs_a_next_task(sample: SampleDealer) -> None:
    customer = await in_play(sample)
    task = await plan(sample, customer)
    client = sample.client()
    refused = await client.payload(COMPLETE, i={"task": task_id(task), "record": {}})
    assert [p["code"] for p in refused["problems"]] == ["NEXT_TASK_NEEDED"]
    assert await sample.read(lambda: Interaction.all().count()) == 0
    following = {"dueAt": "2026-11-25T02:00:00Z", "subject": "again"}
    await client.command(COMPLETE, i={"task": task_id(task), "record": {}, "next": following})
    states = [(row.subject, row.state) for row in await sample.read(lambda: tasks_of(customer))]
    assert states == [("call", "DONE"), ("again", "PLANNED")]


async def test_no_further_contact_is_for_those_given_up(sample: SampleDealer) -> None:
    customer = await in_play(sample)
    task = await plan(sample, customer)
    given = {"task": task_id(task), "record": {}, "noFurtherContact": True}
    refused = await sample.client().payload(COMPLETE, i=given)
    assert [p["path"] for p in refused["problems"]] == [["noFurtherContact"]]


async def test_task_is_put_off_three_times_and_no_more(sample: SampleDealer) -> None:
    task = await plan(sample, await known(sample))
    client = sample.client()
    for number in (1, 2, 3):
        given = {"task": task_id(task), "dueAt": f"2026-11-2{number + 3}T02:00:00Z", "reason": "away"}
        payload = await client.command(RESCHEDULE, i=given)
        assert payload["followUpTask"]["rescheduleCount"] == number
        assert payload["followUpTask"]["state"] == "PLANNED"
    refused = await client.payload(
        RESCHEDULE, i={"task": task_id(task), "dueAt": "2026-11-28T02:00:00Z", "reason": "away"}
    )
    assert [p["code"] for p in refused["problems"]] == ["LIMIT_EXCEEDED"]


async def test_done_task_is_not_put_off(sample: SampleDealer) -> None:
    task = await plan(sample, await known(sample))
    client = sample.client()
    await client.command(COMPLETE, i={"task": task_id(task), "record": {}})
    refused = await client.payload(
        RESCHEDULE, i={"task": task_id(task), "dueAt": "2026-11-28T02:00:00Z", "reason": "away"}
    )
    assert refused["problems"] == [
        {"code": "INVALID_TRANSITION", "path": [], "from": "DONE", "to": "PLANNED", "allowed": []}
    ]


async def test_task_is_overdue_after_its_grace_and_told_once(sample: SampleDealer) -> None:
    task = await plan(sample, await known(sample), hours=1)
    asked = "query($id: ID!) { followUpTask(id: $id) { state isOverdue } }"

    async def shown() -> bool:
        answer = await sample.client()(asked, id=task_id(task))
        return bool(answer.data["followUpTask"]["isOverdue"])

    sample.advance(minutes=119)
    assert not await shown()
    sample.advance(minutes=2)
    assert await shown()
    for _ in range(2):
        sample.advance(minutes=10)
        await sample.settle()
    rows = await sample.read(
        lambda: sample.dealer.database.fetch("SELECT id FROM core_outbox_event WHERE type = 'customers.task_overdue'")
    )
    assert len(rows) == 1
    assert (await sample.read(lambda: FollowUpTask.get(id=task.id))).state == "PLANNED"


async def test_task_that_nobody_does_is_missed_and_another_one_stands_for_it(sample: SampleDealer) -> None:
    customer = await in_play(sample, band="WITHIN_7_DAYS")
    task = await plan(sample, customer)
    await sample.settle()
    sample.advance(days=13)
    await sample.settle()
    assert [row.state for row in await sample.read(lambda: tasks_of(customer))] == ["PLANNED"]
    sample.advance(days=2)
    await sample.settle()
    missed, following = await sample.read(lambda: tasks_of(customer))
    assert (missed.state, following.state) == ("MISSED", "PLANNED")
    assert following.follows_id == task.id
    assert following.due_at > sample.clock.at


async def test_two_who_finish_one_task_at_once_finish_it_once(sample: SampleDealer) -> None:
    customer = await known(sample)
    task = await plan(sample, customer)
    client = sample.client()
    given = {"task": task_id(task), "record": {"content": "x"}}
    payloads = await asyncio.gather(*(client.payload(COMPLETE, i=given) for _ in range(4)))
    assert sum(payload["followUpTask"] is not None for payload in payloads) == 1
    assert await sample.read(lambda: Interaction.all().count()) == 1


async def test_same_dedupe_key_gives_the_same_task(sample: SampleDealer) -> None:
    customer = await known(sample)
    one = await plan(sample, customer, dedupe_key="first-call")
    two = await plan(sample, customer, dedupe_key="first-call")
    assert one.id == two.id


async def test_tasks_of_a_lost_customer_are_cancelled(sample: SampleDealer) -> None:
    customer = await in_play(sample)
    task = await plan(sample, customer)
    await sample.run(lambda scope: api.follow_lifecycle(scope, customer.id, LifecycleTrigger.ALL_LOST, "price"))
    await sample.settle()
    row = await sample.read(lambda: FollowUpTask.get(id=task.id))
    assert (row.state, row.cancel_reason) == ("CANCELLED", "the customer is lost")

    async def again(scope: Scope) -> None:
        await cancel_task(scope, await FollowUpTask.get(id=task.id), "twice")

    with pytest.raises(TransitionRefusal):
        await sample.run(again)


async def test_presets_are_followed(sample: SampleDealer) -> None:
    apply = """mutation($i: ApplyFollowUpPresetInput!) { applyFollowUpPreset(input: $i) {
      followUpParameters { level intervalDays } problems { code path } } }"""
    client = sample.client()
    payload = await client.command(apply, i={"preset": "slow"})
    days = {row["level"]: row["intervalDays"] for row in payload["followUpParameters"]}
    assert days == {"O": 7, "H": 7, "A": 15, "B": 30, "C": 90}
    payload = await client.command(apply, i={"preset": "fast"})
    assert {row["intervalDays"] for row in payload["followUpParameters"]} == {2, 7, 14, 30}
    refused = await client.payload(apply, i={"preset": "never"})
    assert [p["path"] for p in refused["problems"]] == [["preset"]]


async def test_three_past_entries_sent_twice_after_an_outage_are_written_once(sample: SampleDealer) -> None:
    customer = await known(sample)
    client: Client = sample.client()
    record = """mutation($i: RecordInteractionInput!, $k: String) { recordInteraction(input: $i, idempotencyKey: $k) {
      interaction { id } problems { code } } }"""
    hours = ("06", "04", "05")
    for _ in range(2):
        for hour in hours:
            given = {"customer": gid(customer), "channel": "CALL", "occurredAt": f"2026-11-20T{hour}:00:00Z"}
            await client.command(record, i=given, k=f"offline-{hour}")
    answer = await client("{ interactions(orderBy: [{occurredAt: ASC}]) { nodes { occurredAt } } }")
    assert [node["occurredAt"][11:13] for node in answer.data["interactions"]["nodes"]] == sorted(hours)


async def test_new_intention_moves_what_rules_have_planned(sample: SampleDealer) -> None:
    customer = await in_play(sample, band="WITHIN_30_DAYS")
    task = await plan(sample, customer)
    own = await plan(sample, customer, hours=300, subject="as agreed")
    client = sample.client()
    await sample.run(lambda scope: cancel_task(scope, own, "no"))
    await client.command(COMPLETE, i={"task": task_id(task), "record": {}})
    agreed = await plan(sample, customer, hours=300, subject="as agreed")
    await sample.run(lambda scope: api.add_intention(scope, customer.id, Wishes(band="WITHIN_7_DAYS")))
    await sample.settle()
    due = {row.id: row.due_at.isoformat() for row in await sample.read(lambda: tasks_of(customer))}
    by_rule = [row for row in await sample.read(lambda: tasks_of(customer)) if row.by_rule]
    assert [due[row.id] for row in by_rule] == ["2026-11-23T10:00:00+00:00"]
    assert due[agreed.id] == agreed.due_at.isoformat()


async def test_number_that_nobody_checked_for_half_a_year_gets_one_task(sample: SampleDealer) -> None:
    customer = await known(sample)
    sample.advance(days=179)
    assert await sample.run(lambda scope: ask_to_verify(scope, sample.store_id)) == 0
    sample.advance(days=2)
    assert await sample.run(lambda scope: ask_to_verify(scope, sample.store_id)) == 1
    assert await sample.run(lambda scope: ask_to_verify(scope, sample.store_id)) == 0
    assert len(await sample.read(lambda: tasks_of(customer))) == 1


async def test_archived_customer_frees_his_number_and_has_no_tasks(sample: SampleDealer) -> None:
    customer = await known(sample)
    await plan(sample, customer)
    await sample.client().command(
        """mutation($i: ArchiveCustomerInput!) { archiveCustomer(input: $i) {
          customer { archivedAt } problems { code } } }""",
        i={"customer": gid(customer), "reason": "entered by mistake"},
    )
    assert [row.state for row in await sample.read(lambda: tasks_of(customer))] == ["CANCELLED"]
    again = await known(sample)
    assert again.id != customer.id


async def test_task_by_a_channel_that_is_none_is_refused(sample: SampleDealer) -> None:
    task = await plan(sample, await known(sample))
    payload = await sample.client().payload(
        "mutation($i: UpdateFollowUpTaskInput!) { updateFollowUpTask(input: $i) { problems { code path } } }",
        i={"id": task_id(task), "channel": "PIGEON"},
    )
    assert payload["problems"] == [{"code": "VALIDATION_ERROR", "path": ["channel"]}]


@pytest.mark.postgres
async def test_planning_and_changing_a_task_cost_a_read_and_a_write(sample: SampleDealer) -> None:
    """The row that the command is about, then everything that it writes and the answer as one statement."""
    client = sample.client()
    plan_one = """mutation($i: PlanFollowUpInput!, $k: String) { planFollowUp(input: $i, idempotencyKey: $k) {
      followUpTask { id version subject customer { name } } problems { code } } }"""
    change = """mutation($i: UpdateFollowUpTaskInput!, $v: Int) { updateFollowUpTask(input: $i, expectedVersion: $v) {
      followUpTask { version subject } problems { code } } }"""
    given = {
        "customer": gid(await known(sample)),
        "dueAt": (sample.clock.at + timedelta(hours=1)).isoformat(),
        "subject": "call",
    }
    await client.command(plan_one, i=given, k="first")  # what is kept of configuration is read
    with sample.dealer.database.counting() as statements:
        task = (await client.command(plan_one, i=given, k="second"))["followUpTask"]
    assert task["customer"]["name"] == "张三"
    assert len(statements) == 2, statements
    with sample.dealer.database.counting() as statements:
        changed = await client.command(change, i={"id": task["id"], "subject": "write"}, v=task["version"])
    assert changed["followUpTask"] == {"version": 2, "subject": "write"}
    assert len(statements) == 2, statements
