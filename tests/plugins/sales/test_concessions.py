"""What is given away with a sale, however it is hidden, needs somebody who may give it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from core.caller import Reach
from core.ids import parse_global_id
from forecourt import Money, Scope, global_id
from forecourt.testing import Client
from plugins.customers.api import create_customer
from plugins.inventory.models.catalogue import PriceItem, Trim
from plugins.inventory.services import intake as stock_intake
from plugins.inventory.services.intake import Arrival, Description
from plugins.inventory.services.kinds import Powertrain
from plugins.sales.models.grants import PriceGrant
from plugins.sales.models.opportunities import Opportunity, PipelineStage, StageEntry
from plugins.sales.models.orders import SalesOrder
from plugins.sales.services.stages import StageKind
from plugins.sales.services.states import OpportunityState
from tests.plugins.sales.conftest import Showroom, vin
from tests.plugins.sales.floor import CHECKS, Floor, yuan

DEAR_GUIDE = Money(26_780_000)
DEAR_FLOOR = Money(25_000_000)
SHOWN = "quotation { id state }"
REFUSED = """problems { code message path
    ... on LimitProblem { amount { amountMinor } limit { amountMinor } reasons permissions }
    ... on PreconditionProblem { missing } }"""


@dataclass
class Market:
    """A floor with a dear trim, one without a price list, and somebody who may sell down to the floor."""

    floor: Floor
    boss: Client
    dear: UUID
    unlisted: UUID

    async def car(self, trim: UUID) -> UUID:
        """Take a car of a trim in."""
        house = self.floor.showroom

        async def work(scope: Scope) -> UUID:
            described = Description(trim_id=trim, exterior_color_id=house.white, purchase_cost=Money(20_000_000))
            arrival = Arrival(vin=vin(next(house.numbers)), warehouse_id=house.place)
            return (await stock_intake.take_in(scope, described, arrival, house.sample.store_id)).id

        return await house.sample.run(work)

    async def quoted(self, number: int = 1, **values: Any) -> str:
        """Return an offer of the seller for no car that the catalogue knows."""
        deal = await self.floor.deal(number)
        row = await self.floor.done(self.floor.seller, "createQuotation", SHOWN, opportunity=deal, **values)
        return str(row["id"])

    async def refusal(self, client: Client, name: str, shown: str, **values: Any) -> Any:
        """Run a command that must be refused with one problem, and return that."""
        kind = name[0].upper() + name[1:]
        text = f"mutation($i: {kind}Input!) {{ {name}(input: $i) {{ {shown} {REFUSED} }} }}"
        (problem,) = (await client.payload(text, i=values))["problems"]
        return problem

    async def approved(self, offer: str, approver: Client) -> None:
        """Have an offer approved and send it, and take the customer's yes."""
        await self.floor.done(self.floor.seller, "submitQuotation", SHOWN, quotation=offer)
        await self.floor.done(approver, "approveQuotation", SHOWN, quotation=offer)
        await self.taken(offer)

    async def taken(self, offer: str) -> None:
        """Send an offer and take the customer's yes."""
        await self.floor.done(self.floor.seller, "sendQuotation", SHOWN, quotation=offer)
        await self.floor.done(self.floor.seller, "acceptQuotation", SHOWN, quotation=offer)

    async def confirmed(self, offer: str) -> str:
        """Return the confirmed order of an accepted offer."""
        made = {"quotation": offer, "deposit": yuan(1_000)}
        order = (await self.floor.done(self.floor.seller, "createOrder", "salesOrder { id }", **made))["id"]
        await self.floor.done(self.floor.seller, "confirmOrder", "salesOrder { id }", order=order)
        return str(order)


@pytest.fixture
async def market(showroom: Showroom) -> Market:
    async def work(_: Scope) -> tuple[UUID, UUID]:
        made = []
        for code in ("VOYAGE-MAX", "VOYAGE-OLD"):
            trim = Trim(series_id=showroom.series, code=code, name=code, model_year=2026, powertrain=Powertrain.ICE)
            await trim.save()
            made.append(trim.id)
        prices = {"guide_price": DEAR_GUIDE, "floor_price": DEAR_FLOOR}
        await PriceItem(trim_id=made[0], valid_from=date(2026, 1, 1), **prices).save()
        return made[0], made[1]

    dear, unlisted = await showroom.sample.run(work)
    return Market(await Floor.of(showroom), await showroom.hire("boss", "store_manager"), dear, unlisted)


