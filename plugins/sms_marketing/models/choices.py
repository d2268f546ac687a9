"""What the columns of text messages may say."""

from __future__ import annotations

from enum import StrEnum


class TemplateState(StrEnum):
    """Whether a version of a template may be sent."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    DISABLED = "DISABLED"


class MessageState(StrEnum):
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


class LegalBasis(StrEnum):
    """Why the store may write to somebody."""

    CONSENT = "CONSENT"
    CONTRACT = "CONTRACT"
    LAW = "LAW"


class SuppressionScope(StrEnum):
    """What a number no longer gets: everything, or promotions."""

    ALL = "ALL"
    MARKETING = "MARKETING"


class SuppressionSource(StrEnum):
    """How it became known that a number must be left alone."""

    REPLY = "REPLY"
    COMPLAINT = "COMPLAINT"
    MANUAL = "MANUAL"
    LAW = "LAW"
    INVALID = "INVALID"


class CallbackState(StrEnum):
    """Whether what a provider sent has been read."""

    RECEIVED = "RECEIVED"
    PROCESSED = "PROCESSED"
    UNREADABLE = "UNREADABLE"
