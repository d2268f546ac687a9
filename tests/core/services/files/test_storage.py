import os
from hashlib import sha256
from pathlib import Path

import pytest

from core.errors import StorageFullError
from core.services.files.storage import LocalFolder, StorageError
from tests.small_disk import SmallDisk

pytestmark = pytest.mark.once

CONTENT = b"content"
KEY = sha256(CONTENT).hexdigest()


def test_content_comes_back_and_a_second_put_changes_nothing(tmp_path: Path) -> None:
    folder = LocalFolder(tmp_path)
    folder.put(KEY, CONTENT)
    folder.put(KEY, CONTENT)
    assert folder.get(KEY) == CONTENT
    assert [key for key, _ in folder.entries()] == [KEY]


def test_second_put_makes_an_old_file_young_again(tmp_path: Path) -> None:
    folder = LocalFolder(tmp_path)
    folder.put(KEY, CONTENT)
    os.utime(tmp_path / KEY[:2] / KEY, (0, 0))
    folder.put(KEY, CONTENT)
    [(_, put_at)] = folder.entries()
    assert put_at > 0


def test_failed_write_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    folder = LocalFolder(tmp_path)
    with pytest.raises(StorageFullError, match="no room"):
        folder.put(KEY, CONTENT)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_missing_file_is_an_error_of_the_storage(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="can't be read"):
        LocalFolder(tmp_path).get(KEY)


@pytest.mark.parametrize("key", ["../../etc/passwd", "", KEY.upper(), KEY + "0"])
def test_key_that_is_no_hash_never_becomes_a_path(tmp_path: Path, key: str) -> None:
    with pytest.raises(StorageError, match="no storage key"):
        LocalFolder(tmp_path).get(key)


def test_removing_what_is_not_there_is_no_error(tmp_path: Path) -> None:
    LocalFolder(tmp_path).remove(KEY)


def test_full_disk_is_told_from_other_faults_and_leaves_nothing(disk: SmallDisk) -> None:
    folder = LocalFolder(disk.folder / "files")
    folder.put(KEY, CONTENT)
    disk.fill()
    content = b"large" * 2**18
    with pytest.raises(StorageFullError, match="make room"):
        folder.put(sha256(content).hexdigest(), content)
    assert folder.get(KEY) == CONTENT
    assert [key for key, _ in folder.entries()] == [KEY]
    assert not list(folder.folder.rglob("*.part"))
    disk.make_room()
    folder.put(sha256(content).hexdigest(), content)


def test_place_that_can_not_be_written_is_no_full_disk(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("a file, where a folder should be")
    with pytest.raises(StorageError, match="no file can be written"):
        LocalFolder(tmp_path / "files").put(KEY, CONTENT)
