"""The plugin at work on generated rows: what lists cost, and what a second delivery of an event does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any, get_args
from uuid import UUID

from pydantic import ValidationError
from tortoise.models import Model

from core.caller import Reach
from core.catalog.catalog import ComputedField, Entity, ResolverField, ToManyField, ToOneField, ValueField
from core.event import Event
from core.events.handler import HandlerSpec
from core.ids import uuid7
from core.jobs.models import ScheduledJob
from core.kernel import app_modules
from core.plugins.discovery import KERNEL
from core.scope import Scope
from core.testing.contract.rows import RowMaker
from core.testing.contract.subject import Fault, Subject
from core.testing.harness import Client, SampleDealer, is_table, sample_dealer

SEVERAL = 4
"""Rows to compare one row with."""


@asynccontextmanager
async def sample_of(subject: Subject) -> AsyncIterator[SampleDealer]:
    """Make a dealer with the plugin, its requirements and its optional modules, whose database is active."""
    async with sample_dealer((await subject.sets())[-1], folders=subject.folders) as sample:
        token = sample.dealer.database.activate()
        try:
            yield sample
        finally:
            sample.dealer.database.deactivate(token)


async def statements(subject: Subject) -> list[Fault]:
    """Check that each list of the plugin, with what hangs on its rows, costs as many statements for one as for several.

    Rows are made of the tables' columns; a table that refuses such rows is passed over.
    """
    kernel = await subject.whole()
    entities = [entity for entity in kernel.catalog.entities.values() if entity.module == subject.name]
    async with sample_of(subject) as sample:
        rows, client = RowMaker(sample), sample.client(reach=Reach.GROUP)
        few, many = [await _costs(rows, client, entities, count) for count in (1, SEVERAL)]
    faults = [
        Fault(
            f"Query.{name}",
            f"costs {few[name]} statements for one row and {many[name]} for {SEVERAL}",
            "load what a resolver needs for all rows at once, or declare it as a column, relation or computed field",
        )
        for name in few
        if name in many and many[name] > few[name]
    ]
    if entities and not many:
        faults.append(
            Fault("the lists", "none could be read with generated rows", "let their tables take plain values")
        )
    return faults


async def _costs(rows: RowMaker, client: Client, entities: list[Entity], count: int) -> dict[str, int]:
    """Return the statements that each list costs; lists are absent that do not show so many rows."""
    filled = [entity for entity in entities if await rows.fill(entity.model, count) >= count]
    costs = {}
    for entity in filled:
        operation = f"{{ {entity.plural}(first: {SEVERAL}) {{ totalCount nodes {{ id {selection(entity)} }} }} }}"
        await client(operation)  # whatever is remembered from the first time on
        with rows.sample.dealer.database.counting() as sent:
            answer = await client(operation)
        page = (answer.get("data") or {}).get(entity.plural) if "errors" not in answer else None
        if page is not None and len(page["nodes"]) >= count:
            costs[entity.plural] = len(sent)
    return costs


def selection(entity: Entity) -> str:
    """Return everything of a row that is not computed of generated values, one level deep."""
    wanted = []
    for name, field in entity.fields.items():
        if isinstance(field, ValueField):
            parts = " ".join(part.graphql_name for part in field.kind.parts if part.graphql_name)
            wanted.append(f"{name} {{ {parts} }}" if parts else name)
        elif isinstance(field, ToOneField):
            wanted.append(f"{name} {{ id }}")
        elif isinstance(field, ToManyField):
            wanted.append(f"{name}(first: 2) {{ nodes {{ id }} }}")
        elif isinstance(field, ResolverField) and _is_plain(field):
            wanted.append(name)
        else:
            assert isinstance(field, ComputedField | ResolverField)
    return " ".join(wanted)


def _is_plain(field: ResolverField) -> bool:
    """Tell whether a resolver's field can be asked for by its name alone."""
    kind = field.field.type
    leaf = isinstance(kind, type) and not hasattr(kind, "__strawberry_definition__")
    return leaf and not field.field.arguments


async def replay(subject: Subject) -> list[Fault]:
    """Check that a handler that gets an event twice makes nothing twice, even past the receipt.

    The receipt keeps a second delivery away; natural keys keep away what another path, or a handler by another name,
    has done already. The events hold generated values and the ids of generated rows; a handler that refuses those is
    passed over.
    """
    faults = []
    async with sample_of(subject) as sample:
        kernel, rows = sample.dealer.kernel, RowMaker(sample)
        for entity in kernel.catalog.entities.values():
            await rows.fill(entity.model, 1)
        handlers = [spec for specs in kernel.handlers.values() for spec in specs]
        for spec in handlers:
            event = _event(spec, rows)
            if spec.consumer.startswith(f"{subject.name}.") and event is not None:
                changed = await _twice(sample, spec, event)
                if changed:
                    what = f"a second {spec.event.type} makes more rows in {changed}"
                    faults.append(Fault(spec.consumer, what, "give what it makes a key made of the event's ids"))
    return faults


async def _twice(sample: SampleDealer, spec: HandlerSpec, event: Event) -> str:
    """Hand an event over twice, past the receipt; return the tables that the second time has filled."""

    async def handle(_: Scope) -> None:
        await spec.function(event)

    try:
        await sample.run(handle)
    except Exception:  # noqa: BLE001 - a handler may raise anything over values that nobody would enter
        return ""
    before = await _sizes(sample)
    await sample.run(handle)
    after = await _sizes(sample)
    return ", ".join(sorted(table for table in after if after[table] > before[table]))


async def _sizes(sample: SampleDealer) -> Mapping[str, int]:
    """Return how many rows each table of the modules has, and the queue of jobs."""
    modules = app_modules(sample.dealer.kernel.loaded)
    models: list[type[Model]] = [ScheduledJob]
    for name, files in modules.items():
        models += [value for file in files for value in vars(file).values() if name != KERNEL and is_table(value)]
    return {model._meta.db_table: await model.all().count() for model in models}


def _event(spec: HandlerSpec, rows: RowMaker) -> Event | None:
    """Return an event whose ids are those of generated rows, as far as their names say which."""
    by_name = {_snake(model.__name__): ids[0] for model, ids in rows.made.items() if ids}
    values: dict[str, Any] = {"store_id": rows.sample.store_id, "occurred_at": rows.sample.clock.at}
    for name, field in spec.event.model_fields.items():
        if name not in Event.model_fields and (field.is_required() or name.endswith("_id")):
            values[name] = _sample_value(name, field.annotation, by_name, rows.sample.clock.at)
    try:
        return spec.event(**values)
    except ValidationError:
        return None


def _sample_value(name: str, annotation: Any, by_name: Mapping[str, UUID], now: datetime) -> Any:
    kinds = {annotation, *get_args(annotation)}
    if UUID in kinds:
        stem = name.removesuffix("_id")
        fitting = [key for key in by_name if key == stem or key.endswith(f"_{stem}")]
        return by_name[min(fitting, key=len)] if fitting else uuid7()
    samples: Mapping[type, Any] = {datetime: now, date: now.date(), bool: False, int: 1, float: 1.0, str: "CNY"}
    return next((value for kind, value in samples.items() if kind in kinds), None)


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).strip("_")
