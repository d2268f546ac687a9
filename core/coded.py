"""Codes that are kept and sent, with what people call them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Self


class CodedEnum(StrEnum):
    """Codes with titles: `OPEN = "OPEN", "Open", "进行中"`, in English and then in Chinese.

    Attributes:
        titles: By locale, for people to read; programs go by the code.
    """

    _value_: str
    titles: Mapping[str, str]

    # Type checkers take the look-up of a member by its code for a call of this, which so has to do without titles.
    def __new__(cls, code: str, en: str = "", zh_cn: str = "") -> Self:
        """Make a member of its code and its titles."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.titles = MappingProxyType({"en": en, "zh-CN": zh_cn})
        return member
