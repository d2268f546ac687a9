"""From a class's annotations to catalog fields, checked against the model."""

from __future__ import annotations

import ast
import inspect
import sys
import types
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from pydantic.alias_generators import to_camel
from strawberry.types.field import StrawberryField

from core.catalog.catalog import (
    Column,
    ComputedField,
    Entity,
    EntityField,
    ResolverField,
    ToManyField,
    ToOneField,
    ValueField,
)
from core.catalog.declare import ComputedDeclaration, Connection, FieldOptions
from core.data.model import Record
from core.errors import PluginError
from core.kinds.kind import kind_of

KERNEL_VALUES: Mapping[str, Any] = {"today": date, "now": datetime, "locale": str, "caller": object}


def model_columns(model: type[Record]) -> dict[str, Column]:
    """Return the columns of a model by attribute; those that make one value under the name of their field, too."""
    columns: dict[str, Column] = {}
    for attribute, name in model._meta.fields_db_projection.items():
        field = model._meta.fields_map[attribute]
        columns[attribute] = Column(attribute, name, field, kind_of(field), bool(field.null))
    owners = [*((column.attribute, column.field) for column in columns.values()), *model.composites.items()]
    for attribute, owner in owners:
        kind = kind_of(owner)
        if kind.parts:
            parts = {part.suffix: columns[f"{attribute}_{part.suffix}"] for part in kind.parts}
            name = parts[kind.key].name if kind.key else columns[attribute].name
            columns[attribute] = Column(attribute, name, owner, kind, owner.null, parts)
    return columns


def field_texts(cls: type) -> Mapping[str, str]:
    """Return the string that stands under each annotation of a class."""
    module = sys.modules.get(cls.__module__)
    return _texts_in(getattr(module, "__file__", None) or "").get(cls.__name__, {})


@lru_cache(maxsize=256)
def _texts_in(file: str) -> Mapping[str, Mapping[str, str]]:
    """Return the strings under annotations by class; a file is read once, however many classes it has."""
    try:
        tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    except (OSError, SyntaxError):
        return {}
    return {node.name: _texts_of(node) for node in tree.body if isinstance(node, ast.ClassDef)}


def _texts_of(node: ast.ClassDef) -> Mapping[str, str]:
    texts: dict[str, str] = {}
    for statement, following in pairwise(node.body):
        if (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
            and isinstance(following.value.value, str)
        ):
            texts[statement.target.id] = inspect.cleandoc(following.value.value)
    return texts


def without_none(annotation: Any) -> tuple[Any, bool]:
    """Split `X | None` into X and whether None is allowed."""
    if get_origin(annotation) in (Union, types.UnionType):
        options = [option for option in get_args(annotation) if option is not type(None)]
        if len(options) == 1 and len(get_args(annotation)) == 2:
            return options[0], True
    return annotation, False


