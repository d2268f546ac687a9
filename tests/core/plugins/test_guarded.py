from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import Any

import pytest

from core.errors import ValidationRefusal
from core.plugins.guarded import answers
from core.plugins.loader import LoadedModules
from tests.core.plugins.conftest import Garage

pytestmark = pytest.mark.once

ASKING = """
class Hooks:
    @hookspec
    def tell(self, text): "Tell."
    @hookspec
    def tell_later(self, text): "Tell, awaited."
    @hookspec(firstresult=True)
    def tell_first(self, text): "Tell, the first counts."
    @required_hook
    @hookspec
    def tell_surely(self, text): "Tell, or stop."

@hookimpl
def hook_specifications():
    return [Hooks]
"""
GOOD = """
@hookimpl
def tell(text): return "good"
@hookimpl
async def tell_later(text): return "good"
@hookimpl
def tell_first(text): return "good"
"""
BAD = """
from forecourt import ValidationRefusal

def fail(text):
    if text == "refuse":
        raise ValidationRefusal("no")
    raise RuntimeError("13800138000")

@hookimpl
def tell(text): fail(text)
@hookimpl
async def tell_later(text): fail(text)
@hookimpl(tryfirst=True)
def tell_first(text): fail(text)
@hookimpl
def tell_surely(text): fail(text)
"""


@pytest.fixture
def loaded(garage: Garage) -> LoadedModules:
    garage.plugin("gu_asking", wiring=ASKING)
    garage.plugin("gu_bad", requires=["gu_asking"], wiring=BAD)
    garage.plugin("gu_good", requires=["gu_asking"], wiring=GOOD)
    return garage.load("gu_asking", "gu_bad", "gu_good")


def test_a_hook_that_fails_costs_its_own_answer_alone(loaded: LoadedModules, caplog: pytest.LogCaptureFixture) -> None:
    hooks = loaded.plugin_manager.hook

    with caplog.at_level(logging.ERROR, logger="forecourt.hooks"):
        assert hooks.tell(text="x") == ["good"]
        assert hooks.tell_first(text="x") == "good"

    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        "the hook gu_bad.tell failed, its answer is left out",
        "the hook gu_bad.tell_first failed, its answer is left out",
    ]
    assert "gu_bad/plugin.py:9" in caplog.text
    assert "13800138000" not in caplog.text
    assert loaded.plugin_manager.failed == {"gu_bad.tell": 1, "gu_bad.tell_first": 1}


async def test_an_awaited_hook_that_fails_costs_its_own_answer_alone(loaded: LoadedModules) -> None:
    told: list[Awaitable[Any]] = loaded.plugin_manager.hook.tell_later(text="x")

    assert await answers(told) == ["good"]
    assert loaded.plugin_manager.failed == {"gu_bad.tell_later": 1}


async def test_what_an_implementation_refuses_on_purpose_is_raised(loaded: LoadedModules) -> None:
    hooks = loaded.plugin_manager.hook

    with pytest.raises(ValidationRefusal):
        hooks.tell(text="refuse")
    with pytest.raises(ValidationRefusal):
        await answers(hooks.tell_later(text="refuse"))


def test_of_a_required_hook_everything_is_raised(loaded: LoadedModules) -> None:
    with pytest.raises(RuntimeError):
        loaded.plugin_manager.hook.tell_surely(text="x")
