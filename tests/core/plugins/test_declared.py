from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from core.plugins.importing import declared

pytestmark = pytest.mark.once

SOURCE = """
from collections import OrderedDict as Foreign
Foreign_marked = foreign

def mark(value):
    value.__mark__ = True
    return value

@mark
class Zebra: ...

class Foal(Zebra): ...

@mark
def ant(): ...

alias = ant

@job
def bee(): ...

class Greedy:
    def __getattr__(self, name):
        return name

greedy = Greedy()
"""


class Job:
    """Stands in the function's place, as decorators of the kernel do."""

    __mark__ = True

    def __init__(self, function: Any) -> None:
        self.__module__ = function.__module__


def test_own_marked_things_come_once_in_order_of_definition() -> None:
    def foreign() -> None: ...

    marked: Any = foreign
    marked.__mark__ = True
    module = ModuleType("declared_example")
    vars(module).update(foreign=foreign, job=Job)
    exec(SOURCE, vars(module))  # noqa: S102  # the source stands above
    scope = vars(module)
    assert list(declared(module, "__mark__")) == [scope["Zebra"], scope["ant"], scope["bee"]]
