"""Deadlines of service requests: put off, missed, and what comes of that."""

from __future__ import annotations

import pytest

from forecourt import Scope
from forecourt.testing import Client, SampleDealer
from plugins.aftersales.models.requests import ServiceRequest
from plugins.aftersales.services import escalation
from tests.plugins.aftersales.conftest import Workshop, events_of
from tests.plugins.aftersales.desk import (
    ANSWER,
    EXTEND,
    RESOLVE,
    START,
    Desk,
)


async def test_overdue_request_is_told_once_and_climbs_three_levels(
    sample: SampleDealer, client: Client, desk: Desk
) -> None:
    await desk.assign()
    await sample.settle()
    sample.advance(days=3, hours=1)
    for _ in range(3):
        await sample.settle()
        sample.advance(minutes=10)
    (told,) = await events_of(sample, "aftersales.service_request_overdue")
    assert told["escalation_level"] == 1
    node = "query($id: ID!) { node(id: $id) { ... on ServiceRequest { escalationLevel isOverdue } } }"
    assert (await client(node, id=desk.request)).data["node"] == {"escalationLevel": 1, "isOverdue": True}
    for _ in range(4):
        sample.advance(days=1)
        await sample.settle()
    assert (await client(node, id=desk.request)).data["node"]["escalationLevel"] == 3
    assert [e["escalation_level"] for e in await events_of(sample, "aftersales.service_request_escalated")] == [2, 3]
    assert len(await events_of(sample, "aftersales.service_request_overdue")) == 1


async def test_resolved_request_never_becomes_overdue(sample: SampleDealer, desk: Desk) -> None:
    await sample.settle()
    await desk.assign()
    await desk.send(START)
    await desk.send(RESOLVE, resolution="done")
    sample.advance(days=5)
    await sample.settle()
    assert await events_of(sample, "aftersales.service_request_overdue") == []


async def test_two_sweeps_at_once_escalate_by_one_level(sample: SampleDealer, desk: Desk) -> None:
    async def stale(_: Scope) -> ServiceRequest:
        return await ServiceRequest.all().get()

    first, second = await sample.run(stale), await sample.run(stale)
    sample.advance(days=4)
    assert await sample.run(lambda scope: escalation.escalate(scope, first))
    assert not await sample.run(lambda scope: escalation.escalate(scope, second))
    assert len(await events_of(sample, "aftersales.service_request_overdue")) == 1


async def test_two_extensions_are_free_and_the_third_needs_somebody_else(
    sample: SampleDealer, desk: Desk, workshop: Workshop
) -> None:
    await desk.assign()
    handler, manager = sample.client(workshop.li), sample.client(workshop.zhang)
    for day in (25, 26):
        entry = {"request": desk.request, "dueAt": f"2026-11-{day}T08:00:00Z", "reason": "parts"}
        extension = (await handler.command(EXTEND, i=entry))["serviceExtension"]
        assert (extension["state"], extension["approver"]) == ("APPROVED", None)
        assert extension["request"]["dueAt"].startswith(f"2026-11-{day}")
    entry = {"request": desk.request, "dueAt": "2026-11-27T08:00:00Z", "reason": "parts"}
    third = (await handler.command(EXTEND, i=entry))["serviceExtension"]
    assert (third["state"], third["request"]["dueAt"][:10]) == ("REQUESTED", "2026-11-26")
    fourth = await handler.payload(EXTEND, i={**entry, "dueAt": "2026-11-28T08:00:00Z"})
    assert [p["code"] for p in fourth["problems"]] == ["CONFLICT"]
    answer = {"serviceExtension": third["id"], "approve": True}
    assert [p["code"] for p in (await handler.payload(ANSWER, i=answer))["problems"]] == ["APPROVER_IS_REQUESTER"]
    agreed = (await manager.command(ANSWER, i=answer))["serviceExtension"]
    assert (agreed["state"], agreed["approver"]) == ("APPROVED", {"displayName": "zhang"})
    assert agreed["request"]["dueAt"].startswith("2026-11-27")
    again = await manager.payload(ANSWER, i={**answer, "approve": False})
    assert [p["code"] for p in again["problems"]] == ["INVALID_TRANSITION"]


@pytest.mark.parametrize(
    ("due", "reason", "code"),
    [
        ("2026-11-25T08:00:00Z", " ", "VALIDATION_ERROR"),
        ("2026-11-20T08:00:00Z", "parts", "DEADLINE_PASSED"),
        ("2026-11-22T08:00:00Z", "parts", "VALIDATION_ERROR"),
    ],
)
async def test_extension_has_a_reason_and_is_later(
    client: Client, desk: Desk, due: str, reason: str, code: str
) -> None:
    payload = await client.payload(EXTEND, i={"request": desk.request, "dueAt": due, "reason": reason})
    assert [p["code"] for p in payload["problems"]] == [code]


async def test_extension_puts_the_escalation_off(sample: SampleDealer, client: Client, desk: Desk) -> None:
    await sample.settle()
    await client.command(EXTEND, i={"request": desk.request, "dueAt": "2026-12-10T08:00:00Z", "reason": "parts"})
    sample.advance(days=10)
    await sample.settle()
    assert await events_of(sample, "aftersales.service_request_overdue") == []
    sample.advance(days=10)
    await sample.settle()
    assert len(await events_of(sample, "aftersales.service_request_overdue")) == 1
