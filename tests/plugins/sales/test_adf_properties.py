"""What holds for every document."""

from __future__ import annotations

import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugins.sales.services.adf.document import (
    AdfAddress,
    AdfAmount,
    AdfColours,
    AdfContact,
    AdfCustomer,
    AdfDocument,
    AdfEmail,
    AdfExtra,
    AdfFinance,
    AdfId,
    AdfName,
    AdfOption,
    AdfParty,
    AdfPhone,
    AdfProspect,
    AdfTimeframe,
    AdfVehicle,
)
from plugins.sales.services.adf.errors import AdfError
from plugins.sales.services.adf.moments import read_moment
from plugins.sales.services.adf.parsing import parse_adf
from plugins.sales.services.adf.writer import write_adf
from tests.plugins.sales.adf_samples import document

pytestmark = pytest.mark.once


BOUNDED = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

FRAGMENTS = st.sampled_from(
    [
        b"<adf>", b"</adf>", b"<prospect>", b"</prospect>", b"<customer>", b"</customer>", b"<contact>", b"</contact>",
        b"<phone>138", b"</phone>", b"<?xml version='1.0' encoding='gbk'?>", b"<?adf", b"?>", b"<!--", b"-->",
        b"<![CDATA[", b"]]>", b"<!DOCTYPE", b"&", b"&#x110000;", b"&nbsp;", b"&AMP;", b"\r\n\r\n", b"Content-Type: ",
        b"multipart/mixed; boundary=b", b"text/plain; charset=gb2312", b"text/html", b"message/rfc822", b"\r\n--b\r\n",
        b"Content-Transfer-Encoding: base64\r\n", b"=?utf-8?q?", b"\xff\xfe", b"\x00<\x00a", b"\xe6\x9d", b"\xc0\xee",
        b"&lt;adf&gt;", b"charset*0*=", b"; name*=", b"From ", b"X:",
    ]
)  # fmt: skip


def outcome(data: bytes, content_type: str | None = None) -> AdfDocument | str:
    """Return the document or the code of the error; any other exception fails the test."""
    try:
        return parse_adf(data, content_type)
    except AdfError as error:
        return error.code


@BOUNDED
@given(st.binary(max_size=400), st.sampled_from([None, "message/rfc822", "text/html", "multipart/mixed; boundary=b"]))
def test_any_bytes_are_a_document_or_a_clear_error(data: bytes, content_type: str | None) -> None:
    result = outcome(data, content_type)
    assert isinstance(result, AdfDocument) or result.startswith("ADF_")


@settings(BOUNDED, max_examples=600)
@given(st.lists(st.one_of(FRAGMENTS, st.binary(max_size=6)), max_size=40), st.text(max_size=40))
def test_any_pieces_of_mail_and_markup_are_a_document_or_a_clear_error(pieces: list[bytes], content_type: str) -> None:
    result = outcome(b"".join(pieces), content_type)
    assert result.prospects if isinstance(result, AdfDocument) else result.startswith("ADF_")


@BOUNDED
@given(st.integers(min_value=0), st.binary(max_size=4), st.integers(0, 20))
def test_damaged_document_is_read_or_refused(position: int, inserted: bytes, removed: int) -> None:
    whole = document().encode()
    at = position % len(whole)
    result = outcome(whole[:at] + inserted + whole[at + removed :])
    assert result.prospects if isinstance(result, AdfDocument) else result.startswith("ADF_")


@BOUNDED
@given(st.text(max_size=60), st.sampled_from(["UTC", "Asia/Shanghai", "America/New_York"]))
def test_any_date_keeps_its_text_and_an_instant_is_utc(text: str, zone: str) -> None:
    moment = read_moment(text, zone)
    assert moment.text == text.strip()
    assert moment.at is None or moment.at.utcoffset() is not None


def _texts(minimum: int = 0) -> st.SearchStrategy[str]:
    letters = st.characters(
        exclude_categories=["Cc", "Cs", "Cn"], include_characters="\n\t&<>\"'", exclude_characters="\ufffe\uffff"
    )
    return st.text(letters, min_size=minimum, max_size=12).map(str.strip).filter(lambda text: len(text) >= minimum)


