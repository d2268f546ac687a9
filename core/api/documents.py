"""Operations as they are kept between requests: parsed, validated, measured and planned once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    StringValueNode,
    ValuesOfCorrectTypeRule,
    Visitor,
    parse,
    specified_rules,
    validate,
    visit,
)

from core.api.introspection import Introspection, introspects, mixed
from core.api.limits import Size, sizes
from core.api.lookups import Place, Places
from core.api.mistakes import LiteralsOfCorrectTypeRule, syntax_error, validation_error
from core.api.planned import COMPILED_LIMIT, Compiled, Plan, directive_variables
from core.api.responses import MAX_ERRORS
from core.api.unplanned import Unplanned
from core.api.variables import Variables
from core.bounded import Bounded
from core.limits import LIMITS

if TYPE_CHECKING:
    from core.kernel import Kernel

PLANS_PER_OPERATION = 16
RULES = tuple(LiteralsOfCorrectTypeRule if rule is ValuesOfCorrectTypeRule else rule for rule in specified_rules)


@dataclass(frozen=True, slots=True)
class PreparedOperation:
    """One operation of a document.

    Attributes:
        deciding: Variables that decide about `@include` and `@skip`.
        places: Where it may look protected values up.
        introspects: Whether it asks about the schema alone.
        plans: By the values of those variables; or why there is none.
    """

    document: DocumentNode
    definition: OperationDefinitionNode
    size: Size
    variables: Variables
    deciding: tuple[str, ...]
    places: tuple[Place, ...]
    introspects: bool
    plans: Bounded[tuple[object, ...], Plan | Unplanned] = field(default_factory=lambda: Bounded(PLANS_PER_OPERATION))

    def fragments(self) -> dict[str, FragmentDefinitionNode]:
        """Return the fragments that it may spread, by name."""
        return {d.name.value: d for d in self.document.definitions if isinstance(d, FragmentDefinitionNode)}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A parsed and validated document.

    Attributes:
        operations: By name; the only one may have none.
    """

    operations: Mapping[str | None, PreparedOperation]

    def operation(self, name: str | None) -> PreparedOperation | None:
        """Return the operation to run: the named one, or the only one."""
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        return self.operations.get(name) if name is not None else None


class Documents:
    """Operations of one schema, the most recently used ones.

    Attributes:
        compiled: Their plans, compiled for the shapes of requests that came.
        introspection: What was answered about the schema itself.
    """

    def __init__(self, limit: int = 500) -> None:
        self._known: Bounded[str, Prepared | list[GraphQLError]] = Bounded(limit)
        self.compiled: Compiled = Bounded(COMPILED_LIMIT)
        self.introspection = Introspection()

    def get(self, kernel: Kernel, text: str) -> Prepared | list[GraphQLError]:
        """Return the document of a text, or what is wrong with it."""
        return self._known.get(text) or self._known.keep(text, _read(kernel, text))


def _read(kernel: Kernel, text: str) -> Prepared | list[GraphQLError]:
    if len(text) > LIMITS.characters:
        return [GraphQLError(f"the operation has {len(text)} characters; {LIMITS.characters} are allowed")]
    try:
        document = parse(text, max_tokens=LIMITS.tokens)
    except GraphQLSyntaxError as error:
        return [syntax_error(error)]
    except RecursionError:
        return [GraphQLError("the operation is nested too deeply")]
    # PostgreSQL keeps no U+0000 in a text; only an escape can bring one into a document.
    if "\\u" in text and (found := _with_nul(document)) is not None:
        return [GraphQLError("a text must not contain the character U+0000", found)]
    hidden = kernel.schema.config.disable_field_suggestions
    errors = validate(
        kernel.schema.graphql,
        document,
        (*RULES, NoSchemaIntrospectionCustomRule) if hidden else RULES,
        max_errors=MAX_ERRORS,
        hide_suggestions=hidden,
    )
    return list(map(validation_error, errors)) or _prepared(kernel, document)


def _prepared(kernel: Kernel, document: DocumentNode) -> Prepared | list[GraphQLError]:
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    deciding = tuple(sorted(directive_variables(document)))
    schema = kernel.schema.graphql
    measured = sizes(schema, kernel.catalog, document)
    places = Places(kernel.catalog, schema, document)
    found: dict[str | None, PreparedOperation] = {}
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            if wrong := mixed(definition, fragments):
                return [wrong]
            name = definition.name.value if definition.name else None
            variables = Variables(schema, definition)
            found[name] = PreparedOperation(
                document,
                definition,
                measured[name],
                variables,
                deciding,
                places.of(definition),
                introspects(definition, fragments),
            )
    return Prepared(found)


def _with_nul(document: DocumentNode) -> StringValueNode | None:
    finder = _NulFinder()
    visit(document, finder)
    return finder.found


class _NulFinder(Visitor):
    found: StringValueNode | None = None

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        if "\0" in node.value:
            self.found = self.found or node
