"""From what a message says to what the store keeps of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from forecourt import Money
from plugins.sales.models.choices import LeadInterest, VehicleWish
from plugins.sales.services.adf.document import (
    AdfAddress,
    AdfExtra,
    AdfMoment,
    AdfPhone,
    AdfProspect,
    AdfVehicle,
    is_number,
)

_INTERESTS: Final = {
    "buy": LeadInterest.BUY,
    "lease": LeadInterest.LEASE,
    "sell": LeadInterest.SELL,
    "trade-in": LeadInterest.TRADE_IN,
    "test-drive": LeadInterest.TEST_DRIVE,
}
# What a customer means to spend; the maker's and the dealer's own prices are none of these.
_BUDGET_PRICES: Final = frozenset({"offer", "quote", "asking", ""})
_KM_PER_MILE: Final = Decimal("1.609344")
_HIGHEST_MINOR: Final = 10**15


@dataclass(frozen=True, slots=True)
class NewVehicle:
    """A vehicle that somebody wants or would hand over."""

    wish: VehicleWish = VehicleWish.WANTED
    model_year: int | None = None
    make: str = ""
    model: str = ""
    trim: str = ""
    vin: str = ""
    stock_no: str = ""
    color: str = ""
    price: Money | None = None
    odometer_km: int | None = None
    note: str = ""
    extras: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewLead:
    """Somebody's interest as it came in.

    Attributes:
        external_key: What makes two messages the same lead; None if the sender doesn't number his.
        phones, emails: The best one first; what can't be read is kept among the details.
        details: Whatever else was said of the person.
        warnings: Codes of what is odd about it.
    """

    name: str
    phones: Sequence[str] = ()
    emails: Sequence[str] = ()
    source: str = ""
    provider: str = ""
    external_id: str = ""
    external_key: str | None = None
    is_resend: bool = False
    interest: LeadInterest = LeadInterest.BUY
    message: str = ""
    preferred_time: str = ""
    region_code: str = ""
    budget: Money | None = None
    buying_within_days: int | None = None
    captured_at: datetime | None = None
    named_consultant_id: UUID | None = None
    vehicles: Sequence[NewVehicle] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    document_id: UUID | None = None
    warnings: tuple[str, ...] = ()

    def with_details(self, **more: Any) -> NewLead:
        """Return the same with further details; empty ones are left out."""
        return replace(self, details={**self.details, **{key: value for key, value in more.items() if value}})

    @property
    def details_text(self) -> str | None:
        """The details as one text to be encrypted; None if there are none."""
        return json.dumps(self.details, ensure_ascii=False, sort_keys=True) if self.details else None


def key_of(provider: str, source: str, number: str) -> str | None:
    """Return what a column holds of a sender's number; None for one without a letter or digit, which is none."""
    if not is_number(number):
        return None
    return sha256(f"{provider}\x1f{source}\x1f{number}".encode()).hexdigest()


def lead_of(prospect: AdfProspect, *, now: datetime, source: str, currency: str) -> NewLead:
    """Return what a prospect of a lead document says.

    Args:
        source: Code of the source channel that it came in by.
        currency: Of prices that name none.
    """
    contact = prospect.customer.contact
    identity = prospect.identity
    vehicles = [_vehicle(vehicle, currency) for vehicle in prospect.vehicles]
    wanted = prospect.wanted or prospect.vehicles
    lead = NewLead(
        name=_cut(contact.name.display or "?", 100),
        phones=[phone.number for phone in _ranked(contact.phones)],
        emails=[mail.address for mail in sorted(contact.emails, key=lambda mail: not mail.preferred)],
        source=source,
        provider=_cut(prospect.provider.name if prospect.provider else "", 120),
        external_id=_cut(identity.value if identity else "", 120),
        external_key=sha256(identity.key.encode()).hexdigest() if identity else None,
        is_resend=prospect.is_resend,
        interest=next((_INTERESTS[v.interest] for v in wanted if v.interest in _INTERESTS), LeadInterest.BUY),
        message="\n".join(filter(None, [prospect.customer.comments, *(v.comments for v in prospect.wanted)])),
        preferred_time=_cut(next((p.time for p in contact.phones if p.time), ""), 20),
        region_code=_cut(next((a.region for a in contact.addresses if a.region), ""), 20),
        budget=_budget(prospect, currency),
        buying_within_days=_days(prospect, now),
        captured_at=_instant(prospect.requested, now),
        vehicles=vehicles,
    )
    return lead.with_details(**_details(prospect))


