import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.security.keys import KeyRing, new_key
from core.security.vault import SealedValueError
from core.services.files.sealing import open_bytes, seal_bytes

pytestmark = pytest.mark.once

OLD, NEW = new_key(), new_key()
INDEX = new_key()
RING = KeyRing({"k1": OLD}, "k1", INDEX)
ROTATED = KeyRing({"k1": OLD, "k2": NEW}, "k2", INDEX)


@example(b"FCF1")
@given(st.binary(max_size=1000))
def test_sealed_content_comes_back_and_does_not_show(content: bytes) -> None:
    sealed = seal_bytes(RING, content, "a")
    assert open_bytes(RING, sealed, "a") == content
    # The head of the envelope is the same for every content; a few bytes may be among the rest by chance.
    assert len(content) < 8 or content not in sealed


def test_file_sealed_before_a_rotation_still_opens() -> None:
    assert open_bytes(ROTATED, seal_bytes(RING, b"x", "a"), "a") == b"x"


def test_file_moved_to_another_place_does_not_open() -> None:
    with pytest.raises(SealedValueError, match="another place"):
        open_bytes(RING, seal_bytes(RING, b"x", "a"), "b")


def test_key_that_is_not_here_is_named() -> None:
    with pytest.raises(SealedValueError, match="'k2'"):
        open_bytes(RING, seal_bytes(ROTATED, b"x", "a"), "a")


@given(st.data())
def test_no_changed_byte_goes_unnoticed(data: st.DataObject) -> None:
    sealed = bytearray(seal_bytes(RING, b"content", "a"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealedValueError):
        open_bytes(RING, bytes(sealed), "a")


@given(st.binary(max_size=40))
def test_noise_is_no_envelope(noise: bytes) -> None:
    with pytest.raises(SealedValueError):
        open_bytes(RING, noise, "a")
