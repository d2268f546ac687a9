"""The SDK's columns: tortoise's own, and those of several columns at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar, overload

from tortoise import fields as tortoise_fields
from tortoise.fields import Field
from tortoise.fields.data import CharEnumFieldInstance
from tortoise.fields.relational import ForeignKeyNullableRelation
from tortoise.fields.relational import ForeignKeyRelation as ForeignKeyRelation

from core.data.plain_fields import BigIntField as BigIntField
from core.data.plain_fields import CharField as CharField
from core.data.plain_fields import CodeField as CodeField
from core.data.plain_fields import CodeListField as CodeListField
from core.data.plain_fields import DecimalField as DecimalField
from core.data.plain_fields import FloatField as FloatField
from core.data.plain_fields import FoldedField as FoldedField
from core.data.plain_fields import IntField as IntField
from core.data.plain_fields import ReferenceField as ReferenceField
from core.data.plain_fields import SmallIntField as SmallIntField
from core.data.plain_fields import TextField as TextField
from core.data.plain_fields import TextListField as TextListField
from core.kinds import composites
from core.kinds.kind import Kind
from core.money import Money
from core.state import S, StateMachine

if TYPE_CHECKING:
    from core.data.model import Record

BooleanField = tortoise_fields.BooleanField
CharEnumField = tortoise_fields.CharEnumField
DateField = tortoise_fields.DateField
DatetimeField = tortoise_fields.DatetimeField
JSONField = tortoise_fields.JSONField
UUIDField = tortoise_fields.UUIDField
RESTRICT = tortoise_fields.RESTRICT

V = TypeVar("V")


@overload
def ForeignKeyField(
    to: str, *, null: Literal[True], related_name: str | Literal[False] = False, **options: Any
) -> ForeignKeyNullableRelation[Any]: ...
@overload
def ForeignKeyField(
    to: str, *, null: Literal[False] = False, related_name: str | Literal[False] = False, **options: Any
) -> ForeignKeyRelation[Any]: ...
def ForeignKeyField(to: str, *, related_name: str | Literal[False] = False, **options: Any) -> Any:
    """Refer to a row of another table, `module.Model`.

    Rows are archived and never deleted, so a key restricts, and the other table gets no relation back: ask from the
    side that has the key.
    """
    return tortoise_fields.ForeignKeyField(to, related_name, **{"on_delete": RESTRICT, **options})


class StateFieldInstance(CharEnumFieldInstance):
    """The column of a state machine."""

    def __init__(self, machine: StateMachine[Any], **options: Any) -> None:
        super().__init__(machine.enum, **options)
        self.machine = machine


def StateField(machine: StateMachine[S], *, max_length: int, default: S | None = None, db_index: bool = False) -> S:
    """Keep the state of a row, which only `machine.move` changes.

    Args:
        default: The state in which a row begins of which nothing else is said; without it the machine's initial one if
            it has one alone, else each new row names its state.
    """
    if default is None and len(machine.initial) == 1:
        default = machine.initial[0]
    options: dict[str, Any] = {} if default is None else {"default": default}
    field: Any = StateFieldInstance(machine, max_length=max_length, db_index=db_index, **options)
    return field  # type: ignore[no-any-return]  # typed as what a row has there, as tortoise types its own


ProtectedKind = Literal["phone", "email", "chat", "identity", "address", "plate", "raw", "text"]


class Protected(Protocol):
    """What a protected field is told to be; a protocol, so that holding one is not taken for a descriptor's value."""

    name: str
    kind: ProtectedKind
    search: bool
    last4: bool
    domain: str
    null: bool


