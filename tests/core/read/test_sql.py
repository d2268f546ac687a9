"""How a statement is put together: what it costs, and where its arguments go."""

from __future__ import annotations

import time

import pytest

from core.kinds.kind import Dialect
from core.read.sql import Statement

pytestmark = pytest.mark.once

MANY = 4000


def built(dialect: Dialect, count: int) -> float:
    """Return the CPU seconds that a statement with so many arguments takes at least."""
    took = []
    for _ in range(3):
        began = time.thread_time()
        statement = Statement(dialect)
        marks = [statement.bind(f"value {number}") for number in range(count)]
        query = statement.render(f"SELECT 1 WHERE {' OR '.join(f'a = {mark}' for mark in marks)}")
        took.append(time.thread_time() - began)
        assert len(query.args) == count
    return min(took)


@pytest.mark.parametrize("dialect", ["sqlite", "postgres"])
def test_building_a_statement_of_twice_the_size_takes_twice_as_long(dialect: Dialect) -> None:
    # Twice is linear, four times is quadratic.
    assert built(dialect, 2 * MANY) < 3 * built(dialect, MANY)


def test_an_argument_at_several_places_is_sent_once_to_postgres_and_each_time_to_sqlite() -> None:
    for dialect, text, args in (
        ("postgres", "SELECT $1, $2, $1", ("b", "a")),
        ("sqlite", "SELECT ?, ?, ?", ("b", "a", "b")),
    ):
        statement = Statement(dialect)  # type: ignore[arg-type]  # both are names of dialects
        first, second = statement.bind("a"), statement.bind("b")
        query = statement.render(f"SELECT {second}, {first}, {second}")
        assert (query.text, query.args) == (text, args)
