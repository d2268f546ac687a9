"""What customers ask of the service, and when they come."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from forecourt import ConflictRefusal, Department, IndexWhere, Model, UniqueWhere, User, fields
from plugins.aftersales.models.maintenance import PlanItem
from plugins.aftersales.models.vehicles import ServiceVehicle
from plugins.aftersales.services.states import APPOINTMENT, EXTENSION, SERVICE_REQUEST, ExtensionState, RequestState
from plugins.customers.api import Customer


class ServiceRequest(Model):
    """What a customer asks of the store about a vehicle, until it is done.

    Attributes:
        kind: A code of `aftersales.request_kind`.
        symptom: In the customer's words; nothing else has to be known.
        conditions: When it happens, such as "cold start, −5 °C".
        severity: 1 (stands still, or dangerous) to 4 (a question).
        channel: A code of `aftersales.request_channel`.
        escalation_level: How often it became urgent, 0 to 3.
        escalate_at: When the next level is due; none once it is resolved, or at the highest level.
        overdue_at: When `ServiceRequestOverdue` was published for the present deadline.
    """

    doc_no = fields.CharField(max_length=40, searched=True)
    customer: fields.ForeignKeyRelation[Customer] | None = fields.ForeignKeyField("customers.Customer", null=True)
    customer_id: UUID | None
    vehicle: fields.ForeignKeyRelation[ServiceVehicle] | None = fields.ForeignKeyField(
        "aftersales.ServiceVehicle", null=True
    )
    vehicle_id: UUID | None
    kind = fields.CodeField("aftersales.request_kind")
    symptom_group = fields.CodeField("aftersales.symptom_group", default="")
    symptom = fields.CharField(max_length=1000, searched=True)
    conditions = fields.CharField(max_length=500, default="")
    severity = fields.IntField()
    channel = fields.CodeField("aftersales.request_channel")
    reported_at: datetime = fields.DatetimeField()
    department: fields.ForeignKeyRelation[Department] | None = fields.ForeignKeyField("core.Department", null=True)
    department_id: UUID | None
    assignee: fields.ForeignKeyRelation[User] | None = fields.ForeignKeyField("core.User", null=True)
    assignee_id: UUID | None
    due_at: datetime = fields.DatetimeField(db_index=True)
    state = fields.StateField(SERVICE_REQUEST, max_length=20, db_index=True)
    waiting_for = fields.CharField(max_length=300, default="")
    resolution = fields.CharField(max_length=2000, default="")
    resolved_at: datetime | None = fields.DatetimeField(null=True)
    closed_at: datetime | None = fields.DatetimeField(null=True)
    reopened_times = fields.IntField(default=0)
    cancel_reason = fields.CharField(max_length=300, default="")
    escalation_level = fields.IntField(default=0)
    escalate_at: datetime | None = fields.DatetimeField(null=True)
    overdue_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        unique_together = (("store", "doc_no"),)
        indexes = (
            IndexWhere(
                fields=("escalate_at",), condition={"escalate_at__isnull": False}, name="aftersales_next_escalation"
            ),
        )


class ServiceRequestStep(Model):
    """One move of a service request from a state to the next; never changed."""

    request: fields.ForeignKeyRelation[ServiceRequest] = fields.ForeignKeyField("aftersales.ServiceRequest")
    request_id: UUID
    from_state = fields.CharEnumField(RequestState, max_length=20, null=True)
    to_state = fields.CharEnumField(RequestState, max_length=20)
    at: datetime = fields.DatetimeField()
    by: fields.ForeignKeyRelation[User] | None = fields.ForeignKeyField("core.User", null=True)
    by_id: UUID | None
    note = fields.CharField(max_length=2000, default="")


class ServiceExtension(Model):
    """That a service request gets a later deadline; from the third on somebody else must agree.

    Attributes:
        state: One that needs no agreement is APPROVED at once, without an approver.
    """

    request: fields.ForeignKeyRelation[ServiceRequest] = fields.ForeignKeyField("aftersales.ServiceRequest")
    request_id: UUID
    number = fields.IntField()
    from_at: datetime = fields.DatetimeField()
    until_at: datetime = fields.DatetimeField()
    reason = fields.CharField(max_length=300)
    state = fields.StateField(EXTENSION, max_length=10)
    requested_by: fields.ForeignKeyRelation[User] | None = fields.ForeignKeyField("core.User", null=True)
    requested_by_id: UUID | None
    approver: fields.ForeignKeyRelation[User] | None = fields.ForeignKeyField("core.User", null=True)
    approver_id: UUID | None

    class Meta:
        unique_together = (("request", "number"),)
        indexes = (
            UniqueWhere(
                fields=("request",), condition={"state": ExtensionState.REQUESTED}, name="aftersales_open_extension"
            ),
        )

    constraint_refusals: ClassVar = {
        "aftersales_open_extension": lambda _: ConflictRefusal(
            "an extension of this request waits for an answer already", rule="aftersales_extension_open"
        ),
    }


class ServiceAppointment(Model):
    """That a customer comes to the workshop at a time, and to whom.

    Attributes:
        holds_slot: Whether it takes its advisor's slot; written with the state.
    """

    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField("customers.Customer")
    customer_id: UUID
    vehicle: fields.ForeignKeyRelation[ServiceVehicle] = fields.ForeignKeyField("aftersales.ServiceVehicle")
    vehicle_id: UUID
    advisor: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("core.User")
    advisor_id: UUID
    item: fields.ForeignKeyRelation[PlanItem] | None = fields.ForeignKeyField("aftersales.PlanItem", null=True)
    item_id: UUID | None
    request: fields.ForeignKeyRelation[ServiceRequest] | None = fields.ForeignKeyField(
        "aftersales.ServiceRequest", null=True
    )
    request_id: UUID | None
    starts_at: datetime = fields.DatetimeField(db_index=True)
    ends_at: datetime = fields.DatetimeField()
    state = fields.StateField(APPOINTMENT, max_length=10)
    holds_slot = fields.BooleanField(default=True)
    note = fields.CharField(max_length=300, default="")

    class Meta:
        indexes = (
            UniqueWhere(
                fields=("advisor", "starts_at"), condition={"holds_slot": True}, name="aftersales_one_per_slot"
            ),
        )

    constraint_refusals: ClassVar = {
        "aftersales_one_per_slot": lambda _: ConflictRefusal(
            "the advisor has another appointment then", path=("startsAt",), rule="aftersales_slot_taken"
        ),
    }
