"""The tables of the organisation: outlets, corrections of the calendar, and who works when and on what."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from tortoise.fields.relational import ForeignKeyNullableRelation

from forecourt import Model, StoreOverride, UniqueWhere, User, fields


class DayKind(StrEnum):
    """What a correction makes of a day."""

    WORK = "WORK"
    REST = "REST"


class Outlet(Model):
    """A place of sale that belongs to a store.

    Attributes:
        closed_on: The first day without it; a closed outlet keeps its row, and what happened there stays with it.
        moved_from: The same place under the store that had it before.
    """

    code = fields.CharField(max_length=20)
    name = fields.CharField(max_length=100)
    address = fields.CharField(max_length=300, default="")
    opened_on: date = fields.DateField()
    closed_on: date | None = fields.DateField(null=True)
    moved_from: fields.ForeignKeyRelation[Outlet] | None = fields.ForeignKeyField("organisation.Outlet", null=True)
    moved_from_id: UUID | None

    class Meta:
        indexes = (
            UniqueWhere(
                fields=("store", "code"),
                condition={"archived_at": None, "closed_on": None},
                name="organisation_outlet_open_code",
            ),
        )


class CalendarDay(StoreOverride):
    """A correction of the business calendar."""

    day = fields.DateField()
    kind = fields.CharEnumField(DayKind, max_length=10)
    note = fields.CharField(max_length=200, default="")

    class Meta:
        unique_together = (("day", "store_key"),)


class Employee(Model):
    """Somebody who works in a store; `user` is none for staff without a sign-in."""

    number = fields.CharField(max_length=40, searched=True)
    name = fields.CharField(max_length=100, searched=True)
    user: ForeignKeyNullableRelation[User] = fields.ForeignKeyField("core.User", null=True)
    user_id: UUID | None
    position = fields.CharField(max_length=60, default="")
    hired_on: date | None = fields.DateField(null=True)
    left_on: date | None = fields.DateField(null=True)
    deputy: ForeignKeyNullableRelation[Employee] = fields.ForeignKeyField("organisation.Employee", null=True)
    deputy_id: UUID | None

    class Meta:
        unique_together = (("store", "number"),)


class Certification(Model):
    """Leave to work on a line, such as high voltage; the lines are a code list."""

    employee: fields.ForeignKeyRelation[Employee] = fields.ForeignKeyField("organisation.Employee")
    employee_id: UUID
    line = fields.CharField(max_length=60)
    valid_from: date = fields.DateField()
    valid_to: date | None = fields.DateField(null=True)


class Shift(Model):
    """A span in which an employee is rostered to work."""

    employee: fields.ForeignKeyRelation[Employee] = fields.ForeignKeyField("organisation.Employee")
    employee_id: UUID
    starts_at: datetime = fields.DatetimeField(db_index=True)
    ends_at: datetime = fields.DatetimeField()


class Absence(Model):
    """Days on which an employee is away; both ends included.

    Attributes:
        approved: Only an approved absence has effect.
    """

    employee: fields.ForeignKeyRelation[Employee] = fields.ForeignKeyField("organisation.Employee")
    employee_id: UUID
    kind = fields.CharField(max_length=60, default="LEAVE")
    from_on: date = fields.DateField(db_index=True)
    until_on: date = fields.DateField()
    approved = fields.BooleanField(default=True)
