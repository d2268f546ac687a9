"""From values to an ADF 1.0 document that any reader takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from plugins.sales.services.adf.document import (
    AdfAddress,
    AdfAmount,
    AdfContact,
    AdfCustomer,
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

_NAME: Final = re.compile(r"[A-Za-z_\u3001-\ud7ff][A-Za-z0-9_.\u3001-\ud7ff-]*")
# Source: XML 1.0, production 2 (Char).
_NO_XML_CHARACTER: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_adf(prospects: Iterable[AdfProspect]) -> bytes:
    """Return a document in UTF-8 that reads back as the same prospects; characters that XML forbids are left out."""
    out = _Writer()
    for prospect in prospects:
        _prospect(out, prospect)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<?adf version="1.0"?>\n<adf>\n' + "".join(out.parts) + "</adf>\n"
    ).encode()


class _Writer:
    """Collects the document's text; what is empty isn't written."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def leaf(self, name: str, text: str | int | None, **attributes: str | int | None) -> None:
        """Write an element of text alone, unless there is none."""
        if text not in {"", None}:
            self.parts.append(f"{self._opening(name, attributes)}{_safe(str(text))}</{name}>\n")

    def open(self, name: str, **attributes: str | int | None) -> None:
        """Begin an element of elements."""
        self.parts.append(f"{self._opening(name, attributes)}\n")

    def close(self, name: str, extras: Sequence[AdfExtra] = ()) -> None:
        """End an element, after what ADF doesn't know."""
        for extra in extras:
            self.unknown(extra)
        self.parts.append(f"</{name}>\n")

    def unknown(self, extra: AdfExtra) -> None:
        """Write an element that ADF doesn't know, if its name may be written."""
        if not _NAME.fullmatch(extra.name):
            return
        named = {key: value for key, value in extra.attributes if _NAME.fullmatch(key)}
        self.parts.append(self._opening(extra.name, named, keep_empty=True) + _safe(extra.text))
        for child in extra.children:
            self.unknown(child)
        self.parts.append(f"</{extra.name}>\n")

    @staticmethod
    def _opening(
        name: str, attributes: dict[str, str | int | None] | dict[str, str], *, keep_empty: bool = False
    ) -> str:
        written = "".join(
            f" {key}={quoteattr(_legal(str(value)))}"
            for key, value in attributes.items()
            if keep_empty or value not in {"", None}
        )
        return f"<{name}{written}>"


def _legal(text: str) -> str:
    return _NO_XML_CHARACTER.sub("", text)


def _safe(text: str) -> str:
    # A bare carriage return would come back as a line feed.
    return escape(_legal(text), {"\r": "&#13;"})


def _prospect(out: _Writer, prospect: AdfProspect) -> None:
    out.open("prospect", status=prospect.status)
    _ids(out, prospect.ids)
    if prospect.requested:
        out.leaf("requestdate", prospect.requested.text)
    for vehicle in prospect.vehicles:
        _vehicle(out, vehicle)
    _customer(out, prospect.customer)
    if prospect.vendor:
        _party(out, prospect.vendor, "vendor", "vendorname")
    if prospect.provider:
        _party(out, prospect.provider, "provider", "name")
    out.close("prospect", prospect.extras)


def _ids(out: _Writer, ids: Sequence[AdfId]) -> None:
    for given in ids:
        attributes: dict[str, str | int | None] = {"sequence": given.sequence, "source": given.source}
        if given.value:
            out.leaf("id", given.value, **attributes)
        else:
            out.open("id", **attributes)
            out.close("id")


def _vehicle(out: _Writer, vehicle: AdfVehicle) -> None:
    out.open("vehicle", interest=vehicle.interest, status=vehicle.status)
    _ids(out, vehicle.ids)
    for name, text in (
        ("year", vehicle.year),
        ("make", vehicle.make),
        ("model", vehicle.model),
        ("vin", vehicle.vin),
        ("stock", vehicle.stock),
        ("trim", vehicle.trim),
        ("doors", vehicle.doors),
        ("bodystyle", vehicle.body_style),
        ("transmission", vehicle.transmission),
    ):
        out.leaf(name, text)
    if vehicle.odometer:
        out.leaf("odometer", vehicle.odometer.text, units=vehicle.odometer.units, status=vehicle.odometer.status)
    out.leaf("condition", vehicle.condition)
    for colours in vehicle.colours:
        out.open("colorcombination")
        out.leaf("interiorcolor", colours.interior)
        out.leaf("exteriorcolor", colours.exterior)
        out.leaf("preference", colours.preference)
        out.close("colorcombination", colours.extras)
    out.leaf("imagetag", vehicle.image)
    _amounts(out, "price", vehicle.prices)
    out.leaf("pricecomments", vehicle.price_comments)
    for option in vehicle.options:
        _option(out, option)
    if vehicle.finance:
        _finance(out, vehicle.finance)
    out.leaf("comments", vehicle.comments)
    out.close("vehicle", vehicle.extras)


