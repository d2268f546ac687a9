"""The figures of the tests are compared with their budgets fairly."""

from __future__ import annotations

import tomllib

import pytest

from tests.timing import BUDGETS, ROOT, by_folder, over_budget

pytestmark = pytest.mark.once


def test_folder_costs_what_its_tests_cost_together() -> None:
    spent = {"tests/a/test_x.py::test_1[p/q]": 1.0, "tests/a/test_y.py::test_2": 2.0, "tests/b/test_z.py::test_3": 4.0}
    assert by_folder(spent) == {"tests/a": 3.0, "tests/b": 4.0}


def test_slower_machine_may_take_longer() -> None:
    assert over_budget({"tests/a": 19.0}, {"tests/a": 10}, slower=2.0) == []
    assert over_budget({"tests/a": 21.0}, {"tests/a": 10}, slower=2.0) == [
        "tests/a took 10.5 s, above its budget of 10 s"
    ]


def test_folder_without_a_budget_is_told() -> None:
    assert over_budget({"tests/new": 3.0}, {}, slower=1.0) == ["tests/new has no budget; it took 3.0 s"]


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_budgets_are_those_of_folders_that_are_there(database: str) -> None:
    budgets = tomllib.loads(BUDGETS.read_text(encoding="utf-8"))[database]
    assert [folder for folder in budgets if not (ROOT / folder).is_dir()] == []
