import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ValidationRefusal
from core.services.files.metadata import without_metadata
from core.services.files.sniff import sniff
from tests.core.services.pictures import (
    PROFILE,
    SCAN,
    SECRET,
    TABLES,
    jpeg,
    jpeg_hiding_everywhere,
    png,
    webp,
)

pytestmark = pytest.mark.once

PICTURES = {
    "image/jpeg": jpeg_hiding_everywhere(),
    "image/png": png(),
    "image/webp": webp(),
}


@pytest.mark.parametrize("content_type", PICTURES)
def test_metadata_is_gone_wherever_it_hides(content_type: str) -> None:
    dirty = PICTURES[content_type]
    assert SECRET in dirty
    clean = without_metadata(dirty, content_type)
    assert SECRET not in clean
    assert sniff(clean) == content_type


@pytest.mark.parametrize("content_type", PICTURES)
def test_stripping_twice_changes_nothing_more(content_type: str) -> None:
    once = without_metadata(PICTURES[content_type], content_type)
    assert without_metadata(once, content_type) == once


def test_jpeg_keeps_its_pixels_and_its_colour_profile() -> None:
    clean = without_metadata(jpeg_hiding_everywhere(), "image/jpeg")
    assert PROFILE in clean
    assert clean.endswith(TABLES + SCAN + SCAN + b"\xff\xd9")


def test_png_and_webp_keep_their_pixels() -> None:
    assert b"IDAT" in without_metadata(png(), "image/png")
    clean = without_metadata(webp(), "image/webp")
    assert b"pixels!" in clean
    assert b"ICCP" in clean
    assert struct.unpack_from("<I", clean, 4)[0] == len(clean) - 8


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_turned_picture_stays_turned(orientation: int, order: str) -> None:
    clean = without_metadata(jpeg(orientation=orientation, order=order), "image/jpeg")
    assert SECRET not in clean
    assert struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0) in clean
    for dirty, content_type in ((png(orientation), "image/png"), (webp(orientation), "image/webp")):
        clean = without_metadata(dirty, content_type)
        assert SECRET not in clean
        assert struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0) in clean


def test_webp_header_says_whether_exif_is_left() -> None:
    flags = [without_metadata(webp(orientation), "image/webp")[20] for orientation in (1, 6)]
    assert flags == [0x20, 0x28]


@pytest.mark.parametrize("content_type", PICTURES)
def test_picture_that_ends_too_early_is_refused(content_type: str) -> None:
    clean = without_metadata(PICTURES[content_type], content_type)
    for length in range(12, len(clean) - 1):
        with pytest.raises(ValidationRefusal, match="damaged"):
            without_metadata(clean[:length], content_type)


@given(st.sampled_from(sorted(PICTURES)), st.binary(max_size=200))
def test_any_bytes_are_stripped_or_refused(content_type: str, noise: bytes) -> None:
    dirty = PICTURES[content_type][:20] + noise
    try:
        clean = without_metadata(dirty, content_type)
    except ValidationRefusal:
        return
    assert sniff(clean) == content_type


def test_other_types_come_back_as_they_are() -> None:
    assert without_metadata(b"%PDF-1.7", "application/pdf") == b"%PDF-1.7"
