"""Messages, and who no longer gets any."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from forecourt import IndexWhere, Model, UniqueWhere, fields
from plugins.customers.api import Customer
from plugins.sms_marketing.models.choices import (
    SmsLegalBasis,
    SmsMessageState,
    SmsSuppressionScope,
    SmsSuppressionSource,
)
from plugins.sms_marketing.models.templates import SmsProviderAccount, SmsTemplate, SmsTemplateVersion
from plugins.sms_marketing.services.gate import SmsCategory, SmsSuppressReason
from plugins.sms_marketing.services.states import MESSAGE_STATES


class SmsMessage(Model):
    """One message to one number.

    Its id is what the provider calls it by, so that it can be asked for after a crash.

    Attributes:
        to: The number; of a customer's message only since it was handed over, because the number of that moment counts.
        text: As handed over, with signature and opt-out text; encrypted like the values that fill the blanks.
        dedupe_key: No two messages of a store have the same, so that an event that comes twice plans nothing twice.
        automation: The rule that planned it; empty when somebody did by hand.
        subject_ref: What it is about, such as `sales.SalesOrder:0192…`.
        submitting_at: When a worker took it to hand it over. Found again in this state, it is not handed over a second
            time.
        next_query_at: When the provider is asked what became of it; null once that is known.
    """

    customer: fields.ForeignKeyRelation[Customer] | None = fields.ForeignKeyField("customers.Customer", null=True)
    customer_id: UUID | None
    template: fields.ForeignKeyRelation[SmsTemplate] = fields.ForeignKeyField("sms_marketing.SmsTemplate")
    template_id: UUID
    template_version: fields.ForeignKeyRelation[SmsTemplateVersion] = fields.ForeignKeyField(
        "sms_marketing.SmsTemplateVersion"
    )
    template_version_id: UUID
    account: fields.ForeignKeyRelation[SmsProviderAccount] = fields.ForeignKeyField("sms_marketing.SmsProviderAccount")
    account_id: UUID
    to = fields.ProtectedField("phone", search=True, null=True)
    text = fields.ProtectedField("text", null=True)
    filling = fields.ProtectedField("text", null=True)
    category = fields.CharEnumField(SmsCategory, max_length=15)
    legal_basis = fields.CharEnumField(SmsLegalBasis, max_length=10)
    urgent = fields.BooleanField(default=False)
    segments = fields.IntField(default=0)
    cost = fields.MoneyField(null=True)
    dedupe_key = fields.CharField(max_length=150)
    automation = fields.CharField(max_length=60, default="")
    subject_ref = fields.CharField(max_length=120, default="", db_index=True)
    not_before: datetime = fields.DatetimeField()
    expires_at: datetime | None = fields.DatetimeField(null=True)
    state = fields.StateField(MESSAGE_STATES, max_length=10)
    suppress_reason: SmsSuppressReason | None = fields.CharEnumField(  # type: ignore[assignment]  # tortoise's stub
        SmsSuppressReason, max_length=12, null=True
    )
    attempts = fields.IntField(default=0)
    submitting_at: datetime | None = fields.DatetimeField(null=True, db_index=True)
    submitted_at: datetime | None = fields.DatetimeField(null=True)
    next_query_at: datetime | None = fields.DatetimeField(null=True)
    finished_at: datetime | None = fields.DatetimeField(null=True)
    provider_message_id = fields.CharField(max_length=100, default="", db_index=True)
    error_code = fields.CharField(max_length=60, default="")
    error_text = fields.CharField(max_length=200, default="")

    class Meta:
        indexes = (
            UniqueWhere(
                fields=("store", "dedupe_key"), condition={"dedupe_key__not": ""}, name="sms_marketing_message_dedupe"
            ),
            IndexWhere(
                fields=("store", "not_before"), condition={"state": SmsMessageState.QUEUED}, name="sms_marketing_due"
            ),
            IndexWhere(
                fields=("store", "submitting_at"),
                condition={"state": SmsMessageState.SUBMITTING},
                name="sms_marketing_claimed",
            ),
            IndexWhere(
                fields=("store", "next_query_at"),
                condition={"next_query_at__isnull": False},
                name="sms_marketing_to_ask",
            ),
        )


class SmsFrequency(Model):
    """When a number got promotions in the last 30 days, and the gate that lets one worker at a time add to it.

    Attributes:
        to_index: The number's blind index.
        promotions_at: Instants in ISO 8601, the latest last.
    """

    to_index = fields.CharField(max_length=64)
    promotions_at: list[str] = fields.JSONField(default=list)

    class Meta:
        indexes = (
            UniqueWhere(fields=("store", "to_index"), condition={"archived_at": None}, name="sms_marketing_frequency"),
        )


class SmsSuppression(Model):
    """That a number is to be left alone; it outlives the customer, so it holds no number, only its blind index.

    Attributes:
        note: Who said so and where it is written down; no number.
    """

    to_index = fields.CharField(max_length=64)
    customer: fields.ForeignKeyRelation[Customer] | None = fields.ForeignKeyField("customers.Customer", null=True)
    customer_id: UUID | None
    scope = fields.CharEnumField(SmsSuppressionScope, max_length=10)
    source = fields.CharEnumField(SmsSuppressionSource, max_length=10)
    note = fields.CharField(max_length=300, default="")
    at: datetime = fields.DatetimeField()
    released_at: datetime | None = fields.DatetimeField(null=True)
    released_by = fields.CharField(max_length=200, default="")
    release_reason = fields.CharField(max_length=300, default="")

    class Meta:
        indexes = (
            UniqueWhere(
                fields=("store", "to_index", "scope"),
                condition={"released_at": None},
                name="sms_marketing_live_suppression",
            ),
        )
