"""A small module of rows, events and reactions, for tests of the write path."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from core.data import fields
from core.data.indexes import UniqueWhere
from core.data.model import GroupModel
from core.event import Event


class Car(GroupModel):
    """A row with a guarded state, an amount and a protected column."""

    number = fields.CharField(max_length=20)
    state = fields.CharField(max_length=20, default="FREE")
    price = fields.MoneyField(null=True)
    owner_phone = fields.ProtectedField("phone", search=True, null=True)

    class Meta:
        indexes = (
            UniqueWhere(fields=("number",), condition={"archived_at": None}, name="samples_live_number"),
            UniqueWhere(fields=("number",), condition={"state": "RARE"}, name="samples_rare_number"),
        )


class Wheel(GroupModel):
    """A row that refers to another."""

    car: fields.ForeignKeyRelation[Car] = fields.ForeignKeyField("samples.Car")
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
