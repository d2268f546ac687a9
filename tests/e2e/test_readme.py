"""What README.md shows as its first query is what a demo dealership answers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import pytest

from tests.e2e.server import ROOT, Installation, is_ready

pytestmark = pytest.mark.sqlite  # `make run` makes a SQLite database

ENGLISH, CHINESE = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md"))


def block(page: str, language: str, part: str = "") -> str:
    """Return the first code block of a language that holds a text."""
    blocks: list[str] = re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)
    return next(text for text in blocks if part in text)


def test_both_languages_show_the_same() -> None:
    for language, part in (("graphql", ""), ("json", ""), ("sh", "signIn")):
        assert block(ENGLISH, language, part) == block(CHINESE, language, part)
    sign_ins = re.compile(r"^\| (`\w+` \| `demo-[\w-]+`) \|", re.MULTILINE)
    assert sign_ins.findall(ENGLISH) == sign_ins.findall(CHINESE) != []


def test_first_query_has_the_answer_that_is_shown(tmp_path: Path) -> None:
    (tmp_path / "forecourt.toml").write_text("[server]\n", encoding="utf-8")
    made = Installation(tmp_path, f"sqlite://{tmp_path / 'var' / 'forecourt.sqlite3'}")
    printed = made.command("demo", clock="")
    told = dict(re.findall(r"^\| `(\w+)` \| `(demo-[\w-]+)` \|", ENGLISH, re.MULTILINE))
    assert dict(re.findall(r"^ +(\w+) +(demo-[\w-]+)$", printed, re.MULTILINE)) == told
    signing_in = re.search(r"-d '(\{.*signIn.*\})'", block(ENGLISH, "sh", "signIn"))
    assert signing_in is not None
    with made.serving(clock="") as address, httpx.Client(base_url=address, timeout=30) as client:
        assert is_ready(address)
        session = client.post("/graphql", json=json.loads(signing_in[1])).json()["data"]["signIn"]["session"]
        client.headers["authorization"] = f"Bearer {session['accessToken']}"
        answer = client.post("/graphql", json={"query": block(ENGLISH, "graphql")})
        assert is_ready(address)
    assert answer.json() == json.loads(block(ENGLISH, "json"))
