"""What a lead document says: ADF 1.0 as values.

Text is as it was sent, without the white space around it; a missing text is "".
What ADF 1.0 doesn't know, a second value of what it has once, and a value that can't be read stay in `extras`.

Source: ADF (Auto-lead Data Format) 1.0, 3 May 2000.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class AdfExtra:
    """An element that ADF 1.0 doesn't have at this place."""

    name: str
    text: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple[AdfExtra, ...] = ()


@dataclass(frozen=True, slots=True)
class AdfMoment:
    """A date or an instant as written and, where it can be read, as an instant.

    Attributes:
        text: As written.
        at: UTC; None if the text can't be read. A date alone is midnight.
        zone_given: False if the zone was the reader's default.
        date_only: True if no time of day was given.
    """

    text: str
    at: datetime | None = None
    zone_given: bool = False
    date_only: bool = False


@dataclass(frozen=True, slots=True)
class AdfId:
    """A number that one party gave to the prospect, vehicle, customer or vendor."""

    value: str
    source: str = ""
    sequence: str = ""


def is_number(text: str) -> bool:
    """Tell whether a text numbers anything: one of blanks and dashes is as good as none."""
    return any(letter.isalnum() for letter in text)


@dataclass(frozen=True, slots=True)
class AdfIdentity:
    """What makes two documents the same lead."""

    provider: str
    source: str
    value: str

    @property
    def key(self) -> str:
        """One text for a unique column, equal for spellings that differ in case or width only."""
        parts = (self.provider, self.source, self.value)
        return "\x1f".join(unicodedata.normalize("NFKC", part).casefold().strip() for part in parts)


@dataclass(frozen=True, slots=True)
class AdfName:
    """A person's or a company's name, whole or in parts."""

    full: str = ""
    first: str = ""
    middle: str = ""
    last: str = ""
    suffix: str = ""
    kind: str = ""

    @property
    def display(self) -> str:
        """The name as it is written in its own language: Chinese puts the family name first, without a space."""
        if self.full:
            return self.full
        if any("\u3400" <= letter <= "\u9fff" for letter in self.last + self.first):
            return f"{self.last}{self.middle}{self.first}{self.suffix}"
        return " ".join(part for part in (self.first, self.middle, self.last, self.suffix) if part)


@dataclass(frozen=True, slots=True)
class AdfPhone:
    """A telephone number in half-width characters, otherwise as written.

    Attributes:
        kind: voice, fax, cellphone or pager.
        time: morning, afternoon, evening, nopreference or day.
    """

    number: str
    kind: str = ""
    time: str = ""
    preferred: bool = False


@dataclass(frozen=True, slots=True)
class AdfEmail:
    """An e-mail address in half-width characters, otherwise as written."""

    address: str
    preferred: bool = False


@dataclass(frozen=True, slots=True)
class AdfAddress:
    """A postal address; `kind` is work, home or delivery."""

    kind: str = ""
    lines: tuple[str, ...] = ()
    apartment: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""
    extras: tuple[AdfExtra, ...] = ()


@dataclass(frozen=True, slots=True)
class AdfContact:
    """A person or company with the ways to reach it."""

    name: AdfName = AdfName()
    emails: tuple[AdfEmail, ...] = ()
    phones: tuple[AdfPhone, ...] = ()
    addresses: tuple[AdfAddress, ...] = ()
    primary: bool = False
    extras: tuple[AdfExtra, ...] = ()

    @property
    def reachable(self) -> bool:
        """Whether there is a telephone number or an e-mail address."""
        return bool(self.emails or self.phones)


@dataclass(frozen=True, slots=True)
class AdfAmount:
    """An amount of money or a price as written and, where it can be read, as a number of major units.

    Attributes:
        kind: Of a price: quote, offer, msrp, invoice, call, appraisal, asking; of an amount: downpayment, monthly,
            total; of a balance: finance, residual.
        limit: minimum, maximum or exact.
        delta: absolute, relative or percentage, to what `relative_to` names.
    """

    text: str
    value: Decimal | None = None
    kind: str = ""
    currency: str = ""
    limit: str = ""
    delta: str = ""
    relative_to: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class AdfFinance:
    """How the customer wants to pay; `method` is cash, finance or lease."""

    method: str = ""
    amounts: tuple[AdfAmount, ...] = ()
    balances: tuple[AdfAmount, ...] = ()
    extras: tuple[AdfExtra, ...] = ()


@dataclass(frozen=True, slots=True)
class AdfOption:
    """A piece of equipment; `weighting` runs from -100 (must not have) to 100 (must have)."""

    name: str
    manufacturer_code: str = ""
    stock: str = ""
    weighting: int | None = None
    prices: tuple[AdfAmount, ...] = ()
    extras: tuple[AdfExtra, ...] = ()


@dataclass(frozen=True, slots=True)
class AdfColours:
    """One combination of colours; a lower `preference` is liked more."""

    interior: str = ""
    exterior: str = ""
    preference: int | None = None
    extras: tuple[AdfExtra, ...] = ()