TEXT = _texts()
SOME = _texts(1)
CODE = st.text(string.ascii_lowercase, max_size=8)
LINE = SOME.map(lambda text: " ".join(text.split())).filter(bool)
DIGITS = st.text(string.digits, min_size=7, max_size=11)
SMALL = st.integers(-100, 100)
IDS = st.lists(st.builds(AdfId, SOME, LINE, CODE), max_size=2).map(tuple)
MOMENT = st.one_of(SOME, st.datetimes().map(str)).map(lambda text: read_moment(text, "UTC"))
NAME = st.builds(AdfName, TEXT, TEXT, TEXT, TEXT, TEXT).flatmap(
    lambda name: st.just(name) if not name.display else CODE.map(lambda kind: AdfName(name.full, *_parts(name), kind))
)
# Names that ADF doesn't know at any place.
EXTRA = st.builds(
    AdfExtra, st.sampled_from(["leadtype", "wechat", "颜色", "x-1"]), TEXT, st.just(()), st.just(())
).flatmap(
    lambda extra: st.one_of(st.just(extra), TEXT.map(lambda text: AdfExtra("outer", text, (("a", "1"),), (extra,))))
)
EXTRAS = st.lists(EXTRA, max_size=2).map(tuple)


def _parts(name: AdfName) -> tuple[str, str, str, str]:
    return name.first, name.middle, name.last, name.suffix


def _amount(text: str, kind: str, currency: str) -> AdfAmount:
    (vehicle,) = _reread(text)
    return AdfAmount(text, vehicle.value, kind, currency.upper())


def _reread(text: str) -> tuple[AdfAmount, ...]:
    lead = AdfProspect(
        AdfCustomer((AdfContact(phones=(AdfPhone("1234567"),)),)), vehicles=(AdfVehicle(prices=(AdfAmount(text),)),)
    )
    return parse_adf(write_adf([lead])).readable[0].vehicles[0].prices


AMOUNTS = st.lists(st.builds(_amount, st.one_of(SOME, SMALL.map(str)), CODE, CODE), max_size=2).map(tuple)
PHONES = st.lists(st.builds(AdfPhone, DIGITS, CODE, CODE, st.booleans()), max_size=2).map(tuple)
EMAILS = st.lists(st.builds(AdfEmail, CODE.map(lambda code: f"{code}@example.com"), st.booleans()), max_size=2).map(
    tuple
)
ADDRESSES = st.lists(
    st.builds(AdfAddress, CODE, st.lists(SOME, max_size=2).map(tuple), TEXT, TEXT, TEXT, CODE, TEXT, EXTRAS), max_size=1
).map(tuple)
CONTACT = st.builds(AdfContact, NAME, EMAILS, PHONES, ADDRESSES, st.booleans(), EXTRAS)
VEHICLE = st.builds(
    AdfVehicle,
    interest=CODE,
    status=CODE,
    ids=IDS,
    year=st.one_of(st.none(), st.integers(1900, 2099)),
    make=TEXT,
    model=TEXT,
    vin=st.text(string.ascii_uppercase + string.digits, max_size=17),
    condition=CODE,
    colours=st.lists(st.builds(AdfColours, TEXT, TEXT, st.one_of(st.none(), SMALL), EXTRAS), max_size=2).map(tuple),
    prices=AMOUNTS,
    price_comments=SOME,
    options=st.lists(st.builds(AdfOption, SOME, TEXT, TEXT, st.one_of(st.none(), SMALL)), max_size=2).map(tuple),
    finance=st.one_of(st.none(), st.builds(AdfFinance, CODE, AMOUNTS, AMOUNTS, EXTRAS)),
    comments=TEXT,
    extras=EXTRAS,
)
CUSTOMER = st.builds(
    AdfCustomer,
    st.lists(CONTACT, min_size=1, max_size=2).map(tuple),
    IDS,
    st.one_of(
        st.none(), st.builds(AdfTimeframe, SOME, st.one_of(st.none(), MOMENT), st.one_of(st.none(), MOMENT), EXTRAS)
    ),
    TEXT,
    EXTRAS,
).filter(lambda customer: customer.contact.reachable)
PARTY = st.builds(AdfParty, SOME, IDS, TEXT, TEXT, EMAILS, PHONES, st.lists(CONTACT, max_size=1).map(tuple), EXTRAS)
LEAD = st.builds(
    AdfProspect,
    customer=CUSTOMER,
    status=st.sampled_from(["new", "resend"]),
    ids=IDS,
    requested=st.one_of(st.none(), MOMENT),
    vehicles=st.lists(VEHICLE, max_size=2).map(tuple),
    vendor=st.one_of(st.none(), PARTY),
    provider=st.one_of(st.none(), PARTY),
    extras=EXTRAS,
)


@settings(BOUNDED, max_examples=100)
@given(st.lists(LEAD, min_size=1, max_size=2))
def test_what_is_written_reads_back_the_same(leads: list[AdfProspect]) -> None:
    result = parse_adf(write_adf(leads))
    assert result.prospects == tuple(leads)
    assert result.warnings == ()


def test_full_document_survives_writing() -> None:
    leads = parse_adf(document().encode()).readable
    written = write_adf(leads)
    assert written.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<?adf version="1.0"?>\n<adf>')
    assert parse_adf(written).readable == leads
