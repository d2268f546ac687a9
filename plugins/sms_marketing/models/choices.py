"""What the columns of text messages may say."""

from __future__ import annotations

from enum import StrEnum


class SmsTemplateState(StrEnum):
    """Whether a version of a template may be sent."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    DISABLED = "DISABLED"


class SmsMessageState(StrEnum):
    """Where a message stands; the last six are final."""

    QUEUED = "QUEUED"
    SUBMITTING = "SUBMITTING"
    SUBMITTED = "SUBMITTED"
    UNKNOWN = "UNKNOWN"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    SUPPRESSED = "SUPPRESSED"
    CANCELLED = "CANCELLED"


class SmsLegalBasis(StrEnum):
    """Why the store may write to somebody."""

    CONSENT = "CONSENT"
    CONTRACT = "CONTRACT"
    LAW = "LAW"


class SmsSuppressionScope(StrEnum):
    """What a number no longer gets: everything, or promotions."""

    ALL = "ALL"
    MARKETING = "MARKETING"


class SmsSuppressionSource(StrEnum):
    """How it became known that a number must be left alone."""

    REPLY = "REPLY"
    COMPLAINT = "COMPLAINT"
    MANUAL = "MANUAL"
    LAW = "LAW"
    INVALID = "INVALID"


class SmsCallbackState(StrEnum):
    """Whether what a provider sent has been read."""

    RECEIVED = "RECEIVED"
    PROCESSED = "PROCESSED"
    UNREADABLE = "UNREADABLE"
