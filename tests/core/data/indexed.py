"""Models with every form of index and unique rule."""

from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from core.data.indexes import IndexWhere, UniqueWhere


class Car(Model):
    id = fields.IntField(primary_key=True)
    plate = fields.CharField(max_length=10, unique=True)
    sold = fields.BooleanField(db_default=False)


class Hold(StrEnum):
    HELD = "HELD"
    PAID = "PAID"
    GONE = "GONE"


class Reservation(Model):
    id = fields.IntField(primary_key=True)
    car: fields.ForeignKeyRelation[Car] = fields.ForeignKeyField("indexed.Car", related_name=False, db_index=True)
    state = fields.CharEnumField(Hold, max_length=8)
    note = fields.CharField(max_length=20, null=True, db_index=True)
    archived = fields.BooleanField(default=False)

    class Meta:
        unique_together = (("car", "note"),)
        indexes = (
            ("state", "note"),
            UniqueWhere(
                fields=("car",),
                condition={"state": [Hold.PAID, Hold.HELD], "archived": False},
                name="one_live_reservation_per_car",
            ),
            IndexWhere(fields=("car", "id"), condition={"note__isnull": False}, name="reservation_noted"),
        )
