from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from specimen.versions import VersionField

from forecourt import Model, fields


class Colour(StrEnum):
    """What it looks like."""

    RED = "red"
    GREEN = "green"
    BLUE = "blue"


class Specimen(Model):
    number = fields.IntField()
    name = fields.CharField(max_length=40, null=True, searched=True)
    note: str | None = fields.TextField(null=True, searched=True)
    label = fields.CharField(max_length=40, null=True)
    mark = fields.CharField(max_length=4, min_length=2, null=True)
    score: int | None = fields.IntField(min=0, max=100, null=True)
    ratio: Decimal | None = fields.DecimalField(digits=4, places=2, min=0, max=1, null=True)
    small: int | None = fields.SmallIntField(null=True)
    count: int | None = fields.IntField(null=True)
    big: int | None = fields.BigIntField(null=True)
    flag = fields.BooleanField(null=True)
    day: date | None = fields.DateField(null=True)
    moment: datetime | None = fields.DatetimeField(null=True)
    colour = fields.CharEnumField(Colour, max_length=10, null=True)
    key: UUID | None = fields.UUIDField(null=True)
    rate: Decimal | None = fields.DecimalField(digits=12, places=2, null=True)
    weight: float | None = fields.FloatField(null=True)
    price = fields.MoneyField(null=True)
    phone = fields.ProtectedField("phone", search=True, last4=True, null=True)
    grade = fields.CodeField("specimen.grade", null=True)
    tags: list[str] | None = fields.TextListField(max_length=40, most=5, null=True)
    grades: list[str] | None = fields.CodeListField("specimen.grade", null=True)
    release: Any = VersionField(null=True)
    book_id: UUID | None = fields.ReferenceField("library.Book")
    data: Any = fields.JSONField(null=True)
    other: fields.ForeignKeyRelation["Specimen"] | None = fields.ForeignKeyField(
        "specimen.Specimen", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    other_id: UUID | None
