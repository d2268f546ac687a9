"""Deals that can still be made, and the drives on the way there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from forecourt import ConflictRefusal, GroupModel, IndexWhere, Model, UniqueWhere, User, ValidationRefusal, fields
from plugins.customers.api import Customer
from plugins.inventory.api import StockVehicle
from plugins.sales.models.choices import DriveLocation
from plugins.sales.models.leads import Lead
from plugins.sales.services.stages import Requirement, StageCode, StageDirection, StageKind
from plugins.sales.services.states import (
    LIVE_DRIVE_STATES,
    LIVE_OPPORTUNITY_STATES,
    OPPORTUNITY,
    TEST_DRIVE,
    TestDriveState,
)

LIVE_OPPORTUNITY = {"state": sorted(LIVE_OPPORTUNITY_STATES), "archived_at": None}
LIVE_DRIVE = {"state": sorted(LIVE_DRIVE_STATES), "archived_at": None}


class PipelineStage(GroupModel):
    """One stage of the dealer's pipeline.

    Attributes:
        requires: Codes of what an opportunity must have to enter it, see `stages.Requirement`.
        max_dwell_hours: After so long an opportunity counts as stalled; never without it.
    """

    code = fields.CharField(max_length=40)
    name = fields.CharField(max_length=80)
    name_en = fields.CharField(max_length=80, default="")
    position = fields.IntField()
    probability_bp = fields.IntField()
    kind = fields.CharEnumField(StageKind, max_length=10, default=StageKind.OPEN)
    requires: list[str] = fields.JSONField(default=list)
    max_dwell_hours: int | None = fields.IntField(null=True)

    class Meta:
        indexes = (UniqueWhere(fields=("code",), condition={"archived_at": None}, name="sales_live_stage_code"),)

    async def prepare(self) -> None:
        known = {*Requirement}
        if not known.issuperset(self.requires):
            allowed = ", ".join(sorted(known))
            raise ValidationRefusal(
                f"a stage can ask for {allowed}", path=("requires",), rule="stage_requirement", allowed=allowed
            )


def _one_live_opportunity(_: object) -> ConflictRefusal:
    return ConflictRefusal("this customer has an open opportunity already", rule="open_opportunity")


class Opportunity(Model):
    """A deal with one customer.

    Attributes:
        purpose: MAIN, or EXTRA for a further car beside the one under way.
        intention_version: The version of the customer's purchase intention that it began with.
        probability_bp: Chance to win in basis points: the stage's, unless somebody set it by hand.
        loss_*: What was said when it was given up, and by whom; `approved` by somebody else.
    """

    doc_no = fields.CharField(max_length=40, searched=True)
    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField("customers.Customer")
    customer_id: UUID
    lead: fields.ForeignKeyRelation[Lead] | None = fields.ForeignKeyField("sales.Lead", null=True)
    lead_id: UUID | None
    owner: fields.ForeignKeyRelation[User] | None = fields.ForeignKeyField("core.User", null=True)
    owner_id: UUID | None
    purpose = fields.CharField(max_length=20, default="MAIN")
    intention_version: int | None = fields.IntField(null=True)
    stage = fields.CharField(max_length=40, default=StageCode.FIRST_CONTACT.value, db_index=True)
    stage_entered_at: datetime = fields.DatetimeField()
    state = fields.StateField(OPPORTUNITY, max_length=20, db_index=True)
    opened_at: datetime = fields.DatetimeField(db_index=True)
    expected_amount = fields.MoneyField(null=True)
    expected_close_on: date | None = fields.DateField(null=True)
    probability_bp = fields.IntField(default=1_000)
    competitors: list[str] = fields.JSONField(default=list)
    wake_on: date | None = fields.DateField(null=True)
    won_at: datetime | None = fields.DatetimeField(null=True)
    lost_at: datetime | None = fields.DatetimeField(null=True)
    loss_reason = fields.CharField(max_length=60, default="")
    loss_note = fields.CharField(max_length=500, default="")
    loss_competitor = fields.CharField(max_length=120, default="")
    loss_price_gap = fields.MoneyField(null=True)
    loss_requested_by: fields.ForeignKeyRelation[User] | None = fields.ForeignKeyField("core.User", null=True)
    loss_requested_by_id: UUID | None
    loss_requested_at: datetime | None = fields.DatetimeField(null=True)
    loss_decided_by: fields.ForeignKeyRelation[User] | None = fields.ForeignKeyField("core.User", null=True)
    loss_decided_by_id: UUID | None
    loss_decision_note = fields.CharField(max_length=500, default="")

    constraint_refusals: ClassVar[Mapping[str, Any]] = {
        "sales_one_live_opportunity": _one_live_opportunity,
    }

    class Meta:
        unique_together = (("store", "doc_no"),)
        indexes = (
            UniqueWhere(
                fields=("customer",),
                condition={"state": sorted(LIVE_OPPORTUNITY_STATES), "purpose__not": "EXTRA", "archived_at": None},
                name="sales_one_live_opportunity",
            ),
            IndexWhere(fields=("owner",), condition=LIVE_OPPORTUNITY, name="sales_opportunities_in_hand"),
        )


class StageEntry(Model):
    """A time that an opportunity spent in a stage; the history has no gap and the last entry is open.

    Attributes:
        left_at: The next entry's `entered_at`.
    """

    opportunity: fields.ForeignKeyRelation[Opportunity] = fields.ForeignKeyField("sales.Opportunity")
    opportunity_id: UUID
    position = fields.IntField()
    stage = fields.CharField(max_length=40)
    entered_at: datetime = fields.DatetimeField()
    left_at: datetime | None = fields.DatetimeField(null=True)
    direction = fields.CharEnumField(StageDirection, max_length=5, default=StageDirection.FORWARD)
    reason = fields.CharField(max_length=300, default="")
    moved_by: fields.ForeignKeyRelation[User] | None = fields.ForeignKeyField("core.User", null=True)
    moved_by_id: UUID | None

    class Meta:
        unique_together = (("opportunity", "position"),)
        indexes = (UniqueWhere(fields=("opportunity",), condition={"left_at": None}, name="sales_present_stage"),)


class TestDrive(Model):
    """A drive with a demonstrator, agreed for a time.

    Attributes:
        slot_from, slot_to: The time that vehicle and specialist are taken; the end is no part of it.
        agreement_file_id: The signed agreement, as a file of the kernel.
        licence_valid_until: Read off the licence at the counter; the licence itself is not kept.
    """

    __test__ = False  # pytest takes classes called Test… for tests

    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField("customers.Customer")
    customer_id: UUID
    opportunity: fields.ForeignKeyRelation[Opportunity] | None = fields.ForeignKeyField("sales.Opportunity", null=True)
    opportunity_id: UUID | None
    vehicle: fields.ForeignKeyRelation[StockVehicle] = fields.ForeignKeyField("inventory.StockVehicle")
    vehicle_id: UUID
    specialist: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("core.User")
    specialist_id: UUID
    slot_from: datetime = fields.DatetimeField(db_index=True)
    slot_to: datetime = fields.DatetimeField(db_index=True)
    location = fields.CharEnumField(DriveLocation, max_length=15, default=DriveLocation.STORE)
    route = fields.CharField(max_length=200, default="")
    state = fields.StateField(TEST_DRIVE, max_length=15, default=TestDriveState.REQUESTED, db_index=True)
    licence_valid_until: date | None = fields.DateField(null=True)
    agreement_signed_at: datetime | None = fields.DatetimeField(null=True)
    agreement_file_id: UUID | None = fields.UUIDField(null=True)
    checked_out_at: datetime | None = fields.DatetimeField(null=True)
    returned_at: datetime | None = fields.DatetimeField(null=True)
    odometer_out_km: int | None = fields.IntField(null=True)
    odometer_in_km: int | None = fields.IntField(null=True)
    satisfaction: int | None = fields.IntField(null=True)
    feedback = fields.TextField(default="")
    cancel_reason = fields.CharField(max_length=200, default="")

    class Meta:
        indexes = (IndexWhere(fields=("specialist",), condition=LIVE_DRIVE, name="sales_drives_in_hand"),)
