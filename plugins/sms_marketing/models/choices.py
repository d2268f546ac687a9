"""What the columns of text messages may say."""

from __future__ import annotations

from enum import StrEnum

from forecourt import CodedEnum


class SmsTemplateState(CodedEnum):
    """Whether a version of a template may be sent."""

    DRAFT = "DRAFT", "Draft", "草稿"
    SUBMITTED = "SUBMITTED", "Submitted", "待审批"
    APPROVED = "APPROVED", "Approved", "已批准"
    REJECTED = "REJECTED", "Rejected", "已驳回"
    DISABLED = "DISABLED", "Disabled", "已停用"


class SmsMessageState(CodedEnum):
    """Where a message stands; the last six are final."""

    QUEUED = "QUEUED", "Queued", "待发送"
    SUBMITTING = "SUBMITTING", "Being submitted", "提交中"
    SUBMITTED = "SUBMITTED", "Submitted", "已提交"
    UNKNOWN = "UNKNOWN", "Unknown", "状态未知"
    DELIVERED = "DELIVERED", "Delivered", "已送达"
    FAILED = "FAILED", "Failed", "发送失败"
    REJECTED = "REJECTED", "Rejected by the provider", "服务商拒绝"
    EXPIRED = "EXPIRED", "Expired", "已过期"
    SUPPRESSED = "SUPPRESSED", "Suppressed", "已拦截"
    CANCELLED = "CANCELLED", "Cancelled", "已取消"


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


class SmsCallbackState(CodedEnum):
    """Whether what a provider sent has been read."""

    RECEIVED = "RECEIVED", "Received", "已接收"
    PROCESSED = "PROCESSED", "Processed", "已处理"
    UNREADABLE = "UNREADABLE", "Unreadable", "无法解析"
