"""What a module adds, with what the modules that it stands on add, is the schema that is served."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema, lexicographic_sort_schema, parse, print_schema

from core.cli import schemas
from core.cli.schema_parts import NotAdditiveError, added
from core.testing.harness import sample_kernel
from tests.schema.subsets import EVERYTHING, REQUIRES, Modules, named, smallest

pytestmark = pytest.mark.once

BASE = '''
"""A car."""
type Car implements Node { id: ID! }
interface Node { id: ID! }
interface Priced { price: Int }
enum Color { RED }
union Thing = Car
input CarInput { color: Color }
type Query { car: Car }
directive @once on FIELD
'''


def printed(schema: GraphQLSchema) -> str:
    return print_schema(lexicographic_sort_schema(schema))


def parts_of(chosen: Modules) -> list[str]:
    """Return the printed parts of the kernel, of modules, and of those that meet."""
    files = (schemas.FOLDER / "modules").glob("*.graphql")
    here = {"core", *chosen}
    return [file.read_text(encoding="utf-8") for file in sorted(files) if set(file.stem.split("+")) <= here]


@pytest.mark.no_cover  # most of it is graphql-core's work
@pytest.mark.parametrize("chosen", [(), *map(smallest, sorted(REQUIRES)), EVERYTHING], ids=named)
async def test_parts_together_are_the_schema_that_is_served(chosen: Modules) -> None:
    served = (await sample_kernel(chosen)).schema.sdl()
    assert printed(build_schema("\n".join(parts_of(chosen)))) == printed(build_schema(served))


async def test_what_a_module_adds_for_an_optional_one_stands_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name, optional in (("parts_paint", ["parts_wheels"]), ("parts_wheels", [])):
        _plugin(tmp_path, name, optional)
    _root(tmp_path / "parts_wheels" / "queries.py", "wheels")
    _root(tmp_path / "parts_paint" / "optional" / "parts_wheels.py", "rims")
    found = await schemas.parts(["parts_paint", "parts_wheels"], [tmp_path])
    assert list(found) == ["core", "parts_wheels", "parts_paint+parts_wheels"]
    assert found["parts_wheels"] == (
        '# What parts_wheels adds to core.\n\nextend type Query {\n  """How many."""\n  wheels: Int!\n}\n'
    )
    assert found["parts_paint+parts_wheels"] == (
        "# What parts_paint adds where parts_wheels is on too.\n\n"
        'extend type Query {\n  """How many."""\n  rims: Int!\n}\n'
    )


def _plugin(folder: Path, name: str, optional: list[str]) -> None:
    (folder / name / "optional").mkdir(parents=True)
    for package in (folder / name, folder / name / "optional"):
        (package / "__init__.py").touch()
    text = f'Manifest(name="{name}", version="1", api=">=1", title={{"en": "{name}"}}, optional={optional})'
    (folder / name / "plugin.py").write_text(f"from forecourt import Manifest\n\nplugin = {text}\n", encoding="utf-8")


def _root(file: Path, field: str, *, root: str = "Query") -> None:
    text = (
        f"import strawberry\n\n\n@strawberry.type\nclass {root}:\n    {field}: int = strawberry.field("
        'resolver=lambda: 4, description="How many.", graphql_type=int)\n'
    )
    file.write_text(text, encoding="utf-8")


async def test_two_modules_that_bring_the_same_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("parts_left", "parts_right"):
        _plugin(tmp_path, name, [])
        _root(tmp_path / name / "queries.py", name, root="Subscription")
    with pytest.raises(NotAdditiveError, match="two modules bring Subscription"):
        await schemas.parts(["parts_left", "parts_right"], [tmp_path])


def test_nothing_stands_in_two_parts() -> None:
    parts = parts_of(EVERYTHING)
    defined = [
        node.name.value  # type: ignore[attr-defined]  # definitions have one
        for part in parts
        for node in parse(part).definitions
        if not node.kind.endswith("extension")
    ]
    assert len(parts) > 5
    assert len(defined) == len(set(defined))


@pytest.mark.parametrize(
    ("more", "extension"),
    [
        ("extend type Query { cars: [Car] }", "extend type Query {\n  cars: [Car]\n}\n"),
        ("extend type Car implements Priced { price: Int }", "extend type Car implements Priced {\n  price: Int\n}\n"),
        (
            "extend interface Node { made: Int } extend type Car { made: Int }",
            "extend interface Node {\n  made: Int\n}\n",
        ),
        ("extend enum Color { BLUE }", "extend enum Color {\n  BLUE\n}\n"),
        ("type Van { id: ID } extend union Thing = Van", "extend union Thing = Van\n"),
        ('extend input CarInput { "Doors." doors: Int }', 'extend input CarInput {\n  """Doors."""\n  doors: Int\n}\n'),
    ],
)
def test_what_a_known_type_gains_is_an_extension(more: str, extension: str) -> None:
    whole = print_schema(build_schema(BASE + more))
    part = added(whole, [BASE])
    assert extension in part
    assert printed(build_schema(BASE + part)) == printed(build_schema(whole))
    assert added(whole, [BASE, part]) == ""


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("car: Car", "car(id: ID): Car", "Query changes with more modules: car"),
        ("car: Car", "cars: Car", "Query changes with more modules: car"),
        ("A car.", "A van.", "Car changes with more modules: its head"),
        ("enum Color { RED }", "scalar Color", "Color changes with more modules"),
        ("directive @once on FIELD", "", "the schema lacks once"),
        ("directive @once on FIELD", "directive @once on QUERY", "once changes with more modules"),
    ],
)
def test_what_is_changed_and_not_added_is_refused(before: str, after: str, said: str) -> None:
    with pytest.raises(NotAdditiveError, match=said):
        added(BASE.replace(before, after), [BASE])


def test_what_two_modules_bring_is_refused() -> None:
    with pytest.raises(NotAdditiveError, match="two modules bring Van"):
        added(BASE, [BASE, "type Van { id: ID }", "type Van { id: ID }"])