class FieldReader:
    """Reads the fields that one class declares for an entity: the entity's own class, or an extension's.

    Args:
        entity: Whose fields they become.
        cls: The class that declares them.
        module: The module that the class belongs to.
        by_type: All entities, to resolve relations.
    """

    def __init__(self, entity: Entity, cls: type, module: str, by_type: Mapping[type, Entity]) -> None:
        self.entity = entity
        self.cls = cls
        self.module = module
        self.by_type = by_type
        self.texts = field_texts(cls)
        self.is_extension = cls is not entity.cls

    def fail(self, name: str, what: str) -> PluginError:
        return PluginError(f"{self.cls.__module__}.{self.cls.__qualname__}.{name}: {what}", self.module)

    def read(self) -> list[EntityField]:
        """Return the fields in the order in which they are written."""
        try:
            hints = get_type_hints(self.cls, include_extras=True)
        except NameError as error:
            raise self.fail("", f"an annotation can't be resolved: {error}") from error
        own = inspect.get_annotations(self.cls)
        fields = [
            self._annotated(name, hints[name])
            for name in own
            if not isinstance(self.cls.__dict__.get(name), StrawberryField)
        ]
        for name, value in vars(self.cls).items():
            if isinstance(value, ComputedDeclaration):
                fields.append(self._computed(name, value))
            elif isinstance(value, StrawberryField) and value.base_resolver is not None:
                fields.append(self._resolver(name, value))
        definition = getattr(self.cls, "__strawberry_definition__", None)
        if definition is not None:
            known = {field.name for field in fields}
            fields += [
                self._resolver(f.python_name, f)
                for f in definition.fields
                if f.base_resolver is not None and f.python_name not in known
            ]
        return fields

    def _common(self, name: str, options: FieldOptions, fallback: str | None = None) -> dict[str, Any]:
        described = options.description or self.texts.get(name) or fallback
        return {
            "name": name,
            "graphql_name": to_camel(name),
            "description": described or f"{name.replace('_', ' ').capitalize()}.",
            "module": self.module,
            "permission": options.permission,
            "deprecated": options.deprecated,
        }

    def _annotated(self, name: str, annotation: Any) -> EntityField:
        default = self.cls.__dict__.get(name)
        options = default if isinstance(default, FieldOptions) else FieldOptions()
        target, optional = without_none(annotation)
        if get_origin(target) is Connection:
            return self._to_many(name, get_args(target)[0], options)
        if isinstance(target, type) and target in self.by_type:
            return self._to_one(name, self.by_type[target], options)
        if self.is_extension:
            raise self.fail(name, "an extension adds connections, computed fields and fields with resolvers")
        return self._value(name, target, optional, options)

    def _value(self, name: str, target: Any, optional: bool, options: FieldOptions) -> ValueField:
        attribute = options.column or name
        column = self.entity.columns.get(attribute)
        if column is None:
            known = ", ".join(sorted(self.entity.columns))
            raise self.fail(name, f"{self.entity.model.__name__} has no column {attribute!r}; it has {known}")
        self._check_type(name, target, column)
        if column.nullable and not optional:
            raise self.fail(name, "the column may be null, so the annotation must allow None")
        return ValueField(
            **self._common(name, options, column.field.description),
            column=column,
            annotation=target,
            nullable=optional or options.permission is not None,
        )

    def _check_type(self, name: str, target: Any, column: Column) -> None:
        kind = column.kind
        if not kind.scalar:
            raise self.fail(
                name,
                f"the API has no type for a {type(column.field).__name__}; give the model a field of forecourt.fields, "
                "or give a field of your own a make_kind",
            )
        if target != kind.python and not kind.as_annotated:
            shown, wanted = (getattr(one, "__name__", one) for one in (target, kind.python))
            raise self.fail(name, f"annotated {shown}, but the column holds {wanted}")

    def _to_one(self, name: str, target: Entity, options: FieldOptions) -> ToOneField:
        key = options.column or name
        keys = _keys(self.entity)
        if key not in keys:
            known = ", ".join(sorted(keys)) or "none"
            raise self.fail(name, f"{self.entity.model.__name__} has no foreign key {key!r}; it has {known}")
        if keys[key] != _label(target.model):
            raise self.fail(name, f"the foreign key points to {keys[key]}, not to {_label(target.model)}")
        column = self.entity.column(f"{key}_id")
        return ToOneField(**self._common(name, options, column.field.description), column=column, target=target)

    def _to_many(self, name: str, target_type: type, options: FieldOptions) -> ToManyField:
        target = self.by_type.get(target_type)
        if target is None:
            raise self.fail(name, f"{target_type.__name__} is not an entity of a module that is on")
        keys = [key for key, to in sorted(_keys(target).items()) if to == _label(self.entity.model)]
        if options.via is not None:
            keys = [key for key in keys if key == options.via]
        if len(keys) != 1:
            found = ", ".join(keys) or "none"
            raise self.fail(name, f"name the foreign key with field(via=…): {target.name} has {found} pointing here")
        return ToManyField(**self._common(name, options), column=target.column(f"{keys[0]}_id"), target=target)

    def _computed(self, name: str, declared: ComputedDeclaration) -> ComputedField:
        signature = inspect.signature(declared.function)
        needs: dict[str, Column] = {}
        kernel_values: list[str] = []
        for parameter in signature.parameters.values():
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
                if parameter.name not in KERNEL_VALUES:
                    known = ", ".join(KERNEL_VALUES)
                    raise self.fail(name, f"the kernel has no value {parameter.name!r}; it has {known}")
                kernel_values.append(parameter.name)
            else:
                needs[parameter.name] = self._need(name, parameter.name)
        hints = get_type_hints(declared.function, include_extras=True)
        if "return" not in hints:
            raise self.fail(name, "a computed field says what it returns")
        options = FieldOptions(permission=declared.permission)
        annotation = hints["return"]
        if declared.permission is not None and not without_none(annotation)[1]:
            annotation = annotation | None
        return ComputedField(
            **self._common(name, options, inspect.getdoc(declared.function)),
            function=declared.function,
            needs=needs,
            kernel_values=tuple(kernel_values),
            annotation=annotation,
        )

    def _resolver(self, name: str, field: StrawberryField) -> ResolverField:
        wanted: Sequence[str] = dict(field.metadata or {}).get("needs", ())
        options = FieldOptions(description=field.description)
        fallback = inspect.getdoc(field.base_resolver.wrapped_func) if field.base_resolver else None
        return ResolverField(
            **self._common(name, options, fallback),
            field=field,
            needs={need: self._need(name, need) for need in wanted},
        )

    def _need(self, name: str, attribute: str) -> Column:
        column = self.entity.columns.get(attribute)
        if column is None:
            known = ", ".join(sorted(self.entity.columns))
            raise self.fail(name, f"needs {attribute!r}, but {self.entity.model.__name__} has {known}")
        return column


def _label(model: type[Record]) -> str:
    return f"{model._meta.app}.{model.__name__}"


def _keys(entity: Entity) -> Mapping[str, str]:
    """Return what the columns of an entity refer to, such as `inventory.Trim`, by the name of the relation."""
    fields = entity.model._meta.fields_map
    foreign = {key: _label(fields[key].related_model) for key in entity.model._meta.fk_fields}  # type: ignore[attr-defined]  # a foreign key
    references = {name: column.kind.references for name, column in entity.columns.items() if column.kind.references}
    return {**foreign, **{name.removesuffix("_id"): to for name, to in references.items()}}


def enum_types(annotation: Any) -> list[type[Enum]]:
    """Return the enum classes inside an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return [annotation]
    return [found for part in get_args(annotation) for found in enum_types(part)]
