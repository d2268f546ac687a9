"""How customers are reached: kept in one form, once per store, with one primary a kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal
from uuid import UUID

from forecourt import NotFoundRefusal, PreconditionRefusal, Scope, ValidationRefusal
from plugins.customers.events import ContactPointChanged
from plugins.customers.models.choices import BounceState, ContactKind
from plugins.customers.models.people import ContactPoint, Customer
from plugins.customers.models.records import AccessLog
from plugins.customers.services.refusals import DuplicateCustomerRefusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PROTECTION: Final[dict[ContactKind, Literal["phone", "email", "chat"]]] = {
    ContactKind.MOBILE: "phone",
    ContactKind.PHONE: "phone",
    ContactKind.EMAIL: "email",
    ContactKind.WECHAT: "chat",
}
HARD_FAILURES: Final = 3
"""So many in a row, and the number is taken for dead."""


@dataclass(frozen=True, slots=True)
class NewContact:
    """A contact point as somebody enters it, the value in clear."""

    kind: ContactKind
    value: str
    is_primary: bool = False
    label: str = ""


@dataclass(frozen=True, slots=True)
class RevealedMobile:
    """A mobile in clear, to send to at once and to forget."""

    contact_point_id: UUID
    phone_e164: str

    def __repr__(self) -> str:
        return f"RevealedMobile({self.contact_point_id})"


def contact_index(scope: Scope, kind: ContactKind, value: str, store_id: UUID) -> str:
    """Return the blind index of a value in clear.

    Raises:
        ValidationRefusal: It is none of its kind.
    """
    vault, protection = scope.vault, PROTECTION[kind]
    return vault.blind_index(protection, store_id, vault.normalise(protection, value))


def live_contacts(customer_id: UUID) -> dict[str, object]:
    """Return the filter for the contact points of a customer that hold."""
    return {"customer_id": customer_id, "archived_at": None, "valid_to": None}


async def find_by_phone(scope: Scope, phone: str, store_id: UUID) -> Customer | None:
    """Return the customer of a store with a number; a former number finds him too, after those that hold.

    Raises:
        ValidationRefusal: It is no telephone number.
    """
    index = contact_index(scope, ContactKind.MOBILE, phone, store_id)
    points = await ContactPoint.filter(store_id=store_id, phone_index=index, archived_at=None).order_by("-valid_from")
    points.sort(key=lambda point: (point.valid_to is not None, point.kind != ContactKind.MOBILE))
    for point in points:
        customer = await surviving(point.customer_id)
        if customer is not None:
            return customer
    return None


async def surviving(customer_id: UUID) -> Customer | None:
    """Return a live customer, or the one that stands for him since a merge; None if he is archived."""
    customer = await Customer.find(customer_id)
    while customer is not None and customer.merged_into_id is not None:
        customer = await Customer.find(customer.merged_into_id)
    return customer if customer is not None and customer.archived_at is None else None


async def add_contact(
    scope: Scope, customer: Customer, new: NewContact, *, path: Sequence[str | int] = ("value",)
) -> ContactPoint:
    """Add a contact point; the first of its kind is the primary one.

    Raises:
        ValidationRefusal: The value is none of its kind.
        DuplicateCustomerRefusal: Another customer of the store has it, or this one.
    """
    try:
        index = contact_index(scope, new.kind, new.value, customer.store_id)
    except ValidationRefusal as refusal:
        refusal.path = tuple(path)
        raise
    try:
        await refuse_taken(scope, new.kind, index, customer, path)
    except DuplicateCustomerRefusal as refusal:
        refusal.tells_of = told_of([new])
        raise
    primary = await primary_of(customer.id, new.kind)
    point = ContactPoint(
        store_id=customer.store_id,
        customer_id=customer.id,
        kind=new.kind,
        label=new.label,
        valid_from=scope.now(),
        is_primary=primary is None or new.is_primary,
    )
    setattr(point, point.column, new.value)
    if primary is not None and new.is_primary:
        primary.is_primary = False
        await primary.save()
    await point.save()
    if point.is_primary:
        await copy_mobile(customer, point)
    tell(scope, point, "added")
    return point


def told_of(contacts: Iterable[NewContact]) -> tuple[tuple[type, str, str], ...]:
    """Return what a refusal tells of somebody's contact points: that one of them is known."""
    return tuple((ContactPoint, PROTECTION[one.kind], one.value) for one in contacts)


async def refuse_taken(
    scope: Scope, kind: ContactKind, index: str, customer: Customer, path: Sequence[str | int]
) -> None:
    """Refuse a value that a live contact point has already: any in the store, landlines and mail of this customer."""
    column = f"{PROTECTION[kind]}_index"
    live = ContactPoint.filter(**{"store_id": customer.store_id, column: index, "archived_at": None, "valid_to": None})
    if kind in (ContactKind.MOBILE, ContactKind.WECHAT):
        found = await live.filter(kind=kind).first()
    else:
        found = await live.filter(customer_id=customer.id).first()
    if found is not None:
        raise await duplicate_of(scope, found.customer_id, path)


async def duplicate_of(scope: Scope, customer_id: UUID, path: Sequence[str | int] = ()) -> DuplicateCustomerRefusal:
    """Return the refusal that names a record if the caller may see it, and nothing of it otherwise."""
    try:
        await scope.get(Customer, customer_id)
    except NotFoundRefusal:
        return DuplicateCustomerRefusal(None, path=path)
    return DuplicateCustomerRefusal((Customer, customer_id), path=path)


