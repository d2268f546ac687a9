"""Where customers come from."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from forecourt import NotFoundRefusal, Scope, cached, require_code
from plugins.customers.models.people import SourceChannel

SOURCE_KINDS: Final = "customers.source_kind"


async def source_channel(scope: Scope, code: str) -> SourceChannel:
    """Return the channel of a code; that of a kind alone is made when it is first used.

    Raises:
        ValidationRefusal: There is neither such a channel nor such a kind.
    """
    channel = await cached(scope, (SourceChannel,), code, lambda: _by_code(code))
    # None may be what it was some seconds ago.
    channel = channel or await _by_code(code)
    if channel is None:
        entry = await require_code(scope, SOURCE_KINDS, code, path=("source",))
        channel = SourceChannel(code=code, name=entry.title(scope.locale), kind=code)
        await channel.save()
    return channel


async def _by_code(code: str) -> SourceChannel | None:
    return await SourceChannel.filter(code=code, archived_at=None).first()


async def existing_channel(channel_id: UUID) -> SourceChannel:
    """Return a channel by id.

    Raises:
        NotFoundRefusal: There is none.
    """
    channel = await SourceChannel.filter(id=channel_id, archived_at=None).first()
    if channel is None:
        raise NotFoundRefusal("there is no such source", path=("source",))
    return channel
