"""A small module of rows, events and reactions, for tests of the write path."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from tortoise.fields import ManyToManyField, ManyToManyRelation

from core.data import fields
from core.data.indexes import UniqueWhere
from core.data.model import GroupModel
from core.event import Event


class Car(GroupModel):
    """A row with a guarded state, an amount and a protected column."""

    number = fields.CharField(max_length=20)
    state = fields.CharField(max_length=20, default="FREE")
    price = fields.MoneyField(null=True)
    tags: ManyToManyRelation[Tag]
    owner_phone = fields.ProtectedField("phone", search=True, null=True)

    class Meta:
        indexes = (
            UniqueWhere(fields=("number",), condition={"archived_at": None}, name="samples_live_number"),
            UniqueWhere(fields=("number",), condition={"state": "RARE"}, name="samples_rare_number"),
        )


class Tag(GroupModel):
    """A row that is linked as tortoise does it."""

    cars: ManyToManyRelation[Car] = ManyToManyField("samples.Car", related_name="tags", through="samples_car_tag")


class Wheel(GroupModel):
    """A row that refers to another."""

    car: fields.ForeignKeyRelation[Car] = fields.ForeignKeyField(
        "samples.Car", related_name=False, on_delete=fields.RESTRICT
    )
    car_id: UUID


class CarSold(Event):
    """A car was sold."""

    type: ClassVar[str] = "samples.car_sold"
    aggregate: ClassVar[str] = "car_id"

    car_id: UUID
    step: int = 0


class CarWashed(Event):
    """A car was washed, and nobody wants to know."""

    type: ClassVar[str] = "samples.car_washed"
    aggregate: ClassVar[str] = "car_id"

    car_id: UUID
