"""Waiting with an end: for a body that arrives slowly, and for a client that may have gone away."""

from __future__ import annotations

import asyncio
from types import TracebackType

from core.http.messages import CLOSE, Asgi, ClientGoneError, Receive
from core.http.request import HttpError
from core.http.ticker import Ticker

_FIRST_LOOK_SECONDS = 0.1
"""Most answers are there before anybody looks, so that they pay nothing for it."""


class Deadline:
    """Ends the block with a `TimeoutError` when it takes too long."""

    __slots__ = ("_key", "_over", "_seconds", "_task", "_ticker")

    def __init__(self, ticker: Ticker, seconds: float) -> None:
        self._ticker = ticker
        self._seconds = seconds
        self._over = False

    def __enter__(self) -> None:
        self._task = _running_task()
        self._key = self._ticker.after(self._seconds, self._end)

    def _end(self) -> None:
        self._over = True
        self._task.cancel()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ticker.forget(self._key)
        if self._over and kind is asyncio.CancelledError and not self._task.uncancel():
            raise TimeoutError from error


def in_time(receive: Receive, seconds: float) -> Receive:
    """Return a `receive` that raises an `HttpError` when the body of a request is not there after a time.

    What comes after the body, that the client is gone, may come at any time.
    """
    until: float | None = None
    complete = False

    async def receiving() -> Asgi:
        nonlocal until, complete
        if complete:
            return await receive()
        loop = asyncio.get_running_loop()
        until = until or loop.time() + seconds
        try:
            async with asyncio.timeout_at(until):
                message = await receive()
        except TimeoutError:
            raise HttpError(408, "TOO_SLOW", f"a request arrives within {seconds:g} s", CLOSE) from None
        complete = not message.get("more_body")
        return message

    return receiving


class EndsWithClient:
    """Cancels the block when the client closes the connection, and raises `ClientGoneError` then.

    Args:
        receive: Of a request whose body has been read.
    """

    __slots__ = ("_gone", "_key", "_looking", "_receive", "_task", "_ticker")

    def __init__(self, ticker: Ticker, receive: Receive) -> None:
        self._ticker = ticker
        self._receive = receive
        self._looking: asyncio.Task[None] | None = None
        self._gone = False

    def __enter__(self) -> None:
        self._task = _running_task()
        self._key = self._ticker.after(_FIRST_LOOK_SECONDS, self._begin)

    def _begin(self) -> None:
        self._looking = asyncio.get_running_loop().create_task(self._look())

    async def _look(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._gone = True
        self._task.cancel()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ticker.forget(self._key)
        if self._looking is not None:
            self._looking.cancel()
        if self._gone and kind is asyncio.CancelledError:
            self._task.uncancel()
            raise ClientGoneError from None


def _running_task() -> asyncio.Task[None]:
    task = asyncio.current_task()
    assert task is not None
    return task
