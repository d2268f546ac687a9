"""What each class of files may be, how large, and who may open it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from core.caller import Permission

MEGABYTE = 1024 * 1024
READ_PERSONAL = Permission("core.file.read_personal", {"en": "Open personal files", "zh-CN": "打开含个人信息的文件"})

IMAGES = frozenset({"image/jpeg", "image/png", "image/webp"})
OFFICE = frozenset(
    {
        "application/pdf",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
)
TEXT = frozenset({"text/plain", "text/csv", "application/xml", "application/json"})
MEDIA = frozenset({"video/mp4", "audio/mpeg", "audio/wav", "audio/amr"})


class Classification(StrEnum):
    """How far a file may be shown.

    PUBLIC ones may leave the house, such as pictures of what is sold; INTERNAL ones stay in it; PERSONAL ones tell
    about a person and are sealed at rest.
    """

    PUBLIC = "PUBLIC"
    INTERNAL = "INTERNAL"
    PERSONAL = "PERSONAL"


@dataclass(frozen=True, slots=True)
class FileRule:
    """The rule of one classification.

    Attributes:
        types: Content types that are accepted, as the bytes show, not as the client says.
        permission: Needed to open one, beside a row of a store that the caller may see.
        encrypted: Whether the bytes are sealed at rest.
    """

    types: frozenset[str]
    max_bytes: int
    permission: str
    encrypted: bool


RULES: Mapping[Classification, FileRule] = MappingProxyType(
    {
        Classification.PUBLIC: FileRule(
            IMAGES | {"application/pdf", "video/mp4"}, 50 * MEGABYTE, "core.file.read", False
        ),
        Classification.INTERNAL: FileRule(IMAGES | OFFICE | TEXT | MEDIA, 50 * MEGABYTE, "core.file.read", False),
        # Sealing holds the whole file in memory, hence the lower limit.
        Classification.PERSONAL: FileRule(IMAGES | OFFICE | TEXT | MEDIA, 20 * MEGABYTE, READ_PERSONAL, True),
    }
)
