"""Filters of every entity as deep as the limits allow are taken by SQLite's parser, whatever the rights."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from core.caller import Reach
from core.catalog.catalog import Entity, ToManyField, ToOneField
from core.limits import LIMITS
from core.testing.harness import Client, SampleDealer, sample_dealer
from tests.architecture.source import plugin_names

pytestmark = pytest.mark.sqlite  # the parser of PostgreSQL has no such bound


@pytest.fixture
async def sample(database_url: str) -> AsyncIterator[SampleDealer]:
    async with sample_dealer(plugin_names(), database_url=database_url) as made:
        yield made


def deepest(entity: Entity, chance: random.Random, steps: int = LIMITS.relations, left: int = LIMITS.nesting) -> Any:
    """Return a filter of an entity with as many levels and steps as there may be."""
    here: dict[str, Any] = {"id": {"in": []}}
    if left == 1:
        return here
    relations = [(name, f) for name, f in entity.filters.items() if isinstance(f, ToOneField | ToManyField)]
    if steps and relations and (left <= steps + 1 or chance.random() < 0.5):
        name, field = chance.choice(relations)
        inner = deepest(field.target, chance, steps - 1, left - 1)
        return {**here, name: inner if isinstance(field, ToOneField) else {chance.choice(("none", "every")): inner}}
    how = chance.choice(("or", "and", "not"))
    inner = deepest(entity, chance, steps, left - 1)
    return {**here, how: inner if how == "not" else [here, inner]}


async def test_deepest_filter_of_every_entity_is_answered(sample: SampleDealer) -> None:
    client = sample.client(await sample.add_user("somebody"), reach=Reach.TEAM)
    wide = Client(sample, replace(client.caller, limits=replace(LIMITS, cost=10**6)))
    chance = random.Random(8)
    for entity in sample.dealer.kernel.catalog.entities.values():
        text = f"query($f: {entity.name}Filter) {{ {entity.plural}(filter: $f) {{ totalCount nodes {{ id }} }} }}"
        answer = await wide(text, f=deepest(entity, chance))
        assert "errors" not in answer, (entity.name, answer["errors"])
