"""Each rule of the conformance suite finds what it is for, and says where and what would be right."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.testing.contract import RULES, contract
from core.testing.contract.subject import Subject

pytestmark = pytest.mark.once

ROTTEN = {
    "__init__.py": "",
    "plugin.py": """
from forecourt import Manifest, Permission, Reach, Role, hookimpl, hookspec

plugin = Manifest(
    name="rotten", version="1.0.0", api=">=1,<2", title={"en": "Rotten"}, optional=["partner"],
)
BITE = Permission("rotten.apple.bite", {"en": "Bite"})


class RottenHooks:
    @hookspec
    def taste(self, apple):
        '''Taste it.'''


@hookimpl
def hook_specifications():
    return [RottenHooks]


@hookimpl
def roles():
    yield Role("store_manager", {"en": "Manager", "zh-CN": "店长"}, {"rotten.apple.raed": Reach.STORE})
""",
    "models.py": """
from enum import StrEnum
from uuid import UUID

from forecourt import Model, fields


class SkinType(StrEnum):
    red = "red"


class Apple(Model):
    weight = fields.IntField(default=0)
    state = fields.CharEnumField(SkinType, max_length=10, default=SkinType.red)
    skin = fields.CharEnumField(SkinType, max_length=10, default=SkinType.red)


class Worm(Model):
    apple: "fields.ForeignKeyRelation[Apple]" = fields.ForeignKeyField(
        "rotten.Apple"
    )
    apple_id: UUID
""",
    "types.py": """
from forecourt.graphql import Connection, entity, field, resolver
from rotten import models
from rotten.models import SkinType


@entity(models.Apple, update=False)
class Apple:
    weight: int = field(permission="rotten.apple.weigh")
    skin: SkinType
    \"\"\"What it looks like.\"\"\"
    worms: "Connection[Worm]"
    \"\"\"Who lives in it.\"\"\"

    @resolver(needs=["id"])
    async def worm_count(self) -> int:
        \"\"\"How many live in it, counted for each apple.\"\"\"
        return await models.Worm.filter(apple_id=self.id).count()


@entity(models.Worm, create=False, update=False, archive=False)
class Worm:
    \"\"\"Somebody in an apple.\"\"\"

    apple: Apple
    \"\"\"Where he lives.\"\"\"
""",
    "queries.py": """
import strawberry


@strawberry.type
class Query:
    @strawberry.field(name="Best_apple", description="The best one.")
    def best_apple(self, how: str) -> str:
        return how
""",
    "events.py": """
from typing import ClassVar
from uuid import UUID

from forecourt import Event


class ApplePicked(Event):
    type: ClassVar[str] = "orchard.apple_picked"
    aggregate: ClassVar[str] = "tree_id"
    apple_id: UUID
    picker_phone: str
    brand_name: str
""",
    "handlers.py": """
from forecourt import current, on
from rotten.events import ApplePicked
from rotten.models import Worm


@on(ApplePicked)
async def move_in(event: ApplePicked) -> None:
    await Worm(store_id=current().store_id, apple_id=event.apple_id).save()
""",
    "services/__init__.py": "",
    "services/refusals.py": """
from forecourt import ConflictRefusal, ValidationRefusal


class TooRottenRefusal(ConflictRefusal):
    code = "TOO_ROTTEN"


def refuse():
    raise ValidationRefusal("no", rule="rotten_bite")
""",
    "commands.py": """
from forecourt.graphql import ID, Info, Input, command
from pydantic import field_validator
from rotten import models
from rotten.services import refusals
from rotten.types import Apple


class PolishAppleInput(Input):
    '''Which apple shines.'''

    apple: ID[Apple]


@command(Apple, permission="rotten.apple.create")
async def polish_apple(info: Info[models.Apple], input: PolishAppleInput) -> models.Apple:
    '''Make an apple shine.'''
    getattr(info.scope, "_" + "dealer").files.put("a" * 64, b"shine")
    return info.subject


class BiteInput(Input):
    \"\"\"A bite.\"\"\"

    depth_mm: int

    @field_validator("dept_mm")
    @classmethod
    def not_too_deep(cls, value: int) -> int:
        return min(value, 20)
""",
    "locale/en.json": '{"ONLY_ENGLISH": "only here"}',
    "locale/titles.zh-CN.json": '{"Apple": {"": "苹果", "wieght": "重量"}, "*": {"apple": "苹果", "pear": "梨"}}',
    "optional/__init__.py": "",
    "optional/partner.py": "from rotten.types import Apple\n",
}
PARTNER = {
    "__init__.py": "",
    "plugin.py": """
from forecourt import Manifest

plugin = Manifest(name="partner", version="1.0.0", api=">=1,<2", title={"en": "Partner"})
""",
    "types.py": """
from forecourt.graphql import entity
from partner import models


@entity(models.Apple)
class Apple:
    \"\"\"Another one's apple.\"\"\"

    weight: int
    \"\"\"In grams.\"\"\"
""",
    "models.py": """
from forecourt import Model, fields


class Apple(Model):
    weight = fields.IntField(default=0)
