"""What graphql-core calls for planned fields: roots ask the read seam, everything below picks answers out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from graphql import GraphQLResolveInfo, get_named_type

from core.api.commands import Answer, row_ids, run_root_command
from core.api.context import Context, read_rows, rows_again
from core.api.planned_roots import NODES_LIMIT
from core.api.queries import run_root_query
from core.api.scalars import PageInfo
from core.catalog.catalog import Catalog, Command, Entity, QueryField
from core.errors import BadInputError
from core.ids import parse_global_id, row_id_of
from core.read.plan import Page, Row
from core.read.selection import GivenArguments
from core.read.stats import Group
from core.write.pipeline import Result

Resolver = Callable[..., Any]


def answer(source: Row, info: GraphQLResolveInfo[Any], **_: Any) -> Any:
    """Return what the plan fetched for a field of a row, or raise what is wrong with a list below it."""
    found = source.answers[str(info.path.key)]
    if isinstance(found, Exception):
        raise found
    return found


@dataclass(frozen=True, slots=True)
class Edge:
    """One edge of a page.

    Attributes:
        key: Response key under which the edges were asked for.
    """

    page: Page
    index: int
    key: str


def page_part(source: Page | Edge, info: GraphQLResolveInfo[Any]) -> Any:
    """Return a field of a connection or an edge."""
    key = str(info.path.key)
    if isinstance(source, Edge):
        if info.field_name == "cursor":
            return source.page.cursor(source.index)
        return source.page.rows[source.page.plan.places[source.key, key]][source.index]
    if info.field_name == "nodes":
        return source.rows[source.plan.places[key,]]
    if info.field_name == "edges":
        return [Edge(source, index, key) for index in range(source.count)]
    if info.field_name == "pageInfo":
        return PageInfo(
            has_next_page=source.has_next,
            has_previous_page=source.has_previous,
            start_cursor=source.cursor(0) if source.plan.wants_cursors and source.count else None,
            end_cursor=source.cursor(source.count - 1) if source.plan.wants_cursors and source.count else None,
        )
    return source.total


@dataclass(frozen=True, slots=True)
class GroupPart:
    """The measures of one function, or the key, of a group."""

    values: Mapping[str, Any]


def stats_part(source: Group | GroupPart, info: GraphQLResolveInfo[Any]) -> Any:
    """Return a field of an aggregate."""
    name = info.field_name
    if isinstance(source, GroupPart):
        return source.values.get(name)
    if name == "count":
        return source.count
    if name == "key":
        return GroupPart(source.key)
    return GroupPart({field: value for (how, field), value in source.measures.items() if how == name})


def payload_part(source: Answer, info: GraphQLResolveInfo[Any]) -> Any:
    """Return a field of a command's payload: its rows are read through the caller's selection and rights."""
    if info.field_name == "problems":
        return source.problems
    entity = source.command.entity
    if source.problems:
        return None
    if source.seen is not None:
        return source.seen.get(str(info.path.key))
    if entity is None:
        return source.value
    return _payload_rows(source, entity, info)


async def _payload_rows(source: Answer, entity: Entity, info: GraphQLResolveInfo[Any]) -> Any:
    return _of_payload(source.command, await read_rows(info, entity, source.row_ids))


def _of_payload(command: Command, rows: Sequence[Row | None]) -> Any:
    if not command.many:
        return next(iter(rows), None)
    # The order is that of the input's items, so a row out of sight can't be left out.
    return None if None in rows else rows


async def _seen(command: Command, info: GraphQLResolveInfo[Any], results: Sequence[Result]) -> Mapping[str, Any]:
    """Return the rows of a payload by response key."""
    if command.entity is None:
        return {}
    context: Context = info.context
    parts = context.selector(info).collect(info.field_nodes, f"{command.name[0].upper()}{command.name[1:]}Payload")
    return {
        key: _of_payload(command, await read_rows(info, command.entity, row_ids(results), nodes))
        for key, nodes in parts.items()
        if nodes[0].name.value not in ("problems", "__typename")
    }


def _unless_failed(resolve: Resolver) -> Resolver:
    """Return a resolver that raises what its field has raised in a plan, instead of asking again."""

    async def resolved(_: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        outcome = info.context.answers.get(str(info.path.key))
        if isinstance(outcome, Exception):
            raise outcome
        return await resolve(_, info, **arguments)

    return resolved


def root_resolver(kind: str, target: Any = None) -> Resolver:
    """Return the resolver of a root field for an entity or a command."""
    makers: dict[str, Callable[[Any], Resolver]] = {
        "row": _row,
        "page": _page,
        "stats": _stats,
        "node": lambda _: _node,
        "nodes": lambda _: _nodes,
        "command": _command,
        "query": _query,
    }
    return _unless_failed(makers[kind](target))


def _row(entity: Entity) -> Resolver:
    async def resolve(_: Any, info: GraphQLResolveInfo[Any], *, id: str) -> Row | None:
        row_id = row_id_of(id, entity.name)
        info.context.reader.access.require_read(entity)
        return (await read_rows(info, entity, [row_id]))[0]

    return resolve


def _page(entity: Entity) -> Resolver:
    async def resolve(_: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Page:
        context: Context = info.context
        plan = context.selector(info).page(info.field_nodes, entity, GivenArguments(arguments))
        return await context.reader.page(plan)

    return resolve


def _stats(entity: Entity) -> Resolver:
    async def resolve(_: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> list[Group]:
        context: Context = info.context
        plan = context.selector(info).stats(info.field_nodes, entity, GivenArguments(arguments))
        return await context.reader.stats(plan)

    return resolve


async def _node(_: Any, info: GraphQLResolveInfo[Any], *, id: str) -> Row | None:
    return (await _nodes(_, info, ids=[id]))[0]


async def _nodes(_: Any, info: GraphQLResolveInfo[Any], *, ids: list[str]) -> list[Row | None]:
    if len(ids) > NODES_LIMIT:
        raise BadInputError(f"ask for {NODES_LIMIT} ids at the most, not for {len(ids)}")
    catalog: Catalog = info.context.scope._dealer.kernel.catalog
    wanted = [parse_global_id(text) for text in ids]
    found: dict[tuple[str, UUID], Row | None] = {}
    for type_name in {type_name for type_name, _ in wanted}:
        entity = catalog.entities.get(type_name)
        if entity is None:
            raise BadInputError("an id is of a type that is not here; is its module on?")
        own = list(dict.fromkeys(row_id for name, row_id in wanted if name == type_name))
        for row_id, row in zip(own, await read_rows(info, entity, own), strict=True):
            found[type_name, row_id] = row
    return [found[key] for key in wanted]


def _query(query: QueryField) -> Resolver:
    async def resolve(_: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        value = await run_root_query(info.context, str(info.path.key), query, arguments)
        catalog: Catalog = info.context.scope._dealer.kernel.catalog
        entity = catalog.entities.get(get_named_type(info.return_type).name)
        return value if entity is None else await rows_again(info, entity, value)

    return resolve


def _command(command: Command) -> Resolver:
    async def resolve(_: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Answer:
        context: Context = info.context
        # A plan may have run it before it gave the rest of the answer up.
        known: Answer | None = context.answers.get(str(info.path.key))
        return known or await run_root_command(context, command, arguments, see=partial(_seen, command, info))

    return resolve
