import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "core-coverage.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"(tests/[\w/]+\.py)::(\w+)", PAGE)))


def test_page_names_tests() -> None:
    assert len(NAMED) > 20


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_named_test_exists(file: str, name: str) -> None:
    assert re.search(rf"^(async )?def {name}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_every_row_says_where_it_stands() -> None:
    rows = [line for line in PAGE.splitlines() if re.match(r"\| S\d-\d+ ", line)]
    assert len(rows) == 23
    assert [row for row in rows if "`" not in row and "not yet" not in row.lower()] == []
