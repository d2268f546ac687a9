"""The commands that every entity has without a word from its author: create, update, archive and their batch forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, create_model
from pydantic_core import PydanticCustomError

from core.caller import Reach
from core.catalog.catalog import (
    Column,
    Command,
    Entity,
    Function,
    Subject,
    ToOneField,
    ValueField,
)
from core.catalog.declare import ID, Info, Input
from core.data.model import Record
from core.errors import ConflictRefusal, PermissionRefusal, PluginError, Refusal, ValidationRefusal
from core.events.changes import RowChanged
from core.kinds.limits import limits_text
from core.scope import Scope

BATCH_LIMIT = 100


def generated_commands(entity: Entity, store: type) -> Iterator[Command]:
    """Yield the commands that the declaration of an entity asks for.

    Args:
        store: The class of the entity that stores are.
    """
    declaration = entity.declaration
    what = entity.name
    if declaration.create is not False:
        single = _create_input(entity, store)
        yield _command(entity, "create", single, _creator(entity), f"Create one {what}.")
        yield _batch(entity, "create", single, _creator(entity), f"Create several {what}s: all of them, or none.")
    if declaration.update is not False and not entity.append_only:
        single = _update_input(entity)
        yield _command(entity, "update", single, _updater(entity), f"Change the named fields of one {what}.")
        yield _batch(entity, "update", single, _updater(entity), f"Change several {what}s: all of them, or none.")
    if declaration.archive and not entity.append_only:
        fields = {"id": (ID[entity.cls], _described(f"The {what}."))}  # type: ignore[name-defined]  # a class at run time
        single = _input(f"Archive{what}Input", f"Which {what} to take out of use.", fields)
        yield _command(entity, "archive", single, _archiver(entity), f"Take one {what} out of use; it stays on record.")
        yield _batch(entity, "archive", single, _archiver(entity), f"Take several {what}s out of use: all, or none.")


def _described(text: str, **limits: Any) -> Any:
    return Field(description=text, **limits)


def _input(name: str, text: str, fields: dict[str, Any]) -> type[Input]:
    return create_model(name, __base__=Input, __doc__=text, **fields)


def _command(entity: Entity, action: str, input_type: type[Input], function: Function, description: str) -> Command:
    return Command(
        name=f"{action}{entity.name}",
        module=entity.module,
        description=description,
        permission=entity.permission(action),
        function=function,
        entity=entity,
        input_type=input_type,
        subject=None if action == "create" else Subject("id", entity),
        input_extensions=extension_parts(entity, action),
    )


def extension_parts(entity: Entity, action: str) -> Mapping[str, type[Input]]:
    """Return what modules add to the input of an entity's command `create` or `update`, by field name."""
    return {"create": entity.create_extensions, "update": entity.update_extensions}.get(action, {})


def _batch(entity: Entity, action: str, single: type[Input], one: Function, description: str) -> Command:
    plural = entity.plural_name
    items = Annotated[list[single], _described(f"1 to {BATCH_LIMIT} of them.", min_length=1, max_length=BATCH_LIMIT)]  # type: ignore[valid-type]  # a class at run time

    async def run(info: Info, input: Any) -> list[Record]:
        rows = []
        for index, item in enumerate(input.items):
            try:
                subject = None if action == "create" else await _of_item(info.scope, item)
                rows.append(await one(Info(info.scope, subject), item))
            except Refusal as refusal:
                refusal.path = ("items", index, *refusal.path)
                raise
        return rows

    async def _of_item(scope: Scope, item: Any) -> Record:
        return await scope.get(entity.model, item.id.uuid, permission=entity.permission(action))

    return Command(
        name=f"{action}{plural}",
        module=entity.module,
        description=description,
        permission=entity.permission(action),
        function=run,
        entity=entity,
        input_type=_input(
            f"{action[0].upper()}{action[1:]}{plural}Input", f"Several {entity.name}s at once.", {"items": (items, ...)}
        ),
        many=True,
        item_extensions=extension_parts(entity, action),
    )


