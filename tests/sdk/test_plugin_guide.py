"""What the guide prints is what the example has, and what it lists is what there is."""

from __future__ import annotations

import tomllib
from itertools import pairwise

import pytest

from core.plugins.discovery import ENTRY_POINT_GROUP
from core.plugins.hookspecs import KernelHooks
from core.plugins.loader import CONVENTION
from core.testing.contract import RULES
from tests.sdk.conftest import FOLDER
from tests.sdk.page import DOCS, ROOT, Block, blocks

pytestmark = pytest.mark.once

PAGE = DOCS / "plugin-guide.md"
EXCERPTS = [block for block in blocks(PAGE) if block.language == "python"]
GAP = "# …\n"


@pytest.mark.parametrize("block", EXCERPTS, ids=[f"{block.file}-{n}" for n, block in enumerate(EXCERPTS)])
def test_code_of_the_guide_is_the_example_s(block: Block) -> None:
    file = (ROOT if block.file.startswith("tests/") else FOLDER) / block.file
    code = file.read_text(encoding="utf-8")
    places = [code.find(piece) for piece in block.code.split(GAP)]
    assert -1 not in places, f"{block.file} has no longer what the guide prints"
    assert all(before < after for before, after in pairwise(places))


def test_guide_tells_of_every_rule_hook_and_file() -> None:
    text = PAGE.read_text(encoding="utf-8")
    hooks = [name for name in vars(KernelHooks) if not name.startswith("_")]
    assert [rule for rule in RULES if f"\n| {rule} | " not in text] == []
    assert [hook for hook in hooks if f"`{hook}`" not in text] == []
    assert [file for file in CONVENTION if f"`{file}.py`" not in text] == []


def test_entry_point_of_the_guide_names_the_example() -> None:
    (project,) = [tomllib.loads(block.code)["project"] for block in blocks(PAGE) if block.language == "toml"]
    assert project["entry-points"] == {ENTRY_POINT_GROUP: {"insurance": "insurance.plugin"}}
    assert (FOLDER / "insurance" / "plugin.py").is_file()
