from tally import models

from forecourt.graphql import entity


@entity(models.Account, create=["name"], update=["name"], archive=False)
class Account:
    """Where postings add up."""

    name: str
    """As it was last called."""
    balance: int
    """The sum of its postings."""


@entity(models.Posting, create=False, update=False, archive=False)
class Posting:
    """An amount on an account."""

    key: str
    """Under which it was asked for."""
    amount: int
    """How much."""
    number: str
    """In the series of the day."""
    account: Account
    """Where it was added."""
