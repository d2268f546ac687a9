"""Whom messages go through, and what they say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from forecourt import ConflictRefusal, Model, UniqueWhere, ValidationRefusal, fields
from plugins.sms_marketing.models.choices import SmsTemplateState
from plugins.sms_marketing.services.gate import SmsCategory
from plugins.sms_marketing.services.states import VERSION_STATES

_CODE = re.compile(r"[a-z][a-z0-9_]{1,59}")


class SmsProviderAccount(Model):
    """A store's account with a provider of text messages.

    Attributes:
        kind: What the provider's plugin answers to, such as `simulator`.
        signature: Who writes, 2 to 16 characters; shown in brackets before each text.
        secrets: What the provider wants to know of who calls, as a JSON object of texts.
        receipts_secret_hash: SHA-256 of the last part of the address that receipts come to; empty until one is made.
        per_second: Messages a second at most; 0 for no limit.
        price: Of one part of a message.
    """

    code = fields.CharField(max_length=60)
    kind = fields.CharField(max_length=60)
    title = fields.CharField(max_length=120, default="")
    signature = fields.CharField(max_length=16)
    secrets = fields.ProtectedField("text", null=True)
    receipts_secret_hash = fields.CharField(max_length=64, default="", db_index=True)
    per_second = fields.IntField(default=0)
    priority = fields.IntField(default=100)
    price = fields.MoneyField(null=True)
    active = fields.BooleanField(default=True)

    constraint_refusals: ClassVar[Mapping[str, Any]] = {
        "sms_marketing_account_code": lambda _: ConflictRefusal("the store has an account of this code", path=("code",))
    }

    class Meta:
        indexes = (
            UniqueWhere(fields=("store", "code"), condition={"archived_at": None}, name="sms_marketing_account_code"),
        )

    async def prepare(self) -> None:
        self.signature = self.signature.strip(" 【】[]")
        if not 2 <= len(self.signature) <= 16:
            raise ValidationRefusal("a signature has 2 to 16 characters", path=("signature",))
        if self.per_second < 0:
            raise ValidationRefusal("a rate is 0, for no limit, or more", path=("perSecond",))


class SmsTemplate(Model):
    """A text with blanks that messages are made of; what it says stands in its versions.

    Attributes:
        code: What automations name it by, such as `delivery_thank_you`.
        urgent: A service notice that is of no use tomorrow morning; it doesn't wait for the window.
        legally_required: A notice that the law wants, such as a recall.
    """

    code = fields.CharField(max_length=60, searched=True)
    title = fields.CharField(max_length=120, searched=True)
    category = fields.CharEnumField(SmsCategory, max_length=15)
    urgent = fields.BooleanField(default=False)
    legally_required = fields.BooleanField(default=False)

    constraint_refusals: ClassVar[Mapping[str, Any]] = {
        "sms_marketing_template_code": lambda _: ConflictRefusal(
            "the store has a template of this code", path=("code",)
        )
    }

    class Meta:
        indexes = (
            UniqueWhere(fields=("store", "code"), condition={"archived_at": None}, name="sms_marketing_template_code"),
        )

    async def prepare(self) -> None:
        if not _CODE.fullmatch(self.code):
            raise ValidationRefusal("a code has 2 to 60 small letters, digits and underscores", path=("code",))
        if self.category is SmsCategory.PROMOTION and (self.urgent or self.legally_required):
            raise ValidationRefusal("a promotion is neither urgent nor required by law", path=("category",))


class SmsTemplateVersion(Model):
    """What a template says; an approved version is never changed, a new text is a new version.

    Attributes:
        body: With blanks such as `{customer_name}`.
        variables: The blanks, each with the number of characters that fit.
        opt_out_text: How to refuse, at the end of a promotion; empty for other kinds.
        provider_codes: Account code to the code under which its provider knows this version.
        author: Who wrote it, as the audit names him.
        approver: Who approved or rejected it.
    """

    template: fields.ForeignKeyRelation[SmsTemplate] = fields.ForeignKeyField("sms_marketing.SmsTemplate")
    template_id: UUID
    number = fields.IntField()
    body = fields.TextField()
    variables: dict[str, int] = fields.JSONField(default=dict)
    opt_out_text = fields.CharField(max_length=60, default="")
    provider_codes: dict[str, str] = fields.JSONField(default=dict)
    state = fields.StateField(VERSION_STATES, max_length=10)
    author = fields.CharField(max_length=200)
    submitted_at: datetime | None = fields.DatetimeField(null=True)
    approver = fields.CharField(max_length=200, default="")
    decided_at: datetime | None = fields.DatetimeField(null=True)
    reason = fields.CharField(max_length=300, default="")

    class Meta:
        indexes = (
            UniqueWhere(
                fields=("template", "number"), condition={"archived_at": None}, name="sms_marketing_version_number"
            ),
            UniqueWhere(
                fields=("template",),
                condition={"archived_at": None, "state": [SmsTemplateState.DRAFT, SmsTemplateState.SUBMITTED]},
                name="sms_marketing_one_open_version",
            ),
        )
