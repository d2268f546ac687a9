"""The access log of look-ups: who asked for a protected value, and how often on a day."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from tortoise import fields as plain_fields

from core.data import fields
from core.data.indexes import IndexWhere
from core.data.model import Record, Table
from core.people.models import Store, User


class LookUp(Record):
    """That somebody asked for a protected value. Only ever appended to.

    Attributes:
        store: Where he worked; none for somebody who belongs to no store.
        user: None for a machine.
        actor: As in `Caller.actor`.
        field: Where he asked, such as `Customer.mobile ContactPoint.phone`.
        masked: The value as it is shown to those who may not see it.
        refused: The first that was too much on a day, so that nothing was looked up.
    """

    store: fields.ForeignKeyRelation[Store] | None = fields.ForeignKeyField("core.Store", null=True)
    store_id: UUID | None
    user: fields.ForeignKeyRelation[User] | None = fields.ForeignKeyField("core.User", null=True)
    user_id: UUID | None
    actor = fields.CharField(max_length=200)
    field = fields.CharField(max_length=500)
    masked = fields.CharField(max_length=120)
    refused = fields.BooleanField(default=False)
    at: datetime = fields.DatetimeField(db_index=True)

    class Meta:
        indexes = (IndexWhere(fields=("at",), condition={"refused": True}, name="core_look_up_refused"),)


class LookUpCount(Table):
    """How many protected values somebody has asked for on a day.

    Attributes:
        id: The day and the actor.
    """

    id = plain_fields.CharField(max_length=220, primary_key=True)
    on: date = plain_fields.DateField(db_index=True)
    count: int = plain_fields.IntField()
