"""What the functions of a module declare: commands, and fields of Query."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import create_model
from pydantic.alias_generators import to_camel

from core.catalog.catalog import Command, Entity, QueryField, Subject
from core.catalog.declare import ID, CommandDeclaration, Info, Input, QueryDeclaration
from core.catalog.fields import without_none
from core.errors import PluginError
from core.making.generated import extension_parts


class FunctionReader:
    """Reads declarations of functions; entities and what extends them are complete.

    Args:
        by_type: The entities by the class that declares them.
        input_extensions: By the input of a command, other modules' parts of it.
    """

    def __init__(
        self, by_type: Mapping[type, Entity], input_extensions: Mapping[type, Sequence[tuple[str, type[Input]]]]
    ) -> None:
        self.by_type = by_type
        self.input_extensions = input_extensions

    def command(self, module: str, function: Any) -> Command:
        """Return what a function that `@command` has marked declares."""
        declaration: CommandDeclaration = function.__forecourt_command__
        name = declaration.name or to_camel(function.__name__)
        entity = self.by_type[declaration.entity] if declaration.entity else None
        hints = get_type_hints(function)
        input_type = hints.get("input")
        if input_type is not None:
            check_ids(input_type, self.by_type, module)
        many = get_origin(hints.get("return")) in (list, tuple, Sequence)
        extensions = self.input_extensions.get(input_type, ()) if input_type else ()
        parts = {to_camel(owner): part for owner, part in extensions}
        if entity is not None:
            # What modules add to the create command is the same whether it is generated or written.
            parts |= extension_parts(entity, name.removesuffix(entity.name))
        plural = entity.plural_name if entity else ""
        item_parts = extension_parts(entity, name.removesuffix(plural)) if entity and many else {}
        return Command(
            name=name,
            module=module,
            description=inspect.getdoc(function) or f"{name}.",
            permission=declaration.permission,
            function=function,
            entity=entity,
            input_type=input_type,
            result=declaration.result,
            many=many,
            subject=self._subject(function, declaration.subject, input_type, entity, module),
            input_extensions=parts,
            item_extensions=item_parts,
        )

    def query(self, module: str, function: Any) -> QueryField:
        """Return what a function that `@query` has marked declares."""
        declaration: QueryDeclaration = function.__forecourt_query__
        name = declaration.name or to_camel(function.__name__)
        hints = get_type_hints(function, include_extras=True)
        _, *parameters = inspect.signature(function).parameters.values()
        fields: dict[str, Any] = {
            one.name: (hints[one.name], ... if one.default is one.empty else one.default) for one in parameters
        }
        arguments = create_model(f"{name[0].upper()}{name[1:]}Arguments", __base__=Input, **fields)
        check_ids(arguments, self.by_type, module)
        subject = self._subject(function, declaration.subject, arguments, None, module)
        return QueryField(
            name=name,
            module=module,
            description=inspect.getdoc(function) or f"{name}.",
            permission=declaration.permission,
            function=function,
            arguments=arguments,
            result=without_none(hints["return"])[0],
            subject=subject,
        )

    def _subject(
        self, function: Any, named: str | None, input_type: type[Input] | None, entity: Entity | None, module: str
    ) -> Subject | None:
        """Return the row that a function is about, as its `Info[…]` says."""
        info = next(iter(get_type_hints(function).values()), None)
        model = get_args(info)[0] if get_origin(info) is Info else None
        ids = [(name, self.by_type[target]) for name, target in _required_ids(input_type) if target in self.by_type]
        if model is None:
            own = next((name for name, of in ids if entity is not None and of is entity), None)
            if own is not None and entity is not None and named != "":
                raise PluginError(
                    f'{function.__name__}: its input names a {entity.name} in "{own}": write info: '
                    f'Info[{entity.model.__name__}], the table, and take info.subject, or subject="" if it is not '
                    "about that row",
                    module,
                )
            return None
        fitting = [Subject(name, of) for name, of in ids if of.model is model and named in (None, name)]
        if not fitting:
            wanted = f"a field {named!r} that is" if named else "no field that must be given and is"
            raise PluginError(
                f"{function.__name__} says Info[{model.__name__}], but its input has {wanted} the id of one: "
                "add it, or write Info without it",
                module,
            )
        return fitting[0]


def check_ids(input_type: type[Input], by_type: Mapping[type, Entity], module: str) -> None:
    """Refuse an `ID[…]` of anything but an entity, such as of a table that is called like one.

    Raises:
        PluginError: There is one.
    """
    for field, target in ids_in(input_type):
        if isinstance(target, type) and target not in by_type:
            entity = next((e for e in by_type.values() if e.model is target), None)
            mend = f"write ID[{entity.name}], the entity" if entity else "name an entity"
            raise PluginError(
                f"{input_type.__qualname__}.{field} is an ID of {target.__module__}.{target.__qualname__}, which "
                f"is no entity: {mend}",
                module,
            )


def _required_ids(input_type: type[Input] | None) -> Iterator[tuple[str, type]]:
    """Yield the fields of an input that always hold an id, each with the class that the id is of."""
    for name, field in (input_type.model_fields if input_type else {}).items():
        if field.is_required() and get_origin(field.annotation) is ID:
            yield name, get_args(field.annotation)[0]


def ids_in(input_type: type[Input], outer: frozenset[type] = frozenset()) -> Iterator[tuple[str, Any]]:
    """Yield the fields of an input, and of inputs within it, that hold ids, each with the class that they are of.

    Args:
        outer: Inputs that this one stands in, which are looked at already.
    """
    seen = outer | {input_type}

    def within(annotation: Any) -> Iterator[Any]:
        if get_origin(annotation) is ID:
            yield get_args(annotation)[0]
        elif isinstance(annotation, type) and issubclass(annotation, Input) and annotation not in seen:
            yield from (target for _, target in ids_in(annotation, seen))
        for inner in get_args(annotation):
            yield from within(inner)

    for name, field in input_type.model_fields.items():
        for target in within(field.annotation):
            yield name, target
