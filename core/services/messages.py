"""Texts for people, in the languages of the API; each module brings a catalogue of its own.

A catalogue is a file `locale/<language>.json` of flat keys. A problem's key is its code, or its code and rule
(`VALIDATION_ERROR.file_type`) where the refusal names one. Texts hold `{parameters}`; `{message}` is the English
message that the refusal came with, so that a text for the code alone loses nothing.
"""

from __future__ import annotations

import json
import string
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum
from functools import lru_cache
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

from core.catalog.titles import Titles
from core.clock import format_instant
from core.errors import ForecourtError, PluginError, Refusal

LOCALES = ("en", "zh-CN")
DEFAULT_LOCALE = "en"


@lru_cache(maxsize=256)
def negotiate(accept_language: str, default: str = DEFAULT_LOCALE) -> str:
    """Return the locale of the API that an `Accept-Language` header asks for first.

    Every kind of Chinese gets `zh-CN`, every kind of English `en`. A malformed part is passed over.

    Source: RFC 9110, section 12.5.4.
    """
    best, best_quality = default, 0.0
    for part in accept_language.split(","):
        tag, _, parameters = part.strip().partition(";")
        locale = _locale_of(tag.strip().lower(), default)
        quality = _quality(parameters)
        if locale is not None and quality > best_quality:
            best, best_quality = locale, quality
    return best


def _locale_of(tag: str, default: str) -> str | None:
    if tag == "*":
        return default
    return {"en": "en", "zh": "zh-CN"}.get(tag.partition("-")[0])


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if not name:
        return 1.0
    try:
        quality = float(value)
    except ValueError:
        return 0.0
    return quality if name.strip().lower() == "q" and 0 <= quality <= 1 else 0.0


class Messages:
    """The texts of all modules of one kernel; it never changes."""

    def __init__(self, texts: Mapping[str, Mapping[str, str]], titles: Titles | None = None) -> None:
        """Keep the texts by locale and key, and what values of enums are called in them."""
        self._titles = titles or Titles()
        self._texts = MappingProxyType({locale: MappingProxyType(dict(keys)) for locale, keys in texts.items()})

    @classmethod
    def read(cls, modules: Iterable[tuple[str, Traversable]], titles: Titles | None = None) -> Messages:
        """Read the catalogues of modules.

        Args:
            modules: Name and `locale` folder of each module; a folder that is not there means no texts.
            titles: What values of enums are called in texts.

        Raises:
            PluginError: A file is no flat JSON object of texts, or two modules have a text under one key.
        """
        texts: dict[str, dict[str, str]] = {locale: {} for locale in LOCALES}
        owners: dict[str, str] = {}
        for module, folder in modules:
            for locale in LOCALES:
                for key, text in _read_file(module, folder, locale).items():
                    if owners.setdefault(key, module) != module:
                        raise PluginError(
                            f"{owners[key]} and {module} both have a text {key}; rename one of them",
                            owners[key],
                            module,
                        )
                    texts[locale][key] = text
        return cls(texts, titles)

    def keys(self, locale: str) -> frozenset[str]:
        """Return the keys that a locale has texts for."""
        return frozenset(self._texts.get(locale, {}))

    def translate(self, locale: str, code: str, params: Mapping[str, Any], default: str) -> str:
        """Return the text of a code.

        Looked for are `<code>.<rule>` (with the parameter `rule`), then `<code>`, in the locale asked for alone: an
        English text has nothing over `default`, which is English and more precise.

        Args:
            default: The English message; what comes back when there is no text, or it needs a parameter that is absent.
        """
        texts: Mapping[str, str] = self._texts.get(locale, {})
        values = {**params, "message": default}
        for key in (f"{code}.{params['rule']}" if params.get("rule") else "", code):
            text = texts.get(key)
            if text is not None and _parameters(text) <= values.keys():
                return text.format_map({name: _shown(value, locale, self._titles) for name, value in values.items()})
        return default

    def message(self, locale: str, error: ForecourtError) -> str:
        """Return what to tell a person about an error."""
        params = error.details if isinstance(error, Refusal) else {}
        return self.translate(locale, error.code, params, error.message)


def _read_file(module: str, folder: Traversable, locale: str) -> dict[str, str]:
    file = folder / f"{locale}.json"
    if not file.is_file():
        return {}
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        texts = {str(key): str(text) for key, text in content.items()}
        for text in texts.values():
            _parameters(text)
    except (ValueError, AttributeError) as error:
        raise PluginError(
            f"locale/{locale}.json of {module} can't be read: {error}; it is one JSON object of key to text", module
        ) from error
    return texts


def _parameters(text: str) -> set[str]:
    """Return the names in braces; only plain names are allowed, because texts come from many hands."""
    names = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    for name in names:
        if not name.isidentifier():
            raise ValueError(f"{{{name}}} is no plain parameter")
    return names


def _shown(value: Any, locale: str, titles: Titles) -> str:
    """Return a parameter as text; what has a title, or is a text per language, in the locale's words."""
    if isinstance(value, Enum):
        return titles.title(locale, type(value).__name__, value.name)
    if isinstance(value, Mapping):
        return str(value.get(locale, value))
    if isinstance(value, datetime):
        return format_instant(value)
    return ", ".join(_shown(one, locale, titles) for one in value) if isinstance(value, (list, tuple)) else str(value)
