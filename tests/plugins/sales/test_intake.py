"""Lead documents as they come in the wild, through the address that other systems send them to."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from email.message import EmailMessage
from uuid import UUID

import pytest

from core.ids import parse_global_id
from plugins.sales.models.choices import IntakeOutcome, TouchKind, VehicleWish
from plugins.sales.models.leads import Lead, LeadTouch, LeadVehicle, RawDocument
from plugins.sales.services.adf.parsing import MAX_BYTES
from plugins.sales.services.intake import raw_bytes
from plugins.sales.services.states import LeadState
from tests.plugins.sales.adf_samples import document, prospect
from tests.plugins.sales.conftest import Showroom


async def accepted(showroom: Showroom, sent: str | bytes, content_type: str = "application/x-adf+xml") -> Lead:
    """Send a document with one prospect and return its lead."""
    answer = await showroom.post(sent, content_type=content_type)
    assert answer.status_code == 200, answer.text
    (told,) = answer.json()["prospects"]
    assert told["outcome"] == "accepted", told
    kind, row_id = parse_global_id(told["lead"])
    assert kind == "Lead"
    (lead,) = await showroom.rows(Lead, id=row_id)
    assert isinstance(lead, Lead)
    return lead


async def phone_of(showroom: Showroom, lead: Lead) -> str | None:
    return await showroom.sample.run(lambda scope: lead.reveal("phone"))


async def leads(showroom: Showroom) -> list[Lead]:
    return await showroom.rows(Lead)


@pytest.mark.parametrize(
    "prolog",
    [
        '<?adf version="1.0"?>\n<?xml version="1.0"?>\n',
        '<?ADF VERSION="1.0"?>\n<?xml version="1.0" encoding="UTF-8"?>\n',
    ],
)
async def test_instruction_may_stand_before_the_declaration_or_in_capitals(showroom: Showroom, prolog: str) -> None:
    lead = await accepted(showroom, document(prolog=prolog))
    assert (lead.name, await phone_of(showroom, lead)) == ("李四", "+8613800138000")


async def test_wild_documents_become_leads(showroom: Showroom) -> None:
    vehicle = prospect("1", phone="13800138001")
    without_vehicle = vehicle[: vehicle.index("<vehicle")] + vehicle[vehicle.index("<customer>") :]
    lead = await accepted(showroom, document(without_vehicle))
    assert await showroom.rows(LeadVehicle, lead_id=lead.id) == []

    no_vendor_name = prospect("2", phone="13800138002").replace("<vendorname>Demo Store</vendorname>", "")
    await accepted(showroom, document(no_vendor_name))

    lead = await accepted(showroom, document(prospect("3", phone="13800138003")).encode("gb18030"), "text/xml")
    assert lead.name == "李四"

    lead = await accepted(showroom, document(prospect("4", phone="１３８００１３８００４")))
    assert await phone_of(showroom, lead) == "+8613800138004"

    message = EmailMessage()
    message["Subject"] = "新线索"
    message.set_content(
        "A lead:\n\n" + document(prospect("5", phone="13800138005")) + "\nRegards & thanks", cte="base64"
    )
    lead = await accepted(showroom, message.as_bytes(), "message/rfc822")
    assert await phone_of(showroom, lead) == "+8613800138005"


async def test_odd_dates_are_read_or_kept_as_text(showroom: Showroom) -> None:
    dates = {
        "2000-03-30T15:30:20-08:0": datetime(2000, 3, 30, 23, 30, 20, tzinfo=UTC),
        "2026年11月20日 下午3:05": datetime(2026, 11, 20, 7, 5, tzinfo=UTC),
        "next tuesday": None,
    }
    for number, (text, at) in enumerate(dates.items(), 10):
        sent = prospect(str(number), phone=f"138001380{number}").replace("2026-11-21T20:10:00+08:00", text)
        lead = await accepted(showroom, document(sent))
        assert lead.captured_at == at
    details = await showroom.sample.run(lambda scope: lead.reveal("details"))
    assert details is not None
    assert "next tuesday" in details


async def test_what_was_sent_is_kept_of_the_lead(showroom: Showroom) -> None:
    await showroom.hire("lisi")
    lead = await accepted(showroom, document())
    assert lead.state == LeadState.ASSIGNED
    assert lead.provider == "Demo Portal"
    assert lead.external_id == "4711"
    assert lead.budget.amount_minor == 22_000_000
    assert lead.message == "Please call after seven.\nWhite if possible"
    assert (lead.preferred_time, lead.region_code) == ("evening", "SH")
    assert lead.score == sum(factor["points"] for factor in lead.factors)
    wanted, trade_in = sorted(await showroom.rows(LeadVehicle, lead_id=lead.id), key=lambda one: one.line_no)
    assert (wanted.wish, wanted.series_id, wanted.color) == (VehicleWish.WANTED, showroom.series, "white")
    assert (trade_in.wish, trade_in.vin, trade_in.odometer_km) == (VehicleWish.TRADE_IN, "LSVAU2189T2100001", 131161)


async def test_bad_prospect_does_not_lose_the_good_ones(showroom: Showroom) -> None:
    good, other = prospect("1", phone="13800138001"), prospect("2", phone="13800138002")
    bad = good[: good.index("<customer>")] + good[good.index("<vendor>") :]
    answer = await showroom.post(document(good, bad, other), **{"accept-language": "zh-CN"})
    told = answer.json()["prospects"]
    assert answer.status_code == 200
    assert [one["outcome"] for one in told] == ["accepted", "faulty", "accepted"]
    assert (told[1]["index"], told[1]["code"], told[1]["message"]) == (1, "ADF_NO_CUSTOMER", "该线索没有客户信息")
    assert len(await leads(showroom)) == 2
    (kept,) = await showroom.rows(RawDocument)
    assert [result["outcome"] for result in kept.results] == ["ACCEPTED", "FAULTY", "ACCEPTED"]


async def test_resend_updates_and_makes_no_second_lead(showroom: Showroom) -> None:
    first = await accepted(showroom, document(prospect("4711")))
    again = prospect("4711", status="resend").replace("Please call after seven.", "Call me at noon.")
    answer = await showroom.post(document(again))
    (told,) = answer.json()["prospects"]
    assert told["outcome"] == "updated"
    (lead,) = await leads(showroom)
    assert lead.id == first.id
    assert lead.message.startswith("Call me at noon.")
    assert [touch.kind for touch in await showroom.rows(LeadTouch)] == [TouchKind.FIRST, TouchKind.RESEND]
    assert len(await showroom.rows(LeadVehicle, archived_at=None)) == 2


async def test_same_person_from_two_channels_is_one_open_lead_with_two_touches(showroom: Showroom) -> None:
    first = await accepted(showroom, document(prospect("1")))
    other = prospect("2", phone="+86 138-0013-8000").replace("Demo Portal", "Other Portal")
    (told,) = (await showroom.post(document(other))).json()["prospects"]
    assert told["outcome"] == "duplicate"
    assert parse_global_id(told["lead"])[1] == first.id
    states = {lead.state for lead in await leads(showroom)}
    assert states == {LeadState.UNASSIGNED, LeadState.DUPLICATE}
    assert len(await showroom.rows(LeadTouch, lead_id=first.id)) == 2


async def test_same_bytes_without_a_number_are_known_again(showroom: Showroom) -> None:
    unnumbered = prospect().replace('<id sequence="1" source="demo-portal">4711</id>', "")
    sent = document(unnumbered)
    await accepted(showroom, sent)
    (told,) = (await showroom.post(sent)).json()["prospects"]
    assert told["outcome"] == "updated"
    assert len(await leads(showroom)) == 1


async def test_unreadable_phone_does_not_lose_the_prospect(showroom: Showroom) -> None:
    strange = prospect("1", phone="138 0013").replace("010-62345678", "12")
    lead = await accepted(showroom, document(strange))
    assert await phone_of(showroom, lead) is None
    assert await showroom.sample.run(lambda scope: lead.reveal("email")) == "lisi@example.com"
    details = await showroom.sample.run(lambda scope: lead.reveal("details"))
    assert details is not None
    assert "138 0013" in details


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (b"", 400, "ADF_EMPTY"),
        (b" \n ", 400, "ADF_EMPTY"),
        (b"\x00\x01garbage\xff", 400, "ADF_NOT_ADF"),
        (b'{"lead": 1}', 400, "ADF_NOT_ADF"),
        (b"<adf><prospect><customer>", 400, "ADF_MALFORMED"),
        (b'<!DOCTYPE adf [<!ENTITY x "y">]><adf/>', 400, "ADF_FORBIDDEN_DTD"),
        (b"<adf>" + b" " * MAX_BYTES + b"</adf>", 413, "ADF_TOO_LARGE"),
    ],
)
async def test_what_is_no_lead_document_is_refused_with_a_code(
    showroom: Showroom, sent: bytes, status: int, code: str
) -> None:
    answer = await showroom.post(sent)
    assert answer.status_code == status, answer.text
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == code
    assert error["message"]
    assert await leads(showroom) == []
    kept = await showroom.rows(RawDocument)
    assert [row.error_code for row in kept] == ([code] if sent and status == 400 else [])


async def test_document_is_kept_encrypted_byte_by_byte(showroom: Showroom) -> None:
    sent = document().encode("gb18030")
    await showroom.post(sent)
    (kept,) = await showroom.rows(RawDocument)
    assert await showroom.sample.run(lambda scope: raw_bytes(kept)) == sent
    dump = await showroom.sample.read(lambda: showroom.sample.dealer.database.fetch("SELECT * FROM sales_raw_document"))
    assert "13800138000" not in str([tuple(row) for row in dump])


async def test_sender_needs_a_key_with_the_right(showroom: Showroom) -> None:
    assert (await showroom.post(document(), key="fck_wrong")).status_code == 401
    other = await showroom.key("customer_care")
    refused = await showroom.post(document(), key=other)
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (403, "FORBIDDEN")
    assert await showroom.rows(RawDocument) == []


async def test_two_documents_of_one_person_at_once_make_one_open_lead(showroom: Showroom) -> None:
    await showroom.hire("lisi")
    sent = [document(prospect(str(number))) for number in range(5)]
    answers = await asyncio.gather(*(showroom.post(one) for one in sent))
    outcomes = sorted(answer.json()["prospects"][0]["outcome"] for answer in answers)
    assert outcomes == ["accepted", *["duplicate"] * 4]
    found = await leads(showroom)
    assert [lead.state for lead in found].count(LeadState.ASSIGNED) == 1
    (open_lead,) = [lead for lead in found if lead.state == LeadState.ASSIGNED]
    assert len(await showroom.rows(LeadTouch, lead_id=open_lead.id)) == 5


async def test_twins_of_one_document_make_one_lead(showroom: Showroom) -> None:
    answers = await asyncio.gather(*(showroom.post(document()) for _ in range(5)))
    outcomes = sorted(answer.json()["prospects"][0]["outcome"] for answer in answers)
    assert outcomes == [IntakeOutcome.ACCEPTED.lower(), *[IntakeOutcome.UPDATED.lower()] * 4]
    assert len(await leads(showroom)) == 1


async def test_lead_of_another_store_is_another_lead(showroom: Showroom) -> None:
    await accepted(showroom, document())
    other: UUID = await showroom.sample.add_store("S2")
    answer = await showroom.post(document(), key=await showroom.key(store_id=other))
    assert answer.json()["prospects"][0]["outcome"] == "accepted"
    assert {lead.store_id for lead in await leads(showroom)} == {showroom.sample.store_id, other}


async def test_refused_lead_leaves_its_document_and_no_half_lead(showroom: Showroom) -> None:
    answer = await showroom.post(document(prospect("1"), prospect("2", phone="13800138002")))
    assert [one["outcome"] for one in answer.json()["prospects"]] == ["accepted", "accepted"]
    # The second takes the number of the first: one person has one open lead, so it is refused and nothing changes.
    moved = prospect("2", phone="13800138000", status="resend").replace("Please call", "Never mind, call")
    (told,) = (await showroom.post(document(moved))).json()["prospects"]
    assert (told["outcome"], told["code"]) == ("faulty", "CONFLICT")
    assert all("Never mind" not in lead.message for lead in await leads(showroom))
    assert len(await showroom.rows(RawDocument)) == 2