def a_car(price: int, **more: Any) -> dict[str, Any]:
    return {"kind": "VEHICLE", "name": "a car", "price": yuan(price), **more}


async def test_car_that_nobody_named_is_measured_when_it_is_named(market: Market) -> None:
    floor, car = market.floor, await market.car(market.dear)
    offer = await market.quoted(lines=[a_car(10_000, listPrice=yuan(10_000))])
    refused = await market.refusal(floor.seller, "sendQuotation", SHOWN, quotation=offer)
    assert (refused["code"], refused["reasons"]) == ("DISCOUNT_LIMIT", ["UNPRICED"])
    assert refused["permissions"] == ["sales.quotation.discount_to_floor", "sales.quotation.discount_below_floor"]
    await market.approved(offer, market.boss)
    order = await market.confirmed(offer)
    vehicle = global_id("StockVehicle", car)
    shown = "salesOrder { id }"
    for client in (floor.seller, floor.manager, market.boss):
        refused = await market.refusal(client, "allocateVehicle", shown, order=order, vehicle=vehicle)
        assert (refused["code"], refused["amount"]) == ("DISCOUNT_LIMIT", {"amountMinor": "25780000"})
        assert "FLOOR" in refused["reasons"]
        assert refused["permissions"] == ["sales.quotation.discount_below_floor"]
    assert (await floor.row(SalesOrder, order)).vehicle_id is None
    beyond = await market.refusal(market.boss, "approveOrderPrice", "priceGrant { id }", order=order, vehicle=vehicle)
    assert beyond["reasons"] == ["FLOOR"]
    hq = await floor.showroom.hire("hq", "hq")
    granted = await floor.done(
        hq, "approveOrderPrice", "priceGrant { amount { amountMinor } isApproval }", order=order, vehicle=vehicle
    )
    assert granted == {"amount": {"amountMinor": "25780000"}, "isApproval": True}
    await floor.done(floor.seller, "allocateVehicle", shown, order=order, vehicle=vehicle)
    assert (await floor.row(SalesOrder, order)).given_away == Money(25_780_000)


FILM = {"kind": "ACCESSORY", "code": "FILM", "name": "Film"}


@pytest.mark.parametrize(
    ("line", "given", "reasons"),
    [
        ({"kind": "GIFT", "name": "Wallbox", "price": yuan(0), "cost": yuan(30_000)}, 30_000, None),
        ({"kind": "ACCESSORY", "name": "Rims", "price": yuan(1), "listPrice": yuan(50_000)}, 49_999, None),
        ({"kind": "ACCESSORY", "name": "Rims", "price": yuan(1)}, 0, ["UNPRICED"]),
        ({"kind": "OPTION", "name": "Roof", "price": yuan(9_000)}, 0, ["UNPRICED"]),
        ({"kind": "INSURANCE", "name": "Insurance", "price": yuan(0), "cost": yuan(6_000)}, 6_000, ["AMOUNT"]),
        ({"kind": "INSURANCE", "name": "Insurance", "price": yuan(0)}, 0, ["UNPRICED"]),
        ({"kind": "SERVICE_PACK", "name": "Service", "price": yuan(0), "cost": yuan(0)}, 0, ["UNPRICED"]),
        # The catalogue knows better than the seller; quantities count.
        ({**FILM, "price": yuan(800), "listPrice": yuan(800)}, 6_000, ["AMOUNT"]),
        ({**FILM, "price": yuan(5_800), "quantity": "6"}, 6_000, ["AMOUNT"]),
        ({"kind": "FITTING", "name": "Work", "price": yuan(1), "listPrice": yuan(3_001), "quantity": "2"}, 6_000, None),
    ],
)
async def test_whatever_is_given_away_counts(
    market: Market, line: dict[str, Any], given: int, reasons: list[str] | None
) -> None:
    offer = await market.quoted(trim=global_id("Trim", market.floor.showroom.trim), lines=[line])
    refused = await market.refusal(market.floor.seller, "sendQuotation", SHOWN, quotation=offer)
    assert (refused["code"], refused["amount"]) == ("DISCOUNT_LIMIT", {"amountMinor": str(given * 100)})
    assert refused["limit"] == {"amountMinor": "500000"}
    assert reasons is None or refused["reasons"] == reasons
    seen = await market.floor.manager(f'{{ quotation(id: "{offer}") {{ givenAway {{ amountMinor }} }} }}')
    assert seen.data["quotation"]["givenAway"] == {"amountMinor": str(given * 100)}


