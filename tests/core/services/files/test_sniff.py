import io
import zipfile

import pytest

from core.services.files.sniff import sniff
from tests.core.services.pictures import jpeg, png, webp

pytestmark = pytest.mark.once

UNKNOWN = "application/octet-stream"


def archive(*parts: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for part in parts:
            file.writestr(part, "x")
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "content_type"),
    [
        (jpeg(), "a.txt", "image/jpeg"),
        (png(), "", "image/png"),
        (webp(), "", "image/webp"),
        (b"%PDF-1.7 ...", "", "application/pdf"),
        (b"\0\0\0\x18ftypisom....", "", "video/mp4"),
        (b"RIFF....WAVEfmt ", "", "audio/wav"),
        (b"RIFF....AVI LIST", "", UNKNOWN),
        (b"#!AMR\n...", "", "audio/amr"),
        ("姓名,电话\n".encode(), "list.csv", "text/csv"),
        ("姓名,电话\n".encode("gb18030"), "list.CSV", "text/csv"),
        (b'{"a": 1}', "a.json", "application/json"),
        (b"<adf/>", "lead.xml", "application/xml"),
        (b"plain", "a.exe", "text/plain"),
        (archive("xl/workbook.xml"), "", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (archive("word/document.xml"), "", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ],
)
def test_type_is_told_from_the_bytes(content: bytes, name: str, content_type: str) -> None:
    assert sniff(content, name) == content_type


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ\x90\0\x03",
        b"\x7fELF\x02\x01\x01\0",
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"  <html>",
        b'<?xml version="1.0"?><svg onload="alert(1)"/>',
        archive("xl/workbook.xml", "xl/vbaProject.bin"),
        archive("anything"),
        b"PK\x03\x04 broken",
        b"\xff\xfe\x00\xd8 \x80\x80\xff",
    ],
)
def test_dangerous_or_unknown_bytes_have_no_type(content: bytes) -> None:
    assert sniff(content, "harmless.txt") == UNKNOWN
