"""Tables with a column of every kind, for tests of the database layer."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from core.ids import uuid7


class Colour(StrEnum):
    RED = "RED"
    BLUE = "BLUE"


class Size(IntEnum):
    SMALL = 1
    LARGE = 2


class Branch(Model):
    id = fields.UUIDField(primary_key=True, default=uuid7)
    name = fields.CharField(max_length=40, unique=True)


class Tally(Model):
    id = fields.IntField(primary_key=True)
    value = fields.IntField(default=0)


class ValueSample(Model):
    """One column of every kind."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    text = fields.TextField(null=True)
    short = fields.CharField(max_length=20, null=True)
    number = fields.IntField(null=True)
    small = fields.SmallIntField(null=True)
    big = fields.BigIntField(null=True)
    ratio = fields.FloatField(null=True)
    exact = fields.DecimalField(max_digits=12, decimal_places=2, null=True)
    flag = fields.BooleanField(null=True)
    day = fields.DateField(null=True)
    instant = fields.DatetimeField(null=True)
    span = fields.TimeDeltaField(null=True)
    document: Any = fields.JSONField(null=True)
    reference = fields.UUIDField(null=True)
    binary = fields.BinaryField(null=True)
    colour = fields.CharEnumField(Colour, null=True)
    size = fields.IntEnumField(Size, null=True)
    branch: fields.ForeignKeyNullableRelation[Branch] = fields.ForeignKeyField(
        "samples.Branch", related_name="value_samples", null=True, on_delete=fields.RESTRICT
    )
    branch_id: UUID | None
