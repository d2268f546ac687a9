"""Insurance: the contracts of customers' cars, and renewing them in time."""

from collections.abc import Iterable

from forecourt import Manifest, Reach, Role, hookimpl
from insurance import jobs
from insurance.models import Policy
from insurance.settings import InsuranceSettings

plugin = Manifest(
    name="insurance",
    version="1.2.0",
    api=">=1,<2",
    title={"en": "Insurance", "zh-CN": "车险"},
    description={
        "en": "Insurance contracts of customers, and renewing them in time.",
        "zh-CN": "客户的车险保单与续保提醒。",
    },
    requires=["organisation", "customers"],
    optional=["sales"],
    settings=InsuranceSettings,
)


@hookimpl
def roles() -> Iterable[Role]:
    actions = ("read", "create", "update", "archive", "renew")
    rights = {f"insurance.insurance_policy.{action}": Reach.STORE for action in actions}
    yield Role("sales_consultant", {"en": "Sales consultant", "zh-CN": "销售顾问"}, rights)
    yield Role("store_manager", {"en": "Store manager", "zh-CN": "店总经理"}, rights)


@hookimpl
def scheduled_jobs() -> Iterable[object]:
    yield jobs.remind_of_renewals.daily(at="08:30", per_store=True)


@hookimpl
def customer_references() -> Iterable[tuple[type[Policy], str]]:
    # A hook that customers declares: when two records of a customer are merged, his contracts go with him.
    yield Policy, "customer_id"
