"""Who may do what with text messages."""

from __future__ import annotations

from typing import Final

from forecourt import Reach, Role

_MODULE: Final = "sms_marketing"

_READ: Final = ("sms_message.read", "sms_template.read", "sms_template_version.read", "sms_provider_account.read")
_INBOX: Final = ("sms_reply.read", "sms_receipt.read", "sms_suppression.read")
_READS_REPLIES: Final = ("sms_reply.open", "sms_suppression.create")
_WRITE_TEMPLATES: Final = ("sms_template.create", "sms_template.update", "sms_template.submit", "sms_template.archive")
_SEND: Final = ("sms_message.plan", "sms_message.cancel", "sms_message.test")
_ACCOUNTS: Final = tuple(f"sms_provider_account.{action}" for action in ("read", "create", "update", "archive"))


def _role(code: str, english: str, chinese: str, *names: str, reach: Reach = Reach.STORE) -> Role:
    return Role(code, {"en": english, "zh-CN": chinese}, {f"{_MODULE}.{name}": reach for name in names})


ROLES: Final = (
    _role("marketing", "Marketing", "市场专员", *_READ, *_INBOX, *_READS_REPLIES, *_WRITE_TEMPLATES, *_SEND),
    _role("customer_care", "Customer care", "客服专员", *_READ, *_INBOX, *_READS_REPLIES, *_SEND),
    _role(
        "service_advisor",
        "Service advisor",
        "服务顾问",
        *_READ,
        "sms_suppression.create",
        "sms_message.plan",
        "sms_message.cancel",
    ),
    _role("sales_consultant", "Sales consultant", "销售顾问", "sms_suppression.create"),
    _role(
        "sales_manager",
        "Sales manager",
        "销售经理",
        *_READ,
        *_INBOX,
        "sms_template.create",
        "sms_template.update",
        "sms_template.submit",
        *_READS_REPLIES,
    ),
    _role(
        "store_manager",
        "Store manager",
        "店总",
        *_READ,
        *_INBOX,
        "sms_template.approve",
        "sms_message.cancel",
        *_READS_REPLIES,
        "sms_suppression.release",
    ),
    _role("hq", "Headquarters", "集团总部", *_READ, "sms_template.approve", reach=Reach.GROUP),
    _role(
        "privacy_officer",
        "Privacy officer",
        "隐私专员",
        *_READ,
        *_INBOX,
        "sms_callback.read",
        *_READS_REPLIES,
        "sms_suppression.release",
    ),
    _role("sys_admin", "System administrator", "系统管理员", *_ACCOUNTS, "sms_callback.read", "simulated_sms.read"),
)
