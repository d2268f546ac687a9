"""One deal from a lead document to the delivered car, through the API alone."""

from __future__ import annotations

from typing import Any

from forecourt import global_id
from forecourt.testing import Client
from plugins.sales.events import VehicleDelivered
from tests.plugins.sales.adf_samples import document, prospect
from tests.plugins.sales.conftest import Showroom

VIN = "LSVAU2189T2100001"
CHECKS = ["EXTERIOR", "INTERIOR", "FUNCTIONS", "DOCUMENTS", "EXPLANATION"]


def yuan(amount: int) -> dict[str, str]:
    return {"amountMinor": str(amount * 100), "currency": "CNY"}


async def do(client: Client, name: str, selection: str, **values: Any) -> Any:
    """Run a command and return the object that it gives."""
    kind = name[0].upper() + name[1:]
    operation = f"mutation($i: {kind}Input!) {{ {name}(input: $i) {{ {selection} problems {{ code message path }} }} }}"
    return await client.command(operation, i=values)


async def test_a_lead_becomes_a_delivered_car(showroom: Showroom) -> None:
    sample = showroom.sample
    lisi = await showroom.hire("lisi")
    manager = await showroom.hire("manager", "sales_manager")
    cashier = await showroom.hire("cashier", "finance")
    fitter, inspector = (
        sample.client(await sample.add_user("fitter")),
        sample.client(await sample.add_user("inspector")),
    )
    (vehicle_id,) = await showroom.stocked(first_vin=VIN)
    demonstrator = await showroom.demonstrator()
    await showroom.films(1)
    vehicle = global_id("StockVehicle", vehicle_id)

    # A web inquiry arrives and has an owner at once.
    answer = await showroom.post(document(prospect()))
    assert answer.status_code == 200, answer.text
    (told,) = answer.json()["prospects"]
    assert told["outcome"] == "accepted"
    lead = told["lead"]
    await sample.settle()
    data = (
        await lisi(
            """query($id: ID!) { lead(id: $id) { name state grade score phone owner { displayName } factors
               slaDueAt customer { id lifecycle tasks { nodes { subject dueAt owner { displayName } } } }
               vehicles(filter: {wish: {eq: WANTED}}) { nodes { series { code } color } } } }""",
            id=lead,
        )
    ).data["lead"]
    assert data["state"] == "ASSIGNED"
    assert data["owner"] == {"displayName": "lisi"}
    assert data["name"] == "李四"
    assert data["phone"] == "138****8000"
    assert data["score"] == sum(factor["points"] for factor in data["factors"])
    assert data["slaDueAt"] == "2026-11-21T02:30:00Z"
    (task,) = data["customer"]["tasks"]["nodes"]
    assert task["dueAt"] == data["slaDueAt"]
    assert task["owner"] == {"displayName": "lisi"}
    assert data["vehicles"]["nodes"] == [{"series": {"code": "VOYAGE"}, "color": "white"}]
    customer = data["customer"]["id"]

    # First call after twelve minutes; qualified with what he wants; converted.
    sample.advance(minutes=12)
    called = await do(lisi, "recordLeadContact", "lead { state firstContactAt }", lead=lead, reached=True)
    assert called["lead"] == {"state": "CONTACTED", "firstContactAt": "2026-11-21T02:12:00Z"}
    wishes = {
        "models": ["VOYAGE"],
        "colors": ["WHITE"],
        "budgetMin": yuan(220_000),
        "budgetMax": yuan(260_000),
        "expectedOn": "2026-11-27",
    }
    await do(lisi, "qualifyLead", "lead { state }", lead=lead, wishes=wishes)
    made = await do(lisi, "convertLead", "opportunity { id stage customer { lifecycle intentLevel } }", lead=lead)
    deal = made["opportunity"]["id"]
    assert made["opportunity"]["customer"] == {"lifecycle": "INTENT", "intentLevel": "H"}
    await do(lisi, "moveOpportunity", "opportunity { stage }", opportunity=deal, stage="NEEDS_CONFIRMED")

    # Test drive.
    drive = await do(
        lisi,
        "scheduleTestDrive",
        "testDrive { id state }",
        customer=customer,
        opportunity=deal,
        vehicle=global_id("StockVehicle", demonstrator),
        slotFrom="2026-11-21T03:00:00Z",
        slotTo="2026-11-21T04:00:00Z",
    )
    drive_id = drive["testDrive"]["id"]
    sample.advance(hours=1)
    papers = {"licenceValidUntil": "2030-01-01", "agreementSigned": True, "odometerKm": 10}
    await do(lisi, "checkOutTestDrive", "testDrive { state }", testDrive=drive_id, **papers)
    await do(lisi, "returnTestDrive", "testDrive { state }", testDrive=drive_id, odometerKm=32)
    await do(lisi, "completeTestDrive", "testDrive { state }", testDrive=drive_id, satisfaction=9)

    # Version 1, then version 2 with a discount that the manager grants.
    film = {"kind": "ACCESSORY", "code": "FILM", "name": "贴膜套装", "price": yuan(6_800), "cost": yuan(4_500)}
    first = await do(
        lisi,
        "createQuotation",
        "quotation { id versionNo total { amountMinor } }",
        opportunity=deal,
        vehicle=vehicle,
        lines=[film],
    )
    assert first["quotation"]["total"] == {"amountMinor": "25100000"}
    await do(lisi, "sendQuotation", "quotation { state }", quotation=first["quotation"]["id"])
    second = await do(
        lisi,
        "createQuotation",
        "quotation { id versionNo total { amountMinor } costTotal { amountMinor } }",
        opportunity=deal,
        vehicle=vehicle,
        lines=[film],
        discounts=[{"amount": yuan(8_000)}],
    )
    offer = second["quotation"]["id"]
    assert second["quotation"] == {
        "id": offer,
        "versionNo": 2,
        "total": {"amountMinor": "24300000"},
        "costTotal": None,
    }
    refused = await lisi.payload(
        "mutation($i: SendQuotationInput!) { sendQuotation(input: $i) { quotation { state } problems { code } } }",
        i={"quotation": offer},
    )
    assert [problem["code"] for problem in refused["problems"]] == ["DISCOUNT_LIMIT"]
    await do(lisi, "submitQuotation", "quotation { state }", quotation=offer)
    await do(manager, "approveQuotation", "quotation { state }", quotation=offer)
    await do(lisi, "sendQuotation", "quotation { state }", quotation=offer)
    await do(lisi, "acceptQuotation", "quotation { state }", quotation=offer)
    assert (await showroom.vehicle(vehicle_id)).state == "RESERVED"

    # Order with earnest money, the deal is won, the car is named.
    made = await do(lisi, "createOrder", "salesOrder { id docNo }", quotation=offer, deposit=yuan(10_000))
    order = made["salesOrder"]["id"]
    assert made["salesOrder"]["docNo"] == "SO-S1-20261121-0001"
    confirmed = await do(
        lisi,
        "confirmOrder",
        "salesOrder { state earnest { amountMinor } opportunity { state } customer { lifecycle } }",
        order=order,
        contractNo="C-1",
    )
    assert confirmed["salesOrder"] == {
        "state": "CONFIRMED",
        "earnest": {"amountMinor": "1000000"},
        "opportunity": {"state": "WON"},
        "customer": {"lifecycle": "ORDERED"},
    }
    await do(lisi, "allocateVehicle", "salesOrder { state vehicle { vin } }", order=order)

    # Film kit and inspection, by two people.
    job = await do(
        sample.client(),
        "requestFitting",
        "fittingJob { id }",
        vehicle=vehicle,
        warehouse=global_id("Warehouse", showroom.place),
        charge="CUSTOMER",
        lines=[{"item": global_id("Item", showroom.film), "quantity": "1"}],
    )
    job_id = job["fittingJob"]["id"]
    await do(fitter, "startFitting", "fittingJob { state }", job=job_id)
    for step in ("finishFitting", "completeFitting"):
        who = fitter if step == "finishFitting" else inspector
        await who.command(
            f"mutation($i: FittingJobInput!) {{ {step}(input: $i) {{ problems {{ code message }} }} }}",
            i={"job": job_id},
        )
    begun = await do(inspector, "startPdi", "pdiInspection { id }", vehicle=vehicle, odometerKm=5)
    await do(inspector, "passPdi", "pdiInspection { state }", inspection=begun["pdiInspection"]["id"])
    await sample.settle()

    # Paid in two parts, invoiced.
    for kind, amount in (("DEPOSIT", 10_000), ("BALANCE", 233_000)):
        await do(
            cashier,
            "recordReceipt",
            "receipt { docNo }",
            order=order,
            kind=kind,
            method="TRANSFER",
            amount=yuan(amount),
        )
    state = await lisi("query($id: ID!) { salesOrder(id: $id) { state readyAt paidAt } }", id=order)
    assert state.data["salesOrder"]["state"] == "PAID"
    assert state.data["salesOrder"]["readyAt"] is not None
    await do(cashier, "issueInvoice", "invoiceRecord { number amount { amountMinor } }", order=order, number="INV-1")

    # Delivered at ten past nine in the evening.
    sample.clock.at = sample.clock.at.replace(hour=13, minute=10)
    delivered = await do(
        lisi, "deliverOrder", "delivery { deliveredOn odometerKm order { state } }", order=order, odometerKm=6,
        checklist=CHECKS, documents=["KEYS", "INVOICE"], signed=True, satisfaction=10,
    )  # fmt: skip
    assert delivered["delivery"] == {"deliveredOn": "2026-11-21", "odometerKm": 6, "order": {"state": "DELIVERED"}}
    assert (await showroom.vehicle(vehicle_id)).state == "DELIVERED"
    owner = await lisi(
        """query($id: ID!) { customer(id: $id) { lifecycle vehicles { nodes { vin fromOn } }
           opportunities { nodes { state stage
             stageHistory(orderBy: [{position: ASC}]) { nodes { stage enteredAt leftAt } } } } } }""",
        id=customer,
    )
    found = owner.data["customer"]
    assert found["lifecycle"] == "OWNER"
    assert found["vehicles"]["nodes"] == [{"vin": VIN, "fromOn": "2026-11-21"}]
    (opportunity,) = found["opportunities"]["nodes"]
    assert (opportunity["state"], opportunity["stage"]) == ("WON", "AFTER_SALE_CARE")
    history = opportunity["stageHistory"]["nodes"]
    assert [entry["leftAt"] for entry in history[:-1]] == [entry["enteredAt"] for entry in history[1:]]

    # The day's sale, to the cent; what it cost is for those who may know.
    totals = """query { salesOrderStats(filter: {deliveredOn: {gte: "2026-11-01", lte: "2026-11-30"}})
        { count sum { total { amountMinor } costTotal { amountMinor } accessoriesTotal { amountMinor } } } }"""
    (sums,) = (await manager(totals)).data["salesOrderStats"]
    assert sums == {
        "count": 1,
        "sum": {
            "total": [{"amountMinor": "24300000"}],
            "costTotal": [{"amountMinor": "22850000"}],
            "accessoriesTotal": [{"amountMinor": "680000"}],
        },
    }
    assert (await lisi(totals)).codes == ["FORBIDDEN"]
    assert len(await showroom.rows(_outbox(), type=VehicleDelivered.type)) == 1


def _outbox() -> Any:
    from core.write.models import OutboxEvent

    return OutboxEvent