def _written_fields(entity: Entity, wanted: Sequence[str] | bool) -> list[ValueField | ToOneField]:
    by_name = {field.name: field for field in entity.fields.values() if field.module == entity.module}
    if isinstance(wanted, bool):
        names = [
            name
            for name, field in by_name.items()
            if isinstance(field, ValueField | ToOneField)
            and name not in ("version", "created_at", "updated_at", "archived_at", "store", *entity.machines)
        ]
    else:
        names = list(wanted)
    fields = []
    for name in names:
        field = by_name.get(name)
        if not isinstance(field, ValueField | ToOneField):
            raise PluginError(f"{entity.name}: create/update names {name!r}, which is no column of it", entity.module)
        if name in entity.machines:
            raise PluginError(
                f"{entity.name}: create/update names {name!r}, which its state machine moves", entity.module
            )
        fields.append(field)
    return fields


def _annotation(field: ValueField | ToOneField) -> Any:
    if isinstance(field, ToOneField):
        return ID[field.target.cls]  # type: ignore[name-defined]  # a class at run time
    kind = field.kind
    if kind.as_annotated:
        return field.annotation
    annotation = kind.python if kind.written is None else Annotated[kind.written, AfterValidator(kind.parse)]
    return Annotated[annotation, Field(**kind.limits)] if kind.limits else annotation


def _text(field: ValueField | ToOneField) -> str:
    """Return the description of an input's field, its limits included."""
    limits = limits_text(field.column.kind)
    return f"{field.description} {limits}" if limits else field.description


def _is_optional(field: ValueField | ToOneField) -> bool:
    column = field.column
    return column.nullable or _has_default(column)


def _has_default(column: Column) -> bool:
    """Tell whether a row has a value there that nobody gives."""
    return column.field.default is not None or column.field.has_db_default()


def _new_id(value: ID[Any]) -> ID[Any]:
    if value.uuid.version != 7:
        raise PydanticCustomError("uuid7", "a new id is made of a UUIDv7, this one is of another version")
    return value


def _check_complete(entity: Entity, fields: list[ValueField | ToOneField]) -> None:
    """Refuse a create command that can't make a row, because a column that must have a value gets none."""
    given = {"id", "version", "created_at", "updated_at", "store_id"}
    for field in fields:
        given |= {field.column.attribute, *(part.attribute for part in field.column.parts.values())}
    if entity.owner_column is not None:
        given.add(entity.owner_column.attribute)
    missing = [
        column.attribute
        for column in entity.columns.values()
        if column.attribute not in given and not column.parts and not column.nullable and not _has_default(column)
    ]
    if missing:
        raise PluginError(
            f"create{entity.name} can't fill {', '.join(missing)}: add them to create, give them a default, or write "
            "create=False",
            entity.module,
        )


def _create_input(entity: Entity, store: type) -> type[Input]:
    own_id = Annotated[ID[entity.cls], AfterValidator(_new_id)] | None  # type: ignore[name-defined]  # a class at run time
    fields: dict[str, Any] = {
        "id": (own_id, Field(None, description="An id made by the client of a UUIDv7, for chains of offline commands."))
    }
    if not entity.of_group:
        fields["store"] = (ID[store] | None, Field(None, description="The store; the caller's own without it."))  # type: ignore[valid-type]  # a class at run time
    written = _written_fields(entity, entity.declaration.create)
    _check_complete(entity, written)
    for field in written:
        kind = _annotation(field)
        if _is_optional(field):
            fields[field.name] = (kind | None, Field(None, description=_text(field)))
        else:
            fields[field.name] = (kind, Field(description=_text(field)))
    return _input(f"Create{entity.name}Input", f"What a new {entity.name} begins with.", fields)


