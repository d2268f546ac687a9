"""Whether a message has come before: by the sender's number of it, if that stands for one person.

Numbers can't be trusted alone: a form may send the same one with whoever fills it in. Somebody else under a known
number is another lead, and both say so.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final
from uuid import UUID

from plugins.sales.models.leads import Lead
from plugins.sales.services.states import OPEN_LEAD_STATES, LeadState

NUMBER_SHARED: Final = "EXTERNAL_ID_SHARED"
"""Warning: the sender's number of a lead came with several people."""
_TITLES: Final = ("先生", "女士", "小姐", "太太", "mr", "mrs", "ms", "miss")


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a lead is of, in the form in which he is found again."""

    phone: str | None
    email: str | None
    phone_index: str | None
    email_index: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known under a sender's number.

    Attributes:
        lead: The live one of the person; None if the message is a new one of his.
        key: What a new lead of his is known by.
        others: Leads of other people under the number.
    """

    lead: Lead | None
    key: str | None
    others: Sequence[Lead] = field(default=())


async def find_known(store_id: UUID, key: str | None, name: str, person: Person) -> Known:
    """Return what is known under a number, its rows locked: of two that bring it at once, the second sees the first.

    A lead that was closed is not live any more: the person who turns to the store again gets another one.
    """
    if key is None:
        return Known(None, None)
    own = _own_key(key, name, person)
    rows: list[Lead] = await (
        Lead.filter(store_id=store_id, external_key__in=[key, own], archived_at=None).order_by("id").select_for_update()
    )
    shared = any(NUMBER_SHARED in lead.warnings for lead in rows)
    his = [lead for lead in rows if _is_of(lead, name, person, by_name=not shared)]
    others = [lead for lead in rows if lead not in his]
    live = [lead for lead in his if await _is_live(lead)]
    taken = any(lead.external_key == key and lead.state in OPEN_LEAD_STATES for lead in others)
    return Known(live[0] if live else None, own if taken else key, others)


def _is_of(lead: Lead, name: str, person: Person, *, by_name: bool) -> bool:
    """Tell whether a lead is a person's: the number decides, then the address; a full name stands for a new number."""
    for index in ("phone_index", "email_index"):
        known, sent = getattr(lead, index), getattr(person, index)
        if known and sent:
            return known == sent or (by_name and _same_name(lead.name, name))
    return by_name and _same_name(lead.name, name)


def _same_name(one: str, other: str) -> bool:
    """Tell whether two names are spelled alike; a family name alone is anybody's."""
    folded = _folded(one)
    return len(folded) > 1 and folded == _folded(other)


def _folded(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).casefold()
    words = [word for word in text.replace(".", " ").split() if word not in _TITLES]
    letters = "".join(letter for letter in "".join(words) if letter.isalnum())
    return next((letters.removesuffix(title) for title in _TITLES[:4] if letters.endswith(title)), letters)


async def _is_live(lead: Lead) -> bool:
    if lead.state == LeadState.DUPLICATE:
        return await Lead.filter(id=lead.duplicate_of_id, state__in=sorted(OPEN_LEAD_STATES)).exists()
    return lead.state in OPEN_LEAD_STATES


def _own_key(key: str, name: str, person: Person) -> str:
    whose = person.phone_index or person.email_index or _folded(name)
    return sha256(f"{key}\x1f{whose}".encode()).hexdigest()


async def warn_others(others: Sequence[Lead]) -> None:
    """Say of leads that their number came with somebody else."""
    for lead in others:
        if NUMBER_SHARED not in lead.warnings:
            lead.warnings = [*lead.warnings, NUMBER_SHARED]
            await lead.save()
