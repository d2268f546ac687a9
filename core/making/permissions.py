"""The rights of a set of modules: those that they declare, and those that are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from core.caller import Permission
from core.catalog.catalog import Catalog, Command, Entity, QueryField
from core.errors import PluginError


def asked_for(
    entities: Iterable[Entity], commands: Iterable[Command], queries: Iterable[QueryField]
) -> Iterator[tuple[str, str]]:
    """Yield the permissions that declarations ask for, each with the module that does."""
    for command in commands:
        yield command.module, command.permission
    for query in queries:
        if query.permission is not None:
            yield query.module, query.permission
    for entity in entities:
        for field in entity.fields.values():
            if field.permission is not None:
                yield field.module, field.permission


def declared_permissions(
    constants: Iterable[tuple[str, Permission]], asked_for: Iterable[tuple[str, str]]
) -> Mapping[str, Permission]:
    """Return the rights that the modules declare, as constants of their files or where they are asked for, by name.

    Raises:
        PluginError: Two declarations of one right differ, or a module declares what belongs to another.
    """
    found: dict[str, Permission] = {}
    others: list[tuple[str, Permission]] = []
    for module, permission in (*constants, *asked_for):
        if not isinstance(permission, Permission):
            continue
        if permission.module != module:
            others.append((module, permission))
            continue
        known = found.setdefault(permission, permission)
        if known.titles != permission.titles:
            raise PluginError(f"{permission} is declared twice, with other titles: write it once", module)
    for module, permission in others:
        if permission not in found:
            raise PluginError(
                f"{module} declares the permission {permission}: write {module}.<entity>.<action>", module
            )
    return found


def permissions_of(catalog: Catalog) -> Mapping[str, str]:
    """Return every permission that there is, each with the module it belongs to."""
    entities, commands, queries = catalog.entities.values(), catalog.commands.values(), catalog.queries.values()
    found = {entity.permission("read"): entity.module for entity in entities}
    found |= {permission: permission.module for permission in catalog.permissions.values()}
    for module, permission in asked_for(entities, commands, queries):
        found.setdefault(permission, module)
    return found
