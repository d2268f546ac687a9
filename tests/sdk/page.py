"""The pages of `docs/` as tests read them: blocks of code, some with the file that they stand for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"^`(?P<path>[\w/.-]+\.\w+)`")


@dataclass(frozen=True)
class Block:
    """One block of code.

    Attributes:
        file: The path that the paragraph above it begins with; empty for none.
    """

    language: str
    code: str
    file: str


def blocks(page: Path) -> list[Block]:
    """Return the blocks of code of a page in their order."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _BLOCK.finditer(text):
        above = text[: match.start()].rstrip("\n").rpartition("\n")[2]
        named = _FILE.match(above)
        found.append(Block(match["language"], match["code"], named["path"] if named else ""))
    return found


def write_files(page: Path, folder: Path) -> None:
    """Write the files that a page prints below a folder, as packages."""
    for block in blocks(page):
        if block.file:
            path = folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            (path.parent / "__init__.py").touch()
            path.write_text(block.code, encoding="utf-8")