async def primary_of(customer_id: UUID, kind: ContactKind) -> ContactPoint | None:
    """Return the contact point to use among those of a kind."""
    return await ContactPoint.filter(**live_contacts(customer_id), kind=kind, is_primary=True).first()


async def make_primary(scope: Scope, point: ContactPoint) -> ContactPoint:
    """Make a contact point the one to use; the one before ceases to be.

    Raises:
        PreconditionRefusal: It no longer holds.
    """
    if point.valid_to is not None:
        raise PreconditionRefusal(
            "this contact point no longer holds; add it again", path=("contactPoint",), rule="customers_contact_ended"
        )
    before = await primary_of(point.customer_id, point.kind)
    if before is not None and before.id == point.id:
        return point
    if before is not None:
        before.is_primary = False
        await before.save()
    point.is_primary = True
    await point.save()
    await copy_mobile(await Customer.get(id=point.customer_id), point)
    tell(scope, point, "primary")
    return point


async def end_contact(scope: Scope, point: ContactPoint) -> ContactPoint:
    """End a contact point; it still finds the customer. The oldest other one of its kind becomes the primary one."""
    if point.valid_to is not None:
        return point
    was_primary = point.is_primary
    point.valid_to, point.is_primary = scope.now(), False
    await point.save()
    tell(scope, point, "ended")
    if was_primary:
        heir = await ContactPoint.filter(**live_contacts(point.customer_id), kind=point.kind).order_by("id").first()
        if heir is not None:
            await make_primary(scope, heir)
        elif point.kind == ContactKind.MOBILE:
            customer = await Customer.get(id=point.customer_id)
            customer.mobile = None
            await customer.save()
    return point


async def replace_contact(scope: Scope, point: ContactPoint, value: str) -> ContactPoint:
    """Put another value in the place of one that no longer holds; the old one is kept and ends."""
    customer = await Customer.get(id=point.customer_id)
    was_primary = point.is_primary
    new = await add_contact(scope, customer, NewContact(point.kind, value, was_primary, point.label))
    await end_contact(scope, await ContactPoint.get(id=point.id))
    return new


async def verify_contact(scope: Scope, point: ContactPoint) -> ContactPoint:
    """Note that a contact point works."""
    point.verified_at = scope.now()
    point.bounce, point.hard_failures = BounceState.OK, 0
    await point.save()
    tell(scope, point, "verified")
    return point


async def note_failure(scope: Scope, point: ContactPoint) -> ContactPoint:
    """Note that something sent there can't ever arrive; the third time the contact point counts as dead."""
    point.hard_failures += 1
    point.bounce = BounceState.BOUNCED if point.hard_failures >= HARD_FAILURES else BounceState.SUSPECT
    await point.save()
    if point.hard_failures == HARD_FAILURES:
        tell(scope, point, "bounced")
    return point


async def copy_mobile(customer: Customer, point: ContactPoint) -> None:
    """Keep the customer's own copy of the primary mobile."""
    if point.kind != ContactKind.MOBILE or customer.mobile_index == point.phone_index:  # type: ignore[attr-defined]  # columns of the protected field
        return
    plain = await point.reveal("phone")
    assert plain is not None
    customer.mobile = plain
    await customer.save()


async def reveal_contact(scope: Scope, point: ContactPoint, reason: str) -> str:
    """Return a contact point's value in clear and log who asked for it.

    Raises:
        ValidationRefusal: No reason is given.
    """
    if not reason.strip():
        raise ValidationRefusal("say why you need to see it", path=("reason",), rule="customers_reveal_reason")
    plain = await point.reveal(point.column)
    assert plain is not None
    await log_access(scope, point.customer_id, point.store_id, f"ContactPoint.{point.column}", point.id, reason)
    return plain


async def mobile_of(scope: Scope, customer_id: UUID, *, purpose: str = "") -> RevealedMobile | None:
    """Return the mobile to send to, in clear, and log the access; None if there is none that works.

    Args:
        purpose: What it is needed for; the name of the running command or job without it.
    """
    point = await primary_of(customer_id, ContactKind.MOBILE)
    if point is None or point.bounce == BounceState.BOUNCED:
        return None
    plain = await point.reveal("phone")
    assert plain is not None
    why = purpose or scope.writing().action
    await log_access(scope, customer_id, point.store_id, "ContactPoint.phone", point.id, why)
    return RevealedMobile(point.id, plain)


async def log_access(scope: Scope, customer_id: UUID, store_id: UUID, field: str, row_id: UUID, reason: str) -> None:
    """Write down that a protected value was read in clear."""
    await AccessLog(
        store_id=store_id,
        customer_id=customer_id,
        user_id=scope.caller.user_id,
        actor=scope.caller.actor,
        field=field,
        row_id=row_id,
        reason=reason[:300],
        at=scope.now(),
    ).save()


def tell(scope: Scope, point: ContactPoint, change: str) -> None:
    """Publish what became of a contact point."""
    scope.publish(
        ContactPointChanged(
            customer_id=point.customer_id,
            contact_point_id=point.id,
            kind=point.kind,
            change=change,
            store_id=point.store_id,
        )
    )
