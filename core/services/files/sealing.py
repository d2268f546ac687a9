"""Envelopes for whole files, under keys derived from the dealer's vault."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.security.keys import KeyRing
from core.security.vault import SealedValueError

_MAGIC = b"FCF1"
_NONCE_BYTES = 12
_KEY_BYTES = 32


def seal_bytes(keys: KeyRing, content: bytes, place: str) -> bytes:
    """Return content sealed with the current key (AES-256-GCM).

    The envelope is `FCF1`, the length of the key's id, the id, a nonce of 12 bytes, ciphertext and tag.

    Args:
        place: What the envelope is bound to, such as `table/column/row id/store id`.
    """
    key_id = keys.current.encode()
    nonce = os.urandom(_NONCE_BYTES)
    cipher = _cipher(keys, keys.current)
    return b"".join((_MAGIC, bytes((len(key_id),)), key_id, nonce, cipher.encrypt(nonce, content, place.encode())))


def open_bytes(keys: KeyRing, sealed: bytes, place: str) -> bytes:
    """Return what `seal_bytes` has sealed.

    Raises:
        SealedValueError: It was changed, belongs to another place, or its key is not in the ring.
    """
    if not sealed.startswith(_MAGIC) or len(sealed) < len(_MAGIC) + 1:
        raise SealedValueError(f"{place} holds no envelope")
    start = len(_MAGIC) + 1
    end = start + sealed[len(_MAGIC)]
    key_id = sealed[start:end].decode("ascii", "replace")
    if key_id not in keys.ids:
        raise SealedValueError(f"{place} is sealed with the key {key_id!r}, which is not in the configuration")
    nonce, body = sealed[end : end + _NONCE_BYTES], sealed[end + _NONCE_BYTES :]
    try:
        return _cipher(keys, key_id).decrypt(nonce, body, place.encode())
    except (InvalidTag, ValueError):
        raise SealedValueError(f"{place} holds an envelope that was changed, or sealed for another place") from None


def _cipher(keys: KeyRing, key_id: str) -> AESGCM:
    """Return the cipher under a key of its own: one key for columns and large files would see too many nonces."""
    derivation = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=b"forecourt/files")
    return AESGCM(derivation.derive(keys.sealing_key(key_id)))
