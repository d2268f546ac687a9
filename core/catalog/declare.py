"""What a plugin author writes down about the API: data only, read by the catalog when a kernel is built."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, overload
from uuid import UUID

import strawberry
from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, PrivateAttr
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from core.data.model import Record
from core.errors import BadInputError, Refusal
from core.ids import row_id_of
from core.scope import Scope

T = TypeVar("T")
C = TypeVar("C", bound=type)
F = TypeVar("F", bound=Callable[..., Any])
X = TypeVar("X", bound="Input")


class Connection(Generic[T]):
    """Annotation of a field that lists the rows of another entity, page by page."""


@dataclass(frozen=True, slots=True)
class EntityDeclaration:
    """What `@entity` was told; see there."""

    model: type[Record]
    search: tuple[str, ...] = ()
    filter: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    create: tuple[str, ...] | bool = True
    update: tuple[str, ...] | bool = True
    archive: bool = True
    owner: str | None = None
    visible_through: str | None = None
    public: bool = False
    plural: str | None = None


@dataclass(frozen=True, slots=True)
class ExtensionDeclaration:
    """What `@extend` was told; see there."""

    target: type
    filter: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    create: tuple[type[Input], ...] = ()
    update: tuple[type[Input], ...] = ()


@dataclass(frozen=True, slots=True)
class FieldOptions:
    """What `field()` was told; see there."""

    permission: str | None = None
    via: str | None = None
    column: str | None = None
    description: str | None = None
    deprecated: str | None = None


@dataclass(frozen=True, slots=True)
class CommandDeclaration:
    """What `@command` was told; see there."""

    entity: type | None
    permission: str
    function: Callable[..., Awaitable[Any]]
    name: str | None = None
    result: type | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class ProblemDeclaration:
    """What `@problem` was told, and the names of the fields."""

    refusal: type[Refusal]
    fields: tuple[str, ...]


def entity(
    model: type[Record],
    *,
    search: Sequence[str] = (),
    filter: Sequence[str] = (),
    order: Sequence[str] = (),
    create: Sequence[str] | bool = True,
    update: Sequence[str] | bool = True,
    archive: bool = True,
    owner: str | None = None,
    visible_through: str | None = None,
    public: bool = False,
    plural: str | None = None,
) -> Callable[[type[T]], type[T]]:
    """Show a table in the API.

    The annotations of the class are its fields: columns of the model by name, `Money` and protected columns, another
    entity for a foreign key, `Connection[Other]` for the rows that refer here. The text under a field is its
    description.

    Args:
        model: The table.
        search: Columns that `search` looks into; a protected column is compared as a whole, or by its last four.
        filter: Fields that can be filtered by, besides `id`, `createdAt`, `updatedAt` and `archivedAt`.
        order: Fields that can be ordered by, besides `createdAt` and `updatedAt`.
        create: Fields that the generated create command takes; False for no such command, True for all columns shown.
        update: The same for the update command.
        archive: Whether there is an archive command.
        owner: Column with the user whose row it is; reaches OWN and TEAM go by it.
        visible_through: A foreign key of this entity: its rows are seen by those who see the row referred to.
        public: Rows may be read by everyone who is signed in; for catalogues and the like.
        plural: Name of the list field, where adding an s is wrong.
    """

    def declare(cls: type[T]) -> type[T]:
        declaration = EntityDeclaration(
            model=model,
            search=tuple(search),
            filter=tuple(filter),
            order=tuple(order),
            create=create if isinstance(create, bool) else tuple(create),
            update=update if isinstance(update, bool) else tuple(update),
            archive=archive,
            owner=owner,
            visible_through=visible_through,
            public=public,
            plural=plural,
        )
        declared = _with_resolvers(cls)
        declared.__forecourt_entity__ = declaration  # type: ignore[attr-defined]  # a mark for the catalog
        return declared

    return declare


def _with_resolvers(cls: type[T]) -> type[T]:
    """Make a class a Strawberry type whose fields are those with resolvers: all others are the catalog's."""
    annotations = cls.__annotations__
    cls.__annotations__ = {}
    try:
        return strawberry.type(cls, description=inspect.cleandoc(cls.__doc__) if cls.__doc__ else None)
    finally:
        cls.__annotations__ = annotations


def extend(
    target: type,
    *,
    filter: Sequence[str] = (),
    order: Sequence[str] = (),
    create: Sequence[type[Input]] = (),
    update: Sequence[type[Input]] = (),
) -> Callable[[C], C]:
    """Add fields, filters, orderings and inputs to an entity or command input of a module that this one requires.

    Args:
        target: The entity class, or the `Input` class of a written command.
        filter: Fields of this class that can be filtered by.
        order: Fields of this class that can be ordered by.
        create: Inputs that the target's create command takes too; it gets them as `input.extension(ThatInput)`.
        update: The same for its update command.
    """

    def declare(cls: C) -> C:
        marked: Any = cls
        marked.__forecourt_extension__ = ExtensionDeclaration(
            target, tuple(filter), tuple(order), tuple(create), tuple(update)
        )
        return cls

    return declare


