"""What can't become a schema names plugin, file, line and mend; under `skip` it costs the plugin and its dependents."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config.reading import load_settings
from core.data.registry import registry
from core.errors import PluginError
from core.host import Host
from core.kernel import Kernel, kernel_without_database
from tests.core.api.test_catalog import Workshop

pytestmark = pytest.mark.once


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    yield from Workshop.opened(tmp_path)


QUERY = """

    import strawberry
    from enum import Enum
    from forecourt.graphql import {imported}


    {before}


    @strawberry.type
    class Query:
        @strawberry.field(description="Made.")
        def made_{number}(self{arguments}) -> {answer}:
            return None
"""
COLOUR = '@strawberry.enum(description="C.")\n    class Colour{}(Enum):\n        RED = "RED"'
PAINT = '@strawberry.type(description="P.")\n    class Paint:\n        red: int = strawberry.field(description="R.")'
INPUT = '@strawberry.input(description="I.")\n    class Wish:\n        red: int = strawberry.field(description="R.")'


def plain(*, before: str, answer: str = "int", arguments: str = "", imported: str = "Info") -> str:
    number = abs(hash((before, answer, arguments))) % 10**6
    return QUERY.format(before=before, answer=answer, arguments=arguments, imported=imported, number=number)


COMMAND = """

    from pydantic import Field
    from forecourt.graphql import Info, Input, command


    class {name}(Input):
        \"\"\"Made.\"\"\"

        text: str = Field(description="A text.")


    @command({entity}, permission="made.x")
    async def change_{entity}_{number}(info: Info, input: {name}) -> None:
        \"\"\"Change it.\"\"\"
"""


def twice(workshop: Workshop, more: str, other: str = "") -> tuple[str, ...]:
    other = other or more.replace("made_", "made2_")
    return workshop.make(name="One", more=more), workshop.make(name="Two", more=other)


def enums(workshop: Workshop) -> tuple[str, ...]:
    return twice(workshop, plain(before=COLOUR.format(""), answer="Colour | None"))


def types(workshop: Workshop) -> tuple[str, ...]:
    return twice(workshop, plain(before=PAINT, answer="Paint | None"))


def strawberry_inputs(workshop: Workshop) -> tuple[str, ...]:
    return twice(workshop, plain(before=INPUT, arguments=", wish: Wish | None = None"))


def command_inputs(workshop: Workshop) -> tuple[str, ...]:
    one = COMMAND.format(name="ChangeInput", entity="One", number=1)
    return twice(workshop, one, COMMAND.format(name="ChangeInput", entity="Two", number=2))


TWICE = {"enums": enums, "types": types, "strawberry inputs": strawberry_inputs, "command inputs": command_inputs}
OWN_NAMES = (
    "Query", "Mutation", "Subscription", "ID", "String", "Int", "Boolean", "Money", "MoneyInput", "Problem",
    "PageInfo", "Direction", "ConflictProblem", "DateTime", "StringFilter",
)  # fmt: skip
WRONG = {
    "Info in a resolver": (
        plain(before="X = 1", arguments=", info: Info"),
        "take StrawberryInfo from forecourt.graphql",
    ),
    "an unknown type": (plain(before="class Odd: pass", answer="Odd"), "the field Query.made_"),
}
HOOKS = ("roles", "code_sets", "scheduled_jobs", "health_checks", "http_routes", "holdings")


async def skipping(workshop: Workshop, *packages: str) -> Kernel:
    """Return the kernel of a host that leaves out what can't be served."""
    file = workshop.folder / "forecourt.toml"
    file.write_text(
        f'[plugins]\nfolders = ["{workshop.folder}"]\nunavailable = "skip"\n[dealer]\nmodules = {list(packages)}\n'
    )
    nowhere = "postgres://nowhere/nothing" if registry.dialect == "postgres" else "sqlite:///nowhere.sqlite3"
    host = Host(load_settings(file, {"FORECOURT_DATABASE_URL": nowhere}))
    try:
        await host.open()
        return next(iter(host)).kernel
    finally:
        await host.close()


async def refused(workshop: Workshop, *packages: str) -> str:
    with pytest.raises(PluginError) as caught:
        await kernel_without_database(packages, folders=[workshop.folder])
    assert set(caught.value.plugins) - {"core"} <= set(packages)
    return caught.value.message


async def costs(workshop: Workshop, lost: str, *packages: str) -> None:
    """Check that a plugin and its dependents are left out under `skip`, and nothing else."""
    top, sound = workshop.make(name="Top", requires=f'"{lost}"'), workshop.make(name="Sound")
    kernel = await skipping(workshop, *packages, top, sound)
    assert set(kernel.loaded.unavailable) == {lost, top}, kernel.loaded.unavailable
    assert sound in kernel.modules
    assert "sound" in kernel.schema.graphql.query_type.fields  # type: ignore[union-attr]  # it has queries


