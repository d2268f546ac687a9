"""Commands in a plan: they run first, then the rows that they made or changed are read as any others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from graphql import FieldNode

from core.api.commands import Answer, run_root_command
from core.api.context import Context
from core.api.planned_roots import CompiledRoot
from core.catalog.catalog import Command
from core.data.model import Record
from core.read.compiling import JsonCompiler
from core.read.loaders import RowsById
from core.read.plan import Pending, Selection
from core.read.reader import Reader
from core.read.selection import FieldArguments, Selector
from core.read.sql import Query


async def run_root(context: Context, key: str, root: CommandRoot, compiled: CompiledRoot) -> None:
    """Run a command and keep what came of it, so that whoever makes the answer need not run it again."""

    def prefetch(row: Record) -> None:
        if isinstance(compiled, _Payload):
            compiled.prefetch(context.reader, row)

    try:
        arguments = root.arguments.given(context.reader.variables)
        context.answers[key] = await run_root_command(context, root.command, arguments, prefetch)
    except Exception as error:  # noqa: BLE001 - graphql-core reports it, with its path
        context.answers[key] = error


class CommandRoot:
    def __init__(
        self, command: Command, selector: Selector, nodes: Sequence[FieldNode], arguments: FieldArguments
    ) -> None:
        self.command = command
        self.arguments = arguments
        self.parts = [
            (key, self._part(selector, group))
            for key, group in selector.collect(nodes, f"{command.name[0].upper()}{command.name[1:]}Payload").items()
        ]

    def _part(self, selector: Selector, nodes: Sequence[FieldNode]) -> Selection | Sequence[FieldNode]:
        """Return what is wanted of the rows, or the nodes of a part that graphql-core answers."""
        entity = self.command.entity
        if entity is None or nodes[0].name.value in ("problems", "__typename"):
            return nodes
        return selector.rows(nodes, entity)

    def compile(self, compiler: JsonCompiler) -> CompiledRoot:
        parts: list[tuple[str, RowsById | Sequence[FieldNode] | None]] = []
        for key, wanted in self.parts:
            if not isinstance(wanted, Selection):
                parts.append((key, wanted))
            else:
                parts.append((key, compiler.rows_by_id(wanted) if compiler.access.may_read(wanted.entity) else None))
        return _Payload(self.command, parts)


class _Payload:
    """A command's payload.

    Args:
        parts: What fetches the rows, the nodes of a part that graphql-core answers, or None for rows out of sight.
    """

    def __init__(self, command: Command, parts: Sequence[tuple[str, RowsById | Sequence[FieldNode] | None]]) -> None:
        self.command = command
        self.type_name = f"{command.name[0].upper()}{command.name[1:]}Payload"
        self.parts = parts

    def prefetch(self, reader: Reader, row: Record) -> None:
        """Say which row the answer will be about."""
        loaders = [part for _, part in self.parts if isinstance(part, RowsById)]
        if len(loaders) == 1 and loaders[0].entity.model is type(row):
            loaders[0].prefetch(reader, row.id)

    async def read(self, reader: Reader, value: Any = None) -> Any:
        answer: Answer = value
        return {key: await self._part(reader, answer, key, part) for key, part in self.parts}

    async def _part(self, reader: Reader, answer: Answer, key: str, part: RowsById | Sequence[FieldNode] | None) -> Any:
        if part is None or isinstance(part, RowsById):
            return None if answer.problems else await self._rows(reader, answer, part)
        name = part[0].name.value
        if name == "__typename":
            return self.type_name
        if not answer.problems and name == "problems":
            return []
        return reader.wait_for(Pending(self.type_name, answer, key, part))

    async def _rows(self, reader: Reader, answer: Answer, loader: RowsById | None) -> Any:
        keys = [str(row_id) for row_id in answer.row_ids]
        found = await loader.load(reader, keys) if loader is not None else {}
        rows = [found.get(key) for key in keys]
        if not self.command.many:
            return next(iter(rows), None)
        return None if None in rows else rows

    def queries(self) -> Iterator[Query]:
        for _, part in self.parts:
            if isinstance(part, RowsById):
                yield from part.queries()
