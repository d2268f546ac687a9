import pytest

from core.http.cors import Cors

pytestmark = pytest.mark.once

APP = "https://app.example.com"


def test_without_a_setting_no_page_is_answered() -> None:
    assert Cors().headers({"origin": APP}) == ()
    assert Cors().preflight({"origin": APP, "access-control-request-method": "POST"}) == ()


def test_named_origin_may_read_and_ask() -> None:
    cors = Cors([APP])
    assert (b"access-control-allow-origin", APP.encode()) in cors.headers({"origin": APP})
    asked = dict(cors.preflight({"origin": APP, "access-control-request-method": "POST"}))
    assert b"authorization" in asked[b"access-control-allow-headers"]
    assert not any(name == b"access-control-allow-credentials" for name, _ in cors.headers({"origin": APP}))


@pytest.mark.parametrize("origin", ["https://evil.example", "https://app.example.com.evil.example", "null", ""])
def test_other_origins_get_nothing_but_caches_know(origin: str) -> None:
    assert Cors([APP]).headers({"origin": origin}) == ((b"vary", b"origin"),)
    assert Cors([APP]).preflight({"origin": origin, "access-control-request-method": "POST"}) == ()


def test_star_is_every_origin() -> None:
    assert Cors(["*"]).allows("https://anything.example")


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        (None, "crm.example.com", True),  # no browser
        (APP, "crm.example.com", True),
        ("https://crm.example.com", "crm.example.com", True),
        ("https://crm.example.com", "crm.example.com:443", True),
        ("http://localhost:8000", "localhost:8000", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("https://evil.example", "crm.example.com", False),
        ("https://crm.example.com.evil.example", "crm.example.com", False),
        ("http://localhost:9000", "localhost:8000", False),
        ("https://crm.example.com:8443", "crm.example.com", False),
        ("null", "crm.example.com", False),
        ("", "", False),
        ("file://", "", False),
        ("https://crm.example.com:nothing", "crm.example.com", False),
    ],
)
def test_sockets_are_for_our_own_pages_and_the_named_ones(origin: str | None, host: str, allowed: bool) -> None:
    request = {"host": host} | ({} if origin is None else {"origin": origin})
    assert Cors([APP]).allows_socket(request) is allowed
    assert Cors(["*"]).allows_socket(request)
