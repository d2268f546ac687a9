import json
from pathlib import Path

import pytest

from core.catalog.titles import Titles, plural, words
from core.errors import PluginError
from core.testing.harness import sample_kernel


def folder(path: Path, **languages: object) -> Path:
    path.mkdir()
    for language, content in languages.items():
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        (path / f"titles.{language.replace('_', '-')}.json").write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("lastContactAt", "Last contact at"),
        ("FollowUpTask", "Follow up task"),
        ("vin", "Vin"),
        ("INTENT_LEVEL", "Intent level"),
        ("SMSMessage", "SMS message"),
        ("CALL", "Call"),
        ("last4", "Last4"),
    ],
)
def test_name_of_the_schema_is_told_in_words(name: str, shown: str) -> None:
    assert words(name) == shown


def test_titles_come_from_the_module_and_english_from_the_name_where_it_has_none(tmp_path: Path) -> None:
    kernel = folder(tmp_path / "core", zh_CN={"*": {"createdAt": "创建时间"}})
    books = folder(tmp_path / "books", zh_CN={"Book": {"": "图书", "isbn": "书号"}}, en={"Book": {"isbn": "ISBN"}})
    clubs = folder(tmp_path / "clubs", zh_CN={"Book": {"lentTo": "借给"}})
    titles = Titles.read([("core", kernel), ("books", books), ("clubs", clubs), ("bare", tmp_path / "nothing")])
    assert titles.of("Book") == {"en": "Book", "zh-CN": "图书"}
    assert titles.of("Book", "isbn") == {"en": "ISBN", "zh-CN": "书号"}
    assert titles.of("Book", "lentTo") == {"en": "Lent to", "zh-CN": "借给"}
    assert titles.of("Club", "createdAt") == {"en": "Created at", "zh-CN": "创建时间"}
    assert titles.of("Club", "createdBy") == {"en": "Created by"}
    assert titles.title("zh-CN", "Club", "createdBy") == "Created by"
    assert titles.title("zh-CN", "Book", "isbn") == "书号"


@pytest.mark.parametrize(
    ("word", "many"),
    [("customer", "customers"), ("SMS reply", "SMS replies"), ("day", "days"), ("tax", "taxes"), ("batch", "batches")],
)
def test_plural_ends_as_english_does(word: str, many: str) -> None:
    assert plural(word) == many


@pytest.mark.parametrize(
    ("command", "english", "chinese"),
    [
        ("createDepartment", "Create section", "新建部门"),
        ("updateDepartments", "Update sections", "批量修改部门"),
        ("archiveDepartment", "Put an end to a section", "撤销部门"),
        ("createTeams", "Create VIP crews", "批量新建班组"),
        ("archiveTeam", "Archive VIP crew", "归档班组"),
        ("archiveFiles", "Archive files", None),
    ],
)
async def test_command_is_called_after_its_entity_unless_it_has_a_title(
    tmp_path: Path, command: str, english: str, chinese: str | None
) -> None:
    given = {
        "zh_CN": {"Department": {"": "部门"}, "Team": {"": "班组"}, "Mutation": {"archiveDepartment": "撤销部门"}},
        "en": {
            "Department": {"": "Section"},
            "Team": {"": "VIP crew"},
            "Mutation": {"archiveDepartment": "Put an end to a section"},
        },
    }
    titles = Titles.read([("core", folder(tmp_path / "core", **given))])
    kernel = await sample_kernel([])
    said = titles.of_command(kernel.catalog.commands[command])
    assert (said["en"], said.get("zh-CN")) == (english, chinese)


def test_two_modules_with_one_title_are_named(tmp_path: Path) -> None:
    content = {"Book": {"isbn": "书号"}}
    modules = [(name, folder(tmp_path / name, zh_CN=content)) for name in ("books", "clubs")]
    with pytest.raises(PluginError, match=r"books and clubs both have a title of Book\.isbn in zh-CN"):
        Titles.read(modules)


@pytest.mark.parametrize("content", ["[]", '{"Book": "图书"}', '{"Book": {"isbn": 1}}', '{"Book": {"isbn": " "}}', "{"])
def test_file_that_holds_no_titles_is_named(tmp_path: Path, content: str) -> None:
    with pytest.raises(PluginError, match=r"locale/titles\.zh-CN\.json of books can't be read"):
        Titles.read([("books", folder(tmp_path / "books", zh_CN=content))])
