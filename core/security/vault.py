"""Encryption of personal data at rest, and the blind indexes that find it again."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from typing import ClassVar
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.data.fields import ProtectedField, ProtectedKind
from core.errors import ForecourtError
from core.security.keys import KeyRing
from core.security.masks import mask
from core.security.normalise import folded, normalise

_FORMAT = "v1"
_NONCE_BYTES = 12
_TAG_BYTES = 16


class SealedValueError(ForecourtError):
    """An envelope can't be opened: damaged, moved from its place, or sealed with a key that is not here."""

    code: ClassVar[str] = "SEALED_VALUE"


class Vault:
    """Seals and opens the protected values of one dealer.

    An envelope is `v1:<key id>:<nonce>:<ciphertext>:<tag>`, AES-256-GCM, the last three base64url without padding. Its
    place (`table/column/row id/store id`) is authenticated, so that it opens in the row it was sealed for and nowhere
    else.
    """

    def __init__(self, keys: KeyRing, *, region: str = "CN") -> None:
        self.keys = keys
        self.region = region
        self._ciphers = {key_id: AESGCM(keys.sealing_key(key_id)) for key_id in keys.ids}

    def __repr__(self) -> str:
        return f"Vault({self.keys!r})"

    def seal(
        self, composite: ProtectedField, value: str | None, place: str, store_id: UUID | None
    ) -> dict[str, str | None]:
        """Return the contents of a protected field's columns, by their suffixes.

        Raises:
            ValidationRefusal: The value is none of the field's kind.
        """
        columns = ["sealed", "masked"]
        columns += ["index"] if composite.search else []
        columns += ["last4"] if composite.last4 else []
        if value is None:
            return dict.fromkeys(columns)
        plain = self.normalise(composite.kind, value)
        contents: dict[str, str | None] = {
            "sealed": self.seal_text(plain, place),
            "masked": mask(composite.kind, plain, self.region),
        }
        if composite.search:
            contents["index"] = self.blind_index(composite.domain, store_id, plain)
        if composite.last4:
            contents["last4"] = self.last4_index(composite.domain, store_id, plain)
        return contents

    def seal_text(self, plain: str, place: str) -> str:
        """Return the envelope of a text, sealed with the current key."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self.keys.current].encrypt(nonce, plain.encode(), place.encode())
        parts = (nonce, sealed[:-_TAG_BYTES], sealed[-_TAG_BYTES:])
        return ":".join((_FORMAT, self.keys.current, *map(_encoded, parts)))

    def open(self, sealed: str, place: str) -> str:
        """Return the plain text of an envelope.

        Raises:
            SealedValueError: It was changed, belongs to another place, or its key is not in the ring.
        """
        try:
            form, key_id, *encoded = sealed.split(":")
            nonce, body, tag = map(_decoded, encoded)
        except (ValueError, binascii.Error):
            raise SealedValueError(f"{place} holds no envelope") from None
        if form != _FORMAT or len(nonce) != _NONCE_BYTES or len(tag) != _TAG_BYTES:
            raise SealedValueError(f"{place} holds an envelope of an unknown form")
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise SealedValueError(f"{place} is sealed with the key {key_id!r}, which is not in the configuration")
        try:
            return cipher.decrypt(nonce, body + tag, place.encode()).decode()
        except InvalidTag:
            raise SealedValueError(f"{place} holds an envelope that was changed, or sealed for another place") from None

    def reseal(self, sealed: str, place: str) -> str | None:
        """Return the same value sealed with the current key; None when it already is.

        Raises:
            SealedValueError: It can't be opened.
        """
        return None if self.key_id(sealed) == self.keys.current else self.seal_text(self.open(sealed, place), place)

    @staticmethod
    def key_id(sealed: str) -> str:
        """Return the id of the key that an envelope was sealed with."""
        _, _, rest = sealed.partition(":")
        return rest.partition(":")[0]

    def blind_index(self, domain: str, store_id: UUID | None, normalised: str) -> str:
        """Return what equality is asked by: 64 hexadecimal digits.

        Args:
            domain: What shares one index space, such as `phone`.
            store_id: The row's store; equal values of two stores have different indexes.
            normalised: The value as `normalise` returns it.
        """
        message = f"{store_id or ''}\0{domain}\0{normalised}".encode()
        return hmac.new(self.keys.index_key, message, hashlib.sha256).hexdigest()

    def last4_index(self, domain: str, store_id: UUID | None, value: str) -> str:
        """Return what the last four characters are asked by: 64 hexadecimal digits.

        Args:
            value: The whole value or its last four characters.
        """
        return self.blind_index(f"{domain}/last4", store_id, folded(value).upper()[-4:])

    def normalise(self, kind: ProtectedKind, value: str) -> str:
        """Return the one form of a protected value, such as E.164 for a telephone number.

        Raises:
            ValidationRefusal: It is none of its kind; the message never contains it.
        """
        return normalise(kind, value, self.region)

    def mask(self, kind: ProtectedKind, value: str) -> str:
        """Return the masked form of a normalised value."""
        return mask(kind, value, self.region)


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def _decoded(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
