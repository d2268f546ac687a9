"""What the server writes to its log: one line per happening, for people at a terminal, else JSON; no personal data."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from core.config.settings import Settings
from core.events.retry import describe


def configure(settings: Settings) -> None:
    """Send all log records of the process to standard error."""
    on_terminal = sys.stderr.isatty() and not settings.production
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_quotations,
    ]
    renderer: Any = structlog.dev.ConsoleRenderer() if on_terminal else structlog.processors.JSONRenderer()
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log.level.upper())
    # These say on `info` what the command line says better.
    for name in ("uvicorn", "tortoise", "asyncio", "taskiq"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _without_quotations(_: Any, __: str, event: Any) -> Any:
    """Put kind and place of an exception for its traceback, whose messages may quote rows."""
    found = event.pop("exc_info", None)
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["exception"] = describe(error)
    return event
