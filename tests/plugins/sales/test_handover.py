"""Handing over: everything live goes along, what is closed stays, and nobody ends with a deal that he can't work."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.people.accounts import OpenWorkRefusal, leave
from core.people.callers import user_identity
from core.people.handover import live
from forecourt import NotFoundRefusal, Refusal, Scope, User, global_id, transact
from forecourt.testing import Client
from plugins.customers.api import Customer, FollowUpTask, create_customer, plan_task
from plugins.customers.models.records import OwnershipTransfer
from plugins.customers.services.merging import merge_customers
from plugins.customers.services.ownership import reassign_owners
from plugins.inventory.models.vehicles import Reservation
from plugins.sales.models.leads import Lead
from plugins.sales.models.opportunities import Opportunity, TestDrive
from plugins.sales.models.orders import SalesOrder
from plugins.sales.models.quotations import Quotation
from plugins.sales.services import allotment, lead_work, reassignment, test_drives
from plugins.sales.services.holdings import holdings
from plugins.sales.services.leads import take
from plugins.sales.services.opportunities import EXTRA, open_for
from plugins.sales.services.prospects import NewLead
from plugins.sales.services.states import TEST_DRIVE, OpportunityState, TestDriveState
from plugins.sales.services.test_drives import Slot
from tests.plugins.sales.conftest import Showroom
from tests.plugins.sales.floor import Floor

READ = """query($c: ID!, $d: ID!) { customer: node(id: $c) { ... on Customer { name } }
  deal: node(id: $d) { ... on Opportunity { docNo customer { name } quotations { nodes { docNo } } } } }"""


async def read(client: Client, **variables: str) -> Any:
    """Return what somebody sees of a customer and a deal; each is null for who sees nothing of it."""
    return (await client(READ, **variables)).data


@pytest.fixture
async def floor(showroom: Showroom) -> Floor:
    seller, manager = await showroom.hire("seller"), await showroom.hire("manager", "sales_manager")
    return Floor(showroom, seller, manager, await showroom.hire("cashier", "finance"))


def user_of(client: Client) -> UUID:
    assert client.caller.user_id is not None
    return client.caller.user_id


def gid_of(client: Client) -> str:
    return global_id("User", user_of(client))


async def reassign(floor: Floor, customers: Sequence[UUID], to: Client) -> Any:
    return await floor.done(
        floor.manager,
        "reassignCustomers",
        "customers { owner { id } transfers { nodes { moved kept openTasks } } }",
        customers=[global_id("Customer", one) for one in customers],
        owner=gid_of(to),
        reason="he moves to another town",
    )


async def drive(floor: Floor, customer: UUID, specialist: Client, car: UUID, *, after_hours: int = 24) -> TestDrive:
    sample = floor.showroom.sample
    begin = sample.clock.at + timedelta(hours=after_hours)

    async def work(scope: Scope) -> TestDrive:
        slot = Slot(begin, begin + timedelta(hours=1))
        return await test_drives.schedule(
            scope, customer_id=customer, vehicle_id=car, specialist_id=user_of(specialist), slot=slot
        )

    return await sample.run(work)


async def test_everything_live_goes_with_the_customer(floor: Floor) -> None:
    bert = await floor.showroom.hire("bert")
    (vehicle,) = await floor.showroom.stocked()
    car = await floor.showroom.demonstrator()
    order = await floor.confirmed(vehicle=vehicle)
    customer = (await floor.row(SalesOrder, order)).customer_id
    other = await floor.done(
        floor.seller, "openOpportunity", "opportunity { id }", customer=global_id("Customer", customer), purpose=EXTRA
    )
    offer = await floor.offer(other["id"])
    await drive(floor, customer, floor.seller, car)
    (moved,) = await reassign(floor, [customer], bert)
    rows = floor.showroom.rows
    for model, owner in (
        (Opportunity, "owner_id"), (Quotation, "owner_id"), (SalesOrder, "owner_id"), (TestDrive, "specialist_id"),
    ):  # fmt: skip
        assert {getattr(row, owner) for row in await rows(model)} == {user_of(bert)}, model.__name__
    assert {row.owner_id for row in await rows(Reservation, state="ACTIVE")} == {user_of(bert)}
    (transfer,) = moved["transfers"]["nodes"]
    assert transfer["moved"] == {"sales.Opportunity": 1, "sales.SalesOrder": 1, "sales.TestDrive": 1}
    seen = await read(bert, c=global_id("Customer", customer), d=other["id"])
    assert seen["deal"]["customer"] == seen["customer"] == {"name": "客户1"}
    assert len(seen["deal"]["quotations"]["nodes"]) == 1
    # He goes on where the other one stopped, who sees nothing of it any more.
    await floor.done(bert, "sendQuotation", "quotation { id }", quotation=offer)
    assert await read(floor.seller, c=global_id("Customer", customer), d=other["id"]) == {
        "customer": None,
        "deal": None,
    }


async def test_history_stays_with_its_author(floor: Floor) -> None:
    bert = await floor.showroom.hire("bert")
    deal = await floor.deal()
    row = await floor.row(Opportunity, deal)
    await floor.done(
        floor.seller, "requestLoss", "opportunity { id }", opportunity=deal, reason="PRICE", note="too expensive"
    )
    await floor.done(floor.manager, "approveLoss", "opportunity { id }", opportunity=deal)
    made = await drive(floor, row.customer_id, floor.seller, await floor.showroom.demonstrator())

    async def finish(scope: Scope) -> None:
        there = await TestDrive.get(id=made.id)
        for state in (TestDriveState.CHECKED_OUT, TestDriveState.RETURNED, TestDriveState.COMPLETED):
            await TEST_DRIVE.move(there, state)

    await floor.showroom.sample.run(finish)
    await reassign(floor, [row.customer_id], bert)
    assert (await floor.row(Opportunity, deal)).owner_id == user_of(floor.seller)
    assert [one.specialist_id for one in await floor.showroom.rows(TestDrive)] == [user_of(floor.seller)]


async def test_drive_at_a_time_that_the_new_owner_has_no_more_stays(floor: Floor) -> None:
    bert = await floor.showroom.hire("bert")
    first, second = await floor.customer(1), await floor.customer(2)
    kept = await drive(floor, first, floor.seller, await floor.showroom.demonstrator())
    await drive(floor, second, bert, await floor.showroom.demonstrator())
    (moved,) = await reassign(floor, [first], bert)
    assert moved["transfers"]["nodes"][0]["kept"] == {"sales.TestDrive": 1}
    shown = "query($d: ID!) { node(id: $d) { ... on TestDrive { customer { name } } } }"
    seen = (await floor.seller(shown, d=global_id("TestDrive", kept.id))).data
    assert seen["node"] == {"customer": {"name": "客户1"}}  # he who still goes along sees with whom


async def test_single_deal_goes_to_somebody_who_sees_its_customer_then(floor: Floor) -> None:
    bert = await floor.showroom.hire("bert")
    deal = await floor.deal()
    row = await floor.row(Opportunity, deal)
    offer = await floor.offer(deal)
    subject = f"sales.Opportunity:{row.id}"

    async def plan(scope: Scope) -> None:
        due = scope.now() + timedelta(days=1)
        await plan_task(scope, row.customer_id, due_at=due, subject="about the deal", subject_ref=subject)
        await plan_task(scope, row.customer_id, due_at=due, subject="about him")

    await floor.showroom.sample.run(plan)
    given = {"opportunity": deal, "owner": gid_of(bert), "reason": "bert knows these cars"}
    assert await floor.codes(floor.seller, "reassignOpportunity", "opportunity { id }", **given) == ["FORBIDDEN"]
    moved = await floor.done(floor.manager, "reassignOpportunity", "opportunity { owner { id } }", **given)
    assert moved == {"owner": {"id": gid_of(bert)}}
    assert (await floor.row(Quotation, offer)).owner_id == user_of(bert)
    (customer,) = await floor.showroom.rows(Customer)
    assert customer.owner_id == user_of(floor.seller)
    tasks = {task.subject: task.owner_id for task in await floor.showroom.rows(FollowUpTask)}
    assert (tasks["about the deal"], tasks["about him"]) == (user_of(bert), user_of(floor.seller))
    seen = await read(bert, c=global_id("Customer", customer.id), d=deal)
    assert seen["deal"]["customer"] == seen["customer"] == {"name": "客户1"}
    assert [one.subject_ref for one in await floor.showroom.rows(OwnershipTransfer)] == [subject]
    # Lost, it gives nothing to see any more.
    await floor.done(bert, "requestLoss", "opportunity { id }", opportunity=deal, reason="PRICE", note="no")
    await floor.done(floor.manager, "approveLoss", "opportunity { id }", opportunity=deal)
    assert (await read(bert, c=global_id("Customer", customer.id), d=deal))["customer"] is None
    given["owner"] = gid_of(floor.seller)
    codes = await floor.codes(floor.manager, "reassignOpportunity", "opportunity { id }", **given)
    assert codes == ["PRECONDITION_FAILED"]


async def test_who_may_not_have_it_gets_nothing(floor: Floor) -> None:
    """A customer goes to nobody who can't see him; a deal stays with its owner if the new one may have none."""
    stranger = await floor.showroom.sample.add_user("stranger")
    advisor = await floor.showroom.hire("advisor", "service_advisor")
    deal = await floor.deal()
    row = await floor.row(Opportunity, deal)
    customers = [global_id("Customer", row.customer_id)]
    given = {"customers": customers, "owner": global_id("User", stranger), "reason": "why"}
    codes = await floor.codes(floor.manager, "reassignCustomers", "customers { id }", **given)
    assert codes == ["VALIDATION_ERROR"]
    (moved,) = await reassign(floor, [row.customer_id], advisor)
    assert moved["transfers"]["nodes"][0]["kept"] == {"sales.Opportunity": 1}
    seen = await read(floor.seller, c=customers[0], d=deal)
    assert seen["deal"]["customer"] == seen["customer"] == {"name": "客户1"}