def _update_input(entity: Entity) -> type[Input]:
    fields: dict[str, Any] = {"id": (ID[entity.cls], Field(description=f"The {entity.name} to change."))}  # type: ignore[name-defined]  # a class at run time
    for field in _written_fields(entity, entity.declaration.update):
        fields[field.name] = (_annotation(field) | None, Field(None, description=_text(field)))
    text = f"Which {entity.name} to change, and how; fields that are left out stay as they are."
    return _input(f"Update{entity.name}Input", text, fields)


def _creator(entity: Entity) -> Function:
    fields = _written_fields(entity, entity.declaration.create)

    async def create(info: Info, input: Any) -> Record:
        scope = info.scope
        values = await _values(scope, input, fields)
        if not entity.of_group:
            values["store_id"] = _store(scope, entity, input.store.uuid if input.store else None)
        await _own(scope, entity, values)
        if input.id is not None:
            values["id"] = await _unused(entity, input.id.uuid)
        row = entity.model(**values)
        await row.save()
        _tell(scope, entity, row, "created")
        return row

    return create


def _updater(entity: Entity) -> Function:
    fields = _written_fields(entity, entity.declaration.update)

    async def update(info: Info[Record], input: Any) -> Record:
        row = info.subject
        for name, value in (await _values(info.scope, input, fields)).items():
            setattr(row, name, value)
        await row.save()
        _tell(info.scope, entity, row, "updated")
        return row

    return update


def _archiver(entity: Entity) -> Function:
    async def archive(info: Info[Record], input: Any) -> Record:
        row = info.subject
        await row.archive()
        _tell(info.scope, entity, row, "archived")
        return row

    return archive


async def _values(scope: Scope, input: Any, fields: list[ValueField | ToOneField]) -> dict[str, Any]:
    """Return model attributes for what the client sent; rows referred to must be in the caller's sight."""
    values: dict[str, Any] = {}
    for field in fields:
        if field.name not in input.model_fields_set:
            continue
        value = getattr(input, field.name)
        if value is None and not field.column.nullable:
            raise ValidationRefusal(f"{field.graphql_name} can't be null", path=(field.graphql_name,))
        if isinstance(field, ToOneField):
            if value is not None:
                await _check_reference(scope, field, value.uuid)
            values[field.column.attribute] = None if value is None else value.uuid
        else:
            values[field.column.attribute] = value
    return values


async def _check_reference(scope: Scope, field: ToOneField, row_id: UUID) -> None:
    try:
        await scope.get(field.target.model, row_id)
    except Refusal as refusal:
        refusal.path = (field.graphql_name,)
        raise


def _store(scope: Scope, entity: Entity, named: UUID | None) -> UUID:
    store_id = named or scope.store_id
    if scope.caller.reach_in(entity.permission("create"), store_id) is None:
        raise ValidationRefusal("this is not one of your stores", path=("store",))
    return store_id


async def _own(scope: Scope, entity: Entity, values: dict[str, Any]) -> None:
    """Give the new row to the caller unless the input gives it to somebody; OWN reach can't give rows away."""
    column = entity.owner_column
    if column is None:
        return
    if values.get(column.attribute) is None:
        values[column.attribute] = scope.caller.user_id
    permission = entity.permission("create")
    store_id = values.get("store_id")
    reach = scope.caller.reach_in(permission, store_id) if store_id else scope.caller.reach(permission)
    if reach is Reach.OWN and values[column.attribute] != scope.caller.user_id:
        raise PermissionRefusal(permission)


async def _unused(entity: Entity, row_id: UUID) -> UUID:
    if await entity.model.filter(id=row_id).exists():
        raise ConflictRefusal(
            f"there is a {entity.name} with this id already",
            path=("id",),
            row=(entity.model, row_id),
        )
    return row_id


def _tell(scope: Scope, entity: Entity, row: Record, what: str) -> None:
    scope.publish(RowChanged(entity=entity.name, module=entity.module, row_id=row.id, version=row.version, change=what))
