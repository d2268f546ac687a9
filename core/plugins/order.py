"""The order in which modules are loaded, migrated and listed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from core.plugins.manifest import Manifest


def sort(manifests: Iterable[Manifest]) -> list[Manifest]:
    """Return the manifests so that each follows what it requires, otherwise by name.

    The order depends on the set alone, so that a schema is printed alike whatever the configuration's order.
    Requirements outside of the set are passed over; the set has no cycle.
    """
    by_name = {manifest.name: manifest for manifest in manifests}
    done: dict[str, Manifest] = {}

    def visit(manifest: Manifest) -> None:
        for name in sorted(manifest.requires):
            if name in by_name and name not in done:
                visit(by_name[name])
        done[manifest.name] = manifest

    for name in sorted(by_name):
        if name not in done:
            visit(by_name[name])
    return list(done.values())


def cycles(requires: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Return the paths of circular requirements, each beginning and ending with the same name.

    Args:
        requires: Names of a module's requirements by its name; names that are no key are passed over.
    """
    found: list[list[str]] = []
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> None:
        if name in path:
            found.append([*path[path.index(name) :], name])
            return
        if name in done or name not in requires:
            return
        for required in sorted(requires[name]):
            visit(required, [*path, name])
        done.add(name)

    for name in sorted(requires):
        visit(name, [])
    return found


def dependents(names: Iterable[str], requires: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the modules that need one of `names`, directly or through others, each with the one that it lacks."""
    lost = dict.fromkeys(names, "")
    grown = True
    while grown:
        grown = False
        for name in sorted(requires):
            lacking = next((one for one in requires[name] if one in lost), None)
            if name not in lost and lacking is not None:
                lost[name] = lacking
                grown = True
    return {name: lacking for name, lacking in lost.items() if lacking}
