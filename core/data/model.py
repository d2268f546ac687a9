"""The base of every table: keys, version, and the one way in which rows are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self
from uuid import UUID

from tortoise import fields as tortoise_fields
from tortoise.models import Model as TortoiseModel
from tortoise.models import ModelMeta

from core.data import equality
from core.data.audited import AuditedManager, AuditedVerbs
from core.data.fields import Composite, FoldedField, ProtectedField, StateFieldInstance
from core.data.finding import find, made
from core.data.indexes import FoldedIndex
from core.data.locking import take_turn
from core.data.plain_fields import KeptText, kept_texts
from core.data.texts import code_lists, require_codes, settle_texts
from core.data.writes import Write, inserts
from core.errors import ConflictRefusal
from core.ids import uuid7
from core.kinds.texts import FOLDED
from core.scope import current
from core.unit import Change, Touched

if TYPE_CHECKING:
    from tortoise.backends.base.client import BaseDBAsyncClient
    from tortoise.fields.relational import ForeignKeyRelation

    from core.people.models import Store
    from core.state import StateMachine
    from core.write.integrity import RefusalFactory

_UNAUDITED = frozenset({"version", "created_at", "updated_at"})
_SECRET_SUFFIXES = ("_sealed", "_index", "_last4", "_hash")
_DERIVED_SUFFIX = f"_{FOLDED}"


class TableMeta(ModelMeta):
    """Spares tortoise the reading of each model's source for comments, which costs 10 ms a module."""

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> ModelMeta:
        return super().__new__(cls, name, bases, {"_no_comments": True, **attrs})


class Table(TortoiseModel, metaclass=TableMeta):
    """A table of the kernel's own that is written past version and audit, such as the audit itself."""

    class Meta:
        abstract = True


class RecordMeta(TableMeta):
    """Adds the columns of composite fields before tortoise looks for fields."""

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> ModelMeta:
        composites: dict[str, Composite[Any]] = {}
        for base in reversed(bases):
            composites.update(getattr(base, "composites", {}))
        columns: dict[str, Any] = {}
        for key, value in attrs.items():
            if isinstance(value, Composite):
                value.name = key
                composites[key] = value
                columns.update(value.columns())
        inherited = {
            key: deepcopy(field)  # tortoise lets all subclasses share one field object, and its `model` then lies
            for base in bases
            if hasattr(base, "_meta")
            for key, field in base._meta.fields_map.items()
        }
        texts = kept_texts({**inherited, **attrs})
        columns.update((text.search, FoldedField(text.name)) for text in texts if text.search)
        added = {"composites": composites, "kept_texts": texts, "code_lists": code_lists({**inherited, **attrs})}
        model: Any = super().__new__(cls, name, bases, {**inherited, **attrs, **columns, **added})
        model._meta.indexes = (*model._meta.indexes, *(FoldedIndex(text.search) for text in texts if text.indexed))
        model._meta.manager = AuditedManager(model)
        model.machines = {
            name: field.machine
            for name, field in model._meta.fields_map.items()
            if isinstance(field, StateFieldInstance)
        }
        created: ModelMeta = model
        return created