@pytest.mark.parametrize("made", TWICE.values(), ids=TWICE.keys())
async def test_two_types_of_one_name_are_named_with_both_places(workshop: Workshop, made: object) -> None:
    one, two = made(workshop)  # type: ignore[operator]  # one of the functions above

    message = await refused(workshop, one, two)

    assert f"{one} ({workshop.folder / one / 'types.py'}:" in message
    assert f"{two} ({workshop.folder / two / 'types.py'}:" in message
    assert "a schema has one type of a name; rename it" in message
    kernel = await skipping(workshop, one, two)
    assert len(kernel.loaded.unavailable) == len(kernel.modules) == 1


@pytest.mark.parametrize("name", OWN_NAMES)
async def test_an_entity_with_a_name_of_the_schema_itself_is_named(workshop: Workshop, name: str) -> None:
    package = workshop.make(name=name)

    message = await refused(workshop, package)

    assert f"{package} ({workshop.folder / package / 'types.py'}:" in message
    assert f"declares a type {name}: the schema has a type of that name itself; rename it" in message


async def test_an_entity_called_node_is_named(workshop: Workshop) -> None:
    package = workshop.make(name="Node")

    message = await refused(workshop, package)

    assert f"the modules core and {package} both add a field node to Query; rename one of them" in message
    await costs(workshop, package, package)


async def test_a_plugin_with_a_name_of_the_schema_itself_is_left_out(workshop: Workshop) -> None:
    package = workshop.make(name="Money")
    await costs(workshop, package, package)


@pytest.mark.parametrize(("more", "says"), WRONG.values(), ids=WRONG.keys())
async def test_a_field_that_can_not_be_made_is_named_with_its_place(workshop: Workshop, more: str, says: str) -> None:
    package = workshop.make(name="One", more=more)

    message = await refused(workshop, package)

    assert f"{package} ({workshop.folder / package / 'types.py'}:" in message
    assert says in message
    assert "made_" in message
    await costs(workshop, package, package)


async def test_a_mistake_that_a_library_finds_at_import_is_named_where_it_is_made(workshop: Workshop) -> None:
    package = workshop.make(name="One", more=plain(before="X = 1", arguments=", what"))

    message = await refused(workshop, package)

    assert "MissingArgumentsAnnotationsError" in message
    assert f"({workshop.folder / package / 'types.py'}:" in message


@pytest.mark.parametrize("hook", HOOKS)
async def test_a_hook_that_fails_at_the_start_is_named_with_its_line(workshop: Workshop, hook: str) -> None:
    package = workshop.make(name="One")
    file = workshop.folder / package / "plugin.py"
    failing = f"\n\nfrom forecourt import hookimpl\n\n@hookimpl\ndef {hook}():\n    yield from ()\n"
    failing += "    raise RuntimeError('x')\n"
    file.write_text(file.read_text() + failing)
    line = file.read_text().splitlines().index("    raise RuntimeError('x')") + 1

    message = await refused(workshop, package)

    assert f"the hook {hook} of the plugin {package} fails: RuntimeError: x ({file}:{line})" in message
    await costs(workshop, package, package)


async def test_a_table_in_an_optional_file_is_refused_with_its_line(workshop: Workshop) -> None:
    other, package = workshop.make(name="One"), workshop.make(name="Two")
    plugin = workshop.folder / package / "plugin.py"
    plugin.write_text(plugin.read_text().replace("requires=[]", f'requires=[], optional=["{other}"]'))
    file = workshop.folder / package / "optional" / f"{other}.py"
    file.parent.mkdir()
    file.write_text(
        "from forecourt import Model, fields\n\n\nclass Link(Model):\n    name = fields.CharField(max_length=20)\n"
    )

    message = await refused(workshop, other, package)

    assert f"the model Link of the plugin {package} ({file}:4) is declared in optional/{other}.py" in message
    assert "it belongs into models.py" in message
    await costs(workshop, package, other, package)


async def test_a_table_without_version_and_audit_is_refused(workshop: Workshop) -> None:
    package = workshop.make(name="One")
    file = workshop.folder / package / "models.py"
    file.write_text(file.read_text() + "\nclass Bare(Model.__mro__[3]):\n    id = fields.IntField(primary_key=True)\n")

    message = await refused(workshop, package)

    assert "has no version and no audit: derive it from forecourt's Model or GroupModel" in message