def _option(out: _Writer, option: AdfOption) -> None:
    out.open("option")
    out.leaf("optionname", option.name)
    out.leaf("manufacturercode", option.manufacturer_code)
    out.leaf("stock", option.stock)
    out.leaf("weighting", option.weighting)
    _amounts(out, "price", option.prices)
    out.close("option", option.extras)


def _finance(out: _Writer, finance: AdfFinance) -> None:
    out.open("finance")
    out.leaf("method", finance.method)
    _amounts(out, "amount", finance.amounts)
    _amounts(out, "balance", finance.balances)
    out.close("finance", finance.extras)


def _amounts(out: _Writer, name: str, amounts: Sequence[AdfAmount]) -> None:
    for amount in amounts:
        attributes: dict[str, str | int | None] = {
            "type": amount.kind,
            "currency": amount.currency,
            "limit": amount.limit,
            "delta": amount.delta,
            "relativeto": amount.relative_to,
            "source": amount.source,
        }
        if amount.text:
            out.leaf(name, amount.text, **attributes)
        else:  # "call" is a price without a figure
            out.open(name, **attributes)
            out.close(name)


def _customer(out: _Writer, customer: AdfCustomer) -> None:
    out.open("customer")
    for contact in customer.contacts:
        _contact(out, contact)
    _ids(out, customer.ids)
    if customer.timeframe:
        _timeframe(out, customer.timeframe)
    out.leaf("comments", customer.comments)
    out.close("customer", customer.extras)


def _timeframe(out: _Writer, timeframe: AdfTimeframe) -> None:
    out.open("timeframe")
    out.leaf("description", timeframe.description)
    out.leaf("earliestdate", timeframe.earliest.text if timeframe.earliest else None)
    out.leaf("latestdate", timeframe.latest.text if timeframe.latest else None)
    out.close("timeframe", timeframe.extras)


def _party(out: _Writer, party: AdfParty, element: str, name: str) -> None:
    out.open(element)
    _ids(out, party.ids)
    out.leaf(name, party.name)
    out.leaf("service", party.service)
    out.leaf("url", party.url)
    _emails(out, party.emails)
    _phones(out, party.phones)
    for contact in party.contacts:
        _contact(out, contact)
    out.close(element, party.extras)


def _contact(out: _Writer, contact: AdfContact) -> None:
    out.open("contact", primarycontact="1" if contact.primary else None)
    _name(out, contact.name)
    _emails(out, contact.emails)
    _phones(out, contact.phones)
    for address in contact.addresses:
        _address(out, address)
    out.close("contact", contact.extras)


def _name(out: _Writer, name: AdfName) -> None:
    for part in ("full", "first", "middle", "last", "suffix"):
        out.leaf("name", getattr(name, part), part=part, type=name.kind)


def _emails(out: _Writer, emails: Sequence[AdfEmail]) -> None:
    for given in emails:
        out.leaf("email", given.address, preferredcontact="1" if given.preferred else None)


def _phones(out: _Writer, phones: Sequence[AdfPhone]) -> None:
    for phone in phones:
        preferred = "1" if phone.preferred else None
        out.leaf("phone", phone.number, type=phone.kind, time=phone.time, preferredcontact=preferred)


def _address(out: _Writer, address: AdfAddress) -> None:
    out.open("address", type=address.kind)
    for line in address.lines:
        out.leaf("street", line)
    out.leaf("apartment", address.apartment)
    out.leaf("city", address.city)
    out.leaf("regioncode", address.region)
    out.leaf("postalcode", address.postcode)
    out.leaf("country", address.country)
    out.close("address", address.extras)
