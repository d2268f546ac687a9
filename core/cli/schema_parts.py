"""What a module adds to the schema, as text that stands on the parts of the modules that it requires."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from graphql import (
    ConstDirectiveNode,
    DefinitionNode,
    DirectiveDefinitionNode,
    EnumTypeDefinitionNode,
    EnumTypeExtensionNode,
    InputObjectTypeDefinitionNode,
    InputObjectTypeExtensionNode,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
    NameNode,
    Node,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    TypeDefinitionNode,
    TypeExtensionNode,
    UnionTypeDefinitionNode,
    UnionTypeExtensionNode,
    parse,
    print_ast,
)

from core.errors import ForecourtError

Known = Mapping[str, Mapping[str, str]]
"""By name of a type or directive, its members as text by what they are called."""

_EXTENSIONS: Final[Mapping[type[Node], type[TypeExtensionNode]]] = {
    ObjectTypeDefinitionNode: ObjectTypeExtensionNode,
    InterfaceTypeDefinitionNode: InterfaceTypeExtensionNode,
    InputObjectTypeDefinitionNode: InputObjectTypeExtensionNode,
    EnumTypeDefinitionNode: EnumTypeExtensionNode,
    UnionTypeDefinitionNode: UnionTypeExtensionNode,
}
_MEMBERS: Final = ("interfaces", "fields", "values", "types")


class NotAdditiveError(ForecourtError):
    """A module changes what is there without it, or brings what another brings too."""

    code = "SCHEMA_NOT_ADDITIVE"


def added(whole: str, parts: Iterable[str]) -> str:
    """Return what a schema has beyond the parts of another: new types, and extensions of those that were there.

    Empty if there is nothing.

    Raises:
        NotAdditiveError: Something of the parts is another in the schema, or missing, or in two of them.
    """
    known = _known(parts)
    definitions = [node for node in parse(whole, no_location=True).definitions if _name(node)]
    missing = known.keys() - {_name(node) for node in definitions}
    if missing:
        raise NotAdditiveError(f"the schema lacks {', '.join(sorted(missing))}, which is there with fewer modules")
    found = [_beyond(node, known.get(_name(node))) for node in definitions]
    return "".join(f"{print_ast(node)}\n\n" for node in found if node is not None)[:-1]


def _known(parts: Iterable[str]) -> Known:
    known: dict[str, dict[str, str]] = {}
    for part in parts:
        for name, more in _of_part(part):
            members = known.setdefault(name, {})
            twice = members.keys() & more.keys()
            if twice:
                raise NotAdditiveError(
                    f"two modules bring {name} ({', '.join(sorted(twice))}): let the kernel, or a module that both "
                    "require, have it"
                )
            members |= more
    return known


@lru_cache(maxsize=64)
def _of_part(part: str) -> Sequence[tuple[str, Mapping[str, str]]]:
    """Return name and members of each definition; one part is below many others, and reading it takes long."""
    return [(_name(node), _members(node)) for node in parse(part, no_location=True).definitions]


def _beyond(node: DefinitionNode, known: Mapping[str, str] | None) -> DefinitionNode | None:
    """Return what a definition has beyond what is known of it, as an extension if anything is known."""
    if known is None:
        return node
    members = _members(node)
    changed = [name for name, text in known.items() if members.get(name) != text]
    if changed:
        raise NotAdditiveError(f"{_name(node)} changes with more modules: {', '.join(changed)}")
    extension = _EXTENSIONS.get(type(node))
    if members.keys() == known.keys() or extension is None:
        return None
    kept: dict[str, Any] = {
        kind: tuple(member for member in getattr(node, kind) if _member(kind, member) not in known)
        for kind in _MEMBERS
        if getattr(node, kind, None)
    }
    return extension(name=NameNode(value=_name(node)), directives=(), **kept)


def _members(node: DefinitionNode) -> Mapping[str, str]:
    """Return what a definition or extension has, one by one, and under no name what stands before it."""
    members = {
        _member(kind, member): print_ast(member) for kind in _MEMBERS for member in getattr(node, kind, None) or ()
    }
    return members if isinstance(node, TypeExtensionNode) else {"its head": _head(node), **members}


def _head(node: DefinitionNode) -> str:
    if isinstance(node, DirectiveDefinitionNode):
        return print_ast(node)
    assert isinstance(node, TypeDefinitionNode)
    directives: tuple[ConstDirectiveNode, ...] = tuple(node.directives or ())
    text = node.description.value if node.description else ""
    return f"{node.kind} {text!r} {' '.join(map(print_ast, directives))}"


def _member(kind: str, node: Node) -> str:
    return f"implements {_name(node)}" if kind == "interfaces" else _name(node)


def _name(node: Node) -> str:
    """Return what a definition or member is called; empty for the schema itself."""
    name = getattr(node, "name", None)
    return name.value if name else ""
