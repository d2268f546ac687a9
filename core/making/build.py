"""From the declarations of the modules that are on to one checked catalog."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pydantic.alias_generators import to_camel
from strawberry.types.field import StrawberryField

from core.caller import Permission
from core.catalog.catalog import (
    Catalog,
    Column,
    Command,
    ComputedField,
    Entity,
    EntityField,
    QueryField,
    ResolverField,
    ToOneField,
    ValueField,
)
from core.catalog.declare import (
    EntityDeclaration,
    ExtensionDeclaration,
    Input,
)
from core.catalog.fields import FieldReader, model_columns
from core.catalog.titles import Titles, plural
from core.errors import PluginError
from core.making.checks import check_moves, problem_types
from core.making.functions import FunctionReader, check_ids
from core.making.generated import generated_commands
from core.making.permissions import asked_for, asked_for_by_plain_fields, declared_permissions
from core.people.models import Store
from core.plugins.importing import declared

if TYPE_CHECKING:
    from core.data.model import Record
    from core.plugins.contributions import Holding
    from core.plugins.loader import LoadedModule

ROOTS = ("Query", "Mutation", "Subscription")
_ALWAYS_FILTERED = ("id", "created_at", "updated_at", "archived_at")
_ALWAYS_ORDERED = ("created_at", "updated_at")
_ROW_TEXTS = {
    "created_at": "When the row was made.",
    "updated_at": "When the row was last changed.",
    "archived_at": "When the row was taken out of use; lists leave such rows out unless this is filtered by.",
    "version": "Grows by one with each change; send it as `expectedVersion`.",
}


@dataclass(frozen=True, slots=True)
class ModuleDeclarations:
    """What the files of one module declare, in the order in which it stands there."""

    name: str
    entities: tuple[type, ...] = ()
    extensions: tuple[type, ...] = ()
    commands: tuple[Any, ...] = ()
    queries: tuple[Any, ...] = ()
    roots: tuple[tuple[str, type], ...] = ()
    permissions: tuple[Permission, ...] = ()
    problems: tuple[type, ...] = ()


def collect(name: str, modules: Iterable[ModuleType]) -> ModuleDeclarations:
    """Find the declarations in a module's files by their marks; what a file has only imported is left out."""
    files = list(modules)

    def marked(what: str) -> tuple[Any, ...]:
        return tuple(value for file in files for value in declared(file, f"__forecourt_{what}__"))

    return ModuleDeclarations(
        name,
        marked("entity"),
        marked("extension"),
        marked("command"),
        marked("query"),
        tuple(
            (root, value)
            for file in files
            for root, value in vars(file).items()
            if root in ROOTS and hasattr(value, "__strawberry_definition__") and value.__module__ == file.__name__
        ),
        tuple(value for file in files for value in vars(file).values() if isinstance(value, Permission)),
        marked("problem"),
    )


def build_catalog(modules: Iterable[LoadedModule], holdings: Iterable[Holding] = ()) -> Catalog:
    """Resolve and check all declarations; the models' relations must have been initialised.

    Raises:
        PluginError: Two modules claim one type, field or command, or a declaration doesn't fit its model.
    """
    modules = list(modules)
    builder = _Builder([collect(module.name, module.modules.values()) for module in modules])
    titles = Titles.read([(module.name, files(module.package) / "locale") for module in modules])
    return builder.build(tuple(holdings), titles)


def shown_by(holding: Holding) -> type[Record] | None:
    """Return the table whose rows a holding shows to whoever has it in hand."""
    if holding.shows is None:
        return None
    key = holding.model._meta.fields_map[holding.shows].reference
    if key is None:
        raise PluginError(f"{holding.name} shows {holding.shows!r}, which is no foreign key's column")
    return key.related_model  # type: ignore[no-any-return,attr-defined]  # tortoise types the reference as any field


