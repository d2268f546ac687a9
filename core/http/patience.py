"""Work for a client that has gone away is not worth doing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.http.messages import ClientGoneError, Receive

_FIRST_LOOK_SECONDS = 0.1
"""Most answers are there before anybody looks, so that they pay nothing for it."""


@asynccontextmanager
async def ends_with_client(receive: Receive) -> AsyncIterator[None]:
    """Cancel the block when the client closes the connection.

    Args:
        receive: Of a request whose body has been read.

    Raises:
        ClientGoneError: It was cancelled for that.
    """
    task = asyncio.current_task()
    assert task is not None
    looking: list[asyncio.Task[None]] = []
    gone = False

    async def look() -> None:
        nonlocal gone
        while (await receive())["type"] != "http.disconnect":
            pass
        gone = True
        task.cancel()

    def begin() -> None:
        looking.append(asyncio.get_running_loop().create_task(look()))

    timer = asyncio.get_running_loop().call_later(_FIRST_LOOK_SECONDS, begin)
    try:
        yield
    except asyncio.CancelledError:
        if not gone:
            raise
        task.uncancel()
        raise ClientGoneError from None
    finally:
        timer.cancel()
        for watcher in looking:
            watcher.cancel()
