from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.cli.logs import configure
from core.config.reading import load_settings

pytestmark = pytest.mark.once


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield root
    root.handlers, root.level = handlers, level


def test_log_is_json_without_the_text_of_foreign_errors(
    root: logging.Logger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "forecourt.toml").write_text("[dealer]\nmodules = []\n")
    configure(load_settings(tmp_path / "forecourt.toml", {}))
    try:
        raise RuntimeError("13800138000")
    except RuntimeError:
        logging.getLogger("forecourt.test").exception("request %s failed", "a1", extra={"dealer": "main"})
    (line,) = capsys.readouterr().err.splitlines()
    written = json.loads(line)
    assert written["event"] == "request a1 failed"
    assert written["dealer"] == "main"
    assert written["level"] == "error"
    assert written["exception"].startswith("RuntimeError at cli/test_logs.py")
    assert "13800138000" not in line