class _Builder:
    def __init__(self, modules: Sequence[ModuleDeclarations]) -> None:
        self.modules = modules
        self.by_type: dict[type, Entity] = {}
        self.by_name: dict[str, Entity] = {}
        self.commands: dict[str, Command] = {}
        self.queries: dict[str, QueryField] = {}
        self.root_owners: dict[tuple[str, str], str] = {}
        self.input_extensions: dict[type, list[tuple[str, type[Input]]]] = {}
        self.plain_extensions: dict[type, list[tuple[str, StrawberryField]]] = {}

    def build(self, holdings: Sequence[Holding], titles: Titles) -> Catalog:
        self._build_entities()
        for entity in self.by_type.values():
            if entity.owner_column is not None:
                entity.held = tuple(holding for holding in holdings if entity.model is shown_by(holding))
        self._build_functions()
        for entity in self.by_type.values():
            check_moves(entity, self.commands)
        self._claim_roots()
        problems = problem_types(
            self._each("problems"), {entity.name: entity.module for entity in self.by_name.values()}
        )
        return Catalog(
            modules=tuple(module.name for module in self.modules),
            entities=self.by_name,
            commands=self.commands,
            queries=self.queries,
            permissions=declared_permissions(
                [(module.name, one) for module in self.modules for one in module.permissions],
                [
                    *asked_for(self.by_type.values(), self.commands.values(), self.queries.values()),
                    *self._asked_for_by_plain_fields(),
                ],
            ),
            by_type=self.by_type,
            # A table may be shown twice, such as to other stores: commands are about the entity that has its name.
            by_model={e.model: e for e in sorted(self.by_type.values(), key=lambda e: e.name == e.model.__name__)},
            plain_roots={
                root: tuple((m.name, cls) for m in self.modules for name, cls in m.roots if name == root)
                for root in ROOTS
            },
            plain_extensions={cls: tuple(fields) for cls, fields in self.plain_extensions.items()},
            titles=titles,
            problems=problems,
        )

    def _asked_for_by_plain_fields(self) -> Iterator[tuple[str, str]]:
        roots = [(module.name, cls) for module in self.modules for _, cls in module.roots]
        extensions = [one for fields in self.plain_extensions.values() for one in fields]
        return asked_for_by_plain_fields(roots, extensions, self.by_type.values())

    def _build_entities(self) -> None:
        """Fill the entities in steps, each over all modules, because they refer to each other."""
        for module, cls in self._each("entities"):
            self._add_entity(module, cls)
        for entity in self.by_type.values():
            self._add_fields(entity, FieldReader(entity, entity.cls, entity.module, self.by_type).read())
        for module, cls in self._each("extensions"):
            self._extend(module, cls)
        for entity in self.by_type.values():
            self._complete(entity, entity.declaration)
        for _, cls in self._each("extensions"):
            self._extend_filters(cls)

    def _build_functions(self) -> None:
        """Fill commands and queries, once the entities are complete."""
        reader = FunctionReader(self.by_type, self.input_extensions)
        for module, function in self._each("commands"):
            command = reader.command(module, function)
            self._claim("Mutation", command.name, module)
            self.commands[command.name] = command
        stores = next((entity.cls for entity in self.by_type.values() if entity.model is Store), Store)
        for entity in self.by_type.values():
            for command in generated_commands(entity, stores):
                if command.name not in self.commands:  # a written one takes its place
                    self._claim("Mutation", command.name, command.module)
                    self.commands[command.name] = command
        for module, function in self._each("queries"):
            query = reader.query(module, function)
            self._claim("Query", query.name, module)
            self.queries[query.name] = query

    def _each(self, kind: str) -> Iterator[tuple[str, Any]]:
        for module in self.modules:
            for one in getattr(module, kind):
                yield module.name, one

    def _add_entity(self, module: str, cls: type) -> None:
        declaration: EntityDeclaration = cls.__forecourt_entity__  # type: ignore[attr-defined]  # collect looked for it
        name = cls.__name__
        if name in self.by_name:
            other = self.by_name[name].module
            raise PluginError(
                f"the modules {other} and {module} both declare a type {name}; rename one of them", other, module
            )
        slug = re.sub(r"(?<!^)(?=[A-Z][a-z])", "_", name).lower()
        columns = model_columns(declaration.model)
        id_column = columns["id"]
        singular = to_camel(slug)
        entity = Entity(
            cls=cls,
            name=name,
            singular=singular,
            plural=declaration.plural or plural(singular),
            slug=slug,
            module=module,
            description=inspect.cleandoc(cls.__doc__ or f"{name}."),
            model=declaration.model,
            table=declaration.model._meta.db_table,
            declaration=declaration,
            id_column=id_column,
            columns=columns,
        )
        self.by_name[name] = self.by_type[cls] = entity

    def _add_fields(self, entity: Entity, fields: Sequence[EntityField]) -> None:
        for field in [*fields, *self._row_fields(entity, fields)]:
            known = entity.fields.get(field.graphql_name)
            if known is not None:
                raise PluginError(
                    f"the modules {known.module} and {field.module} both add a field {field.graphql_name} to "
                    f"{entity.name}; rename one of them",
                    known.module,
                    field.module,
                )
            entity.fields[field.graphql_name] = field

    def _row_fields(self, entity: Entity, fields: Sequence[EntityField]) -> list[EntityField]:
        if entity.fields:  # an extension: the entity's own come with its first call
            return []
        written = {field.name for field in fields}
        return [
            ValueField(
                name=name,
                graphql_name=to_camel(name),
                description=text,
                module=entity.module,
                column=entity.columns[name],
                annotation=entity.columns[name].kind.python,
                nullable=entity.columns[name].nullable,
            )
            for name, text in _ROW_TEXTS.items()
            if name not in written
        ]

    def _extend(self, module: str, cls: type) -> None:
        declaration: ExtensionDeclaration = cls.__forecourt_extension__  # type: ignore[attr-defined]  # as above
        target = declaration.target
        entity = self.by_type.get(target)
        if entity is not None:
            self._add_fields(entity, FieldReader(entity, cls, module, self.by_type).read())
            for part in (*declaration.create, *declaration.update):
                check_ids(part, self.by_type, module)
            entity.create_extensions = {**entity.create_extensions, **_named_after(module, declaration.create)}
            entity.update_extensions = {**entity.update_extensions, **_named_after(module, declaration.update)}
        elif issubclass(target, Input):
            if not issubclass(cls, Input):
                raise PluginError(
                    f"{cls.__qualname__} extends the input {target.__name__}: derive it from Input", module
                )
            check_ids(cls, self.by_type, module)
            self.input_extensions.setdefault(target, []).append((module, cls))
        elif hasattr(target, "__strawberry_definition__"):
            for value in vars(cls).values():
                if isinstance(value, StrawberryField):
                    self.plain_extensions.setdefault(target, []).append((module, value))
        else:
            raise PluginError(f"{cls.__qualname__} extends {target.__name__}, which no module that is on has", module)

    def _complete(self, entity: Entity, declaration: EntityDeclaration) -> None:
        if not entity.of_group:
            entity.store_column = entity.column("store_id")
        if declaration.owner is not None:
            owner = entity.columns.get(declaration.owner)
            if owner is None:
                raise PluginError(
                    f"{entity.name}: owner names {declaration.owner!r}, which is no column", entity.module
                )
            entity.owner_column = owner
        if declaration.visible_through is not None:
            through = entity.fields.get(to_camel(declaration.visible_through))
            if not isinstance(through, ToOneField):
                raise PluginError(f"{entity.name}: visible_through names no foreign key field", entity.module)
            entity.visible_through = through
        for name in (*declaration.filter, *_ALWAYS_FILTERED[1:]):
            self._make_filter(entity, name)
        for name in (*declaration.order, *_ALWAYS_ORDERED):
            self._make_order(entity, name)
        for field in entity.filters.values():
            if isinstance(field, ValueField) and field.name not in _ALWAYS_FILTERED and field.kind.grouped:
                entity.groups[field.graphql_name] = field
        entity.search = tuple(self._search_source(entity, name) for name in declaration.search)

    def _field(self, entity: Entity, name: str) -> EntityField:
        field = entity.fields.get(to_camel(name))
        if field is None:
            known = ", ".join(f.name for f in entity.fields.values())
            raise PluginError(f"{entity.name} has no field {name!r}; it has {known}", entity.module)
        return field

    def _make_filter(self, entity: Entity, name: str) -> None:
        field = self._field(entity, name)
        if isinstance(field, ComputedField | ResolverField):
            raise self._cannot(entity, field, "filter", "it is no column")
        if isinstance(field, ValueField) and not field.kind.filter:
            raise self._cannot(entity, field, "filter", f"a value of the kind {field.kind.family} has no operators")
        entity.filters[field.graphql_name] = field

    def _make_order(self, entity: Entity, name: str) -> None:
        field = self._field(entity, name)
        if not isinstance(field, ValueField | ToOneField):
            raise self._cannot(entity, field, "order", "it is no column")
        if isinstance(field, ValueField) and not field.kind.ordered:
            raise self._cannot(entity, field, "order", f"values of the kind {field.kind.family} have no order")
        entity.orders[field.graphql_name] = field

    def _cannot(self, entity: Entity, field: EntityField, option: str, why: str) -> PluginError:
        return self._refusal(entity, field.name, option, f"{why}; take it out of {option}=")

    @staticmethod
    def _refusal(entity: Entity, name: str, option: str, why: str) -> PluginError:
        """Return what names plugin, file, field and mend."""
        file = getattr(sys.modules.get(entity.cls.__module__), "__file__", None) or entity.cls.__module__
        return PluginError(f"{entity.name}.{name} can't stand in {option}= ({file}): {why}", entity.module)

    def _search_source(self, entity: Entity, name: str) -> Column:
        column = entity.columns.get(name)
        if column is None:
            raise self._refusal(entity, name, "search", f"{entity.model.__name__} has no such column")
        if not column.kind.searched:
            raise self._refusal(entity, name, "search", column.kind.search_mend)
        return column

    def _extend_filters(self, cls: type) -> None:
        declaration: ExtensionDeclaration = cls.__forecourt_extension__  # type: ignore[attr-defined]  # as above
        entity = self.by_type.get(declaration.target)
        if entity is not None:
            for name in declaration.filter:
                self._make_filter(entity, name)
            for name in declaration.order:
                self._make_order(entity, name)

    def _claim_roots(self) -> None:
        """Refuse two claims to one root field."""
        for entity in self.by_name.values():
            for name in (entity.singular, entity.plural, f"{entity.singular}Stats"):
                self._claim("Query", name, entity.module)
        for module in self.modules:
            for root, cls in module.roots:
                for field in cls.__strawberry_definition__.fields:  # type: ignore[attr-defined]  # collect looked for it
                    self._claim(root, field.graphql_name or to_camel(field.python_name), module.name)

    def _claim(self, root: str, name: str, module: str) -> None:
        other = self.root_owners.get((root, name), "core" if name in ("node", "nodes") else None)
        self.root_owners[root, name] = module
        if other is not None:
            raise PluginError(
                f"the modules {other} and {module} both add a field {name} to {root}; rename one of them", other, module
            )


def _named_after(module: str, parts: Iterable[type[Input]]) -> dict[str, type[Input]]:
    """Return a module's parts of an input under the field that is named after it."""
    return {to_camel(module): part for part in parts}
