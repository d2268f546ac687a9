"""Takes place, time, device and other metadata out of pictures, without touching a pixel.

What decides how a picture looks stays: colour profiles and the orientation.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator

from core.errors import ValidationRefusal

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_METADATA = frozenset({b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"})
_WEBP_EXIF_FLAG, _WEBP_XMP_FLAG = 0x08, 0x04
_ORIENTATION = 0x0112


def without_metadata(content: bytes, content_type: str) -> bytes:
    """Return the file without metadata; other types than JPEG, PNG and WebP come back as they are.

    Raises:
        ValidationRefusal: The picture is damaged.
    """
    strip = _STRIPPERS.get(content_type)
    if strip is None:
        return content
    try:
        return strip(content)
    except (IndexError, struct.error, _DamagedError):
        raise ValidationRefusal(
            f"this {content_type} is damaged; open it in a picture viewer, save it again and upload that",
            rule="file_damaged",
            content_type=content_type,
        ) from None


class _DamagedError(Exception):
    pass


def _strip_jpeg(content: bytes) -> bytes:
    """Drop EXIF, XMP, IPTC, comments and pictures within the picture.

    Source: ITU-T T.81, annex B; CIPA DC-007 for the second pictures that follow the first.
    """
    result = bytearray(b"\xff\xd8")
    position = 2
    while True:
        marker, position = _next_marker(content, position)
        if marker == 0xD9:  # what follows the end of the picture is metadata or another picture
            return bytes(result + b"\xff\xd9")
        if marker == 0x01 or 0xD0 <= marker <= 0xD7:
            result += bytes((0xFF, marker))
            continue
        length = struct.unpack_from(">H", content, position)[0]
        segment = content[position : position + length]
        if length < 2 or len(segment) != length:
            raise _DamagedError
        position += length
        result += _kept_segment(marker, segment)
        if marker == 0xDA:
            end = _end_of_scan(content, position)
            result += content[position:end]
            position = end


def _next_marker(content: bytes, position: int) -> tuple[int, int]:
    if content[position] != 0xFF:
        raise _DamagedError
    while content[position] == 0xFF:  # fill bytes are allowed before a marker
        position += 1
    return content[position], position + 1


def _kept_segment(marker: int, segment: bytes) -> bytes:
    whole = bytes((0xFF, marker)) + segment
    payload = segment[2:]
    if marker == 0xE1 and payload.startswith(b"Exif\0\0"):
        turned = _orientation(payload[6:])
        return b"" if turned is None else _jpeg_exif(turned)
    is_profile = marker == 0xE2 and payload.startswith(b"ICC_PROFILE\0")
    # APP0 (JFIF) and APP14 (Adobe) say how to read the colours.
    if 0xE0 <= marker <= 0xEF and marker not in (0xE0, 0xEE) and not is_profile:
        return b""
    if marker == 0xE0 and not payload.startswith(b"JFIF\0"):  # JFXX holds a thumbnail of the unedited picture
        return b""
    return b"" if marker == 0xFE else whole


def _end_of_scan(content: bytes, position: int) -> int:
    while True:
        position = content.find(b"\xff", position)
        if position < 0 or position + 1 >= len(content):
            raise _DamagedError
        following = content[position + 1]
        if following == 0xFF:
            position += 1
        elif following == 0 or 0xD0 <= following <= 0xD7:
            position += 2
        else:
            return position


def _jpeg_exif(orientation: int) -> bytes:
    payload = b"Exif\0\0" + _tiff_with(orientation)
    return b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload


def _strip_png(content: bytes) -> bytes:
    """Drop EXIF, text and time chunks, and what follows the end.

    Source: PNG specification, third edition, chapter 11.
    """
    result = bytearray(_PNG_SIGNATURE)
    position = len(_PNG_SIGNATURE)
    while True:
        length = struct.unpack_from(">I", content, position)[0]
        kind = content[position + 4 : position + 8]
        chunk = content[position : position + 12 + length]
        if len(chunk) != 12 + length:
            raise _DamagedError
        position += len(chunk)
        if kind == b"eXIf":
            turned = _orientation(chunk[8:-4])
            result += b"" if turned is None else _png_chunk(kind, _tiff_with(turned))
        elif kind not in _PNG_METADATA:
            result += chunk
        if kind == b"IEND":
            return bytes(result)


def _png_chunk(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def _strip_webp(content: bytes) -> bytes:
    """Drop the EXIF and XMP chunks, and say so in the header.

    Source: RFC 9649, section 2.
    """
    kept = bytearray(b"WEBP")
    has_exif = False
    header: int | None = None
    for kind, payload in _riff_chunks(content):
        if kind == b"VP8X":
            header = len(kept) + 8
        if kind == b"XMP ":
            continue
        if kind == b"EXIF":
            turned = _orientation(payload.removeprefix(b"Exif\0\0"))
            if turned is None:
                continue
            payload, has_exif = _tiff_with(turned), True
        kept += kind + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) % 2)
    if header is not None:
        kept[header] &= ~(_WEBP_EXIF_FLAG | _WEBP_XMP_FLAG)
        kept[header] |= _WEBP_EXIF_FLAG if has_exif else 0
    return b"RIFF" + struct.pack("<I", len(kept)) + bytes(kept)


def _riff_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    end = struct.unpack_from("<I", content, 4)[0] + 8
    if end > len(content) or content[8:12] != b"WEBP":
        raise _DamagedError
    position = 12
    while position < end:
        kind = content[position : position + 4]
        length = struct.unpack_from("<I", content, position + 4)[0]
        payload = content[position + 8 : position + 8 + length]
        if len(payload) != length:
            raise _DamagedError
        yield kind, payload
        position += 8 + length + length % 2


def _orientation(tiff: bytes) -> int | None:
    """Return how the picture must be turned (2 to 8); None when it stands upright or the EXIF can't be read."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return None
    try:
        offset = struct.unpack_from(f"{order}I", tiff, 4)[0]
        for index in range(struct.unpack_from(f"{order}H", tiff, offset)[0]):
            tag, _kind, _count, value = struct.unpack_from(f"{order}HHIH", tiff, offset + 2 + 12 * index)
            if tag == _ORIENTATION:
                return int(value) if 2 <= value <= 8 else None
    except struct.error:
        return None
    return None


def _tiff_with(orientation: int) -> bytes:
    """Return the smallest EXIF body: one directory with the orientation alone."""
    return b"MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, _ORIENTATION, 3, 1, orientation, 0, 0)


_STRIPPERS: dict[str, Callable[[bytes], bytes]] = {
    "image/jpeg": _strip_jpeg,
    "image/png": _strip_png,
    "image/webp": _strip_webp,
}
