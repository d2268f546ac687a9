"""Two records that are one customer become one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from forecourt import NotFoundRefusal, PreconditionRefusal, Scope, ValidationRefusal, hand_over, save_all, taker
from plugins.customers.events import CustomerMerged
from plugins.customers.models.follow_up import FollowUpTask
from plugins.customers.models.people import ContactPerson, ContactPoint, Customer
from plugins.customers.models.records import (
    AccessLog,
    Consent,
    CustomerVehicle,
    Interaction,
    MergeRecord,
    OwnershipTransfer,
    PurchaseIntention,
)
from plugins.customers.services import ownership
from plugins.customers.services.lifecycle import LIFECYCLE, Lifecycle

_OWN: Final[tuple[type[Any], ...]] = (
    AccessLog,
    ContactPerson,
    CustomerVehicle,
    Consent,
    Interaction,
    FollowUpTask,
    OwnershipTransfer,
)


async def merge_customers(scope: Scope, survivor: Customer, loser: Customer, reason: str) -> MergeRecord:
    """Give all that a customer has to another one who is the same person; the first stands for ever for the second.

    Rows of other modules follow with the event, or at once through the hook `customer_references`.

    Raises:
        ValidationRefusal: It is one record, or records of two stores.
        PreconditionRefusal: Both own cars under contradicting identity numbers.
    """
    if survivor.id == loser.id or survivor.store_id != loser.store_id:
        raise ValidationRefusal("a merge takes two records of one store", path=("loser",), rule="customers_merge")
    _check_identity(survivor, loser)
    LIFECYCLE.check(loser.lifecycle, Lifecycle.MERGED)
    await hand_over_to_survivor(scope, survivor, loser, reason)
    moved: dict[str, list[str]] = {}
    for model, column in references(scope):
        await _repoint(model, column, survivor.id, loser.id, moved)
    await _join_intentions(scope, survivor, loser, moved)
    await _join_contacts(survivor, loser, moved)
    await _fill_gaps(survivor, loser)
    ended = {"merged_into_id": survivor.id, "lifecycle_at": scope.now()}
    await LIFECYCLE.move(loser, Lifecycle.MERGED, ended, where={"version": loser.version})
    await loser.archive()
    record = MergeRecord(
        store_id=survivor.store_id, survivor_id=survivor.id, loser_id=loser.id, reason=reason, moved=moved
    )
    await record.save()
    scope.publish(CustomerMerged(survivor_id=survivor.id, loser_id=loser.id, store_id=survivor.store_id))
    return record


def references(scope: Scope) -> Iterator[tuple[type[Any], str]]:
    """Yield the tables that refer to customers, of the modules that are on, each with its column."""
    for model in _OWN:
        yield model, "customer_id"
    for of_module in scope.hooks.customer_references():
        yield from of_module


async def hand_over_to_survivor(scope: Scope, survivor: Customer, loser: Customer, reason: str) -> None:
    """Give what the loser's owner has in hand of him to the survivor's: one customer has one owner."""
    if survivor.owner_id is None or survivor.owner_id == loser.owner_id:
        return
    before = loser.owner_id
    try:
        to = await taker(scope, survivor.owner_id)
    except NotFoundRefusal:
        return  # he has left; what he had and what comes now is handed over together
    done = await hand_over(scope, [loser], before, to)
    if done.moved or done.kept:
        await ownership.note_transfer(scope, loser, before, survivor.owner_id, reason or "MERGED", done)


def _check_identity(survivor: Customer, loser: Customer) -> None:
    columns: tuple[Any, Any] = (survivor, loser)  # the blind indexes are columns that the metaclass adds
    numbers = {row.identity_number_index for row in columns if row.identity_number_index}
    codes = {row.company_code for row in columns if row.company_code}
    if len(numbers) > 1 or len(codes) > 1:
        raise PreconditionRefusal(
            "their identity numbers differ, so they are two", path=("loser",), rule="customers_identity"
        )


async def _repoint(
    model: type[Any], column: str, survivor_id: UUID, loser_id: UUID, moved: dict[str, list[str]]
) -> None:
    rows = await model.filter(**{column: loser_id})
    for row in rows:
        setattr(row, column, survivor_id)
        moved.setdefault(f"{model._meta.app}.{model.__name__}", []).append(str(row.id))
    await save_all(rows)


async def _join_intentions(scope: Scope, survivor: Customer, loser: Customer, moved: dict[str, list[str]]) -> None:
    """The loser's versions come before the survivor's; only one of them is the present one."""
    older = await PurchaseIntention.filter(customer_id=loser.id).order_by("version_no")
    newer = await PurchaseIntention.filter(customer_id=survivor.id).order_by("version_no")
    for offset, row in enumerate([*older, *newer], start=1):
        if row.customer_id == loser.id:
            moved.setdefault("customers.PurchaseIntention", []).append(str(row.id))
            if newer and row.valid_to is None:
                row.valid_to = scope.now()
        row.customer_id, row.version_no = survivor.id, offset
        await row.save()


async def _join_contacts(survivor: Customer, loser: Customer, moved: dict[str, list[str]]) -> None:
    """The survivor's primaries stay; what both have is ended at the loser."""
    kept: list[Any] = list(await ContactPoint.filter(customer_id=survivor.id, archived_at=None, valid_to=None))
    primaries = {point.kind for point in kept if point.is_primary}
    values = {(point.kind, point.phone_index, point.email_index, point.chat_index) for point in kept}
    points: list[Any] = list(await ContactPoint.filter(customer_id=loser.id).order_by("id"))
    for point in points:
        twice = (point.kind, point.phone_index, point.email_index, point.chat_index) in values
        if point.valid_to is None and twice:
            point.valid_to, point.is_primary = loser.updated_at, False
        elif point.is_primary and point.kind in primaries:
            point.is_primary = False
        point.customer_id = survivor.id
        await point.save()
        moved.setdefault("customers.ContactPoint", []).append(str(point.id))


async def _fill_gaps(survivor: Customer, loser: Customer) -> None:
    """What the survivor lacks he takes from the loser; what he has stays."""
    for name in ("birth_on", "owner_id", "first_source_id", "last_source_id", "last_contact_at", "intent_level"):
        if getattr(survivor, name) is None:
            setattr(survivor, name, getattr(loser, name))
    for name in ("company_code", "region_code", "occupation"):
        setattr(survivor, name, getattr(survivor, name) or getattr(loser, name))
    for name in ("mobile", "identity_number", "address"):
        if getattr(survivor, name) is None and getattr(loser, name) is not None:
            setattr(survivor, name, await loser.reveal(name))
    await survivor.save()
