"""What maintenance vehicles want, and when."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from forecourt import ConflictRefusal, GroupModel, IndexWhere, Model, UniqueWhere, ValidationRefusal, fields
from plugins.aftersales.models.vehicles import ServiceVehicle
from plugins.aftersales.services.states import PLAN_ITEM, PlanItemState
from plugins.inventory.api import Trim


class MaintenanceTemplate(GroupModel):
    """How often vehicles of a trim want maintenance, and what is done then.

    Attributes:
        trim: Whose; empty for the one that holds where a trim has none of its own.
        operations, parts: What is done and needed each time, in words or numbers of the maker.
    """

    code = fields.CharField(max_length=40, searched=True)
    name = fields.CharField(max_length=80, searched=True)
    trim: fields.ForeignKeyRelation[Trim] | None = fields.ForeignKeyField("inventory.Trim", null=True)
    trim_id: UUID | None
    is_default = fields.BooleanField(default=False)
    first_months = fields.IntField(default=6)
    first_km = fields.IntField(default=5_000)
    every_months = fields.IntField(default=6)
    every_km = fields.IntField(default=5_000)
    km_per_day = fields.IntField(default=40)
    operations: list[str] = fields.JSONField(default=list)
    parts: list[str] = fields.JSONField(default=list)

    class Meta:
        indexes = (
            UniqueWhere(fields=("code",), condition={"archived_at": None}, name="aftersales_live_template_code"),
            UniqueWhere(
                fields=("trim",),
                condition={"archived_at": None, "trim_id__isnull": False},
                name="aftersales_live_template_trim",
            ),
            UniqueWhere(
                fields=("is_default",),
                condition={"archived_at": None, "is_default": True},
                name="aftersales_default_template",
            ),
        )

    constraint_refusals: ClassVar = {
        "aftersales_live_template_trim": lambda _: ConflictRefusal(
            "this trim has a template already; change that one", path=("trim",), rule="aftersales_template_trim"
        ),
        "aftersales_default_template": lambda _: ConflictRefusal(
            "there is a template for all other trims already; change that one",
            path=("trim",),
            rule="aftersales_template_default",
        ),
    }

    async def prepare(self) -> None:
        self.is_default = self.trim_id is None
        rhythm = {
            "firstMonths": self.first_months,
            "firstKm": self.first_km,
            "everyMonths": self.every_months,
            "everyKm": self.every_km,
            "kmPerDay": self.km_per_day,
        }
        for name, value in rhythm.items():
            if value < 1:
                raise ValidationRefusal("months and kilometres are above zero", path=(name,), rule="aftersales_rhythm")


class MaintenancePlan(Model):
    """That a vehicle is maintained as a template says."""

    vehicle: fields.ForeignKeyRelation[ServiceVehicle] = fields.ForeignKeyField("aftersales.ServiceVehicle")
    vehicle_id: UUID
    template: fields.ForeignKeyRelation[MaintenanceTemplate] = fields.ForeignKeyField("aftersales.MaintenanceTemplate")
    template_id: UUID
    from_on: date = fields.DateField()

    class Meta:
        unique_together = (("vehicle", "template"),)


class PlanItem(Model):
    """One planned maintenance of a vehicle.

    Attributes:
        due_km: Distance run in all.
        predicted_on: When the vehicle will have run it.
        effective_on: The first of `due_on` and `predicted_on`; written with them.
        told_at: When `MaintenanceDue` was published for it.
        chased: Somebody was asked to call the customer, who hadn't answered.
    """

    plan: fields.ForeignKeyRelation[MaintenancePlan] = fields.ForeignKeyField("aftersales.MaintenancePlan")
    plan_id: UUID
    vehicle: fields.ForeignKeyRelation[ServiceVehicle] = fields.ForeignKeyField("aftersales.ServiceVehicle")
    vehicle_id: UUID
    sequence = fields.IntField()
    due_on: date = fields.DateField()
    due_km = fields.IntField()
    predicted_on: date = fields.DateField()
    effective_on: date = fields.DateField()
    state = fields.StateField(PLAN_ITEM, max_length=10)
    told_at: datetime | None = fields.DatetimeField(null=True)
    chased = fields.BooleanField(default=False)
    done_on: date | None = fields.DateField(null=True)
    done_km: int | None = fields.IntField(null=True)
    skip_reason = fields.CharField(max_length=200, default="")

    class Meta:
        unique_together = (("plan", "sequence"),)
        indexes = (
            IndexWhere(
                fields=("store", "state", "effective_on"),
                condition={"state": [PlanItemState.PLANNED, PlanItemState.DUE, PlanItemState.APPOINTED]},
                name="aftersales_open_items",
            ),
        )

    async def prepare(self) -> None:
        self.effective_on = min(self.due_on, self.predicted_on)