""",
}

EXPECTED = {
    "loads": ["rotten.commands.BiteInput: Decorators defined with incorrect fields: "],
    "descriptions": [
        "Apple: has no description of its own; write a docstring under the class",
        "Apple.weight, ",
        "write a string under the field",
        "Query.Best_apple(how:): has no description",
        "strawberry.argument(description=…)",
        "SkinType: has no description",
    ],
    "names": [
        "Query.Best_apple: Best_apple is not camelCase; rename it",
        "SkinType.red: red is not SCREAMING_SNAKE_CASE",
        "SkinType: a type is not named after being one; call it Skin",
    ],
    "dry_run": ["polishApple: its dry run leaves something in files; write rows by the command's own transaction"],
    "manifest": [
        "the manifest's title: has no text in zh-CN; add it",
        "the permission rotten.apple.bite: has no text in zh-CN",
    ],
    "permissions": [
        "rotten.apple.archive: no role has it; give it to a role",
        "rotten.apple.weigh: is asked for, but has no title; write Permission(…) with its titles there",
        "roles(): a role has rotten.apple.raed, which nothing asks for; did you mean rotten.apple.read?",
    ],
    "events": [
        "rotten.events.ApplePicked: its type is orchard.apple_picked; begin it with rotten.",
        "aggregate names no field that is a UUID",
        "doesn't say what happened",
        "ApplePicked.picker_phone: looks like personal data",
        "ApplePicked.brand_name: looks like personal data",
    ],
    "hooks": [
        "rotten.plugin.RottenHooks.taste: the hook is not explained",
        "apple, the answer has no type; annotate it",
        "README.md: doesn't tell of the hook taste",
    ],
    "states": ["Apple.state: has no state machine; declare it as fields.StateField(MACHINE, …)"],
    "migrations": ["forecourt makemigrations --module rotten"],
    "locale": [
        "locale/en.json: lacks TOO_ROTTEN, the code of TooRottenRefusal; add its text",
        "locale/zh-CN.json: lacks ONLY_ENGLISH, a key of another language",
        "locale/zh-CN.json: lacks VALIDATION_ERROR.rotten_bite, services/refusals.py:10; add its text",
        "locale/en.json: has ONLY_ENGLISH, which no code here asks for; remove it",
    ],
    "titles": [
        "locale/titles.zh-CN.json: has no title of Apple.weight; add it",
        "locale/titles.zh-CN.json: has no title of SkinType.red; add it",
        "locale/titles.zh-CN.json: has no title of Worm; add it",
        "locale/titles.zh-CN.json: has a title of Apple.wieght, which there is not; remove it or mend the name",
        "locale/titles.zh-CN.json: has a title of *.pear, which there is not",
    ],
    "readme": ["README.md: is missing; write one with a section for dealers and one for integrators"],
    "statements": ["Query.apples: costs 3 statements for one row and 6 for 4; load what a resolver needs"],
    "replay": [
        "rotten.move_in: a second orchard.apple_picked makes more rows in rotten_worm; give what it makes a key"
    ],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a plugin that breaks every rule, and one that it gets on badly with."""
    made = tmp_path_factory.mktemp("orchard")
    for name, files in {"rotten": ROTTEN, "partner": PARTNER}.items():
        for file, text in files.items():
            path = made / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    before = list(sys.path)
    yield made
    sys.path[:] = before


async def broken(subject: Subject, rule: str) -> str:
    return "\n".join(str(fault) for fault in await RULES[rule](subject))


async def test_plugin_that_does_not_bear_an_optional_module_is_found(folder: Path) -> None:
    said = await broken(Subject("rotten", [folder]), "loads")
    assert "with partner, rotten on: the modules partner and rotten both declare a type Apple" in said


@pytest.mark.parametrize("rule", EXPECTED)
async def test_rule_names_place_and_mend(folder: Path, rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = Subject("rotten", [folder])
    # With the module that it does not get on with there would be no kernel to look at.
    vars(subject)["installed"] = {k: v for k, v in subject.installed.items() if k != "partner"}
    said = await broken(subject, rule)
    assert [text for text in EXPECTED[rule] if text not in said] == [], said


def test_every_rule_is_tried_here_but_validity() -> None:
    # Strawberry refuses to build a schema that is not valid, so that no plugin gets as far.
    assert set(RULES) - set(EXPECTED) == {"schema"}


def test_case_of_a_rule_fails_with_every_fault(folder: Path) -> None:
    test = contract("rotten", folders=[folder], leave_out={"loads": "the partner is not there yet"})
    with pytest.raises(
        pytest.fail.Exception, match=r"rotten breaks the rule readme of the contract:\n  README\.md: is m"
    ):
        test("readme")
    with pytest.raises(pytest.skip.Exception, match="the partner is not there yet"):
        test("loads")


def test_plugin_that_is_not_there_is_said_to_be(folder: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match="the module roten is not installed: did you mean rotten"):
        contract("roten", folders=[folder])("names")


def test_leaving_out_needs_a_rule_and_a_reason() -> None:
    with pytest.raises(ValueError, match="the rules are loads, schema"):
        contract("rotten", leave_out={"speed": "it is slow"})
    with pytest.raises(ValueError, match="takes rules with reasons"):
        contract("rotten", leave_out={"readme": " "})
