"""Stores and opens files: checked, cleaned, addressed by their content, sealed where they are personal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from uuid import UUID

from core.errors import LimitRefusal, ValidationRefusal
from core.ids import uuid7
from core.services.files.metadata import without_metadata
from core.services.files.rules import MEGABYTE, RULES, Classification, FileRule
from core.services.files.sniff import sniff
from core.services.files.storage import StorageError

if TYPE_CHECKING:
    from core.scope import Scope
    from core.services.models import File


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that may be stored.

    Attributes:
        sha256: Of `content`, which has no metadata any more.
    """

    name: str
    content: bytes
    content_type: str
    sha256: str


def check_file(name: str, content: bytes, rule: FileRule, *, content_type: str | None = None) -> CheckedFile:
    """Return the file as it will be stored.

    Args:
        name: As the client gave it; folders and control characters are dropped.
        content_type: What the client says; it must agree with the bytes.

    Raises:
        LimitRefusal: It is too large.
        ValidationRefusal: It is empty, of another type than allowed, or damaged.
    """
    if len(content) > rule.max_bytes:
        raise _too_large(rule)
    if not content:
        raise ValidationRefusal("the file is empty", rule="file_empty")
    found = sniff(content, name)
    if found not in rule.types:
        allowed = ", ".join(sorted(rule.types))
        raise ValidationRefusal(
            f"a file of type {found} is not accepted here; accepted are {allowed}",
            rule="file_type",
            content_type=found,
            allowed=allowed,
        )
    if content_type and not _agrees(content_type.partition(";")[0].strip().lower(), found):
        raise ValidationRefusal(
            f"the file says {content_type} and is {found}; send its true type or none",
            rule="file_type_differs",
            said=content_type,
            content_type=found,
        )
    clean = without_metadata(content, found)
    return CheckedFile(_plain_name(name), clean, found, sha256(clean).hexdigest())


def _agrees(said: str, found: str) -> bool:
    vague = said in ("application/octet-stream", "image/jpg", "text/xml", "application/zip")
    both_text = said.startswith("text/") and found in ("text/plain", "text/csv", "application/json", "application/xml")
    return said == found or vague or both_text


def _plain_name(name: str) -> str:
    last = PurePosixPath(name.replace("\\", "/")).name
    kept = "".join(letter for letter in last if letter.isprintable()).strip(". ")
    return kept[-255:] or "file"


def _too_large(rule: FileRule) -> LimitRefusal:
    limit = rule.max_bytes // MEGABYTE
    return LimitRefusal(f"the file is larger than {limit} MB", rule="file_size", limit_mb=limit)


async def store_file(
    scope: Scope,
    name: str,
    content: bytes | AsyncIterable[bytes],
    *,
    classification: Classification,
    content_type: str | None = None,
    store_id: UUID | None = None,
) -> File:
    """Keep a file of the caller's store; needs a unit of work.

    The bytes are written before the transaction commits, those of a dry run never: after a rollback they lie there
    without a row, and `remove_leftovers` takes them away.

    Raises:
        LimitRefusal: It is too large.
        ValidationRefusal: It is empty, of a type that this classification doesn't allow, or damaged.
    """
    from core.services.models import File

    rule = RULES[classification]
    whole = content if isinstance(content, bytes) else await _read(content, rule)
    checked = await asyncio.to_thread(check_file, name, whole, rule, content_type=content_type)
    row = File(
        id=uuid7(),
        store_id=store_id or scope.store_id,
        name=checked.name,
        content_type=checked.content_type,
        size_bytes=len(checked.content),
        sha256=checked.sha256,
        classification=classification,
    )
    row.storage_key = await asyncio.to_thread(_put, scope, row, checked.content, rule)
    await row.save()
    return row


async def _read(stream: AsyncIterable[bytes], rule: FileRule) -> bytes:
    whole = bytearray()
    async for piece in stream:
        whole += piece
        if len(whole) > rule.max_bytes:
            raise _too_large(rule)
    return bytes(whole)


def _put(scope: Scope, row: File, content: bytes, rule: FileRule) -> str:
    from core.services.files.sealing import seal_bytes  # the cryptography library takes long to import

    stored = seal_bytes(scope._dealer.vault.keys, content, _place(row)) if rule.encrypted else content
    key = sha256(stored).hexdigest()
    if not scope.writing().touched.dry_run:
        scope._dealer.files.put(key, stored)
    return key


def _place(row: File) -> str:
    return f"core_file/content/{row.id}/{row.store_id}"


async def open_file(scope: Scope, file_id: UUID) -> tuple[File, bytes]:
    """Return a file's row and its bytes.

    Raises:
        NotFoundRefusal: There is none within the caller's stores.
        PermissionRefusal: He may not open files of this classification.
        StorageError: The bytes are gone or not the ones that were stored.
    """
    from core.services.models import File

    row = await scope.get(File, file_id, permission="core.file.read")
    rule = RULES[row.classification]
    scope.caller.require(rule.permission)
    return row, await asyncio.to_thread(_get, scope, row, rule)


def _get(scope: Scope, row: File, rule: FileRule) -> bytes:
    stored = scope._dealer.files.get(row.storage_key)
    if sha256(stored).hexdigest() != row.storage_key:
        raise StorageError(f"the bytes of file {row.id} are not those that were stored; restore them from a backup")
    from core.services.files.sealing import open_bytes  # as above

    return open_bytes(scope._dealer.vault.keys, stored, _place(row)) if rule.encrypted else stored


async def remove_leftovers(scope: Scope, *, older_than_s: float = 86_400) -> int:
    """Remove bytes that no row names, as a rolled-back command leaves them; return how many files."""
    from core.services.models import File

    horizon = scope.now().timestamp() - older_than_s
    storage = scope._dealer.files
    old = await asyncio.to_thread(lambda: [key for key, put_at in storage.entries() if put_at < horizon])
    removed = 0
    for start in range(0, len(old), 500):
        batch = old[start : start + 500]
        known = {row.storage_key for row in await File.filter(storage_key__in=batch).only("storage_key")}
        for key in batch:
            if key not in known:
                await asyncio.to_thread(storage.remove, key)
                removed += 1
    return removed
