from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from specimen import models
from specimen.models import Colour
from specimen.versions import Version

from forecourt import Money
from forecourt.graphql import Connection, entity

VALUES = (
    "name", "note", "label", "small", "count", "big", "flag", "day", "moment", "colour", "key", "rate", "weight",
    "price", "grade", "release",
)  # fmt: skip


@entity(
    models.Specimen,
    search=["name", "note", "phone"],
    filter=["number", *VALUES, "phone", "tags", "grades", "other", "others"],
    order=["number", *VALUES, "other"],
)
class Specimen:
    """Something that has a value of every kind, or none."""

    number: int
    """Its number among the specimens of a test."""
    name: str | None
    """A short text."""
    note: str | None
    """A text of any length."""
    label: str | None
    """A text whose folded form is not kept."""
    mark: str | None
    """A text that is not too short."""
    score: int | None
    """A number between two others."""
    ratio: Decimal | None
    """A decimal number between two others."""
    small: int | None
    """A whole number of 16 bits."""
    count: int | None
    """A whole number of 32 bits."""
    big: int | None
    """A whole number of 64 bits."""
    flag: bool | None
    """Yes or no."""
    day: date | None
    """A date."""
    moment: datetime | None
    """An instant."""
    colour: Colour | None
    """One of a few names."""
    key: UUID | None
    """A key without a type."""
    rate: Decimal | None
    """A decimal number."""
    weight: float | None
    """A number."""
    price: Money | None
    """An amount."""
    phone: str | None
    """A protected value, masked."""
    grade: str | None
    """A code of the list `specimen.grade`."""
    tags: list[str] | None
    """Some texts."""
    grades: list[str] | None
    """Some codes of the list `specimen.grade`."""
    release: Version | None
    """A version, a kind of this module's own."""
    data: dict[str, Any] | None
    """Whatever JSON holds."""
    other: "Specimen | None"
    """Another specimen."""
    others: "Connection[Specimen]"
    """The specimens that name this one."""
