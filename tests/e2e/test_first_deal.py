"""A dealer's first deal over HTTP alone: from a lead document to the thank-you that waits for the morning."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.server import Installation, Person, is_ready
from tests.plugins.sales.adf_samples import document, prospect
from tests.plugins.sales.conftest import vin as demonstrator_vin
from tests.waiting import HANGS_SECONDS

VIN = "LSVAU2189T2100001"
CHECKS = ["EXTERIOR", "INTERIOR", "FUNCTIONS", "DOCUMENTS", "EXPLANATION"]
MORNING, NOON, EVENING = "2026-11-21T02:00:00Z", "2026-11-21T04:05:00Z", "2026-11-21T13:10:00Z"
LATER = "2026-11-22T00:00:00Z"


def yuan(amount: int) -> dict[str, str]:
    return {"amountMinor": str(amount * 100), "currency": "CNY"}


@pytest.fixture
def installation(tmp_path: Path, database_url: str) -> Installation:
    (tmp_path / "forecourt.toml").write_text('[server]\ndata_folder = "data"\n', encoding="utf-8")
    made = Installation(tmp_path, database_url)
    assert "sales_consultant" in made.command("demo", clock=MORNING)
    return made


def eventually(look: Any, wanted: Any) -> Any:
    """Return what `look` gives once it is as wanted; events are delivered a moment after the commit."""
    until = time.monotonic() + HANGS_SECONDS
    while True:
        found = look()
        if wanted(found) or time.monotonic() > until:
            assert wanted(found), found
            return found
        time.sleep(0.2)


def stock(manager: Person) -> int:
    """Return how many new cars of the trim stand in the store."""
    text = """{ stockVehicleStats(filter: {trim: {code: {eq: "DEAL"}}, state: {in: [IN_STOCK, RESERVED, ALLOCATED]},
      purpose: {eq: SALE}}) { count } }"""
    return int(manager.ask(text)["stockVehicleStats"][0]["count"])


class Deal:
    """What one step of the scenario hands to the next."""

    vehicle: str
    demonstrator: str
    place: str
    film: str
    lead: str
    customer: str
    opportunity: str
    drive: str
    order: str


def test_first_deal(installation: Installation) -> None:
    deal = Deal()
    with installation.serving(MORNING) as address:
        assert is_ready(address)  # while what the demo has told of the past is being delivered
        fill_the_yard(address, deal)
        take_the_lead(address, deal)
        assert is_ready(address)
    with installation.serving(NOON) as address:
        sell(address, deal)
        make_ready_and_pay(address, deal)
    with installation.serving(EVENING) as address:
        before = stock(Person(address, "store_manager"))
        deliver(address, deal)
        assert stock(Person(address, "store_manager")) == before - 1
        look_at_what_followed(address, deal)
        # A server that ends leaves what it has not delivered to the next one.
        eventually(lambda: installation.command("events", "status", clock=LATER), lambda said: "due for 0 s" in said)
    again = installation.command("events", "replay", "--times", "2", clock=EVENING)
    assert "changed nothing" in again
    with installation.serving(EVENING) as address:
        look_at_what_followed(address, deal)


def fill_the_yard(address: str, deal: Deal) -> None:
    """Put the car of the deal, a demonstrator and a film kit into stock."""
    manager = Person(address, "store_manager")
    series = manager.one("seriesList", "Series", "id", {"code": {"eq": "YUANXING"}})["id"]
    trim = manager.do(
        "createTrim", "trim { id }", series=series, code="DEAL", name="远行 成交版", modelYear=2026, powertrain="ICE"
    )["id"]
    prices = {"guidePrice": yuan(244_200), "floorPrice": yuan(225_000), "validFrom": "2026-01-01"}
    manager.do("createPriceItem", "priceItem { id }", trim=trim, **prices)
    white = manager.one("colorCodes", "ColorCode", "id", {"code": {"eq": "WHITE"}})["id"]
    deal.place = manager.one("warehouses", "Warehouse", "id", {"kind": {"eq": "WAREHOUSE"}})["id"]
    deal.film = manager.one("items", "Item", "id", {"code": {"eq": "FILM"}})["id"]
    described = {"trim": trim, "exteriorColor": white, "purchaseCost": yuan(224_000)}
    taken = [
        manager.do(
            "takeInVehicle", "stockVehicle { id }", vehicle=described, arrival={"vin": vin, "warehouse": deal.place}
        )
        for vin in (VIN, demonstrator_vin(777))
    ]
    deal.vehicle, deal.demonstrator = (one["id"] for one in taken)
    manager.do("changeVehiclePurpose", "stockVehicle { state }", vehicle=deal.demonstrator, purpose="TEST_DRIVE")


def take_the_lead(address: str, deal: Deal) -> None:
    """A web inquiry comes in, is given to a consultant, called, qualified and converted; a test drive is booked."""
    manager = Person(address, "sales_manager")
    answer = manager.post("/intake/adf", document(prospect()).encode(), "text/xml")
    assert answer.status_code == 200, answer.text
    (told,) = answer.json()["prospects"]
    assert told["outcome"] == "accepted"
    deal.lead = told["lead"]
    text = "query($id: ID!) { lead(id: $id) { state owner { id } customer { id } } }"
    lead = eventually(lambda: manager.ask(text, id=deal.lead)["lead"], lambda one: one["owner"] and one["customer"])
    assert lead["state"] == "ASSIGNED"
    deal.customer = lead["customer"]["id"]
    consultant = Person(address, "sales_consultant")
    me = consultant.ask("{ viewer { userId } }")["viewer"]["userId"]
    if lead["owner"]["id"] != me:
        manager.do("assignLead", "lead { state }", lead=deal.lead, owner=me)
    again = manager.post("/intake/adf", document(prospect(status="resend")).encode(), "application/x-adf+xml")
    assert [one["outcome"] for one in again.json()["prospects"]] == ["updated"]
    consultant.do("recordLeadContact", "lead { state }", lead=deal.lead, reached=True)
    wishes = {
        "models": ["YUANXING"],
        "colors": ["WHITE"],
        "budgetMin": yuan(220_000),
        "budgetMax": yuan(260_000),
        "expectedOn": "2026-11-27",
    }
    consultant.do("qualifyLead", "lead { state }", lead=deal.lead, wishes=wishes)
    selection = "opportunity { id customer { lifecycle intentLevel } }"
    made = consultant.do("convertLead", selection, lead=deal.lead)
    assert made["customer"] == {"lifecycle": "INTENT", "intentLevel": "H"}
    deal.opportunity = made["id"]
    consultant.do("moveOpportunity", "opportunity { stage }", opportunity=deal.opportunity, stage="NEEDS_CONFIRMED")
    consultant.do(
        "grantConsent", "consent { state }", customer=deal.customer, purpose="MARKETING_SMS", evidence="signed"
    )
    slot = {"slotFrom": "2026-11-21T04:00:00Z", "slotTo": "2026-11-21T05:00:00Z"}
    deal.drive = consultant.do(
        "scheduleTestDrive",
        "testDrive { id }",
        customer=deal.customer,
        opportunity=deal.opportunity,
        vehicle=deal.demonstrator,
        **slot,
    )["id"]


def sell(address: str, deal: Deal) -> None:
    """Test drive, two versions of a quotation, and the order with earnest money."""
    consultant, manager = Person(address, "sales_consultant"), Person(address, "sales_manager")
    papers = {"licenceValidUntil": "2030-01-01", "agreementSigned": True, "odometerKm": 10}
    consultant.do("checkOutTestDrive", "testDrive { state }", testDrive=deal.drive, **papers)
    consultant.do("returnTestDrive", "testDrive { state }", testDrive=deal.drive, odometerKm=32)
    consultant.do("completeTestDrive", "testDrive { state }", testDrive=deal.drive, satisfaction=9)
    film = {"kind": "ACCESSORY", "code": "FILM", "name": "贴膜套装", "price": yuan(6_800), "cost": yuan(4_500)}
    quoted = {"opportunity": deal.opportunity, "vehicle": deal.vehicle, "lines": [film]}
    first = consultant.do("createQuotation", "quotation { id versionNo }", **quoted)
    consultant.do("sendQuotation", "quotation { state }", quotation=first["id"])
    selection = "quotation { id versionNo total { amountMinor } costTotal { amountMinor } }"
    second = consultant.do("createQuotation", selection, **quoted, discounts=[{"amount": yuan(8_000)}])
    assert {**second, "id": ""} == {"id": "", "versionNo": 2, "total": {"amountMinor": "24300000"}, "costTotal": None}
    refused = consultant.payload("sendQuotation", "quotation { state }", quotation=second["id"])
    assert [problem["code"] for problem in refused["problems"]] == ["DISCOUNT_LIMIT"]
    consultant.do("submitQuotation", "quotation { state }", quotation=second["id"])
    manager.do("approveQuotation", "quotation { state }", quotation=second["id"])
    consultant.do("sendQuotation", "quotation { state }", quotation=second["id"])
    consultant.do("acceptQuotation", "quotation { state }", quotation=second["id"])
    order = consultant.do("createOrder", "salesOrder { id }", quotation=second["id"], deposit=yuan(10_000))
    deal.order = order["id"]
    confirmed = consultant.do(
        "confirmOrder", "salesOrder { state customer { lifecycle } }", order=deal.order, contractNo="C-1"
    )
    assert confirmed == {"state": "CONFIRMED", "customer": {"lifecycle": "ORDERED"}}
    consultant.do("allocateVehicle", "salesOrder { state }", order=deal.order)


def make_ready_and_pay(address: str, deal: Deal) -> None:
    """Fit the film kit, inspect the car, take the money, write the invoice."""
    keeper, cashier = Person(address, "warehouse_keeper"), Person(address, "finance")
    technician, manager = Person(address, "technician"), Person(address, "store_manager")
    costs = {"item": deal.film, "quantity": "1", "unitCost": yuan(4_500)}
    keeper.do("receiveItems", "stockMovement { docNo }", warehouse=deal.place, lines=[costs])
    lines = [{"item": deal.film, "quantity": "1"}]
    fitting = {"vehicle": deal.vehicle, "warehouse": deal.place, "charge": "CUSTOMER", "lines": lines}
    job = keeper.do("requestFitting", "fittingJob { id }", **fitting)["id"]
    technician.do("startFitting", "fittingJob { state }", job=job)
    technician.do("finishFitting", "fittingJob { state }", job=job)
    manager.do("completeFitting", "fittingJob { state }", job=job)
    inspector = Person(address, "store_manager")
    begun = inspector.do("startPdi", "pdiInspection { id }", vehicle=deal.vehicle, odometerKm=5)
    inspector.do("passPdi", "pdiInspection { state }", inspection=begun["id"])
    for kind, amount in (("DEPOSIT", 10_000), ("BALANCE", 233_000)):
        received = {"order": deal.order, "kind": kind, "method": "TRANSFER", "amount": yuan(amount)}
        cashier.do("recordReceipt", "receipt { docNo }", **received)
    text = "query($id: ID!) { salesOrder(id: $id) { state readyAt paidAt } }"
    eventually(lambda: cashier.ask(text, id=deal.order)["salesOrder"], lambda one: one["readyAt"] and one["paidAt"])
    cashier.do("issueInvoice", "invoiceRecord { number }", order=deal.order, number="INV-1")


def deliver(address: str, deal: Deal) -> None:
    """Hand the car over at ten past nine in the evening."""
    consultant = Person(address, "sales_consultant")
    handed = {
        "checklist": CHECKS,
        "documents": ["KEYS", "INVOICE"],
        "signed": True,
        "satisfaction": 10,
        "odometerKm": 6,
    }
    selection = "delivery { deliveredOn order { state } }"
    delivered = consultant.do("deliverOrder", selection, order=deal.order, **handed)
    assert delivered == {"deliveredOn": "2026-11-21", "order": {"state": "DELIVERED"}}


def look_at_what_followed(address: str, deal: Deal) -> None:
    """The customer owns the car, the first service is planned, and one thank-you waits for the morning."""
    manager = Person(address, "store_manager")
    text = """query($id: ID!) { customer(id: $id) { lifecycle vehicles { nodes { vin fromOn } }
      serviceVehicles { nodes { plans(first: 5) { nodes { items(first: 5) { nodes {
        sequence dueOn dueKm state } } } } } } } }"""

    def customer() -> Any:
        return manager.ask(text, id=deal.customer)["customer"]

    found = eventually(customer, lambda one: one["serviceVehicles"]["nodes"])
    assert found["lifecycle"] == "OWNER"
    assert found["vehicles"]["nodes"] == [{"vin": VIN, "fromOn": "2026-11-21"}]
    (vehicle,) = found["serviceVehicles"]["nodes"]
    (plan,) = vehicle["plans"]["nodes"]
    (item,) = plan["items"]["nodes"]
    assert (item["dueOn"], item["dueKm"]) == ("2027-05-21", 5000)

    thanks = """query($c: ID!) { smsMessages(filter: {customer: {id: {eq: $c}}}) {
      nodes { state notBefore template { code } } } }"""
    care = Person(address, "marketing")
    messages = eventually(lambda: care.ask(thanks, c=deal.customer)["smsMessages"]["nodes"], bool)
    assert messages == [
        {"state": "QUEUED", "notBefore": "2026-11-22T01:00:00Z", "template": {"code": "delivery_thank_you"}}
    ]

    sales = """query($o: ID!) { salesOrderStats(filter: {id: {eq: $o}}) { count sum {
      total { amountMinor } costTotal { amountMinor } accessoriesTotal { amountMinor } } } }"""
    (sums,) = manager.ask(sales, o=deal.order)["salesOrderStats"]
    assert {name: amounts[0]["amountMinor"] for name, amounts in sums["sum"].items()} == {
        "total": "24300000",
        "costTotal": "22850000",
        "accessoriesTotal": "680000",
    }
