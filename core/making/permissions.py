"""The rights of a set of modules: those that they declare, and those that are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from strawberry.types.field import StrawberryField

from core.caller import Permission
from core.catalog.catalog import Catalog, Command, Entity, QueryField, ResolverField
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


def asked_for_by_plain_fields(
    roots: Iterable[tuple[str, type]], extensions: Iterable[tuple[str, StrawberryField]], entities: Iterable[Entity]
) -> Iterator[tuple[str, str]]:
    """Yield the permissions that fields with resolvers of their own ask for, each with the module that does.

    Args:
        roots: Classes with fields of Query, Mutation or Subscription.
        extensions: Fields that extend plain types.
    """
    fields = [(module, field) for module, cls in roots for field in cls.__strawberry_definition__.fields]  # type: ignore[attr-defined]  # a Strawberry type
    resolvers = [f for entity in entities for f in entity.fields.values() if isinstance(f, ResolverField)]
    for module, field in (*fields, *extensions, *((own.module, own.field) for own in resolvers)):
        permission = dict(field.metadata or {}).get("permission")
        if permission is not None:
            yield module, permission


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
    # By plain text: a Permission is no key of JSON, where roles keep them.
    found |= {str(permission): permission.module for permission in catalog.permissions.values()}
    roots = [one for classes in catalog.plain_roots.values() for one in classes]
    extensions = [one for fields in catalog.plain_extensions.values() for one in fields]
    plain = asked_for_by_plain_fields(roots, extensions, entities)
    for module, permission in (*asked_for(entities, commands, queries), *plain):
        found.setdefault(str(permission), module)
    return found
