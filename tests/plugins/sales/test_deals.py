"""Opportunities, test drives, offers and orders: what must hold whoever tries what, and in whatever order."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from core.ids import parse_global_id
from core.write.models import OutboxEvent
from forecourt import Money, PreconditionRefusal, Scope, ValidationRefusal, global_id
from forecourt.testing import Client
from plugins.inventory.models.ledger import StockMovement
from plugins.inventory.models.vehicles import Reservation
from plugins.sales.events import VehicleDelivered
from plugins.sales.models.opportunities import Opportunity, PipelineStage, StageEntry, TestDrive
from plugins.sales.models.orders import InvoiceRecord, SalesOrder
from plugins.sales.models.quotations import Quotation, QuotationLine
from plugins.sales.services.states import OpportunityState, OrderState, QuotationState
from tests.plugins.sales.conftest import GUIDE, Showroom
from tests.plugins.sales.floor import CHECKS, Floor, yuan


@pytest.fixture
async def floor(showroom: Showroom) -> Floor:
    return await Floor.of(showroom)


async def test_stage_needs_what_it_asks_for_and_history_has_no_gap(floor: Floor) -> None:
    deal = await floor.deal()
    shown = "opportunity { stage }"
    assert await floor.codes(floor.seller, "moveOpportunity", shown, opportunity=deal, stage="PROPOSAL") == [
        "PRECONDITION_FAILED"
    ]
    await floor.done(floor.seller, "moveOpportunity", shown, opportunity=deal, stage="NEEDS_CONFIRMED")
    offer = await floor.offer(deal)
    await floor.done(floor.seller, "sendQuotation", "quotation { id }", quotation=offer)
    await floor.done(floor.seller, "discussQuotation", "quotation { id }", quotation=offer)
    floor.showroom.sample.advance(hours=5)
    await floor.done(floor.seller, "moveOpportunity", shown, opportunity=deal, stage="NEGOTIATION")
    assert await floor.codes(floor.seller, "moveOpportunity", shown, opportunity=deal, stage="AFTER_SALE_CARE") == [
        "VALIDATION_ERROR"
    ]
    back = {"opportunity": deal, "stage": "NEEDS_CONFIRMED"}
    assert await floor.codes(floor.seller, "moveOpportunity", shown, **back) == ["VALIDATION_ERROR"]
    await floor.done(floor.seller, "moveOpportunity", shown, **back, reason="wants another car")
    entries = sorted(await floor.showroom.rows(StageEntry), key=lambda entry: entry.position)
    assert [(entry.stage, entry.direction.value) for entry in entries] == [
        ("FIRST_CONTACT", "FWD"),
        ("NEEDS_CONFIRMED", "FWD"),
        ("PROPOSAL", "SKIP"),
        ("NEGOTIATION", "FWD"),
        ("NEEDS_CONFIRMED", "BACK"),
    ]
    assert [entry.left_at for entry in entries[:-1]] == [entry.entered_at for entry in entries[1:]]
    assert entries[-1].left_at is None


async def test_stage_asks_for_nothing_that_no_deal_can_meet(floor: Floor) -> None:
    async def work(_: Scope) -> None:
        await PipelineStage(code="ODD", name="Odd", position=9, probability_bp=0, requires=["A_MIRACLE"]).save()

    with pytest.raises(ValidationRefusal, match="a stage can ask for BUDGET"):
        await floor.showroom.sample.run(work)


async def test_second_deal_for_the_same_wish_is_refused_and_an_extra_one_is_not(floor: Floor) -> None:
    customer = global_id("Customer", await floor.customer())
    shown = "opportunity { id docNo }"
    present = await floor.done(floor.seller, "openOpportunity", shown, customer=customer)
    operation = """mutation($i: OpenOpportunityInput!) { openOpportunity(input: $i) { problems { code
      ... on OpenOpportunityProblem { opportunity { docNo } } } } }"""
    payload = await floor.seller.payload(operation, i={"customer": customer})
    assert payload["problems"] == [{"code": "OPEN_OPPORTUNITY", "opportunity": {"docNo": present["docNo"]}}]
    await floor.done(floor.seller, "openOpportunity", shown, customer=customer, purpose="EXTRA")


async def test_loss_needs_a_reason_and_somebody_else(floor: Floor) -> None:
    deal = await floor.deal()
    shown = "opportunity { state }"
    lose = {"opportunity": deal, "reason": "OTHER"}
    assert await floor.codes(floor.seller, "requestLoss", shown, **lose) == ["VALIDATION_ERROR"]
    await floor.done(floor.manager, "requestLoss", shown, **lose, note="moved away")
    assert await floor.codes(floor.seller, "approveLoss", shown, opportunity=deal) == ["FORBIDDEN"]
    assert await floor.codes(floor.manager, "approveLoss", shown, opportunity=deal) == ["SECOND_PERSON_NEEDED"]
    boss = await floor.showroom.hire("boss", "store_manager")
    assert await floor.codes(boss, "rejectLoss", shown, opportunity=deal) == ["VALIDATION_ERROR"]
    await floor.done(boss, "rejectLoss", shown, opportunity=deal, note="offer the other colour")
    await floor.done(floor.seller, "requestLoss", shown, opportunity=deal, reason="PRICE")
    await floor.done(boss, "approveLoss", shown, opportunity=deal)
    row = await floor.row(Opportunity, deal)
    assert (row.state, row.loss_reason) == (OpportunityState.LOST, "PRICE")
    assert row.loss_decided_by_id != row.owner_id
    await floor.done(floor.seller, "resumeOpportunity", shown, opportunity=deal, reason="came back")
    assert (await floor.row(Opportunity, deal)).state == OpportunityState.OPEN


async def test_sent_offer_is_frozen_and_superseded_by_the_next_version(floor: Floor) -> None:
    deal = await floor.deal()
    first = await floor.offer(deal)
    await floor.done(floor.seller, "sendQuotation", "quotation { id }", quotation=first)
    sent = await floor.row(Quotation, first)
    assert len(sent.content_hash) == 64

    async def cheaper(scope: Scope) -> None:
        row = await Quotation.get(id=sent.id)
        row.total = Money(1)
        with pytest.raises(PreconditionRefusal):
            await row.save()
        line = await QuotationLine.filter(quotation_id=sent.id).first()
        assert line is not None
        line.price = Money(1)
        with pytest.raises(PreconditionRefusal):
            await line.save()

    await floor.showroom.sample.run(cheaper)
    second = await floor.offer(deal)
    assert (await floor.row(Quotation, first)).state == QuotationState.SUPERSEDED
    assert (await floor.row(Quotation, second)).version_no == 2
    assert await floor.codes(floor.seller, "acceptQuotation", "quotation { id }", quotation=first) == [
        "INVALID_TRANSITION"
    ]


async def test_offer_of_an_unknown_trim_is_refused(floor: Floor) -> None:
    given = {"opportunity": await floor.deal(), "trim": global_id("Trim", uuid4())}
    payload = await floor.run(floor.seller, "createQuotation", "quotation { id }", **given)
    assert [(p["code"], p["path"]) for p in payload["problems"]] == [("NOT_FOUND", ["trim"])]


async def test_expired_offer_is_not_accepted(floor: Floor) -> None:
    offer = await floor.offer(await floor.deal(), validUntil="2026-11-22")
    await floor.done(floor.seller, "sendQuotation", "quotation { id }", quotation=offer)
    await floor.showroom.sample.settle()
    floor.showroom.sample.advance(days=2)
    shown = "quotation { id }"
    assert await floor.codes(floor.seller, "acceptQuotation", shown, quotation=offer) == ["QUOTATION_EXPIRED"]
    await floor.showroom.sample.settle()
    assert (await floor.row(Quotation, offer)).state == QuotationState.EXPIRED


@pytest.mark.parametrize(
    ("discount", "approver", "code"),
    [
        (5_000, "", ""),
        (5_001, "", "DISCOUNT_LIMIT"),
        (15_000, "sales_manager", ""),
        (15_001, "sales_manager", "DISCOUNT_LIMIT"),
        (19_200, "store_manager", ""),
        (19_201, "store_manager", "DISCOUNT_LIMIT"),
        (19_201, "hq", ""),
    ],
)
async def test_discount_needs_whoever_may_grant_it(floor: Floor, discount: int, approver: str, code: str) -> None:
    shown = "quotation { state }"
    offer = await floor.offer(await floor.deal(), discounts=[{"amount": yuan(discount)}])
    if not approver:
        codes = await floor.codes(floor.seller, "sendQuotation", shown, quotation=offer)
        assert codes == ([code] if code else [])
        return
    boss = await floor.showroom.hire("boss", approver)
    await floor.done(floor.seller, "submitQuotation", shown, quotation=offer)
    assert await floor.codes(floor.seller, "approveQuotation", shown, quotation=offer) == ["FORBIDDEN"]
    codes = await floor.codes(boss, "approveQuotation", shown, quotation=offer)
    assert codes == ([code] if code else [])
    if not code:
        await floor.done(floor.seller, "sendQuotation", shown, quotation=offer)
        row = await floor.row(Quotation, offer)
        assert row.approved_by_id not in (None, row.owner_id)


async def test_nobody_approves_what_he_submitted(floor: Floor) -> None:
    offer = await floor.offer(await floor.deal(), discounts=[{"amount": yuan(9_000)}])
    shown = "quotation { state }"
    await floor.done(floor.manager, "submitQuotation", shown, quotation=offer)
    assert await floor.codes(floor.manager, "approveQuotation", shown, quotation=offer) == ["SECOND_PERSON_NEEDED"]


async def test_two_managers_at_once_approve_once(floor: Floor) -> None:
    offer = await floor.offer(await floor.deal(), discounts=[{"amount": yuan(9_000)}])
    shown = "quotation { state }"
    await floor.done(floor.seller, "submitQuotation", shown, quotation=offer)
    bosses = [await floor.showroom.hire(f"boss{number}", "sales_manager") for number in range(4)]
    answers = await asyncio.gather(*(floor.codes(boss, "approveQuotation", shown, quotation=offer) for boss in bosses))
    assert answers.count([]) == 1
    assert all(codes in ([], ["CONFLICT"], ["INVALID_TRANSITION"]) for codes in answers)


async def test_offer_adds_up_line_by_line(floor: Floor) -> None:
    deal = await floor.deal()
    lines = [
        {"kind": "ACCESSORY", "name": "Film", "price": yuan(6_800)},
        {"kind": "INSURANCE", "name": "Insurance", "price": yuan(5_000)},
        {"kind": "GIFT", "name": "Mats", "price": yuan(0), "cost": yuan(300)},
    ]
    offer = await floor.offer(deal, lines=lines, discounts=[{"amount": yuan(1_000)}])
    row = await floor.row(Quotation, offer)
    assert row.total.amount_minor == GUIDE.amount_minor + 680_000 + 500_000 - 100_000
    assert (row.agency_total.amount_minor, row.accessories_total.amount_minor) == (500_000, 680_000)
    written = await floor.showroom.rows(QuotationLine, quotation_id=row.id)
    assert sum(line.gross.amount_minor for line in written) - 100_000 == row.total.amount_minor
    assert all(line.net + line.tax == line.gross for line in written)
    assert [line.is_optional for line in sorted(written, key=lambda line: line.line_no)] == [False, False, True, False]
    priced = [{"kind": "GIFT", "name": "Mats", "price": yuan(1), "cost": yuan(300)}]
    trim = global_id("Trim", floor.showroom.trim)
    shown = "quotation { id }"
    assert await floor.codes(floor.seller, "createQuotation", shown, opportunity=deal, trim=trim, lines=priced) == [
        "VALIDATION_ERROR"
    ]


async def test_one_car_is_accepted_once(floor: Floor) -> None:
    (car,) = await floor.showroom.stocked()
    offers = []
    for number in range(6):
        offer = await floor.offer(await floor.deal(number), car)
        await floor.done(floor.seller, "sendQuotation", "quotation { id }", quotation=offer)
        offers.append(offer)
    answers = await asyncio.gather(
        *(floor.codes(floor.seller, "acceptQuotation", "quotation { id }", quotation=offer) for offer in offers)
    )
    assert answers.count([]) == 1
    assert answers.count(["VEHICLE_NOT_AVAILABLE"]) == 5
    hard = await floor.showroom.rows(Reservation, kind="HARD", state="ACTIVE")
    assert len(hard) == 1


async def test_one_car_is_in_one_live_order(floor: Floor) -> None:
    (car,) = await floor.showroom.stocked()
    await floor.confirmed(1, car)
    others = [await floor.confirmed(number) for number in (2, 3, 4)]
    vehicle = global_id("StockVehicle", car)
    answers = await asyncio.gather(
        *(
            floor.codes(floor.manager, "allocateVehicle", "salesOrder { id }", order=other, vehicle=vehicle)
            for other in others
        )
    )
    assert all(codes in (["VEHICLE_NOT_AVAILABLE"], ["VEHICLE_ALREADY_ORDERED"]) for codes in answers)
    live = await floor.showroom.rows(SalesOrder, vehicle_id=car)
    assert len(live) == 1


async def test_order_needs_the_accepted_version_and_takes_it_once(floor: Floor) -> None:
    offer = await floor.offer(await floor.deal())
    shown = "salesOrder { id }"
    make = {"quotation": offer, "deposit": yuan(10_000)}
    assert await floor.codes(floor.seller, "createOrder", shown, **make) == ["PRECONDITION_FAILED"]
    await floor.done(floor.seller, "sendQuotation", "quotation { id }", quotation=offer)
    await floor.done(floor.seller, "acceptQuotation", "quotation { id }", quotation=offer)
    answers = await asyncio.gather(*(floor.codes(floor.seller, "createOrder", shown, **make) for _ in range(4)))
    assert answers.count([]) == 1
    assert answers.count(["CONFLICT"]) == 3
    (order,) = await floor.showroom.rows(SalesOrder)
    assert order.total == (await floor.row(Quotation, offer)).total


async def test_earnest_money_above_a_fifth_is_refundable(floor: Floor) -> None:
    order = await floor.row(SalesOrder, await floor.order(deposit=60_000))
    assert (order.earnest.amount_minor, order.refundable.amount_minor) == (4_884_000, 1_116_000)
    assert order.deposit_note


async def test_order_without_deposit_is_not_confirmed(floor: Floor) -> None:
    order = await floor.order(deposit=0)
    assert await floor.codes(floor.seller, "confirmOrder", "salesOrder { id }", order=order) == ["PRECONDITION_FAILED"]


async def test_cashier_is_somebody_else_and_takes_no_more_than_is_due(floor: Floor) -> None:
    order = await floor.confirmed()
    boss = floor.showroom.sample.client(floor.seller.caller.user_id)
    pay = {"order": order, "method": "CASH", "amount": yuan(1)}
    assert await floor.codes(boss, "recordReceipt", "receipt { id }", **pay) == ["SECOND_PERSON_NEEDED"]
    assert await floor.codes(floor.seller, "recordReceipt", "receipt { id }", **pay) == ["FORBIDDEN"]
    assert await floor.pay(order, 244_201) == ["VALIDATION_ERROR"]
    assert await floor.pay(order, 200_000) == []
    assert await floor.pay(order, 44_201) == ["VALIDATION_ERROR"]


async def test_payments_at_once_never_exceed_the_total(floor: Floor) -> None:
    order = await floor.confirmed()
    answers = await asyncio.gather(*(floor.pay(order, 100_000) for _ in range(5)))
    assert answers.count([]) == 2
    row = await floor.row(SalesOrder, order)
    assert row.received_total.amount_minor == 20_000_000


@pytest.mark.parametrize("paid_first", [True, False])
async def test_ready_and_paid_come_in_either_order(floor: Floor, paid_first: bool) -> None:
    (car,) = await floor.showroom.stocked()
    order = await floor.confirmed(1, car)
    await floor.done(floor.seller, "allocateVehicle", "salesOrder { id }", order=order)
    steps = [lambda: floor.pay(order, 244_200), lambda: floor.pass_pdi(car)]
    for step in steps if paid_first else reversed(steps):
        await step()
        floor.showroom.sample.advance(minutes=1)
    row = await floor.row(SalesOrder, order)
    assert row.state == (OrderState.READY if paid_first else OrderState.PAID)
    assert row.ready_at is not None
    assert row.paid_at is not None


async def test_delivery_says_what_is_missing_and_changes_nothing(floor: Floor) -> None:
    (car,) = await floor.showroom.stocked()
    order = await floor.confirmed(1, car)
    shown = "delivery { id }"
    hand_over = {"order": order, "odometerKm": 5, "checklist": CHECKS, "signed": True}
    assert await floor.codes(floor.seller, "deliverOrder", shown, **hand_over) == ["INVALID_TRANSITION"]
    await floor.done(floor.seller, "allocateVehicle", "salesOrder { id }", order=order)
    assert await _missing(floor, order, signed=False) == ("PDI", "PAYMENT", "INVOICE", "CHECKLIST")
    await floor.pass_pdi(car)
    invoice = {"order": order, "number": "1"}
    assert await floor.codes(floor.cashier, "issueInvoice", "invoiceRecord { id }", **invoice) == [
        "PRECONDITION_FAILED"
    ]
    assert await floor.pay(order, 244_200) == []
    assert await _missing(floor, order, signed=True) == ("INVOICE",)
    await floor.done(floor.cashier, "issueInvoice", "invoiceRecord { id }", **invoice)
    assert await floor.codes(floor.seller, "deliverOrder", shown, **{**hand_over, "checklist": ["INTERIOR"]}) == [
        "PRECONDITION_FAILED"
    ]
    assert await floor.showroom.rows(StockMovement, kind="ISSUE") == []
    assert await floor.showroom.rows(OutboxEvent, type=VehicleDelivered.type) == []
    answers = await asyncio.gather(*(floor.codes(floor.seller, "deliverOrder", shown, **hand_over) for _ in range(4)))
    assert answers.count([]) == 1
    assert answers.count(["INVALID_TRANSITION"]) == 3
    assert len(await floor.showroom.rows(StockMovement, kind="ISSUE")) == 1


async def _missing(floor: Floor, order: str, *, signed: bool) -> tuple[str, ...]:
    from plugins.sales.services.deliveries import HandOver, deliver

    async def work(scope: Scope) -> tuple[str, ...]:
        row = await SalesOrder.get(id=parse_global_id(order)[1])
        with pytest.raises(PreconditionRefusal) as refused:
            await deliver(scope, row, HandOver(5, CHECKS, signed=signed))
        found: tuple[str, ...] = refused.value.details["missing"]
        return found

    return await floor.showroom.sample.run(work)


async def test_cancellation_frees_the_car_and_a_refused_one_goes_back(floor: Floor) -> None:
    (car,) = await floor.showroom.stocked()
    order = await floor.confirmed(1, car)
    await floor.done(floor.seller, "allocateVehicle", "salesOrder { id }", order=order)
    await floor.pass_pdi(car)
    await floor.pay(order, 244_200)
    await floor.done(floor.cashier, "issueInvoice", "invoiceRecord { id }", order=order, number="1")
    shown = "salesOrder { state }"
    ask = {"order": order, "reason": "CUSTOMER_WITHDREW"}
    await floor.done(floor.seller, "requestOrderCancellation", shown, **ask)
    assert await floor.codes(floor.seller, "cancelOrder", shown, order=order) == ["FORBIDDEN"]
    for name in ("confirmOrder", "allocateVehicle"):  # they are no way round the second person
        assert await floor.codes(floor.seller, name, shown, order=order) == ["INVALID_TRANSITION"], name
    await floor.done(floor.manager, "keepOrder", shown, order=order)
    assert (await floor.row(SalesOrder, order)).state == OrderState.INVOICED
    await floor.done(floor.seller, "requestOrderCancellation", shown, **ask)
    await floor.done(floor.manager, "cancelOrder", shown, order=order)
    row = await floor.row(SalesOrder, order)
    assert row.state == OrderState.CANCELLED
    assert (await floor.showroom.vehicle(car)).state == "IN_STOCK"
    (invoice,) = await floor.showroom.rows(InvoiceRecord)
    assert invoice.reversed_at is not None
    (deal,) = await floor.showroom.rows(Opportunity)
    assert deal.state == OpportunityState.OPEN
    answer = await floor.seller("{ customers { nodes { lifecycle } } }")
    assert answer.data["customers"]["nodes"] == [{"lifecycle": "INTENT"}]
    await floor.confirmed(2, car)


async def test_shares_of_a_sale_make_a_whole(floor: Floor) -> None:
    order = await floor.order()
    users = [global_id("User", await floor.showroom.sample.add_user(login)) for login in ("x", "y")]
    shown = "salesOrder { shares { nodes { shareBp } } }"

    def shares(*parts: int) -> list[dict[str, Any]]:
        return [{"user": user, "shareBp": part} for user, part in zip(users, parts, strict=False)]

    assert await floor.codes(floor.manager, "splitCommission", shown, order=order, shares=shares(5_000, 4_999)) == [
        "VALIDATION_ERROR"
    ]
    await floor.done(floor.manager, "splitCommission", shown, order=order, shares=shares(7_000, 3_000))
    row = await floor.done(floor.manager, "splitCommission", shown, order=order, shares=shares(10_000))
    assert row["shares"]["nodes"] == [{"shareBp": 10_000}]


async def test_drives_of_one_car_or_one_specialist_do_not_overlap(floor: Floor) -> None:
    first, second = await floor.showroom.demonstrator(), await floor.showroom.demonstrator()
    customers = [global_id("Customer", await floor.customer(number)) for number in range(4)]

    async def ask(client: Client, number: int, car: UUID, begin: str, end: str) -> Any:
        wanted = {
            "customer": customers[number],
            "vehicle": global_id("StockVehicle", car),
            "slotFrom": f"2026-11-21T{begin}:00Z",
            "slotTo": f"2026-11-21T{end}:00Z",
        }
        problems = "problems { code ... on SlotTakenProblem { nextFree testDrive { slotFrom } } }"
        operation = "mutation($i: ScheduleTestDriveInput!) { scheduleTestDrive(input: $i) { testDrive { id } %s } }"
        return await client.payload(operation % problems, i=wanted)

    async def book(client: Client, number: int, car: UUID, begin: str, end: str) -> list[str]:
        return [problem["code"] for problem in (await ask(client, number, car, begin, end))["problems"]]

    answers = await asyncio.gather(*(book(floor.seller, number, first, "04:00", "05:00") for number in range(4)))
    assert answers.count([]) == 1
    assert answers.count(["SLOT_TAKEN"]) == 3
    assert await book(floor.seller, 1, second, "04:30", "05:30") == ["SLOT_TAKEN"]
    assert await book(floor.manager, 1, first, "04:59", "05:30") == ["SLOT_TAKEN"]
    (problem,) = (await ask(floor.manager, 1, first, "04:59", "05:30"))["problems"]
    assert problem["nextFree"] == "2026-11-21T05:00:00Z"
    assert problem["testDrive"] == {"slotFrom": "2026-11-21T04:00:00Z"}
    assert await book(floor.manager, 1, first, "05:00", "05:30") == []
    assert await book(floor.manager, 2, second, "01:00", "01:30") == ["VALIDATION_ERROR"]
    assert len(await floor.showroom.rows(TestDrive)) == 2


async def test_taken_slot_names_the_next_free_one(floor: Floor) -> None:
    car = await floor.showroom.demonstrator()
    customer = global_id("Customer", await floor.customer())
    vehicle = global_id("StockVehicle", car)
    for begin, end in (("04:00", "05:00"), ("05:30", "06:00")):
        slot = {"slotFrom": f"2026-11-21T{begin}:00Z", "slotTo": f"2026-11-21T{end}:00Z"}
        await floor.done(
            floor.seller, "scheduleTestDrive", "testDrive { id }", customer=customer, vehicle=vehicle, **slot
        )
    answer = await floor.seller.payload(
        "mutation($i: ScheduleTestDriveInput!) { scheduleTestDrive(input: $i) { problems { code message } } }",
        i={
            "customer": customer,
            "vehicle": vehicle,
            "slotFrom": "2026-11-21T04:30:00Z",
            "slotTo": "2026-11-21T05:30:00Z",
        },
    )
    assert "2026-11-21T06:00:00+00:00" in answer["problems"][0]["message"]


async def test_drive_needs_licence_agreement_and_a_forward_odometer(floor: Floor) -> None:
    car = await floor.showroom.demonstrator()
    drive = await floor.done(
        floor.seller,
        "scheduleTestDrive",
        "testDrive { id }",
        customer=global_id("Customer", await floor.customer()),
        vehicle=global_id("StockVehicle", car),
        slotFrom="2026-11-21T04:00:00Z",
        slotTo="2026-11-21T05:00:00Z",
    )
    shown, gid = "testDrive { state }", drive["id"]

    async def out(until: str, signed: bool) -> list[str]:
        values = {"licenceValidUntil": until, "agreementSigned": signed, "odometerKm": 12}
        return await floor.codes(floor.seller, "checkOutTestDrive", shown, testDrive=gid, **values)

    assert await out("2026-11-20", True) == ["PRECONDITION_FAILED"]
    assert await out("2026-11-21", False) == ["PRECONDITION_FAILED"]
    assert await out("2026-11-21", True) == []
    assert await floor.codes(floor.seller, "returnTestDrive", shown, testDrive=gid, odometerKm=11) == [
        "VALIDATION_ERROR"
    ]
    await floor.done(floor.seller, "returnTestDrive", shown, testDrive=gid, odometerKm=30)
    await floor.done(floor.seller, "completeTestDrive", shown, testDrive=gid, satisfaction=8)


async def test_lists_cost_as_many_statements_for_one_order_as_for_many(floor: Floor) -> None:
    fields = """docNo total { amountMinor } customer { name } lines { nodes { name gross { amountMinor } } }
        receipts { nodes { amount { amountMinor } } } opportunity { stageHistory { nodes { stage } } }"""
    counts = []
    for numbers in (range(1, 2), range(2, 12)):
        for number in numbers:
            await floor.pay(await floor.confirmed(number), 1_000)
        with floor.showroom.sample.dealer.database.counting() as statements:
            answer = await floor.manager(f"{{ salesOrders(first: 15) {{ nodes {{ {fields} }} }} }}")
        assert len(answer.data["salesOrders"]["nodes"]) == max(numbers)
        counts.append(len(statements))
    assert counts[0] == counts[1]


async def test_same_key_again_makes_no_second_order(floor: Floor) -> None:
    offer = await floor.accepted(await floor.deal())
    operation = """mutation($i: CreateOrderInput!) { createOrder(input: $i, idempotencyKey: "k") {
        salesOrder { docNo } problems { code } } }"""
    values = {"quotation": offer, "deposit": yuan(10_000)}
    answers = await asyncio.gather(*(floor.seller.payload(operation, i=values) for _ in range(5)))
    assert len({answer["salesOrder"]["docNo"] for answer in answers}) == 1
    assert len(await floor.showroom.rows(SalesOrder)) == 1


async def test_costs_are_hidden_from_who_may_not_know(floor: Floor) -> None:
    (car,) = await floor.showroom.stocked()
    await floor.order(1, car)
    query = "{ salesOrders { nodes { costTotal { amountMinor } lines(first: 5) { nodes { cost { amountMinor } } } } } }"
    hidden = (await floor.seller(query)).data["salesOrders"]["nodes"][0]
    shown = (await floor.manager(query)).data["salesOrders"]["nodes"][0]
    assert hidden == {"costTotal": None, "lines": {"nodes": [{"cost": None}]}}
    assert shown["costTotal"] == {"amountMinor": "22400000"}


async def test_colleagues_deal_is_out_of_sight(floor: Floor) -> None:
    deal = await floor.deal()
    offer = await floor.offer(deal)
    other = await floor.showroom.hire("other")
    assert await floor.codes(other, "moveOpportunity", "opportunity { id }", opportunity=deal, stage="PROPOSAL") == [
        "NOT_FOUND"
    ]
    assert await floor.codes(other, "sendQuotation", "quotation { id }", quotation=offer) == ["NOT_FOUND"]
    answer = await other("query($id: ID!) { opportunity(id: $id) { id } quotations { totalCount } }", id=deal)
    assert answer.data == {"opportunity": None, "quotations": {"totalCount": 0}}


async def test_money_of_a_cancelled_order_is_paid_back_up_to_what_is_owed(floor: Floor) -> None:
    order = await floor.confirmed()
    await floor.pay(order, 10_000)
    shown, back = "salesOrder { id }", {"order": order, "kind": "REFUND", "method": "TRANSFER"}
    refund = ("recordReceipt", "receipt { id }")
    assert await floor.codes(floor.cashier, *refund, **back, amount=yuan(1)) == ["PRECONDITION_FAILED"]
    await floor.done(floor.seller, "requestOrderCancellation", shown, order=order, reason="STORE_FAULT")
    await floor.done(floor.manager, "cancelOrder", shown, order=order)
    # The store is at fault, so it owes the earnest money twice.
    assert await floor.codes(floor.cashier, *refund, **back, amount=yuan(20_001)) == ["REFUND_LIMIT"]
    assert await floor.codes(floor.cashier, *refund, **back, amount=yuan(20_000)) == []
    assert await floor.pay(order, 1) == ["PRECONDITION_FAILED"]
