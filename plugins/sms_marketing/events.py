"""What happens to text messages; ids and codes only."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from forecourt import Event


class SmsPlanned(Event):
    """A message is to be sent."""

    type: ClassVar[str] = "sms_marketing.sms_planned"
    aggregate: ClassVar[str] = "message_id"
    message_id: UUID
    customer_id: UUID | None = None
    template: str
    category: str
    not_before: datetime


class SmsSubmitted(Event):
    """A provider has taken a message."""

    type: ClassVar[str] = "sms_marketing.sms_submitted"
    aggregate: ClassVar[str] = "message_id"
    message_id: UUID
    customer_id: UUID | None = None


class SmsDelivered(Event):
    """A message has arrived."""

    type: ClassVar[str] = "sms_marketing.sms_delivered"
    aggregate: ClassVar[str] = "message_id"
    message_id: UUID
    customer_id: UUID | None = None


class SmsFailed(Event):
    """A message will not arrive: it failed, was rejected, or nobody knows what became of it.

    Attributes:
        code: The provider's.
    """

    type: ClassVar[str] = "sms_marketing.sms_failed"
    aggregate: ClassVar[str] = "message_id"
    message_id: UUID
    customer_id: UUID | None = None
    state: str
    code: str = ""


class SmsSuppressed(Event):
    """A message was not sent, and why."""

    type: ClassVar[str] = "sms_marketing.sms_suppressed"
    aggregate: ClassVar[str] = "message_id"
    message_id: UUID
    customer_id: UUID | None = None
    reason: str


class SmsOptedOut(Event):
    """A number is to be left alone."""

    type: ClassVar[str] = "sms_marketing.sms_opted_out"
    aggregate: ClassVar[str] = "suppression_id"
    suppression_id: UUID
    customer_id: UUID | None = None
    scope: str
    source: str


class SmsOptOutReleased(Event):
    """A number may be written to again."""

    type: ClassVar[str] = "sms_marketing.sms_opt_out_released"
    aggregate: ClassVar[str] = "suppression_id"
    suppression_id: UUID
    customer_id: UUID | None = None
    scope: str
