"""What a client does with each module; the answers must not depend on which other modules are on."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from core.errors import BadInputError
from core.ids import parse_global_id
from forecourt.testing import Client

VIN = "LSVAM4187C2184847"
CNY = {"amountMinor": "15000000", "currency": "CNY"}

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Talk:
    """One client's operations and what was answered.

    Attributes:
        answers: In order; ids are replaced by numbers, in the order in which they were first seen.
    """

    def __init__(self, client: Client) -> None:
        self.client = client
        self.answers: list[Any] = []
        self._ids: dict[str, str] = {}

    async def ask(self, operation: str, **variables: Any) -> Any:
        """Send an operation, keep its answer, and return the value of its only field."""
        answer = await self.client(operation, **variables)
        self.answers.append(self._plain(dict(answer)))
        assert "errors" not in answer, answer["errors"]
        (value,) = answer["data"].values()
        return value

    async def do(self, command: str, result: str, **values: Any) -> str:
        """Send a command, which must succeed, and return the id of its row."""
        kind = self.client.sample.dealer.kernel.catalog.commands[command].input_type
        assert kind is not None
        operation = (
            f"mutation($i: {kind.__name__}!) {{ {command}(input: $i) {{ {result} {{ id version }} {_PROBLEMS} }} }}"
        )
        payload = await self.ask(operation, i=values)
        assert not payload["problems"], payload["problems"]
        row_id: str = payload[result]["id"]
        return row_id

    def _plain(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: self._plain(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._plain(inner) for inner in value]
        return self._numbered(value) if isinstance(value, str) else value

    def _numbered(self, text: str) -> str:
        if _is_id(text):
            return self._ids.setdefault(text, f"id {len(self._ids)}")
        return _UUID.sub(lambda found: self._ids.setdefault(found[0], f"id {len(self._ids)}"), text)


_PROBLEMS = "problems { code message path }"
Script = Callable[[Talk], Awaitable[None]]


def _is_id(text: str) -> bool:
    try:
        parse_global_id(text)
    except BadInputError:
        return False
    return True


async def _customer(talk: Talk) -> str:
    contacts = [{"kind": "MOBILE", "value": "13800138000"}]
    return await talk.do("createCustomer", "customer", name="张三", contactPoints=contacts, sourceCode="SHOWROOM")


async def customers(talk: Talk) -> None:
    """Enter a customer, follow him up, and look at him from all sides."""
    customer = await _customer(talk)
    await talk.do("addContactPoint", "contactPoint", customer=customer, kind="EMAIL", value="zhang@example.com")
    due = "2026-11-23T02:00:00Z"
    await talk.do("planFollowUp", "followUpTask", customer=customer, dueAt=due, subject="Call him")
    await talk.do("recordInteraction", "interaction", customer=customer, channel="CALL", content="He called.")
    await talk.do("grantConsent", "consent", customer=customer, purpose="MARKETING_SMS")
    await talk.ask(
        """{ customers(search: "8000", filter: {gender: {eq: UNKNOWN}, tasks: {some: {must: {eq: false}}}}) {
          totalCount nodes { id name mobile lifecycle completeness
            contactPoints(first: 9) { nodes { kind value isPrimary } }
            tasks(first: 9) { nodes { subject state dueAt isOverdue } } } } }"""
    )
    await talk.ask("{ customerStats(groupBy: [LIFECYCLE]) { count } }")
    wrong = (
        "mutation($i: CreateCustomerInput!) { createCustomer(input: $i) { customer { id } problems { code path } } }"
    )
    await talk.ask(wrong, i={"name": " ", "contactPoints": []})


async def _catalogue(talk: Talk) -> tuple[str, str]:
    brand = await talk.do("createBrand", "brand", code="VW", name="大众")
    series = await talk.do("createSeries", "series", brand=brand, code="PASSAT", name="帕萨特")
    trim = await talk.do(
        "createTrim", "trim", series=series, code="330", name="330TSI", modelYear=2026, powertrain="ICE"
    )
    color = await talk.do("createColorCode", "colorCode", kind="EXTERIOR", code="W", name="白")
    return trim, color


async def inventory(talk: Talk) -> None:
    """Make a catalogue, take a car and some parts in, and count what there is."""
    trim, color = await _catalogue(talk)
    warehouse = await talk.do("createWarehouse", "warehouse", code="A", name="一号库")
    vehicle = {"trim": trim, "exteriorColor": color, "purchaseCost": CNY}
    arrival = {"vin": VIN, "warehouse": warehouse, "odometerKm": 12}
    car = await talk.do("takeInVehicle", "stockVehicle", vehicle=vehicle, arrival=arrival)
    await talk.do("holdVehicle", "stockVehicle", vehicle=car, reason="STORE_DAMAGE")
    item = await talk.do("createItem", "item", kind="PART", code="F1", name="机滤", price={"amountMinor": "4500"})
    line = {"item": item, "quantity": "2", "unitCost": {"amountMinor": "3000"}}
    await talk.do("receiveItems", "stockMovement", warehouse=warehouse, lines=[line])
    await talk.ask("{ stockVehicles { totalCount nodes { id state trim { name series { brand { code } } } } } }")
    await talk.ask("{ stockBalances { totalCount } }")


async def sales(talk: Talk) -> None:
    """Take a lead in and lead it to an opportunity."""
    lead = await talk.do("receiveLead", "lead", name="李四", phone="13900139000", source="WEB_INQUIRY", message="试驾")
    await talk.do("disqualifyLead", "lead", lead=lead, reason="OUT_OF_REGION")
    customer = await _customer(talk)
    await talk.do("openOpportunity", "opportunity", customer=customer)
    await talk.ask("{ leads { totalCount nodes { id name state customer { name mobile lifecycle } } } }")
    await talk.ask("{ opportunities { totalCount nodes { id state } } }")


async def aftersales(talk: Talk) -> None:
    """Look after a car that a customer brought along."""
    customer = await _customer(talk)
    vehicle = await talk.do("registerServiceVehicle", "serviceVehicle", customer=customer, vin=VIN, odometerKm=15000)
    await talk.do("recordOdometer", "odometerReading", vehicle=vehicle, odometerKm=15400)
    await talk.do("createServiceRequest", "serviceRequest", symptom="异响", vehicle=vehicle, customer=customer)
    await talk.ask("{ serviceVehicles { totalCount nodes { id customer { name } } } }")
    await talk.ask("{ serviceRequests { nodes { id state severity dueAt symptom } } }")


async def sms_marketing(talk: Talk) -> None:
    """Write a template and keep a number from being written to."""
    body = "{store}：您好，{name}，祝您用车愉快。"
    await talk.do("createSmsTemplate", "smsTemplate", code="hello", title="问候", category="NOTIFICATION", body=body)
    await talk.do("suppressSmsNumber", "smsSuppression", number="13700137000")
    await talk.ask("{ smsTemplates { totalCount nodes { id code title category } } }")
    await talk.ask("{ smsSuppressions { nodes { id scope source } } }")


async def organisation(talk: Talk) -> None:
    """Open an outlet, employ somebody who stands in for another, and roster him."""
    await talk.do("createOutlet", "outlet", code="O1", name="东区网点", address="示例路 1 号", openedOn="2026-01-01")
    deputy = await talk.do("createEmployee", "employee", number="1", name="王伟", position="技师")
    employee = await talk.do("createEmployee", "employee", number="2", name="李娜", position="技师", deputy=deputy)
    await talk.do("createCertification", "certification", employee=employee, line="X", validFrom="2026-01-01")
    shift = {"startsAt": "2026-11-23T01:00:00Z", "endsAt": "2026-11-23T09:00:00Z"}
    await talk.do("createShift", "shift", employee=employee, **shift)
    days = {"fromOn": "2026-11-24", "untilOn": "2026-11-25"}
    await talk.do("createAbsence", "absence", employee=employee, kind="LEAVE", approved=True, **days)
    await talk.ask("{ outlets { nodes { id code name openedOn closedOn } } }")
    await talk.ask(
        """{ employees(orderBy: [{number: ASC}]) { nodes { id name deputy { name } certifications { totalCount }
          shifts(first: 9) { nodes { startsAt } } absences(first: 9) { nodes { kind fromOn } } } } }"""
    )


SCRIPTS: Mapping[str, Script] = {
    "organisation": organisation,
    "customers": customers,
    "inventory": inventory,
    "sales": sales,
    "aftersales": aftersales,
    "sms_marketing": sms_marketing,
}
