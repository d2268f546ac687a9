"""The project's own files: locks, exceptions from rules, notes for the release."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.architecture.source import ROOT, listed, sources
from tests.pythons import supported

pytestmark = pytest.mark.once

PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)
EXCEPTION = re.compile(r"#\s*(noqa|type:\s*ignore|pyright:\s*ignore|pragma:\s*no)\b(.*)")
CODES = re.compile(r"^(\[[\w\-, ]+\]|:\s*[A-Z]+\d+(\s*,\s*[A-Z]+\d+)*|\s*(cover|branch))")


def _pins(name: str) -> dict[str, Version]:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return {canonicalize_name(package): Version(version) for package, version in PIN.findall(text)}


def _project() -> dict[str, list[Requirement]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras: dict[str, list[str]] = project["optional-dependencies"]
    named = {"run.txt": project["dependencies"], "dev.txt": [*project["dependencies"], *extras["dev"]]}
    return {lock: [Requirement(text) for text in texts] for lock, texts in named.items()}


@pytest.mark.parametrize("lock", ["pip.txt", "run.txt", "dev.txt"])
def test_lock_names_no_index_and_no_place(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    options = [line for line in text.splitlines() if line.startswith("-")]
    assert not options
    assert not re.search(r"https?://|file://|/(home|opt|root|work|usr|tmp)/", text)


@pytest.mark.parametrize("lock", ["pip.txt", "run.txt", "dev.txt"])
def test_lock_has_a_hash_for_every_package(lock: str) -> None:
    blocks = re.split(
        r"^(?=[A-Za-z0-9])", (ROOT / "requirements" / lock).read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    without = [block.splitlines()[0] for block in blocks if PIN.match(block) and "--hash=sha256:" not in block]
    assert len(blocks) > (2 if lock == "pip.txt" else 20)
    assert not without


@pytest.mark.parametrize("lock", ["run.txt", "dev.txt"])
def test_lock_serves_what_the_project_asks_for(lock: str) -> None:
    pins = _pins(lock)
    faults = [
        f"{need}: {pins.get(canonicalize_name(need.name), 'not locked')}"
        for need in _project()[lock]
        if (pin := pins.get(canonicalize_name(need.name))) is None or pin not in need.specifier
    ]
    assert not faults, listed([*faults, "run `make lock`"])


def test_locks_agree() -> None:
    pip, run, dev = _pins("pip.txt"), _pins("run.txt"), _pins("dev.txt")
    assert pip | run == {name: dev.get(name) for name in pip | run}


@pytest.mark.parametrize("lock", ["pip.txt", "run.txt", "dev.txt"])
def test_lock_is_of_the_oldest_python(lock: str) -> None:
    assert f"with Python {supported()[0]}\n" in (ROOT / "requirements" / lock).read_text(encoding="utf-8")


def test_every_exception_from_a_rule_gives_its_reason() -> None:
    faults = []
    files = [(source.name, source.text) for source in sources("core", "forecourt", "plugins", "tests")]
    for name, text in files:
        for number, line in enumerate(text.splitlines(), start=1):
            for kind, rest in EXCEPTION.findall(line):
                codes = CODES.match(rest)
                if codes is None or not re.search(r"\w{2}", rest[codes.end() :]):
                    faults.append(f"{name}:{number}: {kind} without a code or a reason")
    assert not faults, listed(faults)


def test_no_text_file_names_a_place_of_one_machine() -> None:
    faults = []
    for path in _committed_texts():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if re.search(r"(?<![\w.])/(home/\w+|root|work)/", line) and path != Path(__file__):
                faults.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")
    assert not faults, listed(faults)


def _committed_texts() -> list[Path]:
    kinds = {".py", ".toml", ".md", ".txt", ".yaml", ".yml", ".graphql", ".html"}
    folders = ["core", "forecourt", "plugins", "migrations", "schema", "tests", "docs", "benchmarks", "changelog"]
    nested = [path for name in folders for path in (ROOT / name).rglob("*") if path.suffix in kinds]
    return [path for path in [*ROOT.glob("*"), *nested] if path.is_file() and path.suffix in kinds]
