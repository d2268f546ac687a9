import pytest

from core.http.negotiation import GRAPHQL_JSON, JSON, accepts_gzip, answer_type, is_json

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("application/json; charset=utf-8", JSON),
        ("application/graphql-response+json", GRAPHQL_JSON),
        ("application/graphql-response+json, application/json;q=0.9", GRAPHQL_JSON),
        ("application/json, application/graphql-response+json", GRAPHQL_JSON),
        ("application/graphql-response+json;q=0.5, application/json", JSON),
        ("APPLICATION/GRAPHQL-RESPONSE+JSON", GRAPHQL_JSON),
        ("text/html, */*;q=0.1", JSON),
        ("application/json;q=0, application/*", GRAPHQL_JSON),
        ("text/html", None),
        ("application/json;q=0", None),
        ("application/xml, text/plain;q=0.4", None),
    ],
)
def test_accept_decides_the_media_type(accept: str, media: bytes | None) -> None:
    assert answer_type(accept) == media


@pytest.mark.parametrize(
    ("accept", "allowed"),
    [("gzip", True), ("br, gzip;q=0.5", True), ("*", True), ("gzip;q=0", False), ("identity", False), ("", False)],
)
def test_compression_needs_consent(accept: str, allowed: bool) -> None:
    assert accepts_gzip(accept) is allowed


@pytest.mark.parametrize(
    ("content_type", "right"),
    [
        ("application/json", True),
        ("application/json; charset=utf-8", True),
        ('Application/JSON;charset="UTF-8"', True),
        ("application/json; charset=gb18030", False),
        ("text/plain", False),
        ("application/graphql", False),
        ("", False),
    ],
)
def test_operations_come_as_json_in_utf_8(content_type: str, right: bool) -> None:
    assert is_json(content_type) is right
