from datetime import date

import pytest

from core.errors import NotFoundRefusal, PluginError, PreconditionRefusal, ValidationRefusal
from core.scope import Scope
from core.services.codes import (
    CodeDeclaration,
    CodeSetDeclaration,
    codes,
    merge_declarations,
    put_code,
    require_code,
    sync_code_sets,
)
from core.services.declared import CODE_SETS
from core.services.models import Code
from core.services.recent_reads import RecentReads
from core.write.pipeline import transact
from tests.core.services.dealership import Dealership


def declared(
    *names: str, module: str = "demo", extendable: bool = True, suffix: str = "", parents: dict[str, str] | None = None
) -> CodeSetDeclaration:
    shipped = [
        CodeDeclaration(name, {"en": f"{name.title()}{suffix}", "zh-CN": f"{name}中"}, (parents or {}).get(name, ""))
        for name in names
    ]
    return CodeSetDeclaration("demo.reason", module, shipped, extendable=extendable)


async def synced(dealership: Dealership, *declarations: CodeSetDeclaration) -> int:
    return await dealership.run(lambda scope: sync_code_sets(scope, declarations))


async def listed(dealership: Dealership) -> list[str]:
    return [entry.code for entry in await codes(dealership.scope(), "demo.reason")]


async def test_codes_are_listed_as_declared(dealership: Dealership) -> None:
    await synced(dealership, declared("PRICE", "COLOUR"))
    assert await listed(dealership) == ["PRICE", "COLOUR"]
    entry = await require_code(dealership.scope(), "demo.reason", "PRICE")
    assert (entry.title("zh-CN"), entry.title("fr")) == ("PRICE中", "Price")


async def test_second_sync_writes_nothing(dealership: Dealership) -> None:
    assert await synced(dealership, declared("PRICE", "COLOUR"), *CODE_SETS) > 0
    assert await synced(dealership, declared("PRICE", "COLOUR"), *CODE_SETS) == 0


async def test_new_version_rewords_and_adds_but_never_removes(dealership: Dealership) -> None:
    await synced(dealership, declared("PRICE", "COLOUR"))
    await synced(dealership, declared("PRICE", "DELAY", suffix=" reason"))
    assert sorted(await listed(dealership)) == ["COLOUR", "DELAY", "PRICE"]
    assert (await require_code(dealership.scope(), "demo.reason", "PRICE")).title("en") == "Price reason"


async def test_what_the_dealer_changed_stays_through_a_new_version(dealership: Dealership) -> None:
    await synced(dealership, declared("PRICE"))
    await dealership.run(
        lambda scope: put_code(scope, "demo.reason", "PRICE", titles={"en": "Too dear"}, valid_to=date(2026, 12, 31))
    )
    await synced(dealership, declared("DELAY", "PRICE", suffix=" reason"))
    entry = await require_code(dealership.scope(), "demo.reason", "PRICE")
    assert entry.title("en") == "Too dear"
    assert entry.valid_to == date(2026, 12, 31)
    assert await listed(dealership) == ["DELAY", "PRICE"]  # the order he did not touch follows the module


async def test_store_rewords_for_itself_alone(dealership: Dealership) -> None:
    await synced(dealership, declared("PRICE"))
    await dealership.run(
        lambda scope: put_code(scope, "demo.reason", "PRICE", titles={"en": "Budget"}, store_id=dealership.south)
    )
    north, south = dealership.scope(), dealership.scope(store_id=dealership.south)
    assert (await require_code(north, "demo.reason", "PRICE")).title("en") == "Price"
    assert (await require_code(south, "demo.reason", "PRICE")).title("en") == "Budget"


async def test_store_ends_a_code_for_itself_alone_and_reopens_it(dealership: Dealership) -> None:
    await synced(dealership, declared("PRICE", "COLOUR"))
    south = dealership.scope(store_id=dealership.south)
    ended = date(2026, 11, 20)
    await dealership.run(
        lambda scope: put_code(scope, "demo.reason", "PRICE", valid_to=ended, store_id=dealership.south)
    )
    with pytest.raises(ValidationRefusal, match="valid are COLOUR"):
        await require_code(south, "demo.reason", "PRICE")
    await require_code(dealership.scope(), "demo.reason", "PRICE")
    await dealership.run(
        lambda scope: put_code(scope, "demo.reason", "PRICE", valid_to=None, store_id=dealership.south)
    )
    await require_code(south, "demo.reason", "PRICE")


async def test_code_is_valid_through_its_last_day(dealership: Dealership) -> None:
    await synced(dealership, declared("PRICE"))
    await dealership.run(lambda scope: put_code(scope, "demo.reason", "PRICE", valid_to=date(2026, 11, 21)))
    await require_code(dealership.scope(), "demo.reason", "PRICE")


async def test_unknown_code_is_refused_and_the_valid_ones_are_named(dealership: Dealership) -> None:
    await synced(dealership, declared("PRICE", "COLOUR"))
    with pytest.raises(
        ValidationRefusal, match=r"^this is no valid code of demo\.reason; valid are PRICE, COLOUR"
    ) as no:
        await require_code(dealership.scope(), "demo.reason", "PRIZE", path=("reason",))
    assert no.value.path == ("reason",)


