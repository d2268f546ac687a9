"""What a plugin author writes down about the API: data only, read by the catalog when a kernel is built."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, overload
from uuid import UUID

import strawberry
from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, PrivateAttr
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, PydanticCustomError, core_schema
from typing_extensions import TypeVar  # with a default, as Python's own has one from 3.13 on

from core.data.model import Record
from core.errors import BadInputError, Refusal
from core.ids import row_id_of
from core.scope import Scope

T = TypeVar("T")
C = TypeVar("C", bound=type)
F = TypeVar("F", bound=Callable[..., Any])
X = TypeVar("X", bound="Input")
Function = TypeVar("Function", bound=Callable[..., Awaitable[Any]])
S = TypeVar("S", default=None)


class Connection(Generic[T]):
    """Annotation of a field that lists the rows of another entity, page by page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityDeclaration:
    """Show a table in the API.

    The annotations of the class are its fields: columns of the model by name, `Money` and protected columns, another
    entity for a foreign key, `Connection[Other]` for the rows that refer here. The text under a field is its
    description.
    """

    model: type[Record] = field(kw_only=False)
    """The table."""
    search: Sequence[str] = ()
    """Columns that `search` looks into; a protected column is compared as a whole, or by its last four."""
    filter: Sequence[str] = ()
    """Fields that can be filtered by, besides `id`, `createdAt`, `updatedAt` and `archivedAt`."""
    order: Sequence[str] = ()
    """Fields that can be ordered by, besides `createdAt` and `updatedAt`."""
    create: Sequence[str] | bool = True
    """Fields that the generated create command takes; False for no such command, True for all columns shown."""
    update: Sequence[str] | bool = True
    """The same for the update command."""
    archive: bool = True
    """Whether there is an archive command."""
    owner: str | None = None
    """Column with the user whose row it is; reaches OWN and TEAM go by it."""
    visible_through: str | None = None
    """A foreign key of this entity: its rows are seen by those who see the row referred to."""
    public: bool = False
    """Rows may be read by everyone who is signed in; for catalogues and the like."""
    plural: str | None = None
    """Name of the list field, where adding an s is wrong."""

    def __call__(self, cls: type[T]) -> type[T]:
        declared = _with_resolvers(cls)
        declared.__forecourt_entity__ = self  # type: ignore[attr-defined]  # a mark for the catalog
        return declared


entity = EntityDeclaration


def _with_resolvers(cls: type[T]) -> type[T]:
    """Make a class a Strawberry type whose fields are those with resolvers: all others are the catalog's."""
    annotations = cls.__annotations__
    cls.__annotations__ = {}
    try:
        return strawberry.type(cls, description=inspect.cleandoc(cls.__doc__) if cls.__doc__ else None)
    finally:
        cls.__annotations__ = annotations


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionDeclaration:
    """Add fields, filters, orderings and inputs to an entity or command input of a module that this one requires."""

    target: type = field(kw_only=False)
    """The entity class, or the `Input` class of a written command."""
    filter: Sequence[str] = ()
    """Fields of this class that can be filtered by."""
    order: Sequence[str] = ()
    """Fields of this class that can be ordered by."""
    create: Sequence[type[Input]] = ()
    """Inputs that the target's create command takes too; it gets them as `input.extension(ThatInput)`."""
    update: Sequence[type[Input]] = ()
    """The same for its update command."""

    def __call__(self, cls: C) -> C:
        cls.__forecourt_extension__ = self  # type: ignore[attr-defined]  # as above
        return cls


extend = ExtensionDeclaration


@dataclass(frozen=True, slots=True)
class FieldOptions:
    """What `field()` was told; see there."""

    permission: str | None = None
    via: str | None = None
    column: str | None = None
    description: str | None = None
    deprecated: str | None = None


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
class Info(Generic[S]):
    """What a command or query learns of its surroundings; `Info[models.Policy]` says which row it is about.

    Attributes:
        scope: Dealer, caller, clock; rows are read and written within it.
        subject: The row that the first argument of the kind `ID[…]` of its entity names, loaded within the reach of the
            permission, and in the version that the client saw; None where the function is about no row.
    """

    scope: Scope
    subject: S


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandDeclaration:
    """Make a coroutine `(info, input)` a mutation; it runs inside a transaction of its own.

    What it returns (a row, or a list of rows) is read again through the selection and rights of the caller.
    A `Refusal` that it raises rolls back and becomes a problem of the payload.
    """

    entity: type | None = field(default=None, kw_only=False)
    """Whose rows it returns."""
    permission: str
    """What the caller must have; its reach decides which rows the command may be about. A `Permission` with its titles
    where the right is this command's, else the name of one that stands elsewhere."""
    name: str | None = None
    """The mutation's name, where it is not the function's."""
    result: type | None = None
    """A plain Strawberry type that it returns instead of rows."""
    subject: str | None = None
    """The field of the input that names the row it is about, where that is not the first of its kind; empty where a
    row of the command's own entity is named that it is not about."""

    def __call__(self, function: Function) -> Function:
        function.__forecourt_command__ = self  # type: ignore[attr-defined]  # as above
        return function


command = CommandDeclaration


@dataclass(frozen=True, slots=True)
class ProblemDeclaration:
    """What `@problem` was told, and the names of the fields."""

    refusal: type[Refusal]
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryDeclaration:
    """Make a coroutine a field of Query: the parameters after `info` are its arguments, checked before it is called.

    Arguments are what an `Input` can hold: `ID[Trim]`, dates, enums, other inputs, with limits
    (`Annotated[int, Field(ge=1, le=36, description="…")]`). It returns model rows, a plain Strawberry type, a list of
    either, or values; rows, those within a plain type too (`owner: User`, a model), are read again through the
    selection and rights of the caller, all of one place in the answer together. The field is null where there is none,
    and where the row that it is about is out of sight.
    """

    permission: str | None = None
    """What the caller must have: in the store of the row that the query is about, with its reach; about no row, in his
    own store. Without it whoever may read that row, or is signed in."""
    name: str | None = None
    """The field's name, where it is not the function's."""
    subject: str | None = None
    """The argument that names the row it is about, where that is not the first of its kind."""

    def __call__(self, function: Function) -> Function:
        function.__forecourt_query__ = self  # type: ignore[attr-defined]  # as above
        return function


query = QueryDeclaration


def resolver(
    *, needs: Sequence[str] = (), permission: str | None = None, public: bool = False, **options: Any
) -> Callable[[Callable[..., Any]], Any]:
    """Make a function a field with a resolver of its own, as Strawberry's `field` does.

    As a method of an entity it has the columns named in `needs` in `self`. Such a field costs time for each row: prefer
    `computed`. A field of Query, Mutation or Subscription, and one that extends a plain type, is for the signed-in.

    Args:
        permission: What the caller needs besides; who lacks it gets an error at the field.
        public: Anybody may ask for it, who has not signed in too.
        options: Those of Strawberry's `field`, such as `is_subscription=True`.

    Raises:
        ValueError: It is public, and takes a permission.
    """
    if public and permission is not None:
        raise ValueError("what is public takes no permission: leave one of the two out")
    metadata: Mapping[str, Any] = {"needs": tuple(needs), "permission": permission, "public": public}

    def declare(function: Callable[..., Any]) -> Any:
        described = {"description": inspect.getdoc(function), **options}
        return strawberry.field(resolver=function, metadata=metadata, **described)

    return declare
