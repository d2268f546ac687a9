"""Fields written with Strawberry are for the signed-in, for those with a permission, or for anybody by a mark."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.api.execute import Operation
from core.caller import Reach
from core.testing.harness import SampleDealer, sample_dealer
from forecourt.graphql import resolver

PLUGIN = """
from forecourt import Manifest, Permission
plugin = Manifest(name="openly", version="1.0", api=">=1,<2", title={"en": "Openly", "zh-CN": "公开"})
"""
QUERIES = """
from collections.abc import AsyncGenerator

import strawberry

from forecourt import Permission
from forecourt.graphql import extend, resolver

LOOK = Permission("openly.shelf.look", {"en": "Look", "zh-CN": "看"})


@strawberry.type(description="A shelf.")
class Shelf:
    place: str = strawberry.field(description="Where.")


@extend(Shelf)
class More:
    @strawberry.field(description="What is on it.")
    def load(self) -> str:
        return "books"

    @resolver(permission=LOOK, description="What is behind it.")
    def behind(self) -> str:
        return "dust"


@strawberry.type
class Query:
    plain: str | None = strawberry.field(resolver=lambda: "plain", description="For the signed-in.")
    told: str | None = resolver(permission=LOOK, description="For those who may look.")(lambda: "told")
    open: str = resolver(public=True, description="For anybody.")(lambda: "open")
    shelf: Shelf = resolver(public=True, description="For anybody.")(lambda: Shelf(place="left"))


@strawberry.type
class Mutation:
    plain_done: str | None = strawberry.mutation(resolver=lambda: "done", description="For the signed-in.")
    told_done: str | None = resolver(permission=LOOK, description="For those who may look.")(lambda: "done")


async def _ticks() -> AsyncGenerator[int, None]:
    yield 1


@strawberry.type
class Subscription:
    plain_tick: AsyncGenerator[int, None] = strawberry.subscription(resolver=_ticks, description="For the signed-in.")
    told_tick: AsyncGenerator[int, None] = resolver(permission=LOOK, is_subscription=True, description="Or.")(_ticks)
"""
FIELDS = {
    "{ plain }": {"plain": "plain"},
    "mutation { plainDone }": {"plainDone": "done"},
    "{ told }": {"told": "told"},
    "mutation { toldDone }": {"toldDone": "done"},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("openly")
    (place / "openly").mkdir()
    for file, text in {"__init__": "", "plugin": PLUGIN, "queries": QUERIES, "subscriptions": ""}.items():
        (place / "openly" / f"{file}.py").write_text(text)
    subscription = "from openly.queries import Subscription\n"
    (place / "openly" / "subscriptions.py").write_text(subscription)
    return place


@pytest.fixture
async def sample(kept_database_url: str, folder: Path) -> AsyncIterator[SampleDealer]:
    async with sample_dealer(["openly"], database_url=kept_database_url, folders=[folder]) as made:
        yield made


@pytest.mark.parametrize("text", FIELDS)
async def test_who_has_not_signed_in_gets_an_error_at_the_field(sample: SampleDealer, text: str) -> None:
    answer = await sample.anonymous()(text)

    assert answer.codes == ["UNAUTHENTICATED"]
    assert answer["data"] == dict.fromkeys(FIELDS[text])
    assert [error["path"] for error in answer["errors"]] == [list(FIELDS[text])]


@pytest.mark.parametrize("text", FIELDS)
async def test_a_permission_is_asked_for_where_one_is_named(sample: SampleDealer, text: str) -> None:
    without = await sample.client(permissions={})(text)
    allowed = await sample.client(permissions={"openly.shelf.look": Reach.STORE})(text)

    assert without.codes == (["FORBIDDEN"] if "told" in text else [])
    assert allowed["data"] == FIELDS[text]


async def test_what_is_marked_public_answers_anybody(sample: SampleDealer) -> None:
    answer = await sample.anonymous()("{ open viewer { userId } shelf { place } }")

    assert answer["data"] == {"open": "open", "viewer": None, "shelf": {"place": "left"}}


@pytest.mark.parametrize(("field", "code"), [("load", "UNAUTHENTICATED"), ("behind", "UNAUTHENTICATED")])
async def test_a_field_that_extends_a_plain_type_is_no_less_guarded(
    sample: SampleDealer, field: str, code: str
) -> None:
    text = f"{{ shelf {{ {field} }} }}"
    assert (await sample.anonymous()(text)).codes == [code]
    assert (await sample.client(permissions={})(text)).codes == (["FORBIDDEN"] if field == "behind" else [])
    assert (await sample.client()(text)).codes == []


@pytest.mark.parametrize(("name", "code"), [("plainTick", "UNAUTHENTICATED"), ("toldTick", "UNAUTHENTICATED")])
async def test_a_stream_is_opened_for_those_who_may_alone(sample: SampleDealer, name: str, code: str) -> None:
    async def first(client_scope: object) -> bytes:
        operation = Operation(sample.dealer, sample.documents, f"subscription {{ {name} }}", {}, None)

        async def renew() -> object:
            return client_scope

        async for response in operation.stream(client_scope, renew):  # type: ignore[arg-type]  # scopes
            return response.body
        raise AssertionError("a stream says something")

    closed = await sample.read(lambda: first(sample.dealer.scope(sample.anonymous().caller)))
    opened = await sample.read(lambda: first(sample.dealer.scope(sample.client().caller)))

    assert code in closed.decode()
    assert f'"{name}":1' in opened.decode()


async def test_signing_in_is_public(sample: SampleDealer) -> None:
    answer = await sample.anonymous()('mutation { signIn(login: "x", password: "y") { session { accessToken } } }')
    assert answer.codes == []


async def test_a_permission_of_a_plain_field_is_known_to_administrators(sample: SampleDealer) -> None:
    assert sample.dealer.kernel.permissions["openly.shelf.look"] == "openly"


def test_what_is_public_takes_no_permission() -> None:
    with pytest.raises(ValueError, match="leave one of the two out"):
        resolver(permission="a.b.c", public=True)
