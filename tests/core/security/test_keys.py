import base64
import pickle

import pytest

from core.errors import ConfigurationError
from core.security.keys import KeyRing, key_text, new_key

pytestmark = pytest.mark.once


def test_ring_gives_its_keys() -> None:
    first, second, index = new_key(), new_key(), new_key()
    ring = KeyRing({"2025": first, "2026": second}, "2026", index)
    assert ring.ids == ("2025", "2026")
    assert ring.sealing_key("2025") == first
    assert ring.index_key == index


def test_key_text_is_what_the_configuration_reads() -> None:
    key = new_key()
    assert base64.b64decode(key_text(key)) == key


@pytest.mark.parametrize(
    ("sealing", "current", "index", "message"),
    [
        ({}, "a", new_key(), r"keys\.current is 'a', which names no key of keys\.encryption \(none\)"),
        ({"a": new_key()}, "b", new_key(), r"keys\.current is 'b', .* \(a\)"),
        ({"a:b": new_key()}, "a:b", new_key(), r"has the id 'a:b'; right are"),
        ({"a": b"1" * 16}, "a", new_key(), r"keys\.encryption\.a has 16 bytes; right are 32"),
        ({"a": b"1" * 32}, "a", new_key(), r"keys\.encryption\.a is not random; right are 32"),
        ({"a": new_key()}, "a", b"", r"keys\.index has 0 bytes"),
    ],
    ids=["none", "no_current", "bad_id", "short", "not_random", "no_index"],  # keys are random, test names must not be
)
def test_bad_keys_are_refused_with_name_and_mend(
    sealing: dict[str, bytes], current: str, index: bytes, message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        KeyRing(sealing, current, index)


def test_index_key_must_not_seal() -> None:
    key = new_key()
    with pytest.raises(ConfigurationError, match="use one key twice"):
        KeyRing({"a": key}, "a", key)
    with pytest.raises(ConfigurationError, match="use one key twice"):
        KeyRing({"a": key, "b": key}, "a", new_key())


def test_message_about_a_bad_key_does_not_contain_it() -> None:
    secret = bytes(range(40, 70))
    with pytest.raises(ConfigurationError) as refused:
        KeyRing({"a": secret}, "a", new_key())
    assert secret.decode() not in str(refused.value)
    assert key_text(secret) not in str(refused.value)


def test_ring_shows_ids_but_no_keys_and_is_not_pickled() -> None:
    ring = KeyRing({"a": new_key()}, "a", new_key())
    assert repr(ring) == str(ring) == "KeyRing(current='a', ids=['a'])"
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(ring)
