"""What the kernel knows about one reaction to an event."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.event import Event


@dataclass(frozen=True, slots=True)
class HandlerSpec:
    """One consumer of one type of event.

    Attributes:
        consumer: `<module>.<name of the function>`, unique; receipts name it, so a rename makes a new consumer.
    """

    consumer: str
    event: type[Event]
    function: Callable[[Any], Awaitable[None]]


def handlers_in(module: str, namespace: Mapping[str, Any]) -> Iterable[HandlerSpec]:
    """Yield the functions of a Python module that `@on` has marked.

    Args:
        module: Name of the Forecourt module that they belong to.
        namespace: What the Python module holds; functions that it only imported are left out.
    """
    for name, value in namespace.items():
        event = getattr(value, "__forecourt_handles__", None)
        if event is not None and getattr(value, "__module__", None) == namespace.get("__name__"):
            yield HandlerSpec(f"{module}.{name}", event, value)


def by_event_type(handlers: Iterable[HandlerSpec]) -> Mapping[str, tuple[HandlerSpec, ...]]:
    """Return handlers by the type of event that they react to, in the given order."""
    found: dict[str, tuple[HandlerSpec, ...]] = {}
    for handler in handlers:
        found[handler.event.type] = (*found.get(handler.event.type, ()), handler)
    return found
