"""What a filter tells of a relation: no more than the caller sees of it."""

from __future__ import annotations

from uuid import UUID

import pytest

from core.caller import Reach
from core.testing.harness import SampleDealer
from tests.core.library import make_author, make_book


@pytest.fixture
async def keeper(sample: SampleDealer) -> tuple[UUID, str, str]:
    """Somebody who keeps the first of two books, each with a meeting, and the ids of both."""
    user = await sample.add_user("keeper")
    client = sample.client()
    author = await make_author(client)
    books = [
        await make_book(client, author, isbn, bookclub={"topic": topic}, **more)
        for isbn, topic, more in (("1", "his", {"keeperId": str(user)}), ("2", "another", {}))
    ]
    return user, books[0], books[1]


ASKED = [
    "filter: {book: {isNull: true}}",
    "filter: {book: {isNull: false}}",
    "filter: {not: {book: {isNull: true}}}",
    'filter: {book: {id: {eq: "$ID"}}}',
    'filter: {book: {id: {notIn: ["$ID"]}}}',
    'filter: {or: [{topic: {eq: "x"}}, {book: {id: {in: ["$ID"]}}}]}',
    'filter: {book: {title: {eq: "x"}}}',
    "orderBy: [{book: {title: ASC}}]",
]


@pytest.mark.parametrize("asked", ASKED)
async def test_relation_to_a_kind_that_may_not_be_read_can_not_be_asked_for(
    sample: SampleDealer, keeper: tuple[UUID, str, str], asked: str
) -> None:
    arguments = asked.replace("$ID", keeper[1])
    weak = sample.client(permissions={"bookclub.meeting.read": Reach.STORE})
    assert (await weak(f"{{ meetings({arguments}) {{ totalCount }} }}")).codes == ["FORBIDDEN"]
    if asked.startswith("filter"):
        assert (await weak(f"{{ meetingStats({arguments}) {{ count }} }}")).codes == ["FORBIDDEN"]


@pytest.mark.parametrize(
    ("filter_", "topics"),
    [
        ("{book: {isNull: true}}", ["another"]),
        ("{book: {isNull: false}}", ["his"]),
        ("{not: {book: {isNull: true}}}", ["his"]),
        ('{book: {id: {eq: "$HIS"}}}', ["his"]),
        ('{book: {id: {eq: "$OTHER"}}}', []),
        ('{book: {id: {in: ["$HIS", "$OTHER"]}}}', ["his"]),
        ('{book: {id: {ne: "$HIS"}}}', []),
        ('{book: {id: {eq: "$OTHER"}, isNull: false}}', []),
        ('{not: {book: {id: {eq: "$OTHER"}}}}', ["another", "his"]),
    ],
)
async def test_row_out_of_sight_is_none_to_a_filter_as_it_is_null_in_the_answer(
    sample: SampleDealer, keeper: tuple[UUID, str, str], filter_: str, topics: list[str]
) -> None:
    user, his, other = keeper
    rights = {"bookclub.meeting.read": Reach.STORE, "library.book.read": Reach.OWN}
    client = sample.client(user, permissions=rights)
    asked = filter_.replace("$HIS", his).replace("$OTHER", other)
    answer = await client(
        f"{{ meetings(filter: {asked}, orderBy: [{{topic: ASC}}]) {{ nodes {{ topic book {{ id }} }} }} }}"
    )
    shown = answer.data["meetings"]["nodes"]
    assert [node["topic"] for node in shown] == topics
    assert all((node["book"] is not None) == (node["topic"] == "his") for node in shown)


async def test_relation_that_is_in_sight_anyway_costs_nothing(
    sample: SampleDealer, keeper: tuple[UUID, str, str]
) -> None:
    everything = sample.client(reach=Reach.GROUP)
    with sample.dealer.database.counting() as statements:
        answer = await everything("{ meetings(filter: {book: {isNull: false}}) { totalCount } }")
    assert answer.data["meetings"]["totalCount"] == 2
    assert "EXISTS" not in statements[-1]
