"""What clients read of refusals that have something of their own to say."""

from forecourt.graphql import Problem, problem
from insurance.services.refusals import PolicyAlreadyRenewedRefusal
from insurance.types import InsurancePolicy


@problem(PolicyAlreadyRenewedRefusal)
class PolicyAlreadyRenewedProblem(Problem):
    """The contract has been renewed before."""

    newer: InsurancePolicy
    """The contract that goes on; null if the caller may not see it."""
