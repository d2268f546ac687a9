"""A small module of rows, events and reactions, for tests of the write path."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from tortoise.fields import ManyToManyField, ManyToManyRelation

from core.data import fields
from core.data.append_only import AppendOnlyModel
from core.data.indexes import UniqueWhere
from core.data.model import GroupModel
from core.event import Event
from core.state import BY_SYSTEM, StateMachine


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

    car: fields.ForeignKeyRelation[Car] = fields.ForeignKeyField("samples.Car")
    car_id: UUID


class LoanState(StrEnum):
    OUT = "OUT"
    LOST = "LOST"
    RETURNED = "RETURNED"
    SETTLED = "SETTLED"


LOAN = StateMachine(
    {"en": "loan", "zh-CN": "借用"},
    {
        LoanState.OUT: {LoanState.LOST: BY_SYSTEM, LoanState.RETURNED: ("return_car", BY_SYSTEM)},
        LoanState.LOST: {LoanState.RETURNED: "find_car"},
        LoanState.RETURNED: {LoanState.SETTLED: ("settle_loan", BY_SYSTEM)},
        LoanState.SETTLED: {},
    },
)


class Loan(GroupModel):
    """A car that was lent: its state has a machine."""

    state = fields.StateField(LOAN, max_length=10)
    fee = fields.MoneyField(null=True)
    borrower_phone = fields.ProtectedField("phone", search=True)


class Mileage(AppendOnlyModel):
    """A row that is written once; its note may follow what becomes of the car."""

    km = fields.IntField()
    note = fields.CharField(max_length=40, default="")

    repointed = frozenset({"note"})


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


class LoanReturned(Event):
    """A car that was lent came back."""

    type: ClassVar[str] = "samples.loan_returned"
    aggregate: ClassVar[str] = "loan_id"

    loan_id: UUID
