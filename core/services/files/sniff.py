"""What a file is, told from its bytes; the name and the client's word don't count."""

from __future__ import annotations

import io
import zipfile
from pathlib import PurePosixPath

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"%PDF-", "application/pdf"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"#!AMR", "audio/amr"),
)
_OFFICE_PARTS = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_TEXT_NAMES = {".csv": "text/csv", ".json": "application/json", ".xml": "application/xml"}


def sniff(content: bytes, name: str = "") -> str:
    """Return the content type of a file; `application/octet-stream` when it is none that the kernel knows.

    Args:
        name: Decides only which kind of text a text is.
    """
    for magic, content_type in _MAGIC:
        if content.startswith(magic):
            return content_type
    if content[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(content[8:12], _UNKNOWN)
    if content[4:8] == b"ftyp" and content[8:11] in (b"iso", b"mp4", b"M4V", b"avc"):
        return "video/mp4"
    if content.startswith(b"PK\x03\x04"):
        return _office(content)
    return _text(content, name)


_UNKNOWN = "application/octet-stream"


def _office(content: bytes) -> str:
    """Return the type of an Office file without macros; other archives are unknown."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = set(archive.namelist())
    except zipfile.BadZipFile:
        return _UNKNOWN
    if any(part.endswith("vbaProject.bin") for part in parts):
        return _UNKNOWN
    return next((kind for part, kind in _OFFICE_PARTS.items() if part in parts), _UNKNOWN)


def _text(content: bytes, name: str) -> str:
    if not content or b"\0" in content:
        return _UNKNOWN
    for encoding in ("utf-8", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        break
    else:
        return _UNKNOWN
    # A page with scripts must never be served back from the dealer's own address.
    if text.lstrip("\ufeff \t\r\n")[:200].lower().startswith(("<!doctype html", "<html", "<svg", "<script")):
        return _UNKNOWN
    if "<svg" in text[:2000].lower():
        return _UNKNOWN
    return _TEXT_NAMES.get(PurePosixPath(name).suffix.lower(), "text/plain")
