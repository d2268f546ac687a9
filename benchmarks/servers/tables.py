"""Tortoise's models of the tables, as an application over them has them."""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from core.ids import uuid7


class Customer(Model):
    """A customer of the shop."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    archived_at = fields.DatetimeField(null=True)
    store_id = fields.UUIDField()
    kind = fields.CharField(max_length=10)
    name = fields.CharField(max_length=100)
    name_folded = fields.CharField(max_length=100)
    name_pinyin = fields.CharField(max_length=400)
    name_initials = fields.CharField(max_length=100)
    gender = fields.CharField(max_length=10)
    birth_on = fields.DateField(null=True)
    birth_calendar = fields.CharField(max_length=10)
    company_code = fields.CharField(max_length=18)
    region_code = fields.CharField(max_length=12)
    occupation = fields.CharField(max_length=60)
    lifecycle = fields.CharField(max_length=12)
    lifecycle_at = fields.DatetimeField(null=True)
    lifecycle_reason = fields.CharField(max_length=200)
    intent_level = fields.CharField(max_length=1, null=True)
    level_until = fields.DatetimeField(null=True)
    deposit_paid = fields.BooleanField()
    owner_id = fields.UUIDField(null=True)
    priority = fields.BooleanField()
    completeness = fields.IntField()
    language = fields.CharField(max_length=10)
    do_not_profile = fields.BooleanField()
    verified_at = fields.DatetimeField(null=True)
    last_contact_at = fields.DatetimeField(null=True)
    last_task_done_at = fields.DatetimeField(null=True)
    mobile_masked = fields.CharField(max_length=120, null=True)

    vehicles: fields.ReverseRelation[Vehicle]

    class Meta:
        table = "customers_customer"


class Vehicle(Model):
    """A customer's car."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    archived_at = fields.DatetimeField(null=True)
    store_id = fields.UUIDField()
    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField("shop.Customer", related_name="vehicles")
    customer_id: UUID
    vin = fields.CharField(max_length=17)
    model = fields.CharField(max_length=120)
    role = fields.CharField(max_length=10)
    from_on = fields.DateField()
    to_on = fields.DateField(null=True)
    plate_masked = fields.CharField(max_length=120, null=True)

    class Meta:
        table = "customers_customer_vehicle"


class FollowUp(Model):
    """Something to do for a customer."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)
    archived_at = fields.DatetimeField(null=True)
    store_id = fields.UUIDField()
    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField("shop.Customer", related_name="follow_ups")
    customer_id: UUID
    subject_ref = fields.CharField(max_length=120, default="")
    owner_id = fields.UUIDField(null=True)
    channel = fields.CharField(max_length=60)
    subject = fields.CharField(max_length=200)
    due_at = fields.DatetimeField()
    grace_minutes = fields.IntField(default=60)
    overdue_at = fields.DatetimeField()
    priority = fields.CharField(max_length=10, default="NORMAL")
    rank = fields.IntField(default=2)
    must = fields.BooleanField(default=False)
    by_rule = fields.BooleanField(default=False)
    state = fields.CharField(max_length=10, default="PLANNED")
    done_at = fields.DatetimeField(null=True)
    reschedule_count = fields.IntField(default=0)
    reschedule_reason = fields.CharField(max_length=200, default="")
    cancel_reason = fields.CharField(max_length=200, default="")
    overdue_told = fields.BooleanField(default=False)

    class Meta:
        table = "customers_follow_up_task"