async def test_what_is_given_away_adds_up(market: Market) -> None:
    lines = [
        {**FILM, "price": yuan(4_800)},
        {"kind": "GIFT", "name": "Mats", "price": yuan(0), "cost": yuan(1_500)},
        {"kind": "REGISTRATION", "name": "Plate", "price": yuan(100), "cost": yuan(600)},
    ]
    trim = global_id("Trim", market.floor.showroom.trim)
    within = await market.quoted(1, trim=trim, lines=lines, discounts=[{"amount": yuan(1_000)}])
    await market.floor.done(market.floor.seller, "sendQuotation", SHOWN, quotation=within)
    beyond = await market.quoted(
        2, trim=trim, lines=lines, discounts=[{"amount": {**yuan(0), "amountMinor": "100001"}}]
    )
    refused = await market.refusal(market.floor.seller, "sendQuotation", SHOWN, quotation=beyond)
    assert refused["amount"] == {"amountMinor": "500001"}


async def test_store_manager_gives_no_gifts_below_the_floor(market: Market) -> None:
    wallbox = {"kind": "GIFT", "name": "Wallbox", "price": yuan(0), "cost": yuan(19_201)}
    offer = await market.quoted(trim=global_id("Trim", market.floor.showroom.trim), lines=[wallbox])
    await market.floor.done(market.floor.seller, "submitQuotation", SHOWN, quotation=offer)
    refused = await market.refusal(market.boss, "approveQuotation", SHOWN, quotation=offer)
    assert (refused["reasons"], refused["permissions"]) == (["FLOOR"], ["sales.quotation.discount_below_floor"])


async def test_price_of_what_the_store_has_paid_is_told_to_nobody_who_may_not_know(market: Market) -> None:
    await market.floor.showroom.films(30)
    gift = {"kind": "GIFT", "code": "FILM", "name": "Film", "price": yuan(0), "cost": yuan(1), "quantity": "2"}
    offer = await market.quoted(trim=global_id("Trim", market.floor.showroom.trim), lines=[gift])
    refused = await market.refusal(market.floor.seller, "sendQuotation", SHOWN, quotation=offer)
    assert (refused["amount"], refused["reasons"]) == (None, ["AMOUNT", "PERCENTAGE"])
    await market.floor.done(market.floor.seller, "submitQuotation", SHOWN, quotation=offer)
    await market.floor.done(market.floor.manager, "approveQuotation", SHOWN, quotation=offer)
    (granted,) = await market.floor.showroom.rows(PriceGrant)
    assert (granted.amount, granted.is_approval) == (Money(900_000), True)


async def test_dearer_car_than_was_approved_needs_another_approval(market: Market) -> None:
    floor = market.floor
    offer = await market.quoted(lines=[a_car(238_000)])
    await market.approved(offer, market.boss)
    order = await market.confirmed(offer)
    shown = "salesOrder { id }"
    cheap, dear = await market.car(floor.showroom.trim), await market.car(market.dear)
    named = {"order": order, "vehicle": global_id("StockVehicle", cheap)}
    assert await floor.codes(floor.seller, "allocateVehicle", shown, **named) == ["DISCOUNT_LIMIT"]
    assert await floor.codes(floor.seller, "approveOrderPrice", "priceGrant { id }", **named) == ["FORBIDDEN"]
    await floor.done(floor.manager, "approveOrderPrice", "priceGrant { id }", **named)
    dearer = {"order": order, "vehicle": global_id("StockVehicle", dear)}
    assert await floor.codes(floor.seller, "allocateVehicle", shown, **dearer) == ["DISCOUNT_LIMIT"]
    await floor.done(floor.seller, "allocateVehicle", shown, **named)


async def test_nobody_approves_the_price_of_his_own_order(market: Market) -> None:
    floor = market.floor
    order = await floor.confirmed()
    own = floor.showroom.sample.client(floor.seller.caller.user_id)
    assert await floor.codes(own, "approveOrderPrice", "priceGrant { id }", order=order) == ["SECOND_PERSON_NEEDED"]


async def test_unlisted_car_is_measured_by_its_cost(market: Market) -> None:
    car = await market.car(market.unlisted)
    offer = await market.quoted(vehicle=global_id("StockVehicle", car), lines=[a_car(225_999)])
    refused = await market.refusal(market.boss, "sendQuotation", SHOWN, quotation=offer)
    assert (refused["reasons"], refused["amount"]) == (["FLOOR"], {"amountMinor": "100"})
    again = await market.quoted(2, vehicle=global_id("StockVehicle", car), lines=[a_car(226_000)])
    refused = await market.refusal(market.floor.seller, "sendQuotation", SHOWN, quotation=again)
    assert (refused["reasons"], refused["amount"]) == (["UNPRICED"], None)
    await market.approved(again, market.boss)


