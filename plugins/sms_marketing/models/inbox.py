"""What comes from providers: receipts and replies."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from forecourt import AppendOnlyModel, IndexWhere, Model, UniqueWhere, fields
from plugins.customers.api import Customer
from plugins.sms_marketing.models.choices import SmsMessageState
from plugins.sms_marketing.models.messages import SmsMessage
from plugins.sms_marketing.models.templates import SmsProviderAccount
from plugins.sms_marketing.services.keywords import SmsKeyword
from plugins.sms_marketing.services.states import CALLBACK_STATES


class SmsCallback(Model):
    """What a provider has sent, as it came; it is answered at once and read later."""

    account: fields.ForeignKeyRelation[SmsProviderAccount] = fields.ForeignKeyField("sms_marketing.SmsProviderAccount")
    account_id: UUID
    body = fields.ProtectedField("raw")
    received_at: datetime = fields.DatetimeField()
    state = fields.StateField(CALLBACK_STATES, max_length=12)
    receipts = fields.IntField(default=0)
    replies = fields.IntField(default=0)


class SmsReceipt(AppendOnlyModel):
    """What a provider says became of a message.

    Attributes:
        message: Null when no message of the store has the id that the provider names.
        reported_at: When it happened, by the provider's clock.
        applied: It moved the message; false for one that was late, came twice or contradicts a final state.
    """

    callback: fields.ForeignKeyRelation[SmsCallback] = fields.ForeignKeyField("sms_marketing.SmsCallback")
    callback_id: UUID
    message: fields.ForeignKeyRelation[SmsMessage] | None = fields.ForeignKeyField(
        "sms_marketing.SmsMessage", null=True
    )
    message_id: UUID | None
    state = fields.CharEnumField(SmsMessageState, max_length=10)
    reported_at: datetime | None = fields.DatetimeField(null=True)
    error_code = fields.CharField(max_length=60, default="")
    applied = fields.BooleanField()


class SmsReply(Model):
    """What somebody wrote back.

    Attributes:
        provider_ref: What the provider calls it; the same comes again when our answer was lost.
        keyword: What it asks for; null for a text to be read by people.
        unread: Nobody has read such a text yet, so that promotions to whoever wrote it wait.
        read_by: Who read it, as the audit names him.
    """

    account: fields.ForeignKeyRelation[SmsProviderAccount] = fields.ForeignKeyField("sms_marketing.SmsProviderAccount")
    account_id: UUID
    customer: fields.ForeignKeyRelation[Customer] | None = fields.ForeignKeyField("customers.Customer", null=True)
    customer_id: UUID | None
    sender = fields.ProtectedField("phone", search=True)
    text = fields.ProtectedField("text")
    keyword: SmsKeyword | None = fields.CharEnumField(  # type: ignore[assignment]  # tortoise's stub
        SmsKeyword, max_length=10, null=True
    )
    provider_ref = fields.CharField(max_length=100)
    at: datetime = fields.DatetimeField()
    unread = fields.BooleanField(default=False, db_default=False)
    read_at: datetime | None = fields.DatetimeField(null=True)
    read_by = fields.CharField(max_length=200, default="", db_default="")

    class Meta:
        indexes = (
            UniqueWhere(
                fields=("account", "provider_ref"), condition={"archived_at": None}, name="sms_marketing_reply_once"
            ),
            IndexWhere(
                fields=("store", "sender_index"), condition={"unread": True}, name="sms_marketing_unread_replies"
            ),
        )


class SimulatedSms(Model):
    """The log of the built-in simulator: one row per submission, so that a second one of a message would show.

    Attributes:
        out_id: The message's id, as the sender gave it.
        outcome: What the number's last digits make of it.
    """

    account: fields.ForeignKeyRelation[SmsProviderAccount] = fields.ForeignKeyField("sms_marketing.SmsProviderAccount")
    account_id: UUID
    out_id: UUID = fields.UUIDField(db_index=True)
    to = fields.ProtectedField("phone", search=True)
    category = fields.CharField(max_length=15)
    outcome = fields.CharField(max_length=20)
    accepted_at: datetime = fields.DatetimeField()
