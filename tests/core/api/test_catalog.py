"""What does not fit together is an error when the kernel is built, and names the modules and the mend."""

from __future__ import annotations

import inspect
import itertools
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import PluginError
from core.kernel import app_modules, build_kernel, kernel_without_database, load_modules, unconnected
from core.plugins.loader import Policy

MODELS = """
    from tortoise.fields import TimeDeltaField

    from forecourt import Model, fields


    class {table}(Model):
        name = fields.CharField(max_length=20)
        note = fields.CharField(max_length=20, null=True)
        data = fields.JSONField(null=True)
        due_at = fields.DatetimeField(null=True)
        size = fields.IntField(null=True)
        took = TimeDeltaField(null=True)
        phone = fields.ProtectedField("phone", null=True)
"""
TYPES = """
    from datetime import datetime, timedelta
    from typing import Any

    from {package} import models
    from forecourt.graphql import Connection, computed, entity, extend, field, resolver


    @entity(models.{table}{options})
    class {name}:
        \"\"\"A thing.\"\"\"

        {body}
"""
_numbers = itertools.count()


class Workshop:
    """Makes plugins in a folder; each with package and table names that the process has not seen yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.packages: list[str] = []

    def make(
        self, *, body: str = "name: str", name: str = "Thing", options: str = "", more: str = "", requires: str = ""
    ) -> str:
        package = f"made{next(_numbers)}"
        table = f"Table{package.capitalize()}"
        self.packages.append(package)
        files = {
            "__init__": "",
            "plugin": f"""
                from forecourt import Manifest

                plugin = Manifest(
                    name="{package}", version="1.0", api=">=1,<2", title={{"en": "Made"}}, requires=[{requires}]
                )
            """,
            "models": MODELS.format(table=table),
            "types": TYPES.format(package=package, table=table, options=options, name=name, body=body) + more,
        }
        (self.folder / package).mkdir()
        for file, text in files.items():
            (self.folder / package / f"{file}.py").write_text(textwrap.dedent(text))
        return package

    @classmethod
    def opened(cls, folder: Path) -> Iterator[Workshop]:
        """Yield a workshop; afterwards Python knows nothing of what it has made."""
        made = cls(folder)
        yield made
        for name in [n for n in sys.modules if n.partition(".")[0] in made.packages]:
            del sys.modules[name]


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    yield from Workshop.opened(tmp_path)


async def refused(workshop: Workshop, *packages: str, policy: Policy = "strict") -> PluginError:
    with pytest.raises(PluginError) as caught:
        loaded = load_modules(packages, folders=[workshop.folder], policy=policy)
        await unconnected().open(app_modules(loaded))
        build_kernel(loaded)
    return caught.value


async def test_two_modules_with_one_type(workshop: Workshop) -> None:
    one, two = workshop.make(), workshop.make()
    error = await refused(workshop, one, two)
    assert set(error.plugins) == {one, two}
    assert "both declare a type Thing; rename one of them" in error.message


async def test_two_modules_with_one_field_on_a_foreign_type(workshop: Workshop) -> None:
    base = workshop.make()
    extension = f"""

    from {base}.types import Thing


    @extend(Thing)
    class More:
        @computed
        @staticmethod
        def shout(name: str) -> str:
            \"\"\"The name, loud.\"\"\"
            return name.upper()
    """
    one = workshop.make(name="One", more=extension, requires=f'"{base}"')
    two = workshop.make(name="Two", more=extension, requires=f'"{base}"')
    error = await refused(workshop, base, one, two)
    assert set(error.plugins) == {one, two}
    assert "both add a field shout to Thing" in error.message


@pytest.mark.parametrize(
    ("body", "options", "says"),
    [
        ("nmae: str", "", "has no column 'nmae'; it has"),
        ("name: int", "", "annotated int, but the column holds str"),
        ("note: str", "", "the column may be null, so the annotation must allow None"),
        ("name: str", ', filter=["nam"]', "has no field 'nam'; it has name"),
        ("name: str", ', search=["nam"]', "Thing.nam can't stand in search= "),
        ("name: str", ', owner="nam"', "owner names 'nam', which is no column"),
        ("note: str | None", "", "can't fill name: add them to create, give them a default, or write create=False"),
        ("name: Missing", "", "name 'Missing' is not defined"),
        ('name: str\n        others: Connection["Thing"]', "", "name the foreign key with field(via=…)"),
        (
            "name: str\n\n        @computed\n        @staticmethod\n"
            "        def x(nam: str) -> str:\n            return nam",
            "",
            "needs 'nam'",
        ),
        (
            "name: str\n\n        @computed\n        @staticmethod\n        def x(name: str, *, moon: int) -> str:\n"
            "            return name",
            "",
            "the kernel has no value 'moon'; it has today, now, locale, caller",
        ),
    ],
)
async def test_declaration_that_does_not_fit_its_model(workshop: Workshop, body: str, options: str, says: str) -> None:
    package = workshop.make(body=body, options=options)
    error = await refused(workshop, package)
    assert says in error.message
    assert error.plugins == (package,)


CANNOT = [
    ("data: dict[str, Any] | None", "filter", "data", "json has no operators; take it out of filter="),
    ("data: dict[str, Any] | None", "order", "data", "json have no order; take it out of order="),
    (
        "due_at: datetime | None",
        "search",
        "due_at",
        "takes texts and protected values; take it out, and add it to filter=",
    ),
    ("size: int | None", "search", "size", "takes texts and protected values; take it out, and add it to filter="),
    ("note: str | None", "search", "note", "the model keeps no folded form of it; give its field searched=True"),
    ("phone: str | None", "search", "phone", "give the ProtectedField search=True or last4=True"),
    ("phone: str | None", "order", "phone", "protected have no order; take it out of order="),
]


@pytest.mark.parametrize("policy", ["strict", "skip"])
@pytest.mark.parametrize(("body", "option", "field", "mend"), CANNOT)
async def test_what_a_kind_can_t_do_is_refused_with_plugin_file_field_and_mend(
    workshop: Workshop, policy: Policy, body: str, option: str, field: str, mend: str
) -> None:
    package = workshop.make(body=f"name: str\n        {body}", options=f', {option}=["{field}"]')
    error = await refused(workshop, package, policy=policy)
    assert error.plugins == (package,)
    assert f"Thing.{field} can't stand in {option}= ({workshop.folder / package / 'types.py'}): " in error.message
    assert mend in error.message


async def test_a_kind_without_a_graphql_type_is_not_shown(workshop: Workshop) -> None:
    error = await refused(workshop, workshop.make(body="name: str\n        took: timedelta | None"))
    assert "the API has no type for a TimeDeltaField; give the model a field of forecourt.fields" in error.message


async def test_two_modules_with_one_root_field(workshop: Workshop) -> None:
    plain = """

    import strawberry


    @strawberry.type
    class Query:
        hello: str = strawberry.field(resolver=lambda: "hi", description="Hello.")
    """
    names = []
    for number in range(2):
        package = workshop.make(name=f"Kind{number}")
        (workshop.folder / package / "queries.py").write_text(textwrap.dedent(plain))
        names.append(package)
    error = await refused(workshop, *names)
    assert "both add a field hello to Query" in error.message


async def test_two_kernels_of_different_modules_live_side_by_side() -> None:
    samples = [Path(__file__).parents[2] / "samples"]
    whole = await kernel_without_database(["library", "bookclub"], folders=samples)
    part = await kernel_without_database(["library"], folders=samples)
    whole_sdl, part_sdl = whole.schema.sdl(), part.schema.sdl()
    assert "meetings(" in whole_sdl
    assert "bookclub: MeetingInput" in whole_sdl
    assert "eeting" not in part_sdl
    assert "isLong" not in part_sdl
    assert (await kernel_without_database(["library"], folders=samples)).schema.sdl() == part_sdl


async def test_every_type_field_and_argument_has_a_description() -> None:
    samples = [Path(__file__).parents[2] / "samples"]
    kernel = await kernel_without_database(["library", "bookclub"], folders=samples)
    missing = []
    for named in kernel.schema.graphql.type_map.values():
        if named.name.startswith("__") or named.name in ("Query", "Mutation", "Subscription"):
            continue
        if not named.description:
            missing.append(named.name)
        for name, field in getattr(named, "fields", {}).items():
            if not field.description:
                missing.append(f"{named.name}.{name}")
            missing += [
                f"{named.name}.{name}({a})" for a, arg in getattr(field, "args", {}).items() if not arg.description
            ]
    assert missing == []


async def test_docstring_of_several_lines_is_a_description_without_its_indentation() -> None:
    kernel = await kernel_without_database(["inventory"])
    described = {named.name: named.description or "" for named in kernel.schema.graphql.type_map.values()}
    assert "\n" in described["Classification"]
    assert [name for name, text in described.items() if text != inspect.cleandoc(text)] == []


COMMANDS = """
    from forecourt import Permission
    from forecourt.graphql import ID, Info, Input, command, query
    from {package} import models, types


    class ChangeInput(Input):
        thing: ID[{target}]
        other: ID[types.{name}] | None = None


    @{decorator}
    async def change(info: {info}, {argument}) -> models.{table}:
        \"\"\"Change it.\"\"\"
        return info.subject
