from typing import Annotated

from pydantic import Field
from tally import models
from tally.events import Posted
from tally.types import Account, Posting

from forecourt import next_number
from forecourt.graphql import ID, Info, Input, command


class PostInput(Input):
    """What to post."""

    account: ID[Account] = Field(description="Where.")
    key: Annotated[str, Field(max_length=40, description="The same as the idempotency key.")]
    amount: int = Field(description="How much.")


@command(Posting, permission="tally.posting.post")
async def post(info: Info, input: PostInput) -> models.Posting:
    """Add an amount to an account."""
    scope = info.scope
    account = await scope.get(models.Account, input.account.uuid, permission="tally.account.update")
    account.balance += input.amount
    await account.save()
    posting = models.Posting(
        store_id=account.store_id,
        account_id=account.id,
        key=input.key,
        amount=input.amount,
        number=await next_number(scope, "TP", store_id=account.store_id),
    )
    await posting.save()
    scope.publish(Posted(account_id=account.id, posting_id=posting.id, store_id=account.store_id))
    return posting
