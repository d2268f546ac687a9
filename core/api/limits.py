"""How large an operation may be, measured in one pass that looks at each fragment once."""

from __future__ import annotations

from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What is allowed; introspection does not count towards the depth, as GraphiQL's own query is 15 deep."""

    characters: int = 15_000
    tokens: int = 1000
    depth: int = 12
    aliases: int = 15
    directives: int = 20


@dataclass(frozen=True, slots=True)
class Size:
    """How large a selection is, its fragments included as often as they are spread."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0


class _Measure:
    def __init__(self, document: DocumentNode) -> None:
        self.fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self.known: dict[str, Size] = {}

    def selections(self, node: SelectionSetNode | None) -> Size:
        depth = aliases = directives = 0
        for child in node.selections if node else ():
            size = self._selection(child)
            depth = max(depth, size.depth)
            aliases += size.aliases
            directives += size.directives + len(child.directives or ())
        return Size(depth, aliases, directives)

    def _selection(self, node: object) -> Size:
        if isinstance(node, FragmentSpreadNode):
            return self._fragment(node.name.value)
        inner = self.selections(getattr(node, "selection_set", None))
        if not isinstance(node, FieldNode):
            return inner
        depth = 0 if node.name.value.startswith("__") else inner.depth + 1
        return Size(depth, inner.aliases + (node.alias is not None), inner.directives)

    def _fragment(self, name: str) -> Size:
        found = self.known.get(name)
        if found is None:
            found = self.known[name] = self.selections(self.fragments[name].selection_set)
        return found


def too_large(document: DocumentNode, limits: Limits) -> list[GraphQLError]:
    """Return an error for each limit that an operation of a valid document exceeds."""
    measure = _Measure(document)
    errors = []
    for definition in document.definitions:
        if not isinstance(definition, OperationDefinitionNode):
            continue
        size = measure.selections(definition.selection_set)
        for what in ("depth", "aliases", "directives"):
            found, allowed = getattr(size, what), getattr(limits, what)
            if found > allowed:
                text = f"the operation's {what} is {found}; {allowed} is allowed. Ask for less at once"
                errors.append(GraphQLError(text, definition))
    return errors