async def test_rights_of_another_store_grant_nothing_here(market: Market) -> None:
    floor = market.floor
    elsewhere = await floor.showroom.sample.add_store("S2")
    rights = dict(floor.seller.caller.permissions)
    more = {**rights, "sales.quotation.discount_to_floor": Reach.STORE}
    both = floor.showroom.sample.client(floor.seller.caller.user_id, permissions=more)
    here = floor.showroom.sample.store_id
    object.__setattr__(both.caller, "store_ids", frozenset({here, elsewhere}))
    object.__setattr__(both.caller, "by_store", {here: rights, elsewhere: more})
    offer = await floor.offer(await floor.deal(), discounts=[{"amount": yuan(9_000)}])
    assert await floor.codes(both, "sendQuotation", SHOWN, quotation=offer) == ["DISCOUNT_LIMIT"]


@pytest.mark.parametrize("charge", ["GIFT", "CAPITALISE"])
async def test_what_was_built_in_beside_the_order_counts_before_the_delivery(market: Market, charge: str) -> None:
    floor, house = market.floor, market.floor.showroom
    await house.films(2)
    car = await market.car(house.trim)
    offer = await market.quoted(vehicle=global_id("StockVehicle", car), discounts=[{"amount": yuan(4_000)}])
    await market.taken(offer)
    order = await market.confirmed(offer)
    await floor.done(floor.seller, "allocateVehicle", "salesOrder { id }", order=order)
    fitter = house.sample.client(await house.sample.add_user("fitter"))
    checker = house.sample.client(await house.sample.add_user("checker"))
    asked = {
        "vehicle": global_id("StockVehicle", car),
        "warehouse": global_id("Warehouse", house.place),
        "charge": charge,
        "lines": [{"item": global_id("Item", house.film), "quantity": "1"}],
    }
    job = (await floor.done(fitter, "requestFitting", "fittingJob { id }", **asked))["id"]
    await floor.done(fitter, "startFitting", "fittingJob { id }", job=job)
    for who, name in ((fitter, "finishFitting"), (checker, "completeFitting")):
        await who.command(
            f"mutation($i: FittingJobInput!) {{ {name}(input: $i) {{ problems {{ code }} }} }}", i={"job": job}
        )
    await floor.pass_pdi(car)
    assert await floor.pay(order, 240_200) == []
    await floor.done(floor.cashier, "issueInvoice", "invoiceRecord { id }", order=order, number="1")
    hand_over = {"order": order, "odometerKm": 5, "checklist": CHECKS, "signed": True}
    refused = await market.refusal(floor.seller, "deliverOrder", "delivery { id }", **hand_over)
    assert (refused["code"], refused["reasons"], refused["amount"]) == (
        "DISCOUNT_LIMIT",
        ["AMOUNT", "PERCENTAGE"],
        None,
    )
    await floor.done(floor.manager, "approveOrderPrice", "priceGrant { id }", order=order)
    await floor.done(floor.seller, "deliverOrder", "delivery { id }", **hand_over)
    assert (await floor.row(SalesOrder, order)).given_away == Money(850_000)


async def test_value_of_a_trade_in_is_approved_before_the_delivery(market: Market) -> None:
    floor, car = market.floor, await market.car(market.floor.showroom.trim)
    order = await floor.confirmed(1, car)
    await floor.done(floor.seller, "allocateVehicle", "salesOrder { id }", order=order)
    await floor.pass_pdi(car)
    for method, amount in (("TRADE_IN", 200_000), ("TRANSFER", 44_200)):
        paid = {"order": order, "method": method, "amount": yuan(amount)}
        await floor.done(floor.cashier, "recordReceipt", "receipt { id }", **paid)
    await floor.done(floor.cashier, "issueInvoice", "invoiceRecord { id }", order=order, number="1")
    hand_over = {"order": order, "odometerKm": 5, "checklist": CHECKS, "signed": True}
    refused = await market.refusal(floor.manager, "deliverOrder", "delivery { id }", **hand_over)
    assert (refused["code"], refused["reasons"]) == ("DISCOUNT_LIMIT", ["TRADE_IN"])
    await floor.done(market.boss, "approveOrderPrice", "priceGrant { id }", order=order)
    await floor.done(floor.seller, "deliverOrder", "delivery { id }", **hand_over)


