"""Sets of built-in modules that satisfy their requirements, enough of them to find what depends on a neighbour."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Mapping
from itertools import combinations

from tests.architecture.source import manifest, plugin_names

SAMPLE = 6
"""How many sets there are beside those that are chosen for a reason."""

Requires = Mapping[str, Collection[str]]
Modules = tuple[str, ...]


def closed(names: Iterable[str], requires: Requires) -> Modules:
    """Return modules together with all that they require."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += requires[name]
    return tuple(sorted(found))


def without(name: str, requires: Requires) -> Modules:
    """Return all modules but one and those that can't be without it."""
    return tuple(sorted(other for other in requires if name not in closed([other], requires)))


def chosen_sets(requires: Requires) -> list[Modules]:
    """Return the sets that are tried, the smaller first.

    There are nothing and everything; what each module needs and what each two need; all that can be without one
    module; and a sample of the others, always the same. All of them would be 2ⁿ for modules that require nothing.
    """
    found = {(), closed(requires, requires)}
    found |= {closed(names, requires) for count in (1, 2) for names in combinations(requires, count)}
    found |= {without(name, requires) for name in requires}
    return sorted(found | _others(requires, found), key=lambda one: (len(one), one))


def _others(requires: Requires, known: Collection[Modules]) -> set[Modules]:
    chance, names = random.Random(15), sorted(requires)
    found: set[Modules] = set()
    for _ in range(20 * SAMPLE):  # of few modules there may be no other set
        one = closed(chance.sample(names, chance.randint(0, len(names))), requires)
        if one not in known and len(found) < SAMPLE:
            found.add(one)
    return found


REQUIRES = {name: manifest(name).requires for name in plugin_names()}
"""Direct requirements by module, read without importing anything."""

SETS = chosen_sets(REQUIRES)

EVERYTHING = SETS[-1]


def smallest(module: str) -> Modules:
    """Return the smallest set with a module."""
    return closed([module], REQUIRES)


def with_module(module: str) -> list[Modules]:
    """Return the sets that have a module, the smallest first."""
    return [chosen for chosen in SETS if module in chosen]


def named(chosen: Modules) -> str:
    """Return a set's name for the list of tests."""
    return "+".join(chosen) or "kernel"
