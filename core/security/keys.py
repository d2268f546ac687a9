"""The keys of one dealer: checked when they are read, never shown."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NoReturn

from core.errors import ConfigurationError

if TYPE_CHECKING:
    from core.config.settings import DealerKeys

KEY_BYTES = 32
_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,32}")  # no colon: envelopes separate their parts by it


class KeyRing:
    """The sealing keys by their ids, the current one among them, and the blind indexes' own key.

    Args:
        sealing: Key id to 32 bytes; old keys open what they sealed.
        current: Id of the key that seals from now on.
        index: Another 32 bytes.

    Raises:
        ConfigurationError: A key is missing, of a wrong length, weak or used twice; the message contains none.
    """

    __slots__ = ("_index", "_sealing", "current")

    def __init__(self, sealing: Mapping[str, bytes], current: str, index: bytes) -> None:
        if current not in sealing:
            known = ", ".join(sealing) or "none"
            raise ConfigurationError(f"keys.current is {current!r}, which names no key of keys.encryption ({known})")
        for key_id, key in sealing.items():
            if not _KEY_ID.fullmatch(key_id):
                raise ConfigurationError(
                    f"keys.encryption has the id {key_id!r}; right are 1 to 32 letters, digits, '.', '-' and '_'"
                )
            _check(key, f"keys.encryption.{key_id}")
        _check(index, "keys.index")
        if len({*sealing.values(), index}) <= len(sealing):
            raise ConfigurationError("keys.encryption and keys.index use one key twice; each needs a key of its own")
        self._sealing: Mapping[str, bytes] = MappingProxyType(dict(sealing))
        self._index = index
        self.current = current

    @classmethod
    def from_settings(cls, keys: DealerKeys) -> KeyRing:
        """Take the keys of a dealer's configuration.

        Raises:
            ConfigurationError: They can't be used.
        """
        return cls(keys.encryption, keys.current, keys.index)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all sealing keys."""
        return tuple(self._sealing)

    @property
    def index_key(self) -> bytes:
        """The blind indexes' key."""
        return self._index

    def sealing_key(self, key_id: str) -> bytes:
        """Return the sealing key of one of `ids`."""
        return self._sealing[key_id]

    def __repr__(self) -> str:
        return f"KeyRing(current={self.current!r}, ids={list(self._sealing)!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("keys are not pickled")


def new_key() -> bytes:
    """Return a fresh random key."""
    return secrets.token_bytes(KEY_BYTES)


def key_text(key: bytes) -> str:
    """Return a key as the configuration wants it: base64."""
    return base64.b64encode(key).decode()


def _check(key: bytes, where: str) -> None:
    right = f"right are {KEY_BYTES} random bytes, as `openssl rand -base64 {KEY_BYTES}` prints them"
    if len(key) != KEY_BYTES:
        raise ConfigurationError(f"{where} has {len(key)} bytes; {right}")
    if len(set(key)) < 8:  # 32 random bytes repeat so much once in 10^40 draws
        raise ConfigurationError(f"{where} is not random; {right}")