@pytest.mark.parametrize(
    ("lines", "path"),
    [
        ([a_car(200_000), a_car(44_200)], ["lines"]),
        ([a_car(244_200, quantity="0.5")], ["lines"]),
        ([{"kind": "GIFT", "name": "Mats", "price": yuan(0), "cost": yuan(-9_000)}], ["cost"]),
        ([{**FILM, "price": yuan(1), "listPrice": yuan(-1)}], ["lines", "0", "listPrice"]),
        (
            [{**FILM, "price": yuan(1), "listPrice": {"amountMinor": "1", "currency": "JPY"}}],
            ["lines", "0", "listPrice"],
        ),
    ],
)
async def test_line_that_would_hide_what_is_given_away_is_refused(
    market: Market, lines: list[dict[str, Any]], path: list[str]
) -> None:
    asked = {"opportunity": await market.floor.deal(), "trim": global_id("Trim", market.floor.showroom.trim)}
    refused = await market.refusal(market.floor.seller, "createQuotation", SHOWN, **asked, lines=lines)
    assert (refused["code"], refused["path"]) == ("VALIDATION_ERROR", path)


async def test_order_for_accessories_gets_no_car(market: Market) -> None:
    floor, car = market.floor, await market.car(market.dear)
    offer = await market.quoted(lines=[{**FILM, "price": yuan(6_800)}])
    await market.taken(offer)
    order = await market.confirmed(offer)
    named = {"order": order, "vehicle": global_id("StockVehicle", car)}
    assert await floor.codes(market.boss, "allocateVehicle", "salesOrder { id }", **named) == ["VALIDATION_ERROR"]


async def test_deal_is_won_through_the_gates_of_all_its_stages(market: Market) -> None:
    floor = market.floor

    async def stranger(scope: Scope) -> UUID:
        owner = floor.seller.caller.user_id
        return (await create_customer(scope, name="路人", phone="13800009999", owner_id=owner)).id

    customer = global_id("Customer", await floor.showroom.sample.run(stranger))
    deal = (await floor.done(floor.seller, "openOpportunity", "opportunity { id }", customer=customer))["id"]
    offer = await floor.accepted(deal)
    made = {"quotation": offer, "deposit": yuan(1_000)}
    order = (await floor.done(floor.seller, "createOrder", "salesOrder { id }", **made))["id"]
    refused = await market.refusal(floor.seller, "confirmOrder", "salesOrder { id }", order=order)
    assert (refused["code"], refused["missing"]) == ("PRECONDITION_FAILED", ["MODEL", "BUDGET", "TIME"])
    assert (await floor.row(Opportunity, deal)).state == OpportunityState.OPEN


async def test_won_deal_has_passed_through_all_stages(market: Market) -> None:
    await market.floor.confirmed()
    entries = sorted(await market.floor.showroom.rows(StageEntry), key=lambda entry: entry.position)
    assert [(entry.stage, entry.direction.value) for entry in entries] == [
        ("FIRST_CONTACT", "FWD"),
        ("NEEDS_CONFIRMED", "SKIP"),
        ("PROPOSAL", "SKIP"),
        ("NEGOTIATION", "FWD"),
    ]


async def test_stage_of_the_won_is_not_entered_by_hand(market: Market) -> None:
    floor = market.floor

    async def work(_: Scope) -> None:
        for place, kind in enumerate((StageKind.OPEN, StageKind.WON), 1):
            await PipelineStage(code=kind.value, name=kind.value, position=place, probability_bp=0, kind=kind).save()

    await floor.showroom.sample.run(work)
    deal = await floor.deal()

    async def first(_: Scope) -> None:
        row = await Opportunity.get(id=parse_global_id(deal)[1])
        assert row.stage == "OPEN"

    await floor.showroom.sample.run(first)
    asked = {"opportunity": deal, "stage": "WON"}
    assert await floor.codes(floor.seller, "moveOpportunity", "opportunity { id }", **asked) == ["VALIDATION_ERROR"]


async def test_deal_has_one_live_order(market: Market) -> None:
    floor = market.floor
    deal = await floor.deal()
    offers = [await floor.accepted(deal) for _ in range(2)]
    order, second = [{"quotation": offer, "deposit": yuan(1_000)} for offer in offers]
    await floor.done(floor.seller, "createOrder", "salesOrder { id }", **order)
    assert await floor.codes(floor.seller, "createOrder", "salesOrder { id }", **second) == ["CONFLICT"]
