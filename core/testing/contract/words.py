"""What the plugin declares: manifest, permissions and roles, events, hooks."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from core.event import Event
from core.kernel import Kernel
from core.plugins.manifest import Manifest
from core.services.messages import LOCALES
from core.testing.contract.subject import Fault, Subject, place_of
from core.wording import suggestion

ACTIONS = ("read", "create", "update", "archive")
PERSONAL = frozenset({"name", "phone", "mobile", "email", "mail", "vin", "plate", "address", "birthday"})
"""Words in the name of an event's field that say it holds what an event must not."""


async def manifest(subject: Subject) -> list[Fault]:
    """Check that everything people read has a text in every language."""
    return list(_untitled(_titled(subject, await subject.whole(), await subject.manifest())))


def _titled(subject: Subject, kernel: Kernel, said: Manifest) -> Iterator[tuple[str, Mapping[str, str]]]:
    yield "the manifest's title", said.title
    yield "the manifest's description", said.description
    for permission in kernel.catalog.permissions.values():
        if permission.module == subject.name:
            yield f"the permission {permission}", permission.titles
    for role in subject.contributed(kernel, "roles"):
        yield f"the role {role.code}", role.title
    for declared in subject.contributed(kernel, "code_sets"):
        if declared.module == subject.name:
            yield f"the code list {declared.name}", declared.titles
        for code in declared.codes:
            yield f"the code {code.code} of {declared.name}", code.titles


def _untitled(texts: Iterable[tuple[str, Mapping[str, str]]]) -> Iterator[Fault]:
    for place, titles in texts:
        lacking = [locale for locale in LOCALES if not titles.get(locale, "").strip()]
        if lacking:
            yield Fault(place, f"has no text in {' and '.join(lacking)}", "add it")


def _module(kind: str) -> str:
    return kind.partition(".")[0]


async def permissions(subject: Subject) -> list[Fault]:
    """Check that every permission is known to administrators, and that roles name only those that there are."""
    kernel = await subject.whole()
    declared = set(kernel.catalog.permissions)
    entities = [entity for entity in kernel.catalog.entities.values() if entity.module == subject.name]
    generated = {entity.permission(action) for entity in entities for action in ACTIONS}
    public = {entity.permission("read") for entity in entities if entity.declaration.public}
    granted = {name for role in subject.contributed(kernel, "roles") for name in role.permissions}
    faults = []
    for name in sorted(name for name, module in kernel.permissions.items() if module == subject.name):
        if name not in generated | declared:
            faults.append(
                Fault(
                    name,
                    "is asked for, but has no title",
                    "write Permission(…) with its titles there",
                )
            )
        elif name not in granted | declared | public:
            faults.append(
                Fault(name, "no role has it", "give it to a role in roles(), or write Permission(…) with its titles")
            )
    for name in sorted(granted - set(kernel.permissions)):
        meant = suggestion(name, kernel.permissions) if _module(name) == subject.name else "its module is not on"
        faults.append(Fault("roles()", f"a role has {name}, which nothing asks for", meant))
    return faults


async def events(subject: Subject) -> list[Fault]:
    """Check that every event says what it is and about what, and carries no personal data."""
    faults = []
    for event in await _own_events(subject):
        place = place_of(event)
        if not event.type.startswith(f"{subject.name}."):
            faults.append(Fault(place, f"its type is {event.type}", f"begin it with {subject.name}."))
        field = event.model_fields.get(getattr(event, "aggregate", ""))
        if field is None or field.annotation is not UUID:
            faults.append(Fault(place, "aggregate names no field that is a UUID", "name the field with the row's id"))
        if not (event.__doc__ or "").strip() or event.__doc__ == Event.__doc__:
            faults.append(Fault(place, "doesn't say what happened", "write a docstring in the past tense"))
        for name, info in event.model_fields.items():
            if PERSONAL & set(name.split("_")) and info.annotation not in (UUID, UUID | None, bool):
                faults.append(
                    Fault(
                        f"{place}.{name}",
                        "looks like personal data",
                        "carry the row's id: who may see it reads it",
                    )
                )
    return faults


async def _own_events(subject: Subject) -> list[type[Event]]:
    """Return the events that can be published; a base of several without a type of its own can't."""
    return [event for event in await subject.classes(Event) if getattr(event, "type", None)]


async def states(subject: Subject) -> list[Fault]:
    """Check that a column which keeps the state of a row has its machine; the kernel checks what that says."""
    kernel = await subject.whole()
    return [
        Fault(
            f"{entity.model.__name__}.state",
            "has no state machine",
            "declare it as fields.StateField(MACHINE, …), or the model as an AppendOnlyModel if it never changes",
        )
        for entity in kernel.catalog.entities.values()
        if entity.module == subject.name and not entity.append_only
        if hasattr(entity.model._meta.fields_map.get("state"), "enum_type") and "state" not in entity.machines
    ]


async def hooks(subject: Subject) -> list[Fault]:
    """Check that each hook that the plugin declares is typed, explained, and told of in the README."""
    readme = (await subject.folder()) / "README.md"
    told = readme.read_text(encoding="utf-8") if readme.is_file() else ""
    faults: list[Fault] = []
    for specification in subject.contributed(await subject.whole(), "hook_specifications"):
        for name, function in vars(specification).items():
            if hasattr(function, "forecourt_spec"):
                faults += _hook(f"{place_of(specification)}.{name}", function)
                if name not in told:
                    faults.append(Fault("README.md", f"doesn't tell of the hook {name}", "say when it is called"))
    return faults


def _hook(place: str, function: Any) -> Iterator[Fault]:
    if len((inspect.getdoc(function) or "").split()) < 5:
        yield Fault(place, "the hook is not explained", "write a docstring: when it is called, and with what")
    signature = inspect.signature(function)
    untyped = [one.name for one in signature.parameters.values() if one.name != "self" and one.annotation is one.empty]
    if untyped or signature.return_annotation is signature.empty:
        lacking = ", ".join([*untyped, *(["the answer"] if signature.return_annotation is signature.empty else [])])
        yield Fault(place, f"{lacking} has no type", "annotate it")
