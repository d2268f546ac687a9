from uuid import UUID

from tally.models import Chore

from forecourt import Scope, job


@job(attempts=50)
async def do_chore(scope: Scope, posting_id: UUID) -> None:
    """Write that it was done; killed workers count as attempts, and here they are killed often."""
    await Chore(store_id=scope.store_id, posting_id=posting_id).save()
