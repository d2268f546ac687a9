"""The sender's number of a lead: the same one of the same person is a resend, and nothing else is."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from plugins.sales.models.choices import TouchKind
from plugins.sales.models.leads import Lead, LeadTouch, RawDocument
from plugins.sales.services.resends import NUMBER_SHARED
from plugins.sales.services.states import LEAD, OPEN_LEAD_STATES, LeadState
from tests.plugins.sales.adf_samples import document, prospect
from tests.plugins.sales.conftest import Showroom

RECEIVE = """mutation($i: ReceiveLeadInput!) { receiveLead(input: $i) {
  lead { id name state warnings } problems { code } } }"""


def of(name: str, phone: str, number: str = "4711", **more: str) -> str:
    """Return a document of one person; his address is his own."""
    text = prospect(number, phone=phone, **more)
    parts = '<name part="first">四</name><name part="last">李</name>'
    return document(
        text.replace(parts, f'<name part="full">{name}</name>').replace("lisi@example.com", f"{phone}@example.com")
    )


async def outcomes(showroom: Showroom, *documents: str) -> list[dict[str, Any]]:
    return [(await showroom.post(sent)).json()["prospects"][0] for sent in documents]


async def people(showroom: Showroom) -> dict[str, str | None]:
    """Return each open lead's number in clear by its name."""

    async def work(_: Any) -> dict[str, str | None]:
        rows = await Lead.filter(state__in=sorted(OPEN_LEAD_STATES))
        return {row.name: await row.reveal("phone") for row in rows}

    return await showroom.sample.run(work)


WAYS = {
    LeadState.DISQUALIFIED: (LeadState.DISQUALIFIED,),
    LeadState.CONVERTED: (LeadState.ASSIGNED, LeadState.CONTACTED, LeadState.QUALIFIED, LeadState.CONVERTED),
}


async def close(showroom: Showroom, state: LeadState) -> None:
    async def work(_: Any) -> None:
        for row in await Lead.filter(state__in=sorted(OPEN_LEAD_STATES)):
            for step in WAYS[state]:
                await LEAD.move(row, step)

    await showroom.sample.run(work)


TWO = {"李四": "+8613800138001", "王五六": "+8613800138002"}


async def test_somebody_else_under_a_known_number_is_another_lead(showroom: Showroom) -> None:
    first, second = of("李四", "13800138001"), of("王五六", "13800138002")
    told = await outcomes(showroom, first, second, second, first)
    assert [one["outcome"] for one in told] == ["accepted", "accepted", "updated", "updated"]
    assert [[w["code"] for w in one.get("warnings", [])] for one in told] == [[], [NUMBER_SHARED], [], []]
    assert await people(showroom) == TWO
    assert [lead.warnings for lead in await showroom.rows(Lead)] == [[NUMBER_SHARED]] * 2
    assert [row.results[0]["warnings"] for row in await showroom.rows(RawDocument)][1] == [NUMBER_SHARED]


@pytest.mark.parametrize("empty", ["", " ", "　", "-", "\u200b"])
async def test_an_empty_number_is_none(showroom: Showroom, empty: str) -> None:
    first, second = of("李四", "13800138001", empty), of("王五六", "13800138002", empty)
    told = await outcomes(showroom, first, second)
    assert [(one["outcome"], one.get("warnings")) for one in told] == [("accepted", None)] * 2
    assert await people(showroom) == TWO
    assert {lead.external_key for lead in await showroom.rows(Lead)} == {None}


async def test_command_knows_people_apart_as_well(showroom: Showroom) -> None:
    client = showroom.sample.client()

    async def receive(name: str, phone: str, number: str = "form") -> dict[str, Any]:
        given = {"name": name, "phone": phone, "provider": "Website", "externalId": number}
        lead: dict[str, Any] = (await client.command(RECEIVE, i=given))["lead"]
        return lead

    first, second = await receive("李四", "13800138001"), await receive("王五六", "13800138002")
    assert (first["warnings"], second["warnings"]) == ([], [NUMBER_SHARED])
    assert (await receive("李肆", "138 0013 8001"))["id"] == first["id"]  # his name is spelled right now
    blanks = [await receive(name, phone, " ") for name, phone in (("赵七七", "13800138003"), ("钱八八", "13800138004"))]
    assert len({first["id"], second["id"], *(one["id"] for one in blanks)}) == 4
    assert await people(showroom) == {
        "李肆": "+8613800138001", "王五六": "+8613800138002", "赵七七": "+8613800138003", "钱八八": "+8613800138004",
    }  # fmt: skip


async def test_resend_of_one_person_updates_whether_name_or_number_is_mended(showroom: Showroom) -> None:
    sent = (of("李四", "13800138001"), of("李 四", "13800138001"), of("李四", "13800138009"), of("李肆", "13800138009"))
    told = await outcomes(showroom, *sent)
    assert [one["outcome"] for one in told] == ["accepted", "updated", "updated", "updated"]
    assert await people(showroom) == {"李肆": "+8613800138009"}


async def test_family_name_alone_is_anybodys(showroom: Showroom) -> None:
    told = await outcomes(showroom, of("李先生", "13800138001"), of("李先生", "13800138002"))
    assert [one["outcome"] for one in told] == ["accepted", "accepted"]


@pytest.mark.parametrize("state", [LeadState.DISQUALIFIED, LeadState.CONVERTED])
@pytest.mark.parametrize("number", ["4711", ""])
async def test_closed_lead_is_followed_by_a_new_one(showroom: Showroom, state: LeadState, number: str) -> None:
    sent = of("李四", "13800138001", number)
    await outcomes(showroom, sent)
    await close(showroom, state)
    told = await outcomes(showroom, sent, sent)
    assert [one["outcome"] for one in told] == ["accepted", "updated"]
    found = sorted(lead.state for lead in await showroom.rows(Lead))
    assert found == sorted([state, LeadState.UNASSIGNED])
    await close(showroom, state)
    (again,) = await outcomes(showroom, of("李四", "13800138001", number, status="resend"))
    assert again["outcome"] == "accepted"


async def test_two_people_under_one_number_at_once_are_two_leads(showroom: Showroom) -> None:
    sent = [of("李四", "13800138001"), of("王五六", "13800138002")] * 3
    answers = await asyncio.gather(*(showroom.post(one) for one in sent))
    told = sorted(answer.json()["prospects"][0]["outcome"] for answer in answers)
    assert told == ["accepted"] * 2 + ["updated"] * 4
    assert await people(showroom) == TWO
    touches: dict[UUID, list[TouchKind]] = {}
    for touch in await showroom.rows(LeadTouch):
        touches.setdefault(touch.lead_id, []).append(touch.kind)
    assert [len(kinds) for kinds in touches.values()] == [3, 3]