class Composite(Generic[V]):
    """One attribute kept in several columns; the model's metaclass adds them."""

    name: str
    null: bool
    default: Any = None
    description: str | None = None

    def has_db_default(self) -> bool:
        """Return whether the database gives it a value; of several columns it does not."""
        return False

    def columns(self) -> Iterator[tuple[str, Field[Any]]]:
        """Yield the name and the field of each column."""
        raise NotImplementedError

    def make_kind(self) -> Kind:
        """Return the kind of the value; its parts are called as the columns are."""
        raise NotImplementedError

    def by_column(self, value: V | None, row: Record) -> dict[str, Any]:
        """Return what the columns of a row have for a value, by name."""
        raise NotImplementedError

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name


class MoneyField(Composite[Money]):
    """An amount: `<name>_minor` (minor units) and `<name>_currency` (ISO 4217)."""

    def __init__(self, *, null: bool = False, db_index: bool = False) -> None:
        self.null = null
        self.db_index = db_index

    def columns(self) -> Iterator[tuple[str, Field[Any]]]:
        options: Any = {"null": self.null}
        yield f"{self.name}_minor", BigIntField(db_index=self.db_index, **options)
        yield f"{self.name}_currency", CharField(max_length=3, **options)

    def make_kind(self) -> Kind:
        return composites.money()

    if TYPE_CHECKING:  # mypy and pyright: a nullable amount is still typed Money, as tortoise types its own fields

        @overload
        def __get__(self, row: None, owner: type) -> MoneyField: ...
        @overload
        def __get__(self, row: Record, owner: type) -> Money: ...

    def __get__(self, row: Record | None, owner: type) -> Any:
        if row is None:
            return self
        minor = getattr(row, f"{self.name}_minor")
        return None if minor is None else Money(minor, getattr(row, f"{self.name}_currency"))

    def by_column(self, value: Money | None, row: Record) -> dict[str, Any]:
        parts = (None, None) if value is None else (value.amount_minor, value.currency)
        return dict(zip((f"{self.name}_minor", f"{self.name}_currency"), parts, strict=True))

    def __set__(self, row: Record, value: Money | None) -> None:
        for column, part in self.by_column(value, row).items():
            setattr(row, column, part)


class ProtectedField(Composite[str]):
    """Personal data that is encrypted at rest.

    Columns: `<name>_sealed` (the envelope), `<name>_masked` (what lists show), and with `search` also `<name>_index`,
    a keyed blind index over store, domain and normalised value; with `last4` also `<name>_last4`, the same over the
    last four characters. Assigning plain text seals it when the row is saved; reading the attribute gives the masked
    form; `await row.reveal("<name>")` decrypts.

    Args:
        kind: How the value is normalised and masked.
        search: Whether equality can be asked for.
        last4: Whether the last four characters can be asked for.
        domain: What shares one index space, such as `phone`; the kind without it.
    """

    def __init__(
        self,
        kind: ProtectedKind,
        *,
        search: bool = False,
        last4: bool = False,
        domain: str | None = None,
        null: bool = False,
    ) -> None:
        self.kind = kind
        self.search = search
        self.last4 = last4
        self.domain = domain or kind
        self.null = null

    def columns(self) -> Iterator[tuple[str, Field[Any]]]:
        options: Any = {"null": self.null}
        yield f"{self.name}_sealed", TextField(**options)
        yield f"{self.name}_masked", CharField(max_length=120, **options)
        if self.search:
            yield f"{self.name}_index", CharField(max_length=64, null=True, db_index=True)
        if self.last4:
            yield f"{self.name}_last4", CharField(max_length=64, null=True, db_index=True)

    def make_kind(self) -> Kind:
        return composites.protected(search=self.search, last4=self.last4)

    if TYPE_CHECKING:

        @overload
        def __get__(self, row: None, owner: type) -> ProtectedField: ...
        @overload
        def __get__(self, row: Record, owner: type) -> str: ...

    def __get__(self, row: Record | None, owner: type) -> Any:
        return self if row is None else getattr(row, f"{self.name}_masked")

    def by_column(self, value: str | None, row: Record) -> dict[str, Any]:
        return row.sealed(self, value)

    def __set__(self, row: Record, value: str | None) -> None:
        row.plain_values[self.name] = value
