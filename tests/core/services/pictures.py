"""Small pictures with metadata in them, built byte by byte."""

from __future__ import annotations

import struct
import zlib

SECRET = b"Owner: Wang Wu, 31.2304N 121.4737E"


def tiff(orientation: int, *, order: str = "<") -> bytes:
    """Return an EXIF body with the orientation and a secret."""
    entries = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0)
    entries += struct.pack(f"{order}HHII", 0x010E, 2, len(SECRET), 8 + 2 + 24 + 4)
    head = b"II*\0" if order == "<" else b"MM\0*"
    directory = struct.pack(f"{order}H", 2) + entries + struct.pack(f"{order}I", 0)
    return head + struct.pack(f"{order}I", 8) + directory + SECRET


def segment(marker: int, payload: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(payload) + 2) + payload


JFIF = segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")
PROFILE = segment(0xE2, b"ICC_PROFILE\0\x01\x01profile")
TABLES = segment(0xDB, b"\0" + bytes(range(64))) + segment(0xC0, b"\x08\0\x01\0\x01\x01\x01\x11\0")
# Stuffed bytes, restart markers and fill bytes, which a careless reader takes for the end of the scan.
SCAN = segment(0xDA, b"\x01\x01\0\0?\0") + b"\x12\xff\0\x34\xff\xd0\x56\xff\xff\0"


def jpeg(*extra: bytes, orientation: int = 1, order: str = "<", tail: bytes = b"") -> bytes:
    exif = segment(0xE1, b"Exif\0\0" + tiff(orientation, order=order))
    return b"\xff\xd8" + JFIF + exif + b"".join(extra) + PROFILE + TABLES + SCAN + SCAN + b"\xff\xd9" + tail


def jpeg_hiding_everywhere() -> bytes:
    second = jpeg(orientation=1)
    return jpeg(
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x>" + SECRET),
        segment(0xED, b"Photoshop 3.0\0" + SECRET),
        segment(0xFE, SECRET),
        segment(0xE2, b"MPF\0" + SECRET),
        segment(0xE0, b"JFXX\0\x10" + SECRET),
        tail=second,
    )


def chunk(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def png(orientation: int = 1) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    metadata = chunk(b"tEXt", b"Author\0" + SECRET) + chunk(b"eXIf", tiff(orientation))
    metadata += chunk(b"zTXt", b"c\0\0" + zlib.compress(SECRET)) + chunk(b"iTXt", b"k\0\0\0\0\0" + SECRET)
    picture = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"\x89PNG\r\n\x1a\n" + head + metadata + picture + chunk(b"IEND", b"") + SECRET


def riff(kind: bytes, payload: bytes) -> bytes:
    return kind + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) % 2)


def webp(orientation: int = 1) -> bytes:
    header = riff(b"VP8X", bytes((0x08 | 0x04 | 0x20, 0, 0, 0)) + bytes(6))
    chunks = header + riff(b"ICCP", b"profile") + riff(b"VP8 ", b"pixels!")
    chunks += riff(b"EXIF", tiff(orientation)) + riff(b"XMP ", SECRET)
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks
