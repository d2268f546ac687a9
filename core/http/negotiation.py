"""What client and server agree on by headers: media type, character set, compression."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

JSON = b"application/json"
GRAPHQL_JSON = b"application/graphql-response+json"


@lru_cache(maxsize=256)
def answer_type(accept: str) -> bytes | None:
    """Return the media type of the answer that an `Accept` header prefers; None when neither of the two will do.

    Without a preference it is `application/json`, which every client of the past reads.

    Source: GraphQL over HTTP, "Media Types"; RFC 9110, section 12.5.1.
    """
    if not accept.strip():
        return JSON
    ranges = dict(_weighted(accept))
    wildcard = ranges.get("application/*", ranges.get("*/*", 0.0))
    plain = ranges.get("application/json", wildcard)
    graphql = ranges.get("application/graphql-response+json")
    if graphql is not None and graphql > 0 and graphql >= plain:
        return GRAPHQL_JSON
    if plain > 0:
        return JSON
    # `application/*, application/json;q=0`
    return GRAPHQL_JSON if graphql is None and wildcard > 0 else None


@lru_cache(maxsize=256)
def accepts_gzip(accept_encoding: str) -> bool:
    """Tell whether an `Accept-Encoding` header allows gzip."""
    codings = dict(_weighted(accept_encoding))
    return codings.get("gzip", codings.get("x-gzip", codings.get("*", 0.0))) > 0


@lru_cache(maxsize=256)
def is_json(content_type: str) -> bool:
    """Tell whether a `Content-Type` header says JSON in UTF-8, its only character set."""
    media, *parameters = content_type.lower().split(";")
    if media.strip() != "application/json":
        return False
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip().strip('"') not in ("utf-8", "utf8"):
            return False
    return True


def _weighted(header: str) -> Iterator[tuple[str, float]]:
    """Yield the options of a header with their quality; what can't be read counts as 0."""
    for part in header.lower().split(","):
        option, *parameters = part.split(";")
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                quality = _quality(value.strip())
        yield option.strip(), quality


def _quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0
