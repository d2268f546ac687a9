"""What the API shows of customers and of how to reach them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from forecourt.graphql import Connection, User, computed, entity, field
from plugins.customers import rights
from plugins.customers.models.choices import BirthCalendar, BounceState, ContactKind, CustomerKind, Gender
from plugins.customers.models.people import ContactPerson as ContactPersonRow
from plugins.customers.models.people import ContactPoint as ContactPointRow
from plugins.customers.models.people import Customer as CustomerRow
from plugins.customers.models.people import SourceChannel as SourceChannelRow
from plugins.customers.services.levels import IntentLevel
from plugins.customers.services.lifecycle import Lifecycle

STALE_AFTER = timedelta(days=180)


@entity(
    SourceChannelRow,
    filter=["code", "kind", "parent"],
    order=["code", "name"],
    search=["code", "name"],
    public=True,
)
class SourceChannel:
    """Where customers come from: a kind such as showroom, or a campaign or partner below one."""

    code: str
    """Short and unique in the group, such as SHOWROOM or SHOW_2026_AUTUMN."""
    name: str
    """What people call it."""
    kind: str
    """A code of the list `customers.source_kind`."""
    parent: SourceChannel | None
    """The channel above it."""
    campaign: str
    """The campaign behind it; empty for none."""
    partner: str
    """The partner behind it; empty for none."""


@entity(
    CustomerRow,
    search=["name", "name_folded", "name_pinyin", "name_initials", "mobile"],
    filter=[
        "kind", "name", "gender", "birth_on", "lifecycle", "intent_level", "owner", "first_source", "last_source",
        "priority", "completeness", "region_code", "company_code", "mobile", "identity_number", "last_contact_at",
        "contact_points", "merged_into",
    ],
    order=["name", "name_pinyin", "lifecycle", "intent_level", "last_contact_at", "completeness"],
    create=False,
    update=[
        "kind", "name", "gender", "birth_on", "birth_calendar", "identity_number", "company_code", "region_code",
        "address", "occupation", "priority", "language", "do_not_profile", "last_source",
    ],
    archive=False,
    owner="owner_id",
)  # fmt: skip
class Customer:
    """A person or company that one store knows; the same person in another store is another customer."""

    kind: CustomerKind
    """A person or a company."""
    name: str
    """As he is called, half-width and with single spaces."""
    name_pinyin: str
    """The name's reading in small letters, to sort by."""
    name_initials: str
    """First letters of the name's reading."""
    gender: Gender
    """How to address him."""
    birth_on: date | None = field(permission=rights.READ_BIRTH)
    """Day of birth, in the solar calendar."""
    birth_calendar: BirthCalendar
    """By which calendar he keeps his birthday."""
    identity_number: str | None
    """Identity card, masked."""
    company_code: str
    """Unified social credit code of a company; empty for none."""
    region_code: str
    """Administrative division where he lives, such as 310115; empty when unknown."""
    address: str | None
    """Where he lives, masked."""
    occupation: str
    """What he does; empty when unknown."""
    mobile: str | None
    """His primary mobile, masked; `revealContactPoint` shows it."""
    lifecycle: Lifecycle
    """Where he stands with the store."""
    lifecycle_at: datetime | None
    """Since when; null while he stands where he began."""
    lifecycle_reason: str
    """Why he was lost, or moved otherwise; empty for none."""
    intent_level: IntentLevel | None
    """How near to buying he is; null when nobody knows."""
    level_until: datetime | None
    """Until when the level stays as somebody set it by hand; null when rules say it."""
    owner: User | None
    """The salesperson who looks after him."""
    first_source: SourceChannel | None
    """How he came to the store at first; never changes."""
    last_source: SourceChannel | None
    """How he came the last time."""
    priority: bool
    """Marked for key follow-up."""
    completeness: int
    """How much of what the store wants to know it knows, 0 to 100."""
    language: str
    """In which language to write to him."""
    do_not_profile: bool
    """He doesn't want traits to be inferred."""
    verified_at: datetime | None
    """When his data were last checked with him."""
    last_contact_at: datetime | None
    """When he last answered, or turned to the store."""
    merged_into: Customer | None
    """The record that stands for this one since they were merged."""
    contact_points: Connection[ContactPoint]
    """How to reach him."""
    contact_persons: Connection[ContactPerson]
    """Who belongs to him."""

    @computed(permission=rights.READ_BIRTH)
    @staticmethod
    def age(birth_on: date | None, *, today: date) -> int | None:
        """Years of life today; null when the day of birth is unknown."""
        if birth_on is None:
            return None
        return today.year - birth_on.year - ((today.month, today.day) < (birth_on.month, birth_on.day))


@entity(
    ContactPointRow,
    filter=["kind", "phone", "email", "chat", "is_primary", "valid_to", "verified_at", "bounce", "customer"],
    order=["kind", "valid_from"],
    search=["phone", "email", "chat"],
    create=False,
    update=False,
    archive=False,
    visible_through="customer",
)
class ContactPoint:
    """One way to reach a customer."""

    customer: Customer
    """Whom it reaches."""
    kind: ContactKind
    """Mobile, landline, e-mail or WeChat."""
    phone: str | None
    """The number, masked; null for other kinds."""
    email: str | None
    """The address, masked; null for other kinds."""
    chat: str | None
    """The account, masked; null for other kinds."""
    is_primary: bool
    """The one to use among those of its kind."""
    label: str
    """What it is, such as office; empty for none."""
    valid_from: datetime
    """Since when it holds."""
    valid_to: datetime | None
    """When it ceased to hold; it still finds the customer, but is not dialled."""
    verified_at: datetime | None
    """When it was last known to work."""
    bounce: BounceState
    """Whether what is sent there arrives."""

    @computed
    @staticmethod
    def value(phone: str | None, email: str | None, chat: str | None) -> str:
        """The number, address or account, masked, whatever its kind."""
        return phone or email or chat or ""

    @computed
    @staticmethod
    def is_stale(verified_at: datetime | None, valid_from: datetime, *, now: datetime) -> bool:
        """Nobody has checked it for more than 180 days."""
        return now - (verified_at or valid_from) > STALE_AFTER


@entity(
    ContactPersonRow,
    filter=["relation", "phone", "customer"],
    order=["name"],
    search=["name", "phone"],
    visible_through="customer",
)
class ContactPerson:
    """Somebody who belongs to a customer: a spouse, a driver, the buyer of a company."""

    customer: Customer
    """Whose."""
    name: str
    """What he is called."""
    relation: str
    """A code of the list `customers.relation`."""
    phone: str | None
    """His number, masked."""
    note: str
    """What else to know."""