@dataclass(frozen=True, slots=True)
class AdfOdometer:
    """A reading as written; `units` is km or mi, `status` unknown, rolledover, replaced or original."""

    text: str
    value: int | None = None
    units: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class AdfVehicle:
    """A vehicle that the prospect wants or has.

    Attributes:
        interest: buy, lease, sell, trade-in or test-drive.
        status: new, used, certified.
    """

    interest: str = ""
    status: str = ""
    ids: tuple[AdfId, ...] = ()
    year: int | None = None
    make: str = ""
    model: str = ""
    vin: str = ""
    stock: str = ""
    trim: str = ""
    doors: str = ""
    body_style: str = ""
    transmission: str = ""
    odometer: AdfOdometer | None = None
    condition: str = ""
    colours: tuple[AdfColours, ...] = ()
    image: str = ""
    prices: tuple[AdfAmount, ...] = ()
    price_comments: str = ""
    options: tuple[AdfOption, ...] = ()
    finance: AdfFinance | None = None
    comments: str = ""
    extras: tuple[AdfExtra, ...] = ()

    @property
    def is_trade_in(self) -> bool:
        """Whether the prospect has this vehicle and wants to hand it over."""
        return self.interest in {"trade-in", "sell"}


@dataclass(frozen=True, slots=True)
class AdfTimeframe:
    """When the customer means to buy."""

    description: str = ""
    earliest: AdfMoment | None = None
    latest: AdfMoment | None = None
    extras: tuple[AdfExtra, ...] = ()


@dataclass(frozen=True, slots=True)
class AdfCustomer:
    """Who asks."""

    contacts: tuple[AdfContact, ...]
    ids: tuple[AdfId, ...] = ()
    timeframe: AdfTimeframe | None = None
    comments: str = ""
    extras: tuple[AdfExtra, ...] = ()

    @property
    def contact(self) -> AdfContact:
        """The contact marked as primary, or else the first that can be reached."""
        ranked = sorted(self.contacts, key=lambda contact: (not contact.reachable, not contact.primary))
        return ranked[0]


@dataclass(frozen=True, slots=True)
class AdfParty:
    """The vendor (who sells) or the provider (who sends the lead)."""

    name: str = ""
    ids: tuple[AdfId, ...] = ()
    service: str = ""
    url: str = ""
    emails: tuple[AdfEmail, ...] = ()
    phones: tuple[AdfPhone, ...] = ()
    contacts: tuple[AdfContact, ...] = ()
    extras: tuple[AdfExtra, ...] = ()


@dataclass(frozen=True, slots=True)
class AdfProspect:
    """One lead.

    Attributes:
        status: new or resend; a resend updates the lead that came before.
        warnings: What ADF requires and the sender left out.
    """

    customer: AdfCustomer
    status: str = "new"
    ids: tuple[AdfId, ...] = ()
    requested: AdfMoment | None = None
    vehicles: tuple[AdfVehicle, ...] = ()
    vendor: AdfParty | None = None
    provider: AdfParty | None = None
    extras: tuple[AdfExtra, ...] = ()
    warnings: tuple[str, ...] = field(default=(), compare=False)

    @property
    def is_resend(self) -> bool:
        """Whether the sender says that it has sent this lead before."""
        return self.status == "resend"

    @property
    def identity(self) -> AdfIdentity | None:
        """What makes another document the same lead; None if the sender gave no number or didn't say who numbers.

        The first party in the chain decides, because those after it add numbers of their own.
        """
        numbered = [given for given in self.ids if is_number(given.value)]
        if not numbered:
            return None
        first = min(numbered, key=lambda given: (len(given.sequence), given.sequence))
        provider = self.provider.name if self.provider else ""
        if not provider and not first.source:
            return None  # "1" of nobody would be another sender's "1" as well
        return AdfIdentity(provider, first.source, first.value)

    @property
    def wanted(self) -> tuple[AdfVehicle, ...]:
        """The vehicles that the prospect wants."""
        return tuple(vehicle for vehicle in self.vehicles if not vehicle.is_trade_in)

    @property
    def trade_ins(self) -> tuple[AdfVehicle, ...]:
        """The vehicles that the prospect would hand over."""
        return tuple(vehicle for vehicle in self.vehicles if vehicle.is_trade_in)


@dataclass(frozen=True, slots=True)
class AdfFault:
    """A prospect that can't become a lead; those beside it can.

    Attributes:
        index: Which of the document's prospects, from 0.
        line: Where it begins, or where it breaks, from 1.
    """

    index: int
    message: str
    code: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class AdfDocument:
    """All prospects of one message, in its order.

    Attributes:
        encoding: What the text turned out to be encoded in, whatever it declares.
        warnings: What had to be mended to read it.
    """

    prospects: tuple[AdfProspect | AdfFault, ...]
    encoding: str = "utf-8"
    warnings: tuple[str, ...] = ()

    @property
    def readable(self) -> tuple[AdfProspect, ...]:
        """The prospects that can become leads."""
        return tuple(entry for entry in self.prospects if isinstance(entry, AdfProspect))

    @property
    def faults(self) -> tuple[AdfFault, ...]:
        """The prospects that can't."""
        return tuple(entry for entry in self.prospects if isinstance(entry, AdfFault))
