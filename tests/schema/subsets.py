"""The sets of built-in modules that satisfy their requirements."""

from __future__ import annotations

from itertools import combinations

from tests.architecture.source import manifest, plugin_names

REQUIRES = {name: manifest(name).requires for name in plugin_names()}
"""Direct requirements by module, read without importing anything."""

SETS = [
    chosen
    for count in range(len(REQUIRES) + 1)
    for chosen in combinations(sorted(REQUIRES), count)
    if all(REQUIRES[name] <= set(chosen) for name in chosen)
]
"""Every set that can be switched on, the empty one too, the smaller first."""

EVERYTHING = SETS[-1]


def smallest(module: str) -> tuple[str, ...]:
    """Return the smallest set with a module."""
    return next(chosen for chosen in SETS if module in chosen)


def with_module(module: str) -> list[tuple[str, ...]]:
    """Return the sets that have a module, the smallest first."""
    return [chosen for chosen in SETS if module in chosen]


def named(chosen: tuple[str, ...]) -> str:
    """Return a set's name for the list of tests."""
    return "+".join(chosen) or "kernel"
