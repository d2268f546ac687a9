"""What a lead document says."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from plugins.sales.services.adf.document import AdfExtra, AdfFault, AdfProspect
from plugins.sales.services.adf.parsing import parse_adf
from tests.plugins.sales.adf_samples import document, prospect

pytestmark = pytest.mark.once


def only(text: str) -> AdfProspect:
    (entry,) = parse_adf(text.encode()).prospects
    assert isinstance(entry, AdfProspect)
    return entry


def customer(contact: str) -> str:
    return f"<adf><prospect><customer><contact>{contact}</contact></customer></prospect></adf>"


def test_full_document_is_read_to_the_last_element() -> None:
    lead = only(document())
    assert (lead.status, lead.is_resend, lead.warnings) == ("new", False, ())
    assert lead.requested is not None
    assert lead.requested.at == datetime(2026, 11, 21, 12, 10, tzinfo=UTC)
    (wanted,) = lead.wanted
    assert (wanted.year, wanted.make, wanted.model, wanted.trim) == (2026, "Demo Motors", "Voyage", "Plus")
    assert (wanted.colours[0].exterior, wanted.colours[0].preference) == ("white", 1)
    assert (wanted.prices[0].value, wanted.prices[0].currency, wanted.prices[0].kind) == (
        Decimal(220000),
        "CNY",
        "quote",
    )
    assert (wanted.options[0].name, wanted.options[0].weighting) == ("Tow bar", -100)
    assert wanted.finance is not None
    assert (wanted.finance.method, wanted.finance.amounts[0].limit) == ("finance", "maximum")
    assert wanted.comments == "White if possible"
    assert lead.customer.comments == "Please call after seven."
    assert lead.customer.timeframe is not None
    assert lead.customer.timeframe.description == "within a week"
    contact = lead.customer.contact
    assert [(phone.number, phone.kind, phone.time, phone.preferred) for phone in contact.phones] == [
        ("13800138000", "cellphone", "evening", True),
        ("010-62345678", "voice", "day", False),
    ]
    assert contact.emails[0].address == "lisi@example.com"
    assert contact.addresses[0].lines == ("Example Road 1", "Building 2")
    assert lead.vendor is not None
    assert (lead.vendor.name, lead.vendor.ids[0].source) == ("Demo Store", "oem")
    assert lead.provider is not None
    assert (lead.provider.name, lead.provider.service) == ("Demo Portal", "Website")


def test_trade_in_is_the_second_vehicle() -> None:
    lead = only(document())
    (own,) = lead.trade_ins
    assert (own.vin, own.condition) == ("LSVAU2189T2100001", "good")
    assert own.odometer is not None
    assert (own.odometer.value, own.odometer.units, own.odometer.status) == (81500, "mi", "original")


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ('<name part="first">四</name><name part="last">李</name>', "李四"),
        ('<name part="first">Wei</name><name part="middle">A</name><name part="last">Li</name>', "Wei A Li"),
        ('<name part="full">李四</name><name part="first">四</name>', "李四"),
        ("<name>李四</name>", "李四"),
        ('<name part="FULL" type="business">Example Ltd</name>', "Example Ltd"),
        ("", ""),
    ],
)
def test_name_is_shown_in_the_order_of_its_language(names: str, shown: str) -> None:
    assert only(customer(f"{names}<phone>13800138000</phone>")).customer.contact.name.display == shown


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        ("１３８００１３８０００", ["13800138000"]),
        ("+86 138 0013 8000", ["+86 138 0013 8000"]),
        ("13800138000 / 13900139000", ["13800138000", "13900139000"]),
        ("13800138000、13900139000", ["13800138000", "13900139000"]),
        ("010-62345678/12", ["010-62345678/12"]),
        ("\u200b138-0013-8000\u202c", ["138-0013-8000"]),
    ],
)
def test_phone_is_half_width_and_one_number_each(written: str, numbers: list[str]) -> None:
    contact = only(customer(f"<phone>{written}</phone>")).customer.contact
    assert [phone.number for phone in contact.phones] == numbers


def test_contact_details_straight_in_the_customer_are_found() -> None:
    lead = only("<adf><prospect><customer><name>Li Si</name><phone>13800138000</phone></customer></prospect></adf>")
    assert (lead.customer.contact.name.display, lead.customer.contact.phones[0].number) == ("Li Si", "13800138000")


def test_primary_contact_that_can_be_reached_comes_first() -> None:
    lead = only(
        "<adf><prospect><customer><contact><name>A</name><phone>13800138000</phone></contact>"
        '<contact primarycontact="1"><name>B</name><phone>13900139000</phone></contact></customer></prospect></adf>'
    )
    assert lead.customer.contact.name.display == "B"


def test_no_vehicle_and_no_vendor_name_are_warnings() -> None:
    lead = only(
        "<adf><prospect><requestdate>soon</requestdate><customer><contact><phone>13800138000</phone></contact></customer>"
        "<vendor><contact><name>Desk</name></contact></vendor></prospect></adf>"
    )
    assert set(lead.warnings) == {
        "the request date can't be read",
        "there is no vehicle",
        "the vendor has no name",
        "the customer has no name",
    }
    assert lead.vehicles == ()


def test_unknown_elements_and_unreadable_values_stay_in_extras() -> None:
    lead = only(
        "<adf><prospect><vehicle><year>2026款</year><make>VW</make><make>Audi</make><sunroof kind='glass'>yes"
        "<tint>dark</tint></sunroof></vehicle><customer><contact><phone>13800138000</phone><wechat>lisi</wechat></contact>"
        "</customer><leadtype>sales</leadtype></prospect></adf>"
    )
    vehicle = lead.vehicles[0]
    assert (vehicle.year, vehicle.make) == (None, "VW")
    assert vehicle.extras == (
        AdfExtra("year", "2026款"),
        AdfExtra("make", "Audi"),
        AdfExtra("sunroof", "yes", (("kind", "glass"),), (AdfExtra("tint", "dark"),)),
    )
    assert lead.customer.contact.extras == (AdfExtra("wechat", "lisi"),)
    assert lead.extras == (AdfExtra("leadtype", "sales"),)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("¥220,000", Decimal(220000)),
        ("22万", Decimal(220000)),
        ("19 999.50", Decimal("19999.50")),
        ("２２００００", Decimal(220000)),
        ("220000-260000", None),
        ("call us", None),
    ],
)
def test_price_keeps_its_text_and_is_a_number_where_it_can_be(written: str, value: Decimal | None) -> None:
    lead = only(
        f"<adf><prospect><vehicle><price type='call'>{written}</price></vehicle>"
        "<customer><contact><phone>13800138000</phone></contact></customer></prospect></adf>"
    )
    price = lead.vehicles[0].prices[0]
    assert (price.text, price.value, price.kind) == (written, value, "call")


def test_resend_has_the_identity_of_the_first_document() -> None:
    first, again = only(document()), only(document(prospect(status="resend")))
    assert again.is_resend
    assert first.identity is not None
    assert again.identity == first.identity
    assert (first.identity.provider, first.identity.source, first.identity.value) == (
        "Demo Portal",
        "demo-portal",
        "4711",
    )


def test_identity_ignores_width_and_case_and_numbers_added_on_the_way() -> None:
    first = only(document())
    forwarded = only(
        document(prospect("４７１１"))
        .replace('source="demo-portal"', 'source="DEMO-Portal"')
        .replace("<requestdate>", '<id sequence="2" source="oem">99</id><requestdate>')
    )
    assert first.identity is not None
    assert forwarded.identity is not None
    assert forwarded.identity.key == first.identity.key
    other = only(document(prospect("4712"))).identity
    assert other is not None
    assert other.key != first.identity.key


def test_number_of_nobody_is_no_identity() -> None:
    contact = "<customer><contact><phone>13800138000</phone></contact></customer>"
    assert only(f"<adf><prospect><id>1</id>{contact}</prospect></adf>").identity is None
    assert only(f"<adf><prospect>{contact}</prospect></adf>").identity is None


def test_bad_prospect_does_not_lose_the_good_one() -> None:
    silent = "<prospect><customer><contact><name>Nobody</name></contact></customer></prospect>"
    nobody = "<prospect><vehicle><make>VW</make></vehicle></prospect>"
    text = document(silent, prospect("1"), nobody, prospect("2"))
    result = parse_adf(text.encode())
    assert [entry.code if isinstance(entry, AdfFault) else entry.ids[0].value for entry in result.prospects] == [
        "ADF_NO_CONTACT_POINT",
        "1",
        "ADF_NO_CUSTOMER",
        "2",
    ]
    assert [(fault.index, fault.line) for fault in result.faults] == [
        (0, text[: text.index(silent)].count("\n") + 1),
        (2, text[: text.index(nobody)].count("\n") + 1),
    ]
    assert len(result.readable) == 2


@pytest.mark.parametrize(
    "broken",
    [
        "<prospect><customer><contact><phone>1</contact></customer></prospect>",
        "<prospect><customer",
        "<prospect a=1><customer/></prospect>",
        "<prospect><customer>&unknown;</customer></prospect>",
    ],
)
def test_prospect_of_broken_markup_does_not_lose_those_beside_it(broken: str) -> None:
    result = parse_adf(document(prospect("1"), broken, prospect("2")).encode())
    assert [lead.ids[0].value for lead in result.readable] == ["1", "2"]
    (fault,) = result.faults
    assert (fault.index, fault.code) == (1, "ADF_MALFORMED")
    assert fault.line is not None
    assert result.warnings == ("broken markup was mended",)


def test_document_cut_off_in_the_second_prospect_keeps_the_first() -> None:
    whole = document(prospect("1"), prospect("2")).encode()
    result = parse_adf(whole[: whole.rindex(b"<vendor>")])
    assert [lead.ids[0].value for lead in result.readable] == ["1"]
    assert [fault.index for fault in result.faults] == [1]
