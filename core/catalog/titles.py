"""Titles of what the API has, as people read them in forms, lists and documents, in each language of the API.

A module keeps them in `locale/titles.<language>.json`: type by type, a title of its own under the empty key and those
of its members under their names in the schema. A member may be a field, an enum's value, or, of the type `Mutation`, a
command. What members of one name are called in every type stands under the type `*`. Where English has none, the name
says enough: `lastContactAt` is "Last contact at". Commands that create, update or archive are called after their
entity.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import TYPE_CHECKING

from core.errors import PluginError

if TYPE_CHECKING:
    from core.catalog.catalog import Command

LOCALES = ("en", "zh-CN")
EVERY_TYPE = "*"
_FILE = "titles.{}.json"
_ACTIONS = {"create": "新建", "update": "修改", "archive": "归档"}
_OF_ENTITY = re.compile(rf"({'|'.join(_ACTIONS)})([A-Z]\w*)")
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z0-9]+")

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Titles:
    """The titles of all modules of one kernel."""

    texts: Mapping[str, Mapping[Key, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, modules: Iterable[tuple[str, Traversable]]) -> Titles:
        """Read the titles of modules.

        Args:
            modules: Name and `locale` folder of each module; a folder or file that is not there means no titles.

        Raises:
            PluginError: A file can't be read, or two modules give one title.
        """
        texts: dict[str, dict[Key, str]] = {locale: {} for locale in LOCALES}
        owners: dict[tuple[str, Key], str] = {}
        for module, folder in modules:
            for locale, known in texts.items():
                for key, title in titles_in(module, folder, locale).items():
                    if (other := owners.setdefault((locale, key), module)) != module:
                        raise PluginError(
                            f"{other} and {module} both have a title of {shown(key)} in {locale}; leave it to the "
                            "module that declares it",
                            other,
                            module,
                        )
                    known[key] = title
        return cls(MappingProxyType({locale: MappingProxyType(known) for locale, known in texts.items()}))

    def of(self, type_name: str, member: str = "") -> Mapping[str, str]:
        """Return the title of a type or of its member by language; English has always one, the others where given."""
        return {"en": words(member or type_name), **self.given(type_name, member)}

    def of_command(self, command: Command) -> Mapping[str, str]:
        """Return the title of a command by language; one named like a generated one is called after its entity."""
        return {"en": words(command.name), **self._of_entity(command), **self.given("Mutation", command.name)}

    def given(self, type_name: str, member: str = "") -> Mapping[str, str]:
        """Return what modules call a type or its member, by language."""
        found = {}
        for locale, known in self.texts.items():
            text = known.get((type_name, member)) or known.get((EVERY_TYPE, member))
            if text is not None:
                found[locale] = text
        return found

    def _of_entity(self, command: Command) -> Mapping[str, str]:
        entity, named = command.entity, _OF_ENTITY.fullmatch(command.name)
        if entity is None or named is None or named[2] not in (entity.name, entity.plural_name):
            return {}
        action, many = named[1], named[2] != entity.name
        found = dict(self.given(entity.name))
        if "en" in found:
            noun = plural(found["en"]) if many else found["en"]
            found["en"] = f"{action.capitalize()} {noun if noun[1:2].isupper() else noun[:1].lower() + noun[1:]}"
        if "zh-CN" in found:
            found["zh-CN"] = f"{'批量' if many else ''}{_ACTIONS[action]}{found['zh-CN']}"
        return found

    def title(self, locale: str, type_name: str, member: str = "") -> str:
        """Return the title in one language, in English where it has none."""
        texts = self.of(type_name, member)
        return texts.get(locale) or texts["en"]


def shown(key: Key) -> str:
    """Return a key as places in the schema are written, such as `Policy.number`."""
    return ".".join(part for part in key if part)


def words(name: str) -> str:
    """Return a name of the schema as words: `lastContactAt` and `LAST_CONTACT` read as sentences begin."""
    if "_" in name or name.isupper():
        parts = name.lower().split("_")
    else:
        parts = [part if len(part) > 1 and part.isupper() else part.lower() for part in _WORD.findall(name)]
    text = " ".join(part for part in parts if part)
    return text[:1].upper() + text[1:]


def plural(word: str) -> str:
    """Return the plural of an English word, or of a phrase that ends in the word."""
    if re.search(r"[^aeiou]y$", word):
        return f"{word[:-1]}ies"
    return f"{word}es" if re.search(r"(s|x|ch|sh)$", word) else f"{word}s"


def titles_in(module: str, folder: Traversable, locale: str) -> dict[Key, str]:
    """Return the titles of a module in one language; none where it has no file of them.

    Raises:
        PluginError: The file can't be read.
    """
    name = _FILE.format(locale)
    file = folder / name
    if not file.is_file():
        return {}
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return {
            (str(type_name), str(member)): _title(title)
            for type_name, members in content.items()
            for member, title in members.items()
        }
    except (ValueError, AttributeError) as error:
        raise PluginError(
            f"locale/{name} of {module} can't be read: {error}; it is a JSON object of types, each an object of "
            "members to titles",
            module,
        ) from error


def _title(given: object) -> str:
    if not isinstance(given, str) or not given.strip():
        raise ValueError(f"{given!r} is no title")
    return given
