"""From elements to values: lenient in what it takes, strict in what it promises."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Final, TypeVar

from plugins.sales.services.adf.document import (
    AdfAddress,
    AdfAmount,
    AdfColours,
    AdfContact,
    AdfCustomer,
    AdfEmail,
    AdfExtra,
    AdfFault,
    AdfFinance,
    AdfId,
    AdfMoment,
    AdfName,
    AdfOdometer,
    AdfOption,
    AdfParty,
    AdfPhone,
    AdfProspect,
    AdfTimeframe,
    AdfVehicle,
)
from plugins.sales.services.adf.markup import BrokenProspect, Node
from plugins.sales.services.adf.moments import read_moment

T = TypeVar("T")

_YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)", re.ASCII)
_WHOLE: Final = re.compile(r"[+-]?\d{1,9}", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,6})?", re.ASCII)
_CURRENCY_MARKS: Final = re.compile(r"[\s,¥$€£元]|RMB|CNY|USD|EUR", re.IGNORECASE)
_SEVERAL: Final = re.compile(r"[/;,、|]")
_DIGIT: Final = re.compile(r"\d", re.ASCII)


class _Rest:
    """The elements of a parent; what nobody takes becomes `extras`."""

    def __init__(self, parent: Node) -> None:
        self._left = parent.children

    def every(self, name: str) -> list[Node]:
        """Take all elements of a name."""
        taken = [node for node in self._left if node.name == name]
        self._left = [node for node in self._left if node.name != name]
        return taken

    def text(self, name: str) -> str:
        """Take the text of the first element of a name that has any."""
        return self.read(name, lambda node: node.text or None) or self._drop(name)

    def _drop(self, name: str) -> str:
        self.every(name)
        return ""

    def joined(self, name: str) -> str:
        """Take the texts of all elements of a name, a line for each."""
        return "\n".join(text for text in (node.text for node in self.every(name)) if text)

    def read(self, name: str, reader: Callable[[Node], T | None]) -> T | None:
        """Take the first element of a name that the reader can make something of."""
        for node in self._left:
            value = reader(node) if node.name == name else None
            if value is not None:
                self._left.remove(node)
                return value
        return None

    def extras(self) -> tuple[AdfExtra, ...]:
        """Return what is left."""
        return tuple(_extra(node) for node in self._left)


def read_prospect(index: int, entry: Node | BrokenProspect, zone: str) -> AdfProspect | AdfFault:
    """Return the lead that a prospect element describes, or what keeps it from being one.

    Args:
        zone: IANA name of the zone that times without one are meant in.
    """
    if isinstance(entry, BrokenProspect):
        return AdfFault(index, entry.error.message, entry.error.code, entry.error.line)
    rest = _Rest(entry)
    customer = rest.read("customer", lambda node: _customer(node, zone))
    if customer is None:
        return AdfFault(index, "the prospect has no customer", "ADF_NO_CUSTOMER", entry.line)
    if not customer.contact.reachable:
        message = "the customer can't be reached: neither a telephone number nor an e-mail address"
        return AdfFault(index, message, "ADF_NO_CONTACT_POINT", entry.line)
    prospect = AdfProspect(
        customer=customer,
        status=_coded(entry, "status") or "new",
        ids=_ids(rest),
        requested=rest.read("requestdate", lambda node: _moment(node, zone)),
        vehicles=tuple(_vehicle(node) for node in rest.every("vehicle")),
        vendor=rest.read("vendor", lambda node: _party(node, "vendorname")),
        provider=rest.read("provider", lambda node: _party(node, "name")),
        extras=rest.extras(),
    )
    return _warned(prospect)


def _warned(prospect: AdfProspect) -> AdfProspect:
    lacks = {
        "there is no request date": prospect.requested is None,
        "the request date can't be read": prospect.requested is not None and prospect.requested.at is None,
        "there is no vehicle": not prospect.vehicles,
        "there is no vendor": prospect.vendor is None,
        "the vendor has no name": prospect.vendor is not None and not prospect.vendor.name,
        "the customer has no name": not prospect.customer.contact.name.display,
    }
    return replace(prospect, warnings=tuple(text for text, lacking in lacks.items() if lacking))


def _customer(node: Node, zone: str) -> AdfCustomer:
    rest = _Rest(node)
    contacts = tuple(_contact(child) for child in rest.every("contact"))
    if not contacts:  # some senders put name and telephone number straight into the customer
        contacts = (_contact_from(rest, node, keep_extras=False),)
    return AdfCustomer(
        contacts=contacts,
        ids=_ids(rest),
        timeframe=rest.read("timeframe", lambda child: _timeframe(child, zone)),
        comments=rest.joined("comments"),
        extras=rest.extras(),
    )


def _contact(node: Node) -> AdfContact:
    return _contact_from(_Rest(node), node, keep_extras=True)


def _contact_from(rest: _Rest, node: Node, *, keep_extras: bool) -> AdfContact:
    return AdfContact(
        name=_name(rest),
        emails=_emails(rest),
        phones=_phones(rest),
        addresses=tuple(_address(child) for child in rest.every("address")),
        primary=_flag(node, "primarycontact"),
        extras=rest.extras() if keep_extras else (),
    )


def _name(rest: _Rest) -> AdfName:
    parts: dict[str, str] = {}
    kind = ""
    for node in rest.every("name"):
        part = _coded(node, "part") or "full"
        kind = kind or _coded(node, "type")
        known = part if part in {"first", "middle", "last", "suffix"} else "full"
        parts[known] = f"{parts[known]} {node.text}" if parts.get(known) else node.text
    return AdfName(**parts, kind=kind)


def _emails(rest: _Rest) -> tuple[AdfEmail, ...]:
    found = ((_narrow(node.text), _flag(node, "preferredcontact")) for node in rest.every("email"))
    return tuple(AdfEmail(address, preferred) for address, preferred in found if address)


def _phones(rest: _Rest) -> tuple[AdfPhone, ...]:
    return tuple(
        AdfPhone(number, _coded(node, "type"), _coded(node, "time"), _flag(node, "preferredcontact"))
        for node in rest.every("phone")
        for number in _numbers(node.text)
    )


def _numbers(text: str) -> Iterable[str]:
    """Yield each number of a field into which several were written."""
    narrow = _narrow(text)
    pieces = [piece.strip() for piece in _SEVERAL.split(narrow)]
    if all(len(_DIGIT.findall(piece)) >= 7 for piece in pieces):
        return pieces
    return [narrow] if _DIGIT.search(narrow) else []


def _address(node: Node) -> AdfAddress:
    rest = _Rest(node)
    lines = tuple(text for text in (child.text for child in rest.every("street")) if text)
    return AdfAddress(
        kind=_coded(node, "type"),
        lines=lines or ((node.own_text,) if node.own_text else ()),
        apartment=rest.text("apartment"),
        city=rest.text("city"),
        region=rest.text("regioncode"),
        postcode=_narrow(rest.text("postalcode")),
        country=rest.text("country"),
        extras=rest.extras(),
    )


def _vehicle(node: Node) -> AdfVehicle:
    rest = _Rest(node)
    return AdfVehicle(
        interest=_coded(node, "interest"),
        status=_coded(node, "status"),
        ids=_ids(rest),
        year=rest.read("year", _year),
        make=rest.text("make"),
        model=rest.text("model"),
        vin=_narrow(rest.text("vin")).upper(),
        stock=rest.text("stock"),
        trim=rest.text("trim"),
        doors=rest.text("doors"),
        body_style=rest.text("bodystyle"),
        transmission=rest.text("transmission"),
        odometer=rest.read("odometer", _odometer),
        condition=rest.text("condition").lower(),
        colours=tuple(_colours(child) for child in rest.every("colorcombination")),
        image=rest.text("imagetag"),
        prices=tuple(_amount(child) for child in rest.every("price")),
        price_comments=rest.joined("pricecomments"),
        options=tuple(_option(child) for child in rest.every("option")),
        finance=rest.read("finance", _finance),
        comments=rest.joined("comments"),
        extras=rest.extras(),
    )


def _year(node: Node) -> int | None:
    """Return the year only if the element says nothing else; otherwise it stays in the extras as written."""
    return int(_narrow(node.text)) if _YEAR.fullmatch(_narrow(node.text)) else None


def _odometer(node: Node) -> AdfOdometer | None:
    units = {"miles": "mi", "mile": "mi", "kilometers": "km", "kilometres": "km", "公里": "km"}
    unit = _coded(node, "units")
    number = _decimal(node.text)
    whole = int(number) if number is not None and number == int(number) else None
    return AdfOdometer(node.text, whole, units.get(unit, unit), _coded(node, "status")) if node.text else None


def _colours(node: Node) -> AdfColours:
    rest = _Rest(node)
    return AdfColours(
        interior=rest.text("interiorcolor"),
        exterior=rest.text("exteriorcolor"),
        preference=rest.read("preference", _whole),
        extras=rest.extras(),
    )


def _option(node: Node) -> AdfOption:
    rest = _Rest(node)
    return AdfOption(
        name=rest.text("optionname") or node.own_text,
        manufacturer_code=rest.text("manufacturercode"),
        stock=rest.text("stock"),
        weighting=rest.read("weighting", _whole),
        prices=tuple(_amount(child) for child in rest.every("price")),
        extras=rest.extras(),
    )


def _finance(node: Node) -> AdfFinance:
    rest = _Rest(node)
    return AdfFinance(
        method=rest.text("method").lower(),
        amounts=tuple(_amount(child) for child in rest.every("amount")),
        balances=tuple(_amount(child) for child in rest.every("balance")),
        extras=rest.extras(),
    )


def _amount(node: Node) -> AdfAmount:
    return AdfAmount(
        text=node.text,
        value=_decimal(node.text),
        kind=_coded(node, "type"),
        currency=_coded(node, "currency").upper(),
        limit=_coded(node, "limit"),
        delta=_coded(node, "delta"),
        relative_to=_coded(node, "relativeto"),
        source=_attribute(node, "source"),
    )


def _timeframe(node: Node, zone: str) -> AdfTimeframe:
    rest = _Rest(node)
    return AdfTimeframe(
        description=rest.text("description") or node.own_text,
        earliest=rest.read("earliestdate", lambda child: _moment(child, zone)),
        latest=rest.read("latestdate", lambda child: _moment(child, zone)),
        extras=rest.extras(),
    )


def _party(node: Node, name: str) -> AdfParty:
    rest = _Rest(node)
    return AdfParty(
        name=rest.text(name),
        ids=_ids(rest),
        service=rest.text("service"),
        url=rest.text("url"),
        emails=_emails(rest),
        phones=_phones(rest),
        contacts=tuple(_contact(child) for child in rest.every("contact")),
        extras=rest.extras(),
    )


def _moment(node: Node, zone: str) -> AdfMoment | None:
    return read_moment(node.text, zone) if node.text else None


def _ids(rest: _Rest) -> tuple[AdfId, ...]:
    found = (AdfId(n.text, _attribute(n, "source"), _attribute(n, "sequence")) for n in rest.every("id"))
    return tuple(given for given in found if given != AdfId(""))


def _extra(node: Node) -> AdfExtra:
    children = tuple(_extra(child) for child in node.children)
    return AdfExtra(node.name, node.own_text, tuple(node.attributes.items()), children)


def _attribute(node: Node, name: str) -> str:
    return node.attributes.get(name, "")


def _coded(node: Node, name: str) -> str:
    """Return an attribute with a list of values, in the spelling of the list."""
    return _attribute(node, name).lower().replace("_", "-")


def _flag(node: Node, name: str) -> bool:
    return _coded(node, name) in {"1", "true", "yes"}


def _narrow(text: str) -> str:
    """Return full-width letters and digits as plain ones, without what can't be seen."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(letter for letter in plain if unicodedata.category(letter) != "Cf").strip()


def _whole(node: Node) -> int | None:
    text = _narrow(node.text)
    return int(text) if _WHOLE.fullmatch(text) else None


def _decimal(text: str) -> Decimal | None:
    """Return the number in `¥220,000`, `22万` or `19 999.50`."""
    plain = _CURRENCY_MARKS.sub("", _narrow(text))
    factor = 10_000 if plain.endswith("万") else 1
    plain = plain.removesuffix("万")
    try:
        return Decimal(plain) * factor if _NUMBER.fullmatch(plain) else None
    except InvalidOperation:
        return None
