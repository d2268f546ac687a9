"""Which record of a store may be the person who is being entered."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from forecourt import Scope, ValidationRefusal, answers
from plugins.customers.models.choices import ContactKind, CustomerKind
from plugins.customers.models.people import ContactPoint, Customer
from plugins.customers.services.contacts import PROTECTION
from plugins.customers.services.duplicates import BLOCK_FROM, WARN_FROM, DuplicateVerdict, PersonFacts, likeness
from plugins.customers.services.names import name_keys

if TYPE_CHECKING:
    from plugins.customers.services.entry import NewCustomer

NAMESAKES: Final = 200
"""So many namesakes are looked at, no more."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A record that may be the person who is being entered.

    Attributes:
        score: How sure it is, 0 to 100.
        reasons: Codes of what they have in common; a module that adds one prefixes its name.
    """

    customer_id: UUID
    score: int
    reasons: tuple[str, ...]

    @property
    def verdict(self) -> DuplicateVerdict:
        """What to do about it."""
        if self.score >= BLOCK_FROM:
            return DuplicateVerdict.BLOCK
        return DuplicateVerdict.WARN if self.score >= WARN_FROM else DuplicateVerdict.PASS


async def most_likely(scope: Scope, new: NewCustomer, store_id: UUID) -> Suspect | None:
    """Return the most likely record, the modules' own suspicions included; None if none is worth a word."""
    facts = entered_facts(scope, new, store_id)
    suspects = await _alike(facts, store_id)
    for suspicion in await answers(scope.hooks.customer_suspects(scope=scope, facts=facts, store_id=store_id)):
        suspects += suspicion
    best = max(suspects, key=lambda suspect: suspect.score, default=None)
    return best if best is not None and best.score >= WARN_FROM else None


def entered_facts(scope: Scope, new: NewCustomer, store_id: UUID) -> PersonFacts:
    """Return what somebody who is being entered is compared by; a value that is none of its kind is left out."""
    vault = scope.vault
    plain: dict[ContactKind, list[str]] = {kind: [] for kind in ContactKind}
    for contact in new.contacts:
        with suppress(ValidationRefusal):
            plain[contact.kind].append(vault.normalise(PROTECTION[contact.kind], contact.value))
    identity = ""
    if new.identity_number:
        with suppress(ValidationRefusal):
            identity = vault.blind_index("identity", store_id, vault.normalise("identity", new.identity_number))
    keys = name_keys(new.name, person=new.kind == CustomerKind.PERSON)
    return PersonFacts(
        mobiles=frozenset(vault.blind_index("phone", store_id, value) for value in plain[ContactKind.MOBILE]),
        last_fours=frozenset(vault.last4_index("phone", store_id, value) for value in plain[ContactKind.MOBILE]),
        wechats=frozenset(vault.blind_index("chat", store_id, value) for value in plain[ContactKind.WECHAT]),
        identity_number=identity,
        company_code=new.company_code.strip().upper(),
        name=keys.folded,
        pinyin=keys.pinyin,
        region=new.region_code,
        birth_on=new.birth_on,
    )


async def _alike(facts: PersonFacts, store_id: UUID) -> list[Suspect]:
    rows = {row.id: row for row in await _candidates(facts, store_id)}
    points = await ContactPoint.filter(customer_id__in=list(rows), archived_at=None, valid_to=None) if rows else []
    held: dict[UUID, list[ContactPoint]] = {}
    for point in points:
        held.setdefault(point.customer_id, []).append(point)
    suspects = []
    for row in rows.values():
        found = likeness(facts, _facts_of(row, held.get(row.id, [])))
        if found.score:
            suspects.append(Suspect(row.id, found.score, tuple(found.reasons)))
    return suspects


async def _candidates(facts: PersonFacts, store_id: UUID) -> list[Customer]:
    live = {"store_id": store_id, "archived_at": None}
    ids: set[UUID] = set()
    for column, marks in (("phone_index", facts.mobiles), ("chat_index", facts.wechats)):
        if marks:
            points = ContactPoint.filter(**live, valid_to=None, **{f"{column}__in": sorted(marks)})
            ids |= {point.customer_id for point in await points}
    found = await Customer.filter(**live, id__in=sorted(ids)) if ids else []
    for column, value in (
        ("identity_number_index", facts.identity_number),
        ("company_code", facts.company_code),
        ("name_pinyin", facts.pinyin),
        ("name_folded", facts.name),
    ):
        if value:
            found += await Customer.filter(**live, **{column: value}).limit(NAMESAKES)
    return found


def _facts_of(row: Customer, points: list[ContactPoint]) -> PersonFacts:
    columns: Any = row  # the blind indexes are columns that the metaclass adds
    held: list[Any] = list(points)
    mobiles = [point for point in held if point.kind == ContactKind.MOBILE]
    return PersonFacts(
        mobiles=frozenset(point.phone_index for point in mobiles),
        last_fours=frozenset(point.phone_last4 for point in mobiles),
        wechats=frozenset(point.chat_index for point in held if point.chat_index),
        identity_number=columns.identity_number_index or "",
        company_code=row.company_code,
        name=row.name_folded,
        pinyin=row.name_pinyin,
        region=row.region_code,
        birth_on=row.birth_on,
    )
