"""What people read of the API: whether all that the plugin adds has titles in the languages in which it gives any."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from graphql import GraphQLEnumType

from core.catalog.titles import EVERY_TYPE, LOCALES, Key, Titles, shown, titles_in
from core.kernel import Kernel
from core.testing.contract.subject import Fault, Subject


@dataclass(frozen=True, slots=True)
class Titled:
    """An entity, field, enum, value or command: its module, its key in files of titles, its title by language."""

    module: str
    key: Key
    texts: Mapping[str, str]

    def __str__(self) -> str:
        return shown(self.key)


def titled(kernel: Kernel, titles: Titles | None = None) -> Iterator[Titled]:
    """Yield all that has titles, with those of the kernel's modules or with others."""
    titles = titles or kernel.catalog.titles
    for entity in kernel.catalog.entities.values():
        for member in ("", "id"):
            yield Titled(entity.module, (entity.name, member), titles.of(entity.name, member))
        for field in entity.fields.values():
            name = field.graphql_name
            yield Titled(field.module, (entity.name, name), titles.of(entity.name, name))
    for name, enum in kernel.schema.graphql.type_map.items():
        definition = enum.extensions.get("strawberry-definition")  # those that the kernel makes of fields have none
        if isinstance(enum, GraphQLEnumType) and definition is not None:
            module = _module(kernel, definition.wrapped_cls)
            for member in ("", *enum.values):
                yield Titled(module, (name, member), titles.of(name, member))
    for command in kernel.catalog.commands.values():
        yield Titled(command.module, ("Mutation", command.name), titles.of_command(command))


def _module(kernel: Kernel, cls: type) -> str:
    """Return the module whose package a class is from; empty for one of a library."""
    return next((one.name for one in kernel.loaded if f"{cls.__module__}.".startswith(f"{one.package}.")), "")


def unused(keys: Iterable[Key], known: Sequence[Titled], texts: Mapping[Key, str]) -> list[Key]:
    """Return the keys of a file of titles that nothing in the API is called by, of all titles in its language."""
    places = {one.key for one in known}
    called = places | {(EVERY_TYPE, member) for _, member in places - texts.keys()}
    return [key for key in keys if key not in called]


async def titles(subject: Subject) -> list[Fault]:
    """Check that all that the plugin adds has a title in each language of its files, and that it uses all of these."""
    kernel, folder = await subject.whole(), await subject.folder() / "locale"
    known = list(titled(kernel))
    faults = []
    for locale in LOCALES:
        file, given = f"locale/titles.{locale}.json", titles_in(subject.name, folder, locale)
        lacking = [one for one in known if given and one.module == subject.name and locale not in one.texts]
        faults += [Fault(file, f"has no title of {one}", "add it") for one in lacking]
        faults += [
            Fault(file, f"has a title of {shown(key)}, which there is not", "remove it or mend the name")
            for key in unused(given, known, kernel.catalog.titles.texts[locale])
        ]
    return faults
