"""Operations answered from a plan, without walking the schema field by field for each row.

A plan covers all that is generated. A field with a resolver of its own is left to graphql-core, with everything around
it still planned; an operation in which anything goes wrong is left to it altogether. Its answer is the same: a plan
costs or saves time, never correctness.

A plan is compiled for the shape of the caller's rights and of the variables; what was compiled serves every request
of that shape.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)
from graphql.execution.values import VariableValues

from core.api.context import Context
from core.api.planned_commands import CommandRoot, run_root
from core.api.planned_events import event_root
from core.api.planned_queries import QueryRoot
from core.api.planned_roots import (
    CompiledRoot,
    Constant,
    NodesRoot,
    PageRoot,
    PlannedRoot,
    ResolverRoot,
    RowRoot,
    StatsRoot,
)
from core.bounded import Bounded
from core.catalog.catalog import Catalog, Entity, QueryField
from core.data.errors import DatabaseUnavailableError
from core.errors import BadInputError, Refusal
from core.read.compiling import JsonCompiler
from core.read.cursors import CursorError
from core.read.reader import Reader
from core.read.selection import FieldArguments, Selector, late_variables, shape_of
from core.read.unplanned import NotPlannedError, Reason

if TYPE_CHECKING:
    from core.kernel import Kernel

Compiled = Bounded["tuple[Plan, str, tuple[Any, ...]]", "list[tuple[str, CompiledRoot]]"]
COMPILED_LIMIT = 2000
Resolve = Callable[[], Awaitable[None]]


class Plan:
    """The plan of a query, or of each event of a subscription.

    Attributes:
        roots: By response key.
    """

    def __init__(self, selector: Selector, roots: Sequence[tuple[str, PlannedRoot]]) -> None:
        self.selector = selector
        self.roots = roots

    def compiled(self, reader: Reader, kept: Compiled) -> list[tuple[str, CompiledRoot]]:
        """Return the plan compiled for requests such as this one."""
        by_value = self.selector.by_value
        key = (self, reader.access.caller.shape, shape_of(reader.variables, by_value))
        return kept.get(key) or kept.keep(key, self._compile(reader, late_variables(reader.variables, by_value)))

    def _compile(self, reader: Reader, variables: VariableValues) -> list[tuple[str, CompiledRoot]]:
        compiler = JsonCompiler(reader, variables, self.selector)
        return [(key, root.compile(compiler)) for key, root in self.roots]

    async def run(self, context: Context, kept: Compiled, resolve: Resolve, event: Any = None) -> dict[str, Any]:
        """Return the data of the response, for orjson to write.

        Args:
            resolve: Lets graphql-core give the parts that wait for it.
            event: What a subscription delivers.
        """
        data: dict[str, Any] = {}
        for (key, root), (_, compiled) in zip(self.roots, self.compiled(context.reader, kept), strict=True):
            sent, waiting = context.reader.sent, len(context.reader.pending)
            try:
                value = await root.run(context) if isinstance(root, QueryRoot) else event
                data[key] = await compiled.read(context.reader, value)
            except Exception as error:
                if is_final(error, context.reader, sent):
                    context.answers[key] = error
                del context.reader.pending[waiting:]  # of a field that is given up
                await resolve()
                context.finished = data
                raise
        await resolve()
        return data


def is_final(error: Exception, reader: Reader, sent: int) -> bool:
    """Tell whether a field fails for good, so that it is not asked again; without an answer of the database, none is.

    Args:
        sent: How many statements were sent before the field.
    """
    if isinstance(error, DatabaseUnavailableError):
        reader.ended = error
        return True
    if isinstance(error, Refusal):
        return True
    # A statement of PostgreSQL may be about several levels, and what is wrong below no row is no mistake.
    certain = CursorError if reader.database.dialect == "postgres" else BadInputError
    return isinstance(error, certain) and reader.sent > sent


class MutationPlan(Plan):
    """The plan of a mutation: each answer is complete before the next command runs, which may change its rows."""

    async def run(self, context: Context, kept: Compiled, resolve: Resolve, event: Any = None) -> dict[str, Any]:
        for (key, root), (_, compiled) in zip(self.roots, self.compiled(context.reader, kept), strict=True):
            if isinstance(root, CommandRoot):
                if root.arguments.given(context.reader.variables).get("dryRun"):
                    raise NotPlannedError(Reason.DRY_RUN, "a dry run reads its rows before it is undone")
                await run_root(context, key, root, compiled)
            outcome = context.answers.get(key)
            if isinstance(outcome, Exception):
                raise outcome
            sent = context.reader.sent
            try:
                answer = await compiled.read(context.reader, outcome)
                await resolve()
            except DatabaseUnavailableError as error:
                is_final(error, context.reader, sent)
                raise
            context.finished[key] = answer
        return context.finished


def without(
    kernel: Kernel, document: DocumentNode, definition: OperationDefinitionNode, context: Context
) -> DocumentNode:
    """Return the document of an operation without the fields that have been answered in full."""
    assert context.coerced is not None  # otherwise nothing has been run
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    selector = Selector(kernel.schema.graphql, fragments, context.coerced)
    root = "Mutation" if definition.operation is OperationType.MUTATION else "Query"
    groups = selector.collect([_whole(definition)], root)
    left = tuple(node for key, nodes in groups.items() if key not in context.finished for node in nodes)
    rest = replace(definition, selection_set=SelectionSetNode(selections=left))
    return DocumentNode(definitions=tuple(rest if one is definition else one for one in document.definitions))


def _whole(definition: OperationDefinitionNode) -> FieldNode:
    return FieldNode(name=None, selection_set=definition.selection_set)  # type: ignore[arg-type]  # only its selections count


def plan_operation(
    kernel: Kernel, definition: OperationDefinitionNode, fragments: Mapping[str, Any], directives: VariableValues
) -> Plan:
    """Plan an operation.

    Args:
        directives: The variables that decide about `@include` and `@skip`; the plan holds for these values alone.

    Raises:
        NotPlannedError: Part of it can't be planned.
    """
    selector = Selector(kernel.schema.graphql, fragments, directives)
    planner = _Planner(kernel.catalog, selector)
    node = _whole(definition)
    if definition.operation is OperationType.MUTATION:
        groups = selector.collect([node], "Mutation")
        return MutationPlan(selector, [(key, planner.command(group)) for key, group in groups.items()])
    if definition.operation is OperationType.SUBSCRIPTION:
        groups = selector.collect([node], "Subscription")
        return Plan(selector, [(key, event_root(kernel.catalog, selector, group)) for key, group in groups.items()])
    groups = selector.collect([node], "Query")
    return Plan(selector, [(key, planner.root(group)) for key, group in groups.items()])


class _Planner:
    def __init__(self, catalog: Catalog, selector: Selector) -> None:
        self.catalog = catalog
        self.selector = selector
        self.roots: dict[str, Callable[[Sequence[FieldNode], FieldArguments], PlannedRoot]] = {
            "node": self._node,
            "nodes": self._nodes,
        }
        for entity in catalog.entities.values():
            self.roots[entity.singular] = partial(self._row, entity)
            self.roots[entity.plural] = partial(self._page, entity)
            self.roots[f"{entity.singular}Stats"] = partial(self._stats, entity)
        for query in catalog.queries.values():
            self.roots[query.name] = partial(self._query, query)

    def root(self, nodes: Sequence[FieldNode]) -> PlannedRoot:
        """Plan a field of Query."""
        name = nodes[0].name.value
        if name == "__typename":
            return Constant("Query")
        plan = self.roots.get(name)
        if plan is None:
            self.selector.resolvers.setdefault(f"Query.{name}")
            return ResolverRoot(nodes)
        return plan(nodes, self.selector.arguments("Query", nodes[0]))

    def _row(self, entity: Entity, nodes: Sequence[FieldNode], arguments: FieldArguments) -> PlannedRoot:
        return RowRoot(entity, arguments, self.selector.rows(nodes, entity))

    def _page(self, entity: Entity, nodes: Sequence[FieldNode], arguments: FieldArguments) -> PlannedRoot:
        return PageRoot(self.selector.page(nodes, entity, arguments))

    def _stats(self, entity: Entity, nodes: Sequence[FieldNode], arguments: FieldArguments) -> PlannedRoot:
        return StatsRoot(self.selector.stats(nodes, entity, arguments))

    def _query(self, query: QueryField, nodes: Sequence[FieldNode], arguments: FieldArguments) -> PlannedRoot:
        try:
            return QueryRoot(query, self.catalog, self.selector, nodes, arguments)
        except NotPlannedError:
            self.selector.resolvers.setdefault(f"Query.{query.name}")
            return ResolverRoot(nodes)

    def _node(self, nodes: Sequence[FieldNode], arguments: FieldArguments) -> PlannedRoot:
        return NodesRoot(self.catalog, self.selector, nodes, arguments, many=False)

    def _nodes(self, nodes: Sequence[FieldNode], arguments: FieldArguments) -> PlannedRoot:
        return NodesRoot(self.catalog, self.selector, nodes, arguments, many=True)

    def command(self, nodes: Sequence[FieldNode]) -> PlannedRoot:
        """Plan a field of Mutation."""
        name = nodes[0].name.value
        if name == "__typename":
            return Constant("Mutation")
        command = self.catalog.commands.get(name)
        if command is None:
            raise NotPlannedError(Reason.OWN_RESOLVER, f"Mutation.{name} has a resolver of its own")
        return CommandRoot(command, self.selector, nodes, self.selector.arguments("Mutation", nodes[0]))


def directive_variables(document: Any) -> frozenset[str]:
    """Return the names of the variables that decide about `@include` and `@skip`."""
    found: set[str] = set()

    def look(node: Any) -> None:
        for directive in getattr(node, "directives", None) or ():
            for argument in directive.arguments or ():
                if argument.value.kind == "variable":
                    found.add(argument.value.name.value)
        selections = getattr(node, "selection_set", None)
        for child in selections.selections if selections else ():
            look(child)

    for definition in document.definitions:
        look(definition)
    return frozenset(found)
