"""What the headers of a request say, worked out once for a client that sends the same ones again and again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from core.http.cors import Cors
from core.http.messages import Asgi, Headers, json_headers
from core.http.negotiation import JSON, accepts_gzip, answer_type, is_json
from core.people.signin import Credential, credential_of

_KEPT: Final = 1000
_KEPT_SECONDS: Final = 5.0
_KEPT_BYTES: Final = 4096
"""Longer headers are read anew each time."""


@dataclass(frozen=True, eq=False, repr=False)
class Head:
    """The headers that stay the same from request to request.

    Attributes:
        by_name: By lower-case name, of repeated ones the last.
        cors: What the answer says to the page that asks.
    """

    by_name: dict[str, str]
    cors: Headers = ()

    @cached_property
    def host_name(self) -> str:
        """The host that the client named, without the port."""
        named = self.by_name.get("host", "").lower()
        if named.startswith("["):  # IPv6
            return named.partition("]")[0] + "]"
        return named.partition(":")[0].rstrip(".")

    @cached_property
    def media(self) -> bytes | None:
        """The media type of the answer; None where the client takes neither of the two."""
        return answer_type(self.by_name.get("accept", ""))

    @cached_property
    def sends_json(self) -> bool:
        """Whether the body is JSON in UTF-8."""
        return is_json(self.by_name.get("content-type", ""))

    @cached_property
    def sends_compressed(self) -> bool:
        """Whether the body would have to be unpacked."""
        return self.by_name.get("content-encoding", "identity") != "identity"

    @cached_property
    def takes_gzip(self) -> bool:
        """Whether a long answer may be compressed."""
        return accepts_gzip(self.by_name.get("accept-encoding", ""))

    @cached_property
    def accept_language(self) -> str:
        """The languages that the client wants."""
        return self.by_name.get("accept-language", "")

    @cached_property
    def credential(self) -> Credential | None:
        """What shows who asks; None where nothing does.

        Raises:
            UnauthenticatedError: It can't be one.
        """
        return credential_of(self.by_name)

    @cached_property
    def answers(self) -> Headers:
        """The headers of every JSON answer."""
        return (*json_headers(self.media or JSON), *self.cors)


class Heads:
    """The heads of the last seconds.

    They hold credentials, so none outlives its use for long; what a credential is worth is asked with every request.
    """

    def __init__(self, cors: Cors) -> None:
        self._cors = cors
        self._kept: dict[tuple[tuple[bytes, bytes], ...], Head] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def read(self, asgi: Asgi) -> tuple[Head, bytes, bytes]:
        """Return the head of a request, and what it has for itself: its name and the length of its body."""
        name = length = b""
        same: list[tuple[bytes, bytes]] = []
        for header in asgi["headers"]:
            if header[0] == b"content-length":
                length = header[1]
            elif header[0] == b"x-request-id":
                name = header[1]
            else:
                same.append(header)
        key = tuple(same)
        head = self._kept.get(key)
        if head is None:
            head = self._read(key)
            if sum(len(one) + len(value) for one, value in key) <= _KEPT_BYTES:
                self._keep(key, head)
        return head, name, length

    def _keep(self, key: tuple[tuple[bytes, bytes], ...], head: Head) -> None:
        if len(self._kept) >= _KEPT:
            self._kept.clear()
        if not self._kept:
            asyncio.get_running_loop().call_later(_KEPT_SECONDS, self._kept.clear)
        self._kept[key] = head

    def _read(self, headers: Headers) -> Head:
        by_name = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
        return Head(by_name, tuple(self._cors.headers(by_name)))
