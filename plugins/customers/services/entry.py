"""How somebody becomes a customer of a store, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from forecourt import ConflictRefusal, PermissionRefusal, Reach, Scope, ValidationRefusal, settings, transact
from plugins.customers import rights
from plugins.customers.events import CustomerCreated
from plugins.customers.models.choices import ContactKind, CustomerKind, Gender
from plugins.customers.models.people import ContactPoint, Customer
from plugins.customers.models.records import PurchaseIntention
from plugins.customers.services.completeness import CompletenessPolicy, check_completeness, completeness
from plugins.customers.services.contacts import NewContact, add_contact, duplicate_of, find_by_phone, told_of
from plugins.customers.services.duplicates import DuplicateVerdict
from plugins.customers.services.likely import most_likely
from plugins.customers.services.refusals import DuplicateCustomerRefusal, PossibleDuplicateRefusal
from plugins.customers.services.sources import existing_channel, source_channel
from plugins.customers.settings import CustomersSettings


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """A customer as somebody enters him.

    Attributes:
        source: Code of a source channel, or of a kind of source; `source_id` says it by id.
        owner_id: The caller without it.
        accept_similar: It is known that a similar record is somebody else.
    """

    name: str
    contacts: Sequence[NewContact] = ()
    kind: CustomerKind = CustomerKind.PERSON
    gender: Gender = Gender.UNKNOWN
    birth_on: date | None = None
    company_code: str = ""
    region_code: str = ""
    address: str | None = None
    identity_number: str | None = None
    occupation: str = ""
    language: str = ""
    source: str | None = None
    source_id: UUID | None = None
    owner_id: UUID | None = None
    store_id: UUID | None = None
    customer_id: UUID | None = None
    accept_similar: bool = False


async def enter_customer(scope: Scope, new: NewCustomer) -> Customer:
    """Create a customer with his contact points.

    Raises:
        ValidationRefusal: He has no name or no contact point, or a value is none of its kind.
        DuplicateCustomerRefusal: The store knows him already.
        PossibleDuplicateRefusal: The store knows somebody like him.
    """
    if not new.contacts:
        raise ValidationRefusal(
            "a customer can be reached: give at least one contact point",
            path=("contactPoints",),
            rule="customers_reachable",
        )
    store_id = new.store_id or scope.store_id
    if scope.caller.reach_in(rights.CREATE, store_id) is None:
        raise ValidationRefusal("this is not one of your stores", path=("store",), rule="customers_store")
    await refuse_duplicate(scope, new)
    return await write_customer(scope, new)


async def refuse_duplicate(scope: Scope, new: NewCustomer) -> None:
    """Refuse somebody whom the store knows, and ask back about somebody like one it knows."""
    found = await most_likely(scope, new, new.store_id or scope.store_id)
    if found is None:
        return
    asked = told_of(contact for contact in new.contacts if contact.kind in (ContactKind.MOBILE, ContactKind.WECHAT))
    if new.identity_number:
        asked += ((Customer, "identity_number", new.identity_number),)
    if found.verdict == DuplicateVerdict.BLOCK:
        known = await duplicate_of(scope, found.customer_id, ("contactPoints",))
        known.tells_of = asked
        raise known
    if found.verdict == DuplicateVerdict.WARN and not new.accept_similar:
        seen = await duplicate_of(scope, found.customer_id)
        like = PossibleDuplicateRefusal(seen.customer, found.score, found.reasons)
        like.tells_of = asked
        raise like


async def write_customer(scope: Scope, new: NewCustomer) -> Customer:
    """Write a customer who is known to be new, his contact points and the event."""
    channel = await existing_channel(new.source_id) if new.source_id else None
    if channel is None and new.source:
        channel = await source_channel(scope, new.source)
    customer = Customer(
        store_id=new.store_id or scope.store_id,
        kind=new.kind,
        name=new.name,
        gender=new.gender,
        birth_on=new.birth_on,
        company_code=new.company_code.strip().upper(),
        region_code=new.region_code,
        occupation=new.occupation,
        language=new.language or "zh-CN",
        first_source_id=channel.id if channel else None,
        last_source_id=channel.id if channel else None,
        owner_id=_owner(scope, new),
        **({"id": await _unused(new.customer_id)} if new.customer_id else {}),
    )
    if new.address:
        customer.address = new.address
    if new.identity_number:
        customer.identity_number = new.identity_number
    mobiles = [contact for contact in new.contacts if contact.kind == ContactKind.MOBILE]
    if mobiles:
        customer.mobile = next((contact.value for contact in mobiles if contact.is_primary), mobiles[0].value)
    await _save(scope, customer, new)
    scope.publish(
        CustomerCreated(
            customer_id=customer.id,
            kind=customer.kind,
            source_code=channel.code if channel else "",
            owner_id=customer.owner_id,
            store_id=customer.store_id,
        )
    )
    return customer


async def _save(scope: Scope, customer: Customer, new: NewCustomer) -> None:
    policy = await policy_of(scope, customer.store_id)
    known = {"name": True, "contact": bool(new.contacts), "source": customer.first_source_id is not None}
    customer.completeness = completeness(known, policy).score
    try:
        await customer.save()
    except ValidationRefusal as refusal:
        # The copy of the mobile is the first to be checked; what the client sent is the contact point.
        refusal.path = refusal.path or _place_of_mobile(new, refusal)
        raise
    for index, contact in enumerate(new.contacts):
        await add_contact(scope, customer, contact, path=("contactPoints", index, "value"))


def _place_of_mobile(new: NewCustomer, refusal: ValidationRefusal) -> tuple[str | int, ...]:
    if refusal.details.get("kind") != "phone":
        return ()
    index = next((i for i, contact in enumerate(new.contacts) if contact.kind == ContactKind.MOBILE), 0)
    return ("contactPoints", index, "value")


def _owner(scope: Scope, new: NewCustomer) -> UUID | None:
    owner_id = new.owner_id or scope.caller.user_id
    reach = scope.caller.reach_in(rights.CREATE, new.store_id or scope.store_id)
    if reach == Reach.OWN and owner_id != scope.caller.user_id:
        raise PermissionRefusal(rights.CREATE)
    return owner_id


async def _unused(customer_id: UUID) -> UUID:
    if await Customer.filter(id=customer_id).exists():
        raise ConflictRefusal("there is a Customer with this id already", path=("id",), row=(Customer, customer_id))
    return customer_id


async def create_customer(
    scope: Scope,
    *,
    name: str,
    phone: str | None = None,
    email: str | None = None,
    wechat: str | None = None,
    source: str | None = None,
    source_id: UUID | None = None,
    owner_id: UUID | None = None,
    kind: CustomerKind = CustomerKind.PERSON,
    gender: Gender = Gender.UNKNOWN,
    region_code: str = "",
    store_id: UUID | None = None,
) -> Customer:
    """Return the customer with a phone number, creating him if the store doesn't know him.

    Two who do so at once get the same customer. A known one keeps what is known of him; his last source follows.

    Raises:
        ValidationRefusal: A value is none of its kind.
    """
    store = store_id or scope.store_id
    values = {ContactKind.MOBILE: phone, ContactKind.EMAIL: email, ContactKind.WECHAT: wechat}
    new = NewCustomer(
        name=name,
        contacts=[NewContact(contact_kind, value) for contact_kind, value in values.items() if value],
        kind=kind,
        gender=gender,
        region_code=region_code,
        source=source,
        source_id=source_id,
        owner_id=owner_id,
        store_id=store,
    )
    known = await find_by_phone(scope, phone, store) if phone else None
    if known is not None:
        return await _came_again(scope, known, new)
    try:
        # A part of its own, so that a twin's number undoes this part and not the whole transaction.
        return await transact(scope, scope.writing().action, lambda inner: write_customer(inner, new))
    except DuplicateCustomerRefusal:
        twin = await find_by_phone(scope, phone, store) if phone else None
        if twin is None:
            raise
        return twin


async def _came_again(scope: Scope, customer: Customer, new: NewCustomer) -> Customer:
    channel_id = new.source_id
    if channel_id is None and new.source:
        channel_id = (await source_channel(scope, new.source)).id
    if channel_id is not None and channel_id != customer.last_source_id:
        customer.last_source_id = channel_id
        await customer.save()
    return customer


async def policy_of(scope: Scope, store_id: UUID) -> CompletenessPolicy:
    """Return what a store wants to know."""
    chosen = await settings(scope, CustomersSettings, store_id=store_id)
    return CompletenessPolicy(weights=chosen.wanted_facts, strict=chosen.strict_completeness)


async def weigh_completeness(scope: Scope, customer: Customer, *, check: bool = False) -> int:
    """Return how complete a customer is now.

    Args:
        check: Refuse him if the store is strict and something is missing.
    """
    intention = await PurchaseIntention.filter(customer_id=customer.id, valid_to=None, archived_at=None).first()
    reachable = await ContactPoint.filter(customer_id=customer.id, valid_to=None, archived_at=None).exists()
    known = {
        "name": bool(customer.name),
        "contact": reachable,
        "source": customer.first_source_id is not None,
        "intended_model": intention is not None and bool(intention.models),
        "budget": intention is not None and intention.budget_max_minor is not None,  # type: ignore[attr-defined]  # a column of the amount
        "region": bool(customer.region_code),
        "gender": customer.gender != Gender.UNKNOWN,
        "occupation": bool(customer.occupation),
    }
    policy = await policy_of(scope, customer.store_id)
    return (check_completeness(known, policy) if check else completeness(known, policy)).score
