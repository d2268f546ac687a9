"""A module may be off: every set that satisfies the requirements works, and what is on does not notice what is off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLSchema, validate_schema

from core.catalog.catalog import Entity, ToManyField
from core.kernel import Kernel
from core.testing.contract.rows import RowMaker
from core.testing.contract.run import selection
from core.testing.harness import sample_kernel
from forecourt import Reach
from forecourt.testing import sample_dealer
from tests.schema.scripts import SCRIPTS, Talk
from tests.schema.subsets import EVERYTHING, REQUIRES, SETS, named, smallest, with_module

# Which modules are on is nothing that a database knows of.
pytestmark = pytest.mark.once

every_set = pytest.mark.parametrize("chosen", SETS, ids=named)
every_module = pytest.mark.parametrize("module", sorted(REQUIRES))
Members = dict[str, Any]


async def whole() -> Kernel:
    return await sample_kernel(EVERYTHING)


def test_sets_are_those_that_satisfy_the_requirements() -> None:
    assert SETS[0] == ()
    assert set(EVERYTHING) == set(REQUIRES)
    assert {name for chosen in SETS for name in chosen} == set(REQUIRES)
    assert ("sales",) not in SETS


@every_set
async def test_set_builds_a_valid_schema_and_starts(chosen: tuple[str, ...]) -> None:
    async with sample_dealer(chosen) as sample:
        assert sample.dealer.kernel.modules == tuple(name for name in sample.dealer.kernel.loaded.names[1:])
        assert validate_schema(sample.dealer.kernel.schema.graphql) == []
        await sample.settle()
        answer = await sample.client()("{ stores { totalCount nodes { code } } }")
        assert answer.data == {"stores": {"totalCount": 1, "nodes": [{"code": "S1"}]}}


@every_set
async def test_what_is_off_is_unknown_to_validation(chosen: tuple[str, ...]) -> None:
    off = {e.module: e for e in (await whole()).catalog.entities.values() if e.module not in (*chosen, "core")}
    assert set(off) == set(EVERYTHING) - set(chosen)
    async with sample_dealer(chosen) as sample:
        for entity in off.values():
            answer = await sample.client()(f"{{ {entity.plural} {{ totalCount }} }}")
            assert answer.codes == ["GRAPHQL_VALIDATION_FAILED"]
            assert "data" not in answer


@every_set
async def test_schema_is_the_whole_one_without_what_is_off(chosen: tuple[str, ...]) -> None:
    """Types of modules that are on have the same fields, of the same types, as with everything on."""
    everything = await whole()
    part = (await sample_kernel(chosen)).schema.graphql
    catalog = everything.catalog
    foreign = {
        (entity.name, field.graphql_name)
        for entity in catalog.entities.values()
        for field in entity.fields.values()
        if field.module not in (*chosen, "core")
    }
    full_members = _members(everything.schema.graphql)
    for name, members in _members(part).items():
        full = full_members[name]
        assert {key: full.get(key) for key in members} == members, name
        entity = catalog.entities.get(name)
        if entity is not None:
            assert {key for key in full if key not in members} == {field for owner, field in foreign if owner == name}


@every_set
async def test_extensions_of_a_module_that_is_off_are_gone_with_their_filters(chosen: tuple[str, ...]) -> None:
    part = (await sample_kernel(chosen)).schema.graphql
    for entity in (await whole()).catalog.entities.values():
        if entity.module not in (*chosen, "core"):
            roots = {entity.singular, entity.plural, f"{entity.singular}Stats"}
            assert entity.name not in part.type_map
            assert part.query_type is not None
            assert not roots & set(part.query_type.fields)
            continue
        gone = {name for name, field in entity.fields.items() if field.module not in (*chosen, "core")}
        for kind in (entity.name, f"{entity.name}Filter", f"{entity.name}Order"):
            assert not gone & set(getattr(part.type_map.get(kind), "fields", {}))


@every_module
async def test_commands_answer_alike_whatever_else_is_on(module: str) -> None:
    expected: list[Any] = []
    for chosen in with_module(module):
        async with sample_dealer(chosen) as sample:
            talk = Talk(sample.client())
            await SCRIPTS[module](talk)
            assert len(talk.answers) > 3
        expected = expected or talk.answers
        assert talk.answers == expected, f"{named(chosen)} answers otherwise than {named(smallest(module))}"


@pytest.fixture(scope="module")
def heard() -> dict[tuple[str, ...], Mapping[str, list[Any]]]:
    """What lists answered, by set and module."""
    return {}


@every_set
async def test_lists_answer_alike_whatever_else_is_on(
    chosen: tuple[str, ...], heard: dict[tuple[str, ...], Mapping[str, list[Any]]]
) -> None:
    for one in dict.fromkeys((chosen, *map(smallest, chosen))):
        if one not in heard:
            heard[one] = await _lists(one)
    for module in chosen:
        first = smallest(module)
        assert heard[chosen][module] == heard[first][module], f"{module} answers otherwise than with {named(first)}"


async def _lists(chosen: tuple[str, ...]) -> Mapping[str, list[Any]]:
    """Return by module what its lists and statistics answer over generated rows, as far as it shows them alone."""
    answers = {}
    async with sample_dealer(chosen) as sample:
        token = sample.dealer.database.activate()
        try:
            rows = RowMaker(sample)
            for module in sample.dealer.kernel.modules:
                catalog = (await sample_kernel(smallest(module))).catalog
                entities = [entity for entity in catalog.entities.values() if entity.module == module]
                filled = [entity for entity in entities if await rows.fill(entity.model, 2) == 2]
                assert len(filled) > len(entities) / 2
                answers[module] = await _read(Talk(sample.client(reach=Reach.GROUP)), filled)
        finally:
            sample.dealer.database.deactivate(token)
    return answers


async def _read(talk: Talk, entities: list[Entity]) -> list[Any]:
    for entity in entities:
        arguments = f"orderBy: [{{createdAt: ASC}}]{_filter(entity)}"
        page = await talk.ask(f"{{ {entity.plural}({arguments}) {{ totalCount nodes {{ id {selection(entity)} }} }} }}")
        assert page["totalCount"] == len(page["nodes"]) > 0
        await talk.ask(f"{{ {entity.singular}Stats {{ count }} }}")
    return talk.answers


def _filter(entity: Entity) -> str:
    """Return a filter that looks into each table that refers to the entity, and leaves nothing out."""
    impossible = '{createdAt: {lt: "2000-01-01T00:00:00Z"}}'
    into = [name for name, field in entity.filters.items() if isinstance(field, ToManyField)]
    conditions = ", ".join(f"{{{name}: {{none: {impossible}}}}}" for name in into)
    return f", filter: {{and: [{conditions}]}}" if into else ""


def _members(schema: GraphQLSchema) -> Mapping[str, Members]:
    """Return the fields, arguments and values of each type, with their types as text."""
    found: dict[str, Members] = {}
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLEnumType):
            found[name] = dict.fromkeys(kind.values, "")
            continue
        fields = getattr(kind, "fields", {})
        found[name] = {
            field: (str(told.type), {arg: str(its.type) for arg, its in getattr(told, "args", {}).items()})
            for field, told in fields.items()
        }
    return found
