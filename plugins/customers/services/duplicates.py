"""Whether two records are the same person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final, TypeVar

BLOCK_FROM: Final = 90
WARN_FROM: Final = 50

T = TypeVar("T")


class DuplicateReason(StrEnum):
    """What two records have in common."""

    MOBILE = "MOBILE"
    IDENTITY_NUMBER = "IDENTITY_NUMBER"
    COMPANY_CODE = "COMPANY_CODE"
    WECHAT = "WECHAT"
    VEHICLE = "VEHICLE"
    NAME_REGION_BIRTH = "NAME_REGION_BIRTH"
    PINYIN_LAST_FOUR = "PINYIN_LAST_FOUR"
    NAME_ADDRESS = "NAME_ADDRESS"


POINTS: Final = {
    DuplicateReason.MOBILE: 100,
    DuplicateReason.IDENTITY_NUMBER: 100,
    DuplicateReason.COMPANY_CODE: 100,
    DuplicateReason.WECHAT: 90,
    DuplicateReason.VEHICLE: 70,
    DuplicateReason.NAME_REGION_BIRTH: 60,
    DuplicateReason.PINYIN_LAST_FOUR: 55,
    DuplicateReason.NAME_ADDRESS: 45,
}


class DuplicateVerdict(StrEnum):
    """What to do about a likeness."""

    BLOCK = "BLOCK"
    WARN = "WARN"
    PASS = "PASS"  # noqa: S105 - no password


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What a record is compared by. Protected values come as their blind indexes, the address alone in clear.

    Attributes:
        vehicles: Blind indexes of plates, and VINs.
        name: Folded, as in the search keys.
    """

    mobiles: frozenset[str] = frozenset()
    identity_number: str = ""
    company_code: str = ""
    wechats: frozenset[str] = frozenset()
    vehicles: frozenset[str] = frozenset()
    name: str = ""
    pinyin: str = ""
    last_fours: frozenset[str] = frozenset()
    region: str = ""
    birth_on: date | None = None
    address: str = ""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How sure it is that two records are one person, from 0 to 100, and why: the strongest reason counts."""

    score: int
    reasons: tuple[DuplicateReason, ...]

    @property
    def verdict(self) -> DuplicateVerdict:
        """Block the creation from 90 on, warn from 50 on."""
        if self.score >= BLOCK_FROM:
            return DuplicateVerdict.BLOCK
        return DuplicateVerdict.WARN if self.score >= WARN_FROM else DuplicateVerdict.PASS


def likeness(one: PersonFacts, other: PersonFacts) -> Likeness:
    """Compare two records; the order makes no difference."""
    found = {
        DuplicateReason.MOBILE: bool(one.mobiles & other.mobiles),
        DuplicateReason.IDENTITY_NUMBER: _same(one.identity_number, other.identity_number),
        DuplicateReason.COMPANY_CODE: _same(one.company_code, other.company_code),
        DuplicateReason.WECHAT: bool(one.wechats & other.wechats),
        DuplicateReason.VEHICLE: bool(one.vehicles & other.vehicles),
        DuplicateReason.NAME_REGION_BIRTH: _same(one.name, other.name)
        and _same(one.region, other.region)
        and _same(one.birth_on, other.birth_on),
        DuplicateReason.PINYIN_LAST_FOUR: _same(one.pinyin, other.pinyin) and bool(one.last_fours & other.last_fours),
        DuplicateReason.NAME_ADDRESS: _similar(one.name, other.name, 0.9) and _similar(one.address, other.address, 0.8),
    }
    reasons = tuple(reason for reason, applies in found.items() if applies)
    return Likeness(max((POINTS[reason] for reason in reasons), default=0), reasons)


def most_alike(one: PersonFacts, others: Iterable[tuple[T, PersonFacts]]) -> tuple[T, Likeness] | None:
    """Return the record that is most like this one, the first of equals; None if none has anything in common."""
    compared = [(key, likeness(one, facts)) for key, facts in others]
    best = max(compared, key=lambda pair: pair[1].score, default=None)
    return best if best is not None and best[1].score else None


def _same(one: object, other: object) -> bool:
    return bool(one) and one == other


def _similar(one: str, other: str, least: float) -> bool:
    if not one or not other:
        return False
    # The matcher's answer depends on the order of its arguments.
    first, second = sorted((one, other))
    return SequenceMatcher(None, first, second, autojunk=False).ratio() >= least