"""


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, None),
        ({"info": "Info"}, 'change: its input names a Thing in "thing": write info: Info[{table}]'),
        ({"info": "Info", "options": ', subject=""'}, None),
        ({"options": ', subject="other"'}, "says Info[{table}], but its input has a field 'other' that is the id"),
        (
            {"target": "models.{table}"},
            "ChangeInput.thing is an ID of {package}.models.{table}, which is no entity",
        ),
        ({"argument": "thing: ID[models.{table}]", "decorator": "query()"}, "which is no entity: write ID[Thing]"),
        (
            {"argument": "thing: ID[types.Thing] | None = None", "decorator": "query()"},
            "no field that must be given",
        ),
        (
            {"right": 'Permission("elsewhere.thing.change", {{}})'},
            "declares the permission elsewhere.thing.change",
        ),
        ({"right": 'Permission("change", {{}})'}, "the permission 'change': write module.entity.action"),
    ],
)
async def test_function_says_what_it_is_about(workshop: Workshop, given: dict[str, str], says: str | None) -> None:
    package = workshop.make(body="name: str\n        note: str | None")
    names = {"package": package, "table": f"Table{package.capitalize()}", "name": "Thing"}
    filled = {key: value.format(**names) for key, value in given.items()}
    right = filled.get("right", f'Permission("{package}.thing.change", {{}})')
    usual = {
        "target": "types.Thing",
        "info": f"Info[models.{names['table']}]",
        "argument": "input: ChangeInput",
        "decorator": f"command(types.Thing, permission={right}{filled.get('options', '')})",
    }
    text = COMMANDS.format(**names, **{key: filled.get(key, value) for key, value in usual.items()})
    (workshop.folder / package / "commands.py").write_text(textwrap.dedent(text))
    if says is None:
        kernel = await kernel_without_database([package], folders=[workshop.folder])
        command = kernel.catalog.commands["change"]
        assert (command.subject is None) == (given.get("info") == "Info")
        assert kernel.permissions[f"{package}.thing.change"] == package
    else:
        error = await refused(workshop, package)
        assert says.format(**names) in error.message
        assert error.plugins == (package,) or "module.entity.action" in says


async def test_part_of_an_input_is_named_after_its_module_in_camel_case(workshop: Workshop) -> None:
    base = workshop.make(body="name: str\n        note: str | None")
    part = f"""

    from forecourt.graphql import Input
    from {base}.types import Thing


    class PartInput(Input):
        \"\"\"More of it.\"\"\"

        size: int


    @extend(Thing, create=[PartInput])
    class More:
        pass
    """
    one = workshop.make(name="One", body="name: str\n        note: str | None", more=part, requires=f'"{base}"')
    (workshop.folder / "tyre_hotel").mkdir()
    for file in (workshop.folder / one).iterdir():
        text = file.read_text().replace(f"from {one} import", "from tyre_hotel import")
        (workshop.folder / "tyre_hotel" / file.name).write_text(text.replace(f'"{one}"', '"tyre_hotel"'))
    workshop.packages.append("tyre_hotel")
    kernel = await kernel_without_database([base, "tyre_hotel"], folders=[workshop.folder])
    assert "tyreHotel: PartInput" in kernel.schema.sdl()
