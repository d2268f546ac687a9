"""Which sets of modules the tests try, on an invented graph that is larger than ours."""

from __future__ import annotations

from itertools import combinations

import pytest

from tests.schema.subsets import REQUIRES, SAMPLE, SETS, chosen_sets, closed, without

pytestmark = pytest.mark.once

GRAPH = {
    **{f"alone_{number}": set[str]() for number in range(10)},
    "base": set[str](),
    "middle": {"base"},
    "top": {"middle"},
    "both": {"middle", "alone_1"},
    "side": {"base"},
}


def test_every_set_satisfies_the_requirements_and_is_there_once() -> None:
    found = chosen_sets(GRAPH)
    assert all(closed(chosen, GRAPH) == chosen for chosen in found)
    assert len(set(found)) == len(found)
    assert [len(chosen) for chosen in found] == sorted(len(chosen) for chosen in found)


def test_nothing_and_everything_are_tried() -> None:
    found = chosen_sets(GRAPH)
    assert (found[0], found[-1]) == ((), tuple(sorted(GRAPH)))


def test_each_module_is_tried_with_what_it_needs_alone() -> None:
    assert {("alone_0",), ("base", "middle", "top"), ("alone_1", "base", "both", "middle")} <= set(chosen_sets(GRAPH))


def test_each_module_is_missed_once_with_those_that_need_it() -> None:
    found = chosen_sets(GRAPH)
    assert set(GRAPH) - set(without("base", GRAPH)) == {"base", "middle", "top", "both", "side"}
    assert {without(name, GRAPH) for name in GRAPH} <= set(found)


def test_each_two_modules_meet_without_more_than_they_need() -> None:
    assert {closed(pair, GRAPH) for pair in combinations(GRAPH, 2)} <= set(chosen_sets(GRAPH))


def test_sample_of_the_others_is_bounded_and_always_the_same() -> None:
    found = chosen_sets(GRAPH)
    for_a_reason = {(), closed(GRAPH, GRAPH), *(without(name, GRAPH) for name in GRAPH)}
    for_a_reason |= {closed(names, GRAPH) for count in (1, 2) for names in combinations(GRAPH, count)}
    assert len(set(found) - for_a_reason) == SAMPLE
    assert found == chosen_sets(dict(reversed(GRAPH.items())))


def test_number_of_sets_grows_with_the_pairs_and_not_with_the_subsets() -> None:
    valid = sum(
        closed(chosen, GRAPH) == tuple(sorted(chosen))
        for count in range(len(GRAPH) + 1)
        for chosen in combinations(GRAPH, count)
    )
    assert len(chosen_sets(GRAPH)) <= 15 * 14 / 2 + 2 * 15 + 2 + SAMPLE < valid / 50


def test_of_our_modules_nearly_all_sets_are_tried() -> None:
    valid = [
        chosen
        for count in range(len(REQUIRES) + 1)
        for chosen in combinations(sorted(REQUIRES), count)
        if closed(chosen, REQUIRES) == chosen
    ]
    assert set(SETS) <= set(valid)
    assert len(REQUIRES) > 5 or sorted(valid, key=lambda one: (len(one), one)) == SETS
