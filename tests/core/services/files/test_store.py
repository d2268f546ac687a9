from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from core.caller import Reach
from core.errors import LimitRefusal, NotFoundRefusal, PermissionRefusal, ValidationRefusal
from core.scope import Scope
from core.services.files import Classification, open_file, store_file
from core.services.files.rules import RULES
from core.services.files.storage import StorageError
from core.services.files.store import check_file, remove_leftovers
from core.services.models import File
from tests.core.services.dealership import Dealership
from tests.core.services.pictures import SECRET, jpeg

PDF = b"%PDF-1.7 contract of Wang Wu"
INTERNAL = RULES[Classification.INTERNAL]


async def kept(dealership: Dealership, content: bytes, classification: Classification) -> File:
    return await dealership.run(lambda scope: store_file(scope, "a.pdf", content, classification=classification))


async def test_file_comes_back_with_its_type_size_and_hash(dealership: Dealership) -> None:
    row = await kept(dealership, PDF, Classification.INTERNAL)
    assert (row.content_type, row.size_bytes, row.name) == ("application/pdf", len(PDF), "a.pdf")
    assert row.store_id == dealership.north
    found, content = await open_file(dealership.scope(), row.id)
    assert (found.id, content) == (row.id, PDF)


async def test_personal_file_lies_on_the_disk_sealed(dealership: Dealership) -> None:
    row = await kept(dealership, PDF, Classification.PERSONAL)
    [stored] = dealership.stored_bytes()
    assert b"Wang Wu" not in stored
    assert (await open_file(dealership.scope(), row.id))[1] == PDF


async def test_picture_is_stored_without_its_metadata(dealership: Dealership) -> None:
    row = await dealership.run(lambda scope: store_file(scope, "a.jpg", jpeg(), classification=Classification.PUBLIC))
    assert SECRET not in dealership.stored_bytes()[0]
    assert (row.content_type, row.size_bytes) == ("image/jpeg", len(dealership.stored_bytes()[0]))


async def test_same_content_is_kept_once(dealership: Dealership) -> None:
    first = await kept(dealership, PDF, Classification.INTERNAL)
    second = await kept(dealership, PDF, Classification.INTERNAL)
    assert first.id != second.id
    assert len(dealership.stored_bytes()) == 1


async def test_file_of_another_store_is_not_found(dealership: Dealership) -> None:
    row = await kept(dealership, PDF, Classification.INTERNAL)
    reader = dealership.scope(store_id=dealership.south, core__file__read=Reach.STORE)
    with pytest.raises(NotFoundRefusal):
        await open_file(reader, row.id)


async def test_personal_file_needs_its_own_permission(dealership: Dealership) -> None:
    row = await kept(dealership, PDF, Classification.PERSONAL)
    with pytest.raises(PermissionRefusal, match=r"core\.file\.read_personal"):
        await open_file(dealership.scope(core__file__read=Reach.STORE), row.id)
    both = dealership.scope(core__file__read=Reach.STORE, core__file__read_personal=Reach.STORE)
    assert (await open_file(both, row.id))[1] == PDF


async def test_changed_bytes_are_never_handed_out(dealership: Dealership) -> None:
    row = await kept(dealership, PDF, Classification.INTERNAL)
    folder = dealership.dealer.files
    folder.remove(row.storage_key)
    folder.put(row.storage_key, b"%PDF-forged")
    with pytest.raises(StorageError, match="not those that were stored"):
        await open_file(dealership.scope(), row.id)


async def test_stream_is_cut_off_at_the_limit(dealership: Dealership, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b"x" * 1024 * 1024

    async def work(scope: Scope) -> File:
        return await store_file(scope, "a.txt", endless(), classification=Classification.PERSONAL)

    with pytest.raises(LimitRefusal, match="20 MB"):
        await dealership.run(work)
    assert taken == 21


async def test_rolled_back_file_is_swept_away_and_a_kept_one_stays(dealership: Dealership) -> None:
    async def fail(scope: Scope) -> None:
        await store_file(scope, "b.pdf", PDF + b"2", classification=Classification.INTERNAL)
        raise LookupError

    await kept(dealership, PDF, Classification.INTERNAL)
    with pytest.raises(LookupError):
        await dealership.run(fail)
    assert len(dealership.stored_bytes()) == 2
    scope = dealership.scope()
    assert await remove_leftovers(scope, older_than_s=10**10) == 0
    assert await remove_leftovers(scope, older_than_s=-(10**10)) == 1
    assert dealership.stored_bytes() == [PDF]


@pytest.mark.once
@pytest.mark.parametrize(
    ("content", "said", "reason"),
    [
        (b"", None, "empty"),
        (b"MZ\x90\0", None, "not accepted here"),
        (PDF, "image/png", "is application/pdf"),
        (b"\xff\xd8\xff\xe1", None, "damaged"),
    ],
)
def test_file_that_breaks_a_rule_is_refused(content: bytes, said: str | None, reason: str) -> None:
    with pytest.raises(ValidationRefusal, match=reason):
        check_file("a.pdf", content, INTERNAL, content_type=said)


@pytest.mark.once
def test_size_is_limited_before_anything_is_read() -> None:
    with pytest.raises(LimitRefusal):
        check_file("a", b"x" * 11, replace(INTERNAL, max_bytes=10))


@pytest.mark.once
@pytest.mark.parametrize("said", ["application/octet-stream", "text/plain; charset=utf-8", "application/json", None])
def test_vague_word_of_the_client_is_no_contradiction(said: str | None) -> None:
    assert check_file("a.json", b"{}", INTERNAL, content_type=said).content_type == "application/json"


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "kept_name"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\合同.pdf", "合同.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("..", "file"),
        ("", "file"),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
    ],
)
def test_name_loses_folders_and_control_characters(name: str, kept_name: str) -> None:
    assert check_file(name, PDF, INTERNAL).name == kept_name
