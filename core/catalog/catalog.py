"""What the API of one set of modules consists of, as data: schema, plans and permissions are made from it."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from pydantic.alias_generators import to_camel
from strawberry.types.field import StrawberryField
from tortoise.fields import Field

from core.caller import Permission
from core.catalog.declare import EntityDeclaration, Input
from core.catalog.titles import Titles
from core.data.append_only import AppendOnlyModel
from core.data.fields import Composite, Protected
from core.data.model import GroupModel, Record
from core.errors import Refusal
from core.kinds.kind import EMPTY, Kind
from core.state import Move, StateMachine

if TYPE_CHECKING:
    from core.plugins.contributions import Holding


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """What holds a value of a row: one column of its table, or several.

    Attributes:
        attribute: Its name on the model.
        name: Its name in the database; of several columns that of the one which is compared.
        field: The model's, or the composite that several columns belong to.
        parts: The several columns, by their suffix.
    """

    attribute: str
    name: str
    field: Field[Any] | Composite[Any]
    kind: Kind
    nullable: bool
    parts: Mapping[str, Column] = dataclasses.field(default_factory=lambda: EMPTY)

    @property
    def key(self) -> Column:
        """The column that is compared, ordered and measured."""
        return self.parts[self.kind.key] if self.kind.key else self

    @property
    def unit(self) -> Column | None:
        """What measures are apart by: of an amount the currency."""
        return self.parts[self.kind.unit] if self.kind.unit else None

    @property
    def shown(self) -> Column:
        """What is read: of a protected value the masked form."""
        return self.parts[self.kind.shown] if self.kind.shown else self

    @property
    def read(self) -> Sequence[Column]:
        """The columns that its value is made of."""
        if self.kind.make is None:
            return (self.shown,)
        return [self.parts[part.suffix] for part in self.kind.parts if part.graphql_name]

    @property
    def protected(self) -> Protected | None:
        """The protected field that its columns belong to."""
        return cast("Protected", self.field) if self.kind.is_protected else None

    def named_part(self, graphql_name: str) -> Column:
        """Return the part that clients know by a name."""
        return next(self.parts[part.suffix] for part in self.kind.parts if part.graphql_name == graphql_name)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class EntityField:
    """A field of an entity's GraphQL type.

    Attributes:
        module: The module that contributes it.
        permission: Who lacks it reads null.
    """

    name: str
    graphql_name: str
    description: str
    module: str
    permission: str | None = None
    deprecated: str | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ValueField(EntityField):
    """A column, or the several of an amount or a protected value."""

    column: Column
    annotation: Any
    nullable: bool

    @property
    def kind(self) -> Kind:
        """What its values are."""
        return self.column.kind

    @property
    def protected(self) -> Protected | None:
        """The protected field whose masked form it shows."""
        return self.column.protected


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ToOneField(EntityField):
    """The row that a foreign key refers to."""

    column: Column
    target: Entity


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ToManyField(EntityField):
    """The rows of another entity that refer here."""

    column: Column
    target: Entity


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ComputedField(EntityField):
    """A function over columns of the row.

    Attributes:
        needs: Parameter name to what the row has.
        kernel_values: Names of the parameters that the kernel fills.
    """

    function: Callable[..., Any]
    needs: Mapping[str, Column]
    kernel_values: tuple[str, ...]
    annotation: Any


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ResolverField(EntityField):
    """A Strawberry field with a resolver of its own."""

    field: StrawberryField
    needs: Mapping[str, Column]


@dataclass(slots=True, eq=False, repr=False, kw_only=True)
class Entity:
    """One GraphQL object type over one table; complete once the catalog is built, and never changed then.

    Attributes:
        singular: Name of the root field for one row, such as `insurancePolicy`.
        plural: Name of the root field for many.
        slug: Its part of permission names, such as `insurance_policy`.
        filters: Fields by GraphQL name that can be filtered by.
        orders: Value fields and foreign keys by GraphQL name that can be ordered by.
        groups: Value fields by GraphQL name that aggregates can group by.
        search: Columns that `search` looks into, texts and protected values.
        held: Tables whose live rows show a row of this one to whoever has them in hand.
        create_extensions: What other modules add to the input of its create command, by field name.
        update_extensions: The same of its update command.
    """

    cls: type
    name: str
    singular: str
    plural: str
    slug: str
    module: str
    description: str
    model: type[Record]
    table: str
    declaration: EntityDeclaration
    id_column: Column
    columns: dict[str, Column] = field(default_factory=dict)
    fields: dict[str, EntityField] = field(default_factory=dict)
    filters: dict[str, EntityField] = field(default_factory=dict)
    orders: dict[str, EntityField] = field(default_factory=dict)
    groups: dict[str, ValueField] = field(default_factory=dict)
    search: tuple[Column, ...] = ()
    store_column: Column | None = None
    owner_column: Column | None = None
    visible_through: ToOneField | None = None
    held: tuple[Holding, ...] = ()
    create_extensions: Mapping[str, type[Input]] = field(default_factory=dict)
    update_extensions: Mapping[str, type[Input]] = field(default_factory=dict)

    @property
    def of_group(self) -> bool:
        """Whether the rows belong to the whole dealer group, not to a store."""
        return issubclass(self.model, GroupModel)

    @property
    def plural_name(self) -> str:
        """Its plural in names of types and commands, such as `InsurancePolicies`."""
        return self.plural[0].upper() + self.plural[1:]

    @property
    def append_only(self) -> bool:
        """Whether its rows are written once, so that nothing changes or archives them."""
        return issubclass(self.model, AppendOnlyModel)

    @property
    def machines(self) -> Mapping[str, StateMachine[Any]]:
        """The state machines of its columns, by attribute: states and moves, with titles."""
        return self.model.machines

    def permission(self, action: str) -> str:
        """Return the name of the permission for an action on this entity."""
        return f"{self.module}.{self.slug}.{action}"

    def column(self, attribute: str) -> Column:
        """Return a plain column by its attribute."""
        return self.columns[attribute]


Function = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Subject:
    """The row that a command or query is about.

    Attributes:
        field: Of the input, or the argument, that holds its id.
    """

    field: str
    entity: Entity


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Command:
    """One mutation.

    Attributes:
        input_type: The pydantic class of its input.
        result: A plain Strawberry type that it returns instead of rows.
        many: It returns rows in the order of the input's items.
        input_extensions: Other plugins' parts of the input, by field name.
        item_extensions: The same of each of the input's `items`, for a command on many rows.
    """

    name: str
    module: str
    description: str
    permission: str
    function: Function
    entity: Entity | None
    input_type: type[Input] | None
    result: type | None = None
    many: bool = False
    subject: Subject | None = None
    input_extensions: Mapping[str, type[Input]] = field(default_factory=dict)
    item_extensions: Mapping[str, type[Input]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class QueryField:
    """One field of Query that a module has written.

    Attributes:
        permission: What the caller must have, in the store of the subject or in his own; None for who may read the
            subject, or is signed in.
        arguments: The pydantic class of its arguments.
        result: What the function returns, without None; rows are of models.
    """

    name: str
    module: str
    description: str
    permission: str | None
    function: Function
    arguments: type[Input]
    result: Any
    subject: Subject | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Catalog:
    """Everything that the modules declare, resolved and checked against their models."""

    modules: tuple[str, ...]
    entities: Mapping[str, Entity]
    commands: Mapping[str, Command]
    queries: Mapping[str, QueryField]
    permissions: Mapping[str, Permission]
    """Rights beside the generated ones, by name."""
    by_type: Mapping[type, Entity]
    by_model: Mapping[type[Record], Entity]
    plain_roots: Mapping[str, tuple[tuple[str, type], ...]]
    """Plain Strawberry classes by root (`Query`, `Mutation`, `Subscription`), each with its module."""
    plain_extensions: Mapping[type, tuple[tuple[str, StrawberryField], ...]]
    """Fields that modules add to plain Strawberry types, by type."""
    problems: Mapping[type[Refusal], type]
    """Types of problems that modules declare, by the refusals that become one."""
    titles: Titles = field(default_factory=Titles)

    def of_model(self, model: type[Record]) -> Entity:
        """Return the entity that shows a table.

        Raises:
            KeyError: None does.
        """
        return self.by_model[model]

    def makers(self, move: Move[Any]) -> tuple[Command, ...]:
        """Return the commands that make a move of a state machine; none where the system alone makes it."""
        return tuple(self.commands[to_camel(name)] for name in move.commands)
