"""The tables of the kernel's services."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise.fields.relational import ForeignKeyNullableRelation

from core.data import fields
from core.data.model import GroupModel, Model, Table
from core.ids import uuid7
from core.services.files.rules import Classification as Classification

if TYPE_CHECKING:
    from tortoise.backends.base.client import BaseDBAsyncClient

    from core.people.models import Store


class StoreOverride(GroupModel):
    """A row of the dealer that a store may replace by one of its own.

    `store` is none for the dealer's row. `store_key` repeats it as text, empty for the dealer: unique keys take two
    NULLs for different, and not every database has partial unique indexes.
    """

    store: ForeignKeyNullableRelation[Store] = fields.ForeignKeyField("core.Store", null=True)
    store_id: UUID | None
    store_key = fields.CharField(max_length=36, default="")

    class Meta:
        abstract = True

    async def save(
        self,
        using_db: BaseDBAsyncClient | None = None,
        update_fields: Iterable[str] | None = None,
        force_create: bool = False,
        force_update: bool = False,
    ) -> None:
        self.store_key = "" if self.store_id is None else str(self.store_id)
        await super().save(using_db, update_fields, force_create, force_update)


class File(Model):
    """A stored file; its bytes lie in the storage backend under `storage_key`."""

    name = fields.CharField(max_length=255)
    content_type = fields.CharField(max_length=100)
    size_bytes = fields.BigIntField()
    sha256 = fields.CharField(max_length=64, db_index=True)
    classification = fields.CharEnumField(Classification, max_length=20)
    storage_key = fields.CharField(max_length=100)


class CodeSet(GroupModel):
    """A list of codes that a module declares and dealers may extend."""

    name = fields.CharField(max_length=60, unique=True)
    module = fields.CharField(max_length=60)
    extendable = fields.BooleanField(default=True)
    titles: dict[str, str] = fields.JSONField(default=dict)


class Code(StoreOverride):
    """One code of a set; it is never deleted, only no longer valid.

    Attributes:
        declared: The title, order and parent that the module declared last; where the row differs, the dealer
            changed it and keeps his own.
    """

    code_set: fields.ForeignKeyRelation[CodeSet] = fields.ForeignKeyField("core.CodeSet")
    code_set_id: UUID
    code = fields.CharField(max_length=60)
    titles: dict[str, str] = fields.JSONField(default=dict)
    position = fields.IntField(default=0)
    parent_code = fields.CharField(max_length=60, default="")
    valid_from: date | None = fields.DateField(null=True)
    valid_to: date | None = fields.DateField(null=True)
    declared: dict[str, Any] = fields.JSONField(default=dict)

    class Meta:
        unique_together = (("code_set", "code", "store_key"),)


class DocumentCounter(Table):
    """The last number taken of one kind of document, store and business day.

    It is no `Record`: one statement raises it, and the document that carries the number is what gets audited.
    """

    id: UUID = fields.UUIDField(primary_key=True, default=uuid7)
    store_id: UUID = fields.UUIDField()
    kind = fields.CharField(max_length=8)
    day: date = fields.DateField()
    last_number = fields.IntField()

    class Meta:
        unique_together = (("store_id", "kind", "day"),)


class Setting(StoreOverride):
    """One value of a module's settings that the dealer or a store has set.

    Attributes:
        boxed: `{"value": …}`: tortoise's JSON field takes a bare text for JSON and would read "true" back as a boolean.
    """

    module = fields.CharField(max_length=60)
    key = fields.CharField(max_length=60)
    boxed: dict[str, Any] = fields.JSONField()

    class Meta:
        unique_together = (("module", "key", "store_key"),)