async def test_somebody_with_open_work_does_not_leave(floor: Floor) -> None:
    await floor.deal()
    sample = floor.showroom.sample

    async def go(scope: Scope) -> None:
        await leave(scope, await User.get(id=user_of(floor.seller)))

    with pytest.raises(OpenWorkRefusal) as refused:
        await sample.run(go)
    assert refused.value.details["open_work"] == {"customers.Customer": 1, "sales.Opportunity": 1}
    bert = await floor.showroom.hire("bert")
    await reassign(floor, [row.id for row in await floor.showroom.rows(Customer)], bert)
    await sample.run(go)


class Undone(Exception):
    """Ends an example, so that the next one begins where this one began."""


class Staff:
    """Some salespeople with customers and live rows, and hand-overs that may come in any order."""

    def __init__(self, people: Sequence[Client], cars: Sequence[UUID]) -> None:
        self.people, self.cars = people, cars

    def who(self, index: int) -> UUID:
        return user_of(self.people[index % len(self.people)])

    async def begin(self, scope: Scope) -> None:
        """Three customers: each with a deal, a drive, a task and a lead, two with a further car at somebody else's."""
        for index in range(3):
            phone = f"1370000000{index}"
            made = await create_customer(scope, name=f"客户{index}", phone=phone, owner_id=self.who(index))
            deal = await open_for(scope, made.id, owner_id=made.owner_id)
            if index:
                await open_for(scope, made.id, owner_id=self.who(index + 1), purpose=EXTRA)
            begin = scope.now() + timedelta(hours=24 * (1 + index // 2))
            await test_drives.schedule(
                scope,
                customer_id=made.id,
                vehicle_id=self.cars[index],
                specialist_id=self.who(index),
                slot=Slot(begin, begin + timedelta(hours=1)),
                opportunity=deal,
            )
            await plan_task(scope, made.id, due_at=begin, subject="call")
            await lead_work.customer_of(scope, (await take(scope, NewLead(name=made.name, phones=[phone]))).lead)

    async def step(self, scope: Scope, what: str, which: int, to: int) -> None:
        customers = await Customer.filter(archived_at=None).order_by("id")
        chosen = customers[which % len(customers)]
        if what == "reassign":
            await reassign_owners(scope, customers[which % len(customers) :], self.who(to), "random")
        elif what == "deal":
            deals = await Opportunity.filter(state=OpportunityState.OPEN).order_by("id")
            await reassignment.reassign(scope, deals[which % len(deals)], self.who(to), "random")
        elif what == "lead":
            leads = await Lead.filter(archived_at=None).order_by("id")
            await allotment.assign_by_hand(scope, leads[which % len(leads)], self.who(to), "random")
        elif what == "recycle":
            for lead in await Lead.filter(archived_at=None).order_by("id"):
                await allotment.recycle(scope, lead)
        elif len(customers) > 1:
            await _merge(scope, chosen, customers[(which + 1) % len(customers)])


async def _merge(scope: Scope, survivor: Customer, loser: Customer) -> None:
    for model, column, value in ((Opportunity, "purpose", EXTRA), (Lead, "state", "DISQUALIFIED")):
        for row in await model.filter(customer_id=loser.id):  # of one person there is one main deal, one open lead
            await row.change_where(where={}, **{column: value})
    await merge_customers(scope, survivor, loser, "random")


async def unreadable(scope: Scope) -> list[str]:
    """Return live rows of sales that their owner can't read, or not together with their customer."""
    found = []
    for holding in holdings():
        for row in await live(holding).filter(customer_id__isnull=False):
            owner = getattr(row, holding.owner)
            if owner is None:
                continue
            seen = scope._dealer.scope((await user_identity(owner, scope.now())).caller)
            for model, row_id in ((holding.model, row.id), (Customer, row.customer_id)):
                try:
                    await seen.get(model, row_id)
                except NotFoundRefusal:
                    found.append(f"{holding.name} {row.state}: its owner doesn't see the {model.__name__}")
    tasks = await FollowUpTask.filter(state="PLANNED").select_related("customer")
    found += ["a task is with nobody who has the customer" for task in tasks if task.owner_id != task.customer.owner_id]
    return found


KINDS = ("reassign", "deal", "lead", "recycle", "merge")


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 5), st.integers(0, 2)), min_size=1, max_size=4))
async def test_after_any_handover_owners_read_their_live_rows_with_the_customer(
    staff: Staff,
    showroom: Showroom,
    steps: list[tuple[str, int, int]],
) -> None:
    async def example(scope: Scope) -> None:
        await staff.begin(scope)
        assert await unreadable(scope) == []
        for what, which, to in steps:
            with suppress(Refusal):  # what is refused must change nothing
                await transact(scope, "test", partial(staff.step, what=what, which=which, to=to))
            assert await unreadable(scope) == [], (what, which, to)
        raise Undone

    with pytest.raises(Undone):
        await showroom.sample.run(example)


@pytest.fixture
async def staff(floor: Floor) -> Staff:
    people = [floor.seller, *[await floor.showroom.hire(name) for name in ("bert", "carl")]]
    return Staff(people, [await floor.showroom.demonstrator() for _ in range(3)])
