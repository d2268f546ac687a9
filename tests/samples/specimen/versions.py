"""A kind of the plugin's own: versions such as 1.10.2, which are ordered by their numbers, not as texts."""

import re
from typing import Any

from forecourt import fields
from forecourt.kinds import EQUALITY, IS_NULL, ORDER, Kind, Leaf, Operator, everywhere

_PART = 10**6
_MAJOR = _PART**2


class Version(str):
    """A version of three numbers."""

    @property
    def number(self) -> int:
        """What stands for it in the database; a later version has a larger one."""
        major, minor, patch = map(int, self.split("."))
        return major * _MAJOR + minor * _PART + patch

    @classmethod
    def of(cls, number: int) -> "Version":
        """Return the version that a number stands for."""
        return cls(f"{number // _MAJOR}.{number // _PART % _PART}.{number % _PART}")

    @classmethod
    def parse(cls, text: Any) -> "Version":
        """Return the version that a text names.

        Raises:
            ValueError: It names none.
        """
        if not isinstance(text, str) or not re.fullmatch(r"\d{1,5}(\.\d{1,5}){2}", text):
            raise ValueError(f"{text!r} is no version such as 1.10.2")
        return cls.of(Version(text).number)

    def __lt__(self, other: str) -> bool:
        return self.number < Version(other).number

    def __le__(self, other: str) -> bool:
        return self.number <= Version(other).number

    def __gt__(self, other: str) -> bool:
        return self.number > Version(other).number

    def __ge__(self, other: str) -> bool:
        return self.number >= Version(other).number


COMPATIBLE_WITH = Operator(
    "compatibleWith",
    {"en": "Is this version or a later one of the same major number.", "zh-CN": "是该版本或同一主版本号的更高版本。"},
    lambda place, wanted: (
        f"({place.sql} >= {place.bind(wanted)} AND {place.sql} / {_MAJOR} = {place.bind(wanted)} / {_MAJOR})"
    ),
    lambda value, wanted: (
        value is not None and value >= wanted and value.number // _MAJOR == Version(wanted).number // _MAJOR
    ),
)
_JSON = f"({{0}} / {_MAJOR}) || '.' || ({{0}} / {_PART} % {_PART}) || '.' || ({{0}} % {_PART})"


class VersionField(fields.BigIntField):
    """A version, kept as one number."""

    field_type = Version

    def make_kind(self) -> Kind:
        """Return the kind of versions."""
        return Kind(
            family="version",
            python=Version,
            written=str,
            parse=Version.parse,
            stored_as="version",
            scalar="String",
            filter="VersionFilter",
            filter_text="Conditions on a version.",
            operators=(*EQUALITY, *ORDER, COMPATIBLE_WITH, IS_NULL),
            ordered=True,
            grouped=True,
            bind=everywhere(lambda version: version.number),
            read=everywhere(Version.of),
            leaves={"sqlite": Leaf("{}", Version.of), "postgres": Leaf(_JSON)},
            json_sql=_JSON,
            sample=lambda number, now: Version(f"1.0.{number}"),
        )

    def to_db_value(self, value: Any, instance: Any) -> Any:
        """Return the number that stands for a version."""
        return None if value is None else Version.parse(value).number

    def to_python_value(self, value: Any) -> Any:
        """Return the version that a number stands for."""
        return Version.of(value) if isinstance(value, int) else value
