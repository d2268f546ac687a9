"""Who customers are and how to reach them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from forecourt import GroupModel, IndexWhere, Model, UniqueWhere, User, ValidationRefusal, current, fields
from plugins.customers.models.choices import BirthCalendar, BounceState, ContactKind, CustomerKind, Gender
from plugins.customers.services.levels import IntentLevel
from plugins.customers.services.lifecycle import LIFECYCLE, Lifecycle
from plugins.customers.services.names import clean_name, name_keys
from plugins.customers.services.refusals import contact_taken


class SourceChannel(GroupModel):
    """Where customers come from: a tree of kinds, campaigns and partners.

    Attributes:
        code: Upper case, unique in the group.
        kind: A code of the list `customers.source_kind`.
    """

    code = fields.CharField(max_length=60, searched=True)
    name = fields.CharField(max_length=120, searched=True)
    kind = fields.CodeField("customers.source_kind")
    parent: fields.ForeignKeyRelation[SourceChannel] | None = fields.ForeignKeyField(
        "customers.SourceChannel", null=True
    )
    parent_id: UUID | None
    campaign = fields.CharField(max_length=120, default="")
    partner = fields.CharField(max_length=120, default="")

    class Meta:
        indexes = (UniqueWhere(fields=("code",), condition={"archived_at": None}, name="customers_live_source_code"),)


class Customer(Model):
    """A person or company that one store knows.

    Attributes:
        name_folded, name_pinyin, name_initials: What the name is found by; written with it.
        mobile: The primary mobile's copy, so that lists and search need no join; `ContactPoint` has the truth.
        company_code: Unified social credit code.
        level_until: A level that somebody set by hand is his until then.
        last_contact_at: When he last answered, or turned to the store.
    """

    kind = fields.CharEnumField(CustomerKind, max_length=10, default=CustomerKind.PERSON)
    name = fields.CharField(max_length=100, searched=True)
    name_folded = fields.CharField(max_length=100, db_index=True, default="", folded=True)
    name_pinyin = fields.CharField(max_length=400, db_index=True, default="", folded=True)
    name_initials = fields.CharField(max_length=100, db_index=True, default="", folded=True)
    gender = fields.CharEnumField(Gender, max_length=10, default=Gender.UNKNOWN)
    birth_on: date | None = fields.DateField(null=True)
    birth_calendar = fields.CharEnumField(BirthCalendar, max_length=10, default=BirthCalendar.SOLAR)
    identity_number = fields.ProtectedField("identity", search=True, null=True)
    company_code = fields.CharField(max_length=18, default="", db_index=True)
    region_code = fields.CharField(max_length=12, default="")
    address = fields.ProtectedField("address", null=True)
    mobile = fields.ProtectedField("phone", search=True, last4=True, null=True)
    occupation = fields.CharField(max_length=60, default="")
    lifecycle = fields.StateField(LIFECYCLE, max_length=12, default=Lifecycle.PROSPECT, db_index=True)
    lifecycle_at: datetime | None = fields.DatetimeField(null=True)
    lifecycle_reason = fields.CharField(max_length=200, default="")
    intent_level: IntentLevel | None = fields.CharEnumField(IntentLevel, max_length=1, null=True)  # type: ignore[assignment]  # typed without None
    level_until: datetime | None = fields.DatetimeField(null=True)
    deposit_paid = fields.BooleanField(default=False)
    owner: fields.ForeignKeyRelation[User] | None = fields.ForeignKeyField("core.User", null=True)
    owner_id: UUID | None
    first_source: fields.ForeignKeyRelation[SourceChannel] | None = fields.ForeignKeyField(
        "customers.SourceChannel", null=True
    )
    first_source_id: UUID | None
    last_source: fields.ForeignKeyRelation[SourceChannel] | None = fields.ForeignKeyField(
        "customers.SourceChannel", null=True
    )
    last_source_id: UUID | None
    priority = fields.BooleanField(default=False)
    completeness = fields.IntField(default=0)
    language = fields.CharField(max_length=10, default="zh-CN")
    do_not_profile = fields.BooleanField(default=False)
    verified_at: datetime | None = fields.DatetimeField(null=True)
    last_contact_at: datetime | None = fields.DatetimeField(null=True)
    last_task_done_at: datetime | None = fields.DatetimeField(null=True)
    merged_into: fields.ForeignKeyRelation[Customer] | None = fields.ForeignKeyField("customers.Customer", null=True)
    merged_into_id: UUID | None

    class Meta:
        indexes = (
            IndexWhere(  # the pipeline: who is in a stage, the newest first; also counted by
                fields=("store", "lifecycle", "created_at", "id"),
                condition={"archived_at": None},
                name="customers_customer_stage",
            ),
            IndexWhere(
                fields=("store", "created_at", "id"), condition={"archived_at": None}, name="customers_customer_newest"
            ),
            IndexWhere(fields=("id",), condition={"merged_into_id__isnull": False}, name="customers_customer_merged"),
        )

    async def prepare(self) -> None:
        name = clean_name(self.name)
        if not name:
            raise ValidationRefusal("a customer has a name", path=("name",), rule="customers_name")
        if self.birth_on is not None and self.birth_on > current().today():
            raise ValidationRefusal("nobody is born in the future", path=("birthOn",), rule="customers_birth")
        before = self.loaded_values
        if name == before.get("name") and self.kind == before.get("kind"):
            return
        keys = name_keys(name, person=self.kind == CustomerKind.PERSON)
        self.name, self.name_folded = name, keys.folded[:100]
        self.name_pinyin, self.name_initials = keys.pinyin[:400], keys.initials[:100]


class ContactPoint(Model):
    """One way to reach a customer; what no longer holds ends (`valid_to`) and still finds him.

    One of `phone`, `email` and `chat` is filled, by kind.
    """

    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField("customers.Customer")
    customer_id: UUID
    kind = fields.CharEnumField(ContactKind, max_length=10)
    phone = fields.ProtectedField("phone", search=True, last4=True, null=True)
    email = fields.ProtectedField("email", search=True, null=True)
    chat = fields.ProtectedField("chat", search=True, null=True)
    is_primary = fields.BooleanField(default=False)
    label = fields.CharField(max_length=60, default="")
    valid_from: datetime = fields.DatetimeField()
    valid_to: datetime | None = fields.DatetimeField(null=True)
    verified_at: datetime | None = fields.DatetimeField(null=True)
    bounce = fields.CharEnumField(BounceState, max_length=10, default=BounceState.OK)
    hard_failures = fields.IntField(default=0)

    constraint_refusals: ClassVar[Mapping[str, Any]] = {
        "customers_live_mobile": contact_taken,
        "customers_live_chat": contact_taken,
    }

    class Meta:
        indexes = (
            UniqueWhere(
                fields=("store", "phone_index"),
                condition={"kind": ContactKind.MOBILE, "archived_at": None, "valid_to": None},
                name="customers_live_mobile",
            ),
            UniqueWhere(
                fields=("store", "chat_index"),
                condition={"archived_at": None, "valid_to": None},
                name="customers_live_chat",
            ),
            UniqueWhere(
                fields=("customer", "kind"),
                condition={"is_primary": True, "archived_at": None, "valid_to": None},
                name="customers_one_primary",
            ),
        )

    @property
    def column(self) -> str:
        """Name of the protected field that holds the value."""
        return {ContactKind.EMAIL: "email", ContactKind.WECHAT: "chat"}.get(self.kind, "phone")


class ContactPerson(Model):
    """Somebody who belongs to a customer: a driver, a spouse, the buyer of a company.

    Attributes:
        relation: A code of the list `customers.relation`.
    """

    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField("customers.Customer")
    customer_id: UUID
    name = fields.CharField(max_length=100, searched=True)
    relation = fields.CodeField("customers.relation")
    phone = fields.ProtectedField("phone", search=True, last4=True, null=True)
    note = fields.CharField(max_length=300, default="")