def field_options(
    *,
    permission: str | None = None,
    via: str | None = None,
    column: str | None = None,
    description: str | None = None,
    deprecated: str | None = None,
) -> Any:
    """Say more of a field than its annotation can.

    Args:
        permission: Who lacks it reads null, and can't filter, order or group by the field.
        via: For a `Connection`: the foreign key of the other table that points here, where there are several.
        column: The model's attribute, where it is named otherwise.
        description: What clients read; the text under the field does the same.
        deprecated: Why it should no longer be asked for, and what to ask for instead.
    """
    return FieldOptions(permission, via, column, description, deprecated)


@dataclass(frozen=True, slots=True)
class ComputedDeclaration:
    """A function over a row's columns."""

    function: Callable[..., Any]
    permission: str | None = None


@overload
def computed(function: F, /) -> F: ...
@overload
def computed(*, permission: str | None = None) -> Callable[[F], F]: ...


def computed(function: Any = None, /, *, permission: str | None = None) -> Any:
    """Make a static method a field: its parameters name the columns it needs, those after the star kernel values.

    Kernel values are `today` (date in the caller's zone), `now` (instant), `locale` and `caller`.

    Args:
        permission: Who lacks it reads null.
    """

    def declare(decorated: Any) -> ComputedDeclaration:
        inner = decorated.__func__ if isinstance(decorated, staticmethod) else decorated
        return ComputedDeclaration(inner, permission)

    return declare if function is None else declare(function)


class ID(Generic[T]):
    """An id that a client sends, known to be of one entity.

    Attributes:
        uuid: The row's id.
    """

    __slots__ = ("uuid",)

    def __init__(self, uuid: UUID) -> None:
        self.uuid = uuid

    def __repr__(self) -> str:
        return f"ID({self.uuid})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ID) and other.uuid == self.uuid

    def __hash__(self) -> int:
        return hash(self.uuid)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        (target,) = source.__args__

        def parse(value: Any) -> ID[Any]:
            if isinstance(value, ID):
                return value
            name = target if isinstance(target, str) else target.__name__
            try:
                return ID(row_id_of(value, name))
            except BadInputError as error:
                raise PydanticCustomError("id", "{reason}", {"reason": error.message}) from None

        written = core_schema.plain_serializer_function_ser_schema(lambda value: str(value.uuid))
        return core_schema.no_info_plain_validator_function(parse, serialization=written)


class Input(BaseModel):
    """Base of a command's input; its fields are checked before the command runs.

    Limits are pydantic's (`Annotated[str, Field(max_length=40)]`); `model_fields_set` tells what the client sent.
    """

    # Deferred: hundreds of validators would be made at the start, of which a process uses some.
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True, defer_build=True
    )

    _extensions: dict[type[Input], Input] = PrivateAttr(default_factory=dict)

    def extension(self, kind: type[X]) -> X | None:
        """Return what the client sent for another plugin's part of this input, or None."""
        found = self._extensions.get(kind)
        return found if isinstance(found, kind) else None

    def with_extensions(self: X, parts: Mapping[type[Input], Input]) -> X:
        """Attach what other plugins' parts of the input hold."""
        self._extensions.update(parts)
        return self

    async def apply(self, scope: Scope, row: Any) -> None:
        """Do what this part of a foreign input asks for, in the command's transaction, after it returned a row."""


@dataclass(slots=True)
class Info:
    """What a command learns of its surroundings.

    Attributes:
        scope: Dealer, caller, clock; rows are read and written within it.
        expected_version: The version that the client saw of the row the command is about.
    """

    scope: Scope
    expected_version: int | None = None


Function = TypeVar("Function", bound=Callable[..., Awaitable[Any]])


def command(
    entity: type | None = None,
    *,
    permission: str,
    name: str | None = None,
    result: type | None = None,
    subject: str | None = None,
) -> Callable[[Function], Function]:
    """Make a coroutine `(info, input)` a mutation; it runs inside a transaction of its own.

    What it returns (a row, or a list of rows) is read again through the selection and rights of the caller.
    A `Refusal` that it raises rolls back and becomes a problem of the payload.

    Args:
        entity: Whose rows it returns.
        permission: What the caller must have; its reach decides which rows `info.scope.get` finds.
        name: The mutation's name, where it is not the function's.
        result: A plain Strawberry type that it returns instead of rows.
        subject: The field of the input that names the row `expectedVersion` speaks of; the first one of the
            command's entity without it; empty for no row.
    """

    def declare(function: Function) -> Function:
        marked: Any = function
        marked.__forecourt_command__ = CommandDeclaration(entity, permission, function, name, result, subject)
        return function

    return declare


def resolver(*, needs: Sequence[str] = (), **options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Make a method a field with a resolver of its own, as Strawberry's `field` does.

    `self` has the columns named in `needs`. Such a field costs time for each row: prefer `computed`.
    """
    metadata: Mapping[str, Any] = {"needs": tuple(needs)}

    def declare(function: Callable[..., Any]) -> Any:
        described = {"description": inspect.getdoc(function), **options}
        return strawberry.field(resolver=function, metadata=metadata, **described)

    return declare