class Record(AuditedVerbs, TortoiseModel, metaclass=RecordMeta):
    """A row with a UUIDv7 key, a version for optimistic locking and an archive mark."""

    id: UUID = tortoise_fields.UUIDField(primary_key=True, default=uuid7)
    version: int = tortoise_fields.IntField(default=1)
    created_at: datetime = tortoise_fields.DatetimeField()
    updated_at: datetime = tortoise_fields.DatetimeField()
    archived_at: datetime | None = tortoise_fields.DatetimeField(null=True)

    composites: ClassVar[dict[str, Composite[Any]]]
    kept_texts: ClassVar[Sequence[KeptText]]
    machines: ClassVar[Mapping[str, StateMachine[Any]]]
    """The state machines of its columns, by attribute."""
    code_lists: ClassVar[Mapping[str, str]]
    constraint_refusals: ClassVar[Mapping[str, RefusalFactory]] = {}
    """What it means when a row breaks a rule of the database, by the name of the unique index."""
    unindexed_keys: ClassVar[tuple[str, ...]] = ()
    """Foreign keys that get no index although a list of the API runs over them; say why where they are named."""
    plain_values: dict[str, str | None]
    loaded_values: dict[str, Any]

    class Meta:
        abstract = True

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        self = super().__new__(cls)
        object.__setattr__(self, "plain_values", {})
        object.__setattr__(self, "loaded_values", {})
        return self

    def __init__(self, **kwargs: Any) -> None:
        values = {name: kwargs.pop(name) for name in type(self).composites if name in kwargs}
        super().__init__(**kwargs)
        for name, value in values.items():
            setattr(self, name, value)

    @classmethod
    def _init_from_db(cls, **kwargs: Any) -> Self:
        row = super()._init_from_db(**kwargs)
        row._remember()
        return row

    @classmethod
    async def find(cls, row_id: UUID) -> Self | None:
        """Load a row by its id, archived or not; the cheapest way to one that is known."""
        return await find(cls, row_id)

    async def refresh_from_db(
        self, fields: Iterable[str] | None = None, using_connection: BaseDBAsyncClient | None = None
    ) -> None:
        """Read the row's columns anew."""
        await super().refresh_from_db(fields, using_connection)
        self._remember()

    def _remember(self) -> None:
        names = self._meta.fields_db_projection
        object.__setattr__(self, "loaded_values", {n: getattr(self, n) for n in names if hasattr(self, n)})

    @property
    def _key(self) -> tuple[str, UUID]:
        """Its table and its id."""
        return self._meta.db_table, self.id

    async def prepare(self) -> None:
        """Set derived columns and raise refusals; called before each write of the row, whoever makes it."""

    async def save(
        self,
        using_db: BaseDBAsyncClient | None = None,
        update_fields: Iterable[str] | None = None,
        force_create: bool = False,
        force_update: bool = False,
    ) -> None:
        """Write the row, its version and its audit entry; a row that is unchanged is left alone.

        Raises:
            ConflictRefusal: Somebody else has changed the row since it was loaded.
        """
        if self._saved_in_db:
            await self._save_changes("update")
            return
        await self._make_ready()
        scope = current()
        unit = scope.writing()
        self._begin(scope.now())
        unit.touched.written.append((self, {}))
        for write in inserts(type(self), [vars(self)]):
            await scope._dealer.database.post(write)
        unit.record(self._created())

    async def archive(self) -> None:
        """Take the row out of use; it stays in the database."""
        self.archived_at = current().now()
        await self._save_changes("archive")

    async def _save_changes(self, action: Literal["update", "archive"]) -> None:
        await self._make_ready()
        scope = current()
        unit = scope.writing()
        changed = self._changed()
        if not changed:
            return
        now = scope.now()
        await take_turn(self._key)
        unit.touched.rows.add(self._key)
        unit.touched.written.append((self, {}))
        await scope._dealer.database.post(self._update(changed, now, self.loaded_values["version"], unit.touched))
        unit.record(self._updated(action, changed, now))

    async def _make_ready(self) -> None:
        """Let the row check itself, and its codes be checked."""
        await self.prepare()
        await require_codes(self, vars(self))

    def _begin(self, now: datetime) -> None:
        """Make a new row ready to be inserted."""
        self.created_at = self.updated_at = now
        self.version = 1
        self._settle()

    def _created(self) -> Change:
        """Return what the audit tells of a row that has been inserted, which is as loaded from now on."""
        self._saved_in_db = True
        change = self._change("create", {}, self._audited(self._meta.fields_db_projection))
        self._remember()
        return change

    def _changed(self) -> tuple[str, ...]:
        """Make a row ready to be updated; return its columns that are not as they were loaded."""
        self._settle()
        before = self.loaded_values
        changed = tuple(n for n in self._meta.fields_db_projection if n in before and getattr(self, n) != before[n])
        self._check_moves(before, {name: getattr(self, name) for name in changed})
        return changed

    def _check_moves(self, before: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """Refuse to bring a row into a state that its machine has no move to, past `move` as well."""
        for column, machine in self.machines.items():
            if column in values and values[column] != before.get(column):
                machine.check(before[column], values[column])

    def _updated(self, action: Any, changed: Sequence[str], now: datetime) -> Change:
        """Return what the audit tells of a row that has been updated, which is as loaded from now on."""
        before = self.loaded_values
        self.version = before["version"] + 1
        self.updated_at = now
        change = self._change(action, {n: before[n] for n in self._audited(changed)}, self._audited(changed))
        self._remember()
        return change

    def _update(self, changed: Sequence[str], now: datetime, seen: int, touched: Touched) -> Write:
        """Return what changes columns if the row still has the version that was seen."""
        meta = self._meta
        values = [meta.fields_map[name].to_db_value(getattr(self, name), self) for name in changed]
        columns = ", ".join(f'"{meta.fields_db_projection[name]}" = ?' for name in changed)
        columns += ', "updated_at" = ?, "version" = ?'
        sql = f'UPDATE "{meta.db_table}" SET {columns} WHERE "id" = ? AND "version" = ?'

        def missed() -> ConflictRefusal:
            touched.stale.add(self._key)
            return self._conflict()

        return Write(meta.db_table, sql, [*values, now, seen + 1, self.id, seen], missed=missed, row_id=self.id)

    async def change_where(self, *, where: dict[str, Any], **values: Any) -> bool:
        """Change the row only if it still is as `where` says, in one statement.

        This is the guard against races: of many that try at once, one wins.

        Args:
            where: Attributes and what they must be in the database, such as `{"owner_id": None}`.
            values: Attributes and their new values, amounts and protected ones included.

        Returns:
            Whether the row was as `where` says; False changes nothing.
        """
        scope = current()
        unit = scope.writing()
        now = scope.now()
        await require_codes(self, values)
        where, values = self.by_column(where), self.by_column(values)
        settle_texts(self.kept_texts, values, {})
        self._check_moves({**self.loaded_values, **where}, values)
        sql, args = equality.update(type(self), {"id": self.id, **where}, {"updated_at": now, **values})
        await take_turn(self._key)
        unit.touched.rows.add(self._key)
        unit.touched.written.append((self, values))
        changed = await scope._dealer.database.fetch(sql, args, bounded=True)
        if not changed:
            if all(self.loaded_values.get(name) == value for name, value in where.items()):
                unit.touched.stale.add(self._key)
            return False
        before = {**self.loaded_values, **where}
        vars(self).update(made(type(self), changed[0]).loaded_values)
        unit.record(self._change("update", {n: before.get(n) for n in self._audited(values)}, self._audited(values)))
        self._remember()
        return True

    def expect_version(self, expected: int | None) -> None:
        """Refuse unless the row has the version that the client saw.

        Raises:
            ConflictRefusal: It has another one.
        """
        if expected is not None and expected != self.version:
            raise self._conflict()

    async def reveal(self, name: str) -> str | None:
        """Return the plain text of a protected field; the caller logs who asked and why."""
        if name in self.plain_values:
            return self.plain_values[name]
        composite = type(self).composites[name]
        if not isinstance(composite, ProtectedField):
            raise TypeError(f"{name} is not a protected field")
        sealed = getattr(self, f"{name}_sealed")
        if sealed is None:
            return None
        return current()._dealer.vault.open(sealed, self._place(name))

    def _settle(self) -> None:
        """Bring what was assigned into the form in which it is kept."""
        settle_texts(self.kept_texts, vars(self), self.loaded_values)
        self._seal()

    def _seal(self) -> None:
        """Replace the plain text of protected fields by envelope, mask and blind indexes."""
        for column, content in self.by_column(self.plain_values).items():
            setattr(self, column, content)
        self.plain_values.clear()

    def by_column(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values by column, those of several columns taken apart."""
        found: dict[str, Any] = {}
        for name, value in values.items():
            composite = type(self).composites.get(name)
            found |= {name: value} if composite is None else composite.by_column(value, self)
        return found

    def sealed(self, field: ProtectedField, value: str | None) -> dict[str, Any]:
        """Return envelope, mask and blind indexes of a protected value of this row, by column."""
        vault, store_id = current()._dealer.vault, getattr(self, "store_id", None)
        sealed = vault.seal(field, value, self._place(field.name), store_id)
        return {f"{field.name}_{column}": content for column, content in sealed.items()}

    def _place(self, name: str) -> str:
        """Return what an envelope is bound to: table, column, row and store."""
        return f"{self._meta.db_table}/{name}/{self.id}/{getattr(self, 'store_id', None)}"

    def _audited(self, names: Iterable[str]) -> dict[str, Any]:
        return {
            n: getattr(self, n)
            for n in names
            if n not in _UNAUDITED and not n.endswith((*_SECRET_SUFFIXES, _DERIVED_SUFFIX))
        }

    def _change(self, action: Any, before: dict[str, Any], after: dict[str, Any]) -> Change:
        return Change(
            action=action,
            module=self._meta.app or "",
            model=type(self).__name__,
            row_id=self.id,
            store_id=getattr(self, "store_id", None),
            version=self.version,
            before=before,
            after=after,
        )

    def _conflict(self) -> ConflictRefusal:
        return ConflictRefusal(
            f"this {type(self).__name__} has been changed since it was read; read it again and repeat the change",
            row=self,
        )


class GroupModel(Record):
    """A row of the dealer group: catalogue, vehicle identity, code lists."""

    class Meta:
        abstract = True


class Model(Record):
    """A row of one store."""

    store: ForeignKeyRelation[Store] = tortoise_fields.ForeignKeyField(
        "core.Store", related_name=False, on_delete=tortoise_fields.RESTRICT
    )
    store_id: UUID

    class Meta:
        abstract = True