async def test_unknown_set_is_not_found(dealership: Dealership) -> None:
    with pytest.raises(NotFoundRefusal, match=r"demo\.nothing"):
        await codes(dealership.scope(), "demo.nothing")


async def test_closed_set_takes_no_new_codes(dealership: Dealership) -> None:
    await synced(dealership, declared("PRICE", extendable=False))
    with pytest.raises(PreconditionRefusal):
        await dealership.run(lambda scope: put_code(scope, "demo.reason", "NEW", titles={"en": "New"}))


async def test_parent_must_exist_and_must_not_lie_below(dealership: Dealership) -> None:
    await synced(dealership, declared("A", "B", "C", parents={"B": "A", "C": "B"}))

    async def move(parent: str) -> Code:
        return await dealership.run(lambda scope: put_code(scope, "demo.reason", "A", parent=parent))

    for parent in ("C", "A"):
        with pytest.raises(ValidationRefusal, match="lies below"):
            await move(parent)
    with pytest.raises(ValidationRefusal, match="is no code"):
        await move("Z")


@pytest.mark.once
def test_second_module_adds_its_codes_after_the_first() -> None:
    merged = merge_declarations([declared("PRICE"), declared("DELAY", module="other")])["demo.reason"]
    assert [code.code for code in merged.codes] == ["PRICE", "DELAY"]
    assert merged.module == "demo"


@pytest.mark.once
@pytest.mark.parametrize(
    ("declarations", "reason"),
    [
        ([declared("A"), declared("A", module="other")], "both declare A"),
        ([declared("A", extendable=False), declared("B", module="other")], "not extendable"),
        ([declared("A", "A")], "declares A twice"),
        ([declared("A", parents={"A": "Z"})], "names the parent Z"),
    ],
)
def test_contradicting_declarations_are_refused(declarations: list[CodeSetDeclaration], reason: str) -> None:
    with pytest.raises(PluginError, match=reason):
        merge_declarations(declarations)


@pytest.mark.once
def test_kernels_own_lists_have_both_languages() -> None:
    assert merge_declarations(CODE_SETS).keys() == {code_set.name for code_set in CODE_SETS}
    for code_set in CODE_SETS:
        assert code_set.titles.keys() == {"en", "zh-CN"}
        assert all(code.titles.keys() == {"en", "zh-CN"} for code in code_set.codes)


async def test_list_is_kept_for_seconds_and_a_transaction_sees_what_it_changes(dealership: Dealership) -> None:
    now = [0.0]
    await synced(dealership, declared("PRICE"))
    dealership.dealer.recent_reads = RecentReads(seconds=5, monotonic=lambda: now[0])

    async def statements() -> int:
        with dealership.dealer.database.counting() as counted:
            await listed(dealership)
        return len(counted)

    async def adds(scope: Scope) -> list[str]:
        await put_code(scope, "demo.reason", "COLOUR", titles={"en": "Colour"})
        return [entry.code for entry in await codes(scope, "demo.reason")]

    assert [await statements() for _ in range(2)] == [2, 0]
    assert sorted(await dealership.run(adds)) == ["COLOUR", "PRICE"]
    assert sorted(await listed(dealership)) == ["COLOUR", "PRICE"]
    assert await statements() == 0
    now[0] = 5
    assert await statements() == 2


async def test_work_inside_work_sees_what_both_have_changed(dealership: Dealership) -> None:
    await synced(dealership, declared("PRICE"))
    assert await listed(dealership) == ["PRICE"]

    async def seen(scope: Scope) -> list[str]:
        return sorted([entry.code for entry in await codes(scope, "demo.reason")])

    async def put(scope: Scope, code: str) -> list[str]:
        await put_code(scope, "demo.reason", code, titles={"en": code})
        return await seen(scope)

    async def fails(scope: Scope) -> None:
        assert await put(scope, "DELAY") == ["COLOUR", "DELAY", "PRICE"]
        raise PreconditionRefusal("on second thoughts", rule="test")

    async def outer(scope: Scope) -> None:
        assert await put(scope, "COLOUR") == ["COLOUR", "PRICE"]
        assert await transact(scope, "inner", seen) == ["COLOUR", "PRICE"]
        with pytest.raises(PreconditionRefusal):
            await transact(scope, "inner", fails)
        assert await seen(scope) == ["COLOUR", "PRICE"]
        assert await transact(scope, "inner", lambda inner: put(inner, "SIZE")) == ["COLOUR", "PRICE", "SIZE"]
        assert await seen(scope) == ["COLOUR", "PRICE", "SIZE"]
        assert await listed(dealership) == ["PRICE"]  # what others are given

    await dealership.run(outer)
    assert sorted(await listed(dealership)) == ["COLOUR", "PRICE", "SIZE"]


async def test_list_that_a_transaction_has_changed_is_read_once_by_it(dealership: Dealership) -> None:
    await synced(dealership, declared("PRICE"))

    async def work(scope: Scope) -> int:
        await put_code(scope, "demo.reason", "COLOUR", titles={"en": "Colour"})
        await codes(scope, "demo.reason")
        with dealership.dealer.database.counting() as counted:
            await codes(scope, "demo.reason")
        return len(counted)

    assert await dealership.run(work) == 0
