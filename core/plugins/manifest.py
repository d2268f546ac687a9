"""What a plugin says about itself; data only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from pydantic import BaseModel

from core.errors import PluginError

PLUGIN_API_VERSION: Final = "1.0"
"""Raised in its first number when a plugin written for the version before may break."""

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
FALLBACK_LOCALE: Final = "en"

Texts = Mapping[str, str]
"""A text per language, such as `{"en": "Insurance", "zh-CN": "车险"}`."""


def text_in(texts: Texts, locale: str) -> str:
    """Return the text in a language, else in English."""
    return texts.get(locale) or texts.get(FALLBACK_LOCALE, "")


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Name a plugin and state what it needs.

    Attributes:
        name: Lower-case word, the same as the folder's, the entry point's and the prefix of its tables and permissions.
        version: The plugin's own, as PEP 440 has it.
        api: Versions of the plugin API that it works with, such as `>=1,<2`.
        title: Per language; `en` at least.
        requires: Modules without which it does not work; it may import their `api`, `events` and `types`.
        optional: Modules that its files `optional/<module>.py` react to; those are imported only when they are on.
        settings: Validates the table `settings.<name>` of a dealer.

    Raises:
        PluginError: A value breaks one of these rules.
    """

    name: str
    version: str
    api: str
    title: Texts
    description: Texts = field(default_factory=dict)
    requires: Sequence[str] = ()
    optional: Sequence[str] = ()
    settings: type[BaseModel] | None = None

    def __post_init__(self) -> None:
        for name in ("requires", "optional"):
            value = getattr(self, name)
            if isinstance(value, str):
                raise self._wrong(f"{name} is the text {value!r}: write a list, [{value!r}]")
            object.__setattr__(self, name, tuple(value))
        for name in ("title", "description"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        self._check_versions()
        self._check_modules()
        self._check_texts()

    def accepts(self, api_version: str) -> bool:
        """Tell whether the plugin works with a version of the plugin API."""
        from packaging.specifiers import SpecifierSet  # not worth its time for those who only import the SDK
        from packaging.version import Version

        return SpecifierSet(self.api).contains(Version(api_version), prereleases=True)

    def _check_versions(self) -> None:
        from packaging.specifiers import InvalidSpecifier, SpecifierSet  # as above
        from packaging.version import InvalidVersion, Version

        try:
            Version(self.version)
        except InvalidVersion:
            raise self._wrong(f"version {self.version!r} is no version: write one such as 1.2.0") from None
        try:
            SpecifierSet(self.api)
        except InvalidSpecifier:
            raise self._wrong(f"api {self.api!r} is no range of versions: write one such as >=1,<2") from None

    def _check_modules(self) -> None:
        for name in (self.name, *self.requires, *self.optional):
            if not NAME.fullmatch(name):
                raise self._wrong(f"{name!r} is no module name: write lower-case letters, digits and underscores")
        if self.name in (*self.requires, *self.optional):
            raise self._wrong("it names itself in requires or optional")
        if both := sorted(set(self.requires) & set(self.optional)):
            raise self._wrong(f"{', '.join(both)} is both in requires and in optional: keep one")

    def _check_texts(self) -> None:
        if not self.title.get(FALLBACK_LOCALE):
            raise self._wrong(f"title has no text in {FALLBACK_LOCALE!r}")
        model: object = self.settings
        if model is not None and not (isinstance(model, type) and issubclass(model, BaseModel)):
            raise self._wrong("settings is not a class derived from pydantic.BaseModel")

    def _wrong(self, what: str) -> PluginError:
        return PluginError(f"manifest of {self.name}: {what}", self.name)
