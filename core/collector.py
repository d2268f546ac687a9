"""When Python looks for garbage: not while modules are imported and built, which stay to the end; then seldom."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_COLLECT_AFTER: Final = 10_000
"""New objects after which the collector looks for cycles; a long list of rows makes thousands, and none."""


@contextmanager
def paused() -> Iterator[None]:
    """Keep the collector from walking what is under construction again and again, a quarter of the time it takes."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def settle() -> None:
    """HeldLocks the collector on, for what comes from now on: what is there now lives until the end."""
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)
    gc.enable()


@contextmanager
def settled() -> Iterator[None]:
    """Do as `settle` for a while; the process most likely ends afterwards."""
    was_enabled, thresholds = gc.isenabled(), gc.get_threshold()
    settle()
    # Looking through it for the last time would take as long as building a kernel.
    atexit.register(gc.freeze)
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
        if not was_enabled:
            gc.disable()
