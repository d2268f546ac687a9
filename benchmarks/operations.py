"""What is asked: ten operations, with variables that rotate so that no answer is the last one again."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

from benchmarks.dataset import CREATED, Connected, Dataset

ROWS: Final = 1000
"""Rows of the long list; Forecourt's role is given this limit of a page."""
DEEP_PAGES: Final = 1000
STAGES: Final = ("PROSPECT", "OWNER", "INTENT", "LOST", "ORDERED", "DORMANT", "CHURNED")
BRANDS: Final = ("BYD ", "Tesla ", "BMW ", "NIO ", "Volvo ", "Mazda ")
DUE_AT: Final = "2040-06-01T08:00:00+00:00"


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that is asked of every server.

    Attributes:
        name: Of the operation in the documents, and of the files that hold them.
        kind: What the targets are given for: `row`, `page`, `nested`, `rows`, `counts`, `command` or `other`.
    """

    name: str
    title: str
    kind: str

    @property
    def writes(self) -> bool:
        return self.kind == "command"


OPERATIONS: Final = (
    Operation("customer", "one customer by id", "row"),
    Operation("page_total", "page of 50 by stage, with the total", "page"),
    Operation("page", "page of 50 by stage", "page"),
    Operation("nested", "50 customers with vehicles and last 5 follow-ups", "nested"),
    Operation("rows", f"{ROWS:,} rows of 10 fields", "rows"),
    Operation("counts", "counts by stage", "counts"),
    Operation("relation", "50 customers who have a car of a brand", "other"),
    Operation("deep", f"page of 50, {DEEP_PAGES:,} pages deep", "page"),
    Operation("create", "create a follow-up", "command"),
    Operation("update", "update a follow-up, expected version", "command"),
)


def operation_named(name: str) -> Operation:
    """Return one of the operations."""
    return next(operation for operation in OPERATIONS if operation.name == name)


@dataclass(slots=True)
class FollowUp:
    """A row that is updated again and again, with the version that it has now."""

    id: str
    version: int


@dataclass(slots=True)
class Samples:
    """Rows of the data set that operations are asked about.

    Attributes:
        behind: Customers after whom a deep page begins.
        cursors: Per server, the cursors of these customers.
    """

    customers: list[str]
    behind: list[str]
    follow_ups: list[FollowUp]
    store_id: str
    cursors: dict[str, list[str]] = field(default_factory=dict)


async def samples_of(dataset: Dataset) -> Samples:
    """Pick the rows that operations are asked about."""
    depth = min(50 * DEEP_PAGES, dataset.customers // 2)
    async with Connected(dataset.url) as connection:
        customers = await connection.fetch("SELECT id FROM customers_customer ORDER BY md5(id::text) LIMIT 1000")
        behind = await connection.fetch("SELECT id FROM customers_customer ORDER BY id OFFSET $1 LIMIT 20", depth - 1)
        follow_ups = await connection.fetch(
            "SELECT id, version FROM customers_follow_up_task ORDER BY md5(id::text) LIMIT 2000"
        )
    return Samples(
        [str(row["id"]) for row in customers],
        [str(row["id"]) for row in behind],
        [FollowUp(str(row["id"]), row["version"]) for row in follow_ups],
        dataset.store_id,
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What an operation asks, in the words of the data set; each server has its own words for it."""

    customer: str = ""
    stage: str = ""
    brand: str = ""
    after: str = ""
    follow_up: str = ""
    version: int = 0
    subject: str = ""
    key: str = ""
    first: int = ROWS


def questions(operation: str, samples: Samples, server: str) -> Iterator[Asked]:
    """Yield what to ask, without end."""
    return _QUESTIONS[operation](samples, server)


def _customers(samples: Samples, _: str) -> Iterator[Asked]:
    return itertools.cycle([Asked(customer=row) for row in samples.customers])


def _stages(_samples: Samples, _: str) -> Iterator[Asked]:
    return itertools.cycle([Asked(stage=stage) for stage in STAGES])


def _nothing(_samples: Samples, _: str) -> Iterator[Asked]:
    return itertools.repeat(Asked())


def _brands(_samples: Samples, _: str) -> Iterator[Asked]:
    return itertools.cycle([Asked(brand=brand) for brand in BRANDS])


def _behind(samples: Samples, server: str) -> Iterator[Asked]:
    return itertools.cycle([Asked(after=cursor) for cursor in samples.cursors.get(server, samples.behind)])


def _creations(samples: Samples, _: str) -> Iterator[Asked]:
    prefix = uuid4().hex
    for number, row in enumerate(itertools.cycle(samples.customers)):
        yield Asked(customer=row, subject=CREATED, key=f"{prefix}-{number}")


def _updates(samples: Samples, _: str) -> Iterator[Asked]:
    for row in itertools.cycle(samples.follow_ups):
        asked = Asked(follow_up=row.id, version=row.version, subject=f"Call again, {row.version + 1}")
        row.version += 1
        yield asked


_QUESTIONS: Final[dict[str, Callable[[Samples, str], Iterator[Asked]]]] = {
    "customer": _customers,
    "page_total": _stages,
    "page": _stages,
    "nested": _stages,
    "rows": _stages,
    "counts": _nothing,
    "relation": _brands,
    "deep": _behind,
    "create": _creations,
    "update": _updates,
}
