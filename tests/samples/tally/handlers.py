from tally.events import Posted
from tally.jobs import do_chore
from tally.models import Echo

from forecourt import current, enqueue, on


@on(Posted)
async def echo(event: Posted) -> None:
    """Write that it was heard of, and have the rest done later."""
    assert event.store_id is not None
    await Echo(store_id=event.store_id, posting_id=event.posting_id).save()
    await enqueue(current(), do_chore, {"posting_id": event.posting_id}, store_id=event.store_id)