def _details(prospect: AdfProspect) -> dict[str, Any]:
    contact = prospect.customer.contact
    frame = prospect.customer.timeframe
    others = [
        {
            "name": other.name.display,
            "phones": [phone.number for phone in other.phones],
            "emails": [mail.address for mail in other.emails],
        }
        for other in prospect.customer.contacts
        if other is not contact
    ]
    return {
        "addresses": [_address(address) for address in contact.addresses],
        "other_contacts": others,
        "timeframe": frame.description if frame else "",
        "requested": prospect.requested.text if prospect.requested and prospect.requested.at is None else "",
        "service": prospect.provider.service if prospect.provider else "",
        "vendor": prospect.vendor.name if prospect.vendor else "",
        "extras": _extras([*prospect.extras, *prospect.customer.extras, *contact.extras]),
        "warnings": list(prospect.warnings),
    }


def _ranked(phones: Iterable[AdfPhone]) -> list[AdfPhone]:
    """Return the numbers that can be called, mobiles before landlines; a fax is no way to reach anybody."""
    calls = [phone for phone in phones if phone.kind != "fax"]
    return sorted(calls, key=lambda phone: (phone.kind != "cellphone", not phone.preferred))


def _vehicle(vehicle: AdfVehicle, currency: str) -> NewVehicle:
    liked = sorted(vehicle.colours, key=lambda one: one.preference if one.preference is not None else 99)
    extras = {
        "status": vehicle.status,
        "interest": vehicle.interest,
        "condition": vehicle.condition,
        "body_style": vehicle.body_style,
        "transmission": vehicle.transmission,
        "options": [option.name for option in vehicle.options],
        "finance": vehicle.finance.method if vehicle.finance else "",
        "colours": [[one.exterior, one.interior] for one in vehicle.colours],
        "prices": [[price.kind, price.text] for price in vehicle.prices],
        "others": _extras(vehicle.extras),
    }
    return NewVehicle(
        wish=VehicleWish.TRADE_IN if vehicle.is_trade_in else VehicleWish.WANTED,
        model_year=vehicle.year if vehicle.year is not None and 1900 <= vehicle.year <= 2100 else None,
        make=_cut(vehicle.make, 120),
        model=_cut(vehicle.model, 120),
        trim=_cut(vehicle.trim, 120),
        vin=_cut(vehicle.vin.upper(), 40),
        stock_no=_cut(vehicle.stock, 60),
        color=_cut(next((one.exterior for one in liked if one.exterior), ""), 120),
        price=next(filter(None, (_money(p.value, p.currency, currency) for p in vehicle.prices)), None),
        odometer_km=_kilometres(vehicle),
        note=vehicle.comments,
        extras={key: value for key, value in extras.items() if value},
    )


def _kilometres(vehicle: AdfVehicle) -> int | None:
    reading = vehicle.odometer
    if reading is None or reading.value is None or not 0 <= reading.value < 10_000_000:
        return None
    return int(reading.value * _KM_PER_MILE) if reading.units == "mi" else reading.value


def _budget(prospect: AdfProspect, currency: str) -> Money | None:
    for vehicle in prospect.wanted:
        totals = [a for a in (vehicle.finance.amounts if vehicle.finance else ()) if a.kind == "total"]
        prices = [price for price in vehicle.prices if price.kind in _BUDGET_PRICES and not price.delta]
        for amount in [*totals, *prices]:
            found = _money(amount.value, amount.currency, currency)
            if found is not None:
                return found
    return None


def _money(value: Decimal | None, currency: str, default: str) -> Money | None:
    code = currency.upper() or default
    if value is None or not value.is_finite() or not 0 < value < _HIGHEST_MINOR or len(code) != 3:
        return None
    return Money(int((value * 100).to_integral_value()), code)


def _days(prospect: AdfProspect, now: datetime) -> int | None:
    frame = prospect.customer.timeframe
    for moment in (frame.latest, frame.earliest) if frame else ():
        if moment is not None and moment.at is not None:
            days = (moment.at - now).days + 1
            return max(days, 0) if days < 3_650 else None
    return None


def _instant(moment: AdfMoment | None, now: datetime) -> datetime | None:
    """Return when the customer asked; a clock that runs ahead counts as now."""
    return None if moment is None or moment.at is None else min(moment.at, now)


def _address(address: AdfAddress) -> dict[str, Any]:
    parts = {
        "kind": address.kind,
        "lines": list(address.lines),
        "apartment": address.apartment,
        "city": address.city,
        "region": address.region,
        "postcode": address.postcode,
        "country": address.country,
    }
    return {key: value for key, value in parts.items() if value}


def _extras(extras: Iterable[AdfExtra]) -> list[Any]:
    return [
        {
            "name": extra.name,
            "text": extra.text,
            "attributes": dict(extra.attributes),
            "children": _extras(extra.children),
        }
        for extra in extras
    ]


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
