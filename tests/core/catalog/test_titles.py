import json
from pathlib import Path

import pytest

from core.catalog.titles import Titles, words
from core.errors import PluginError


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


def test_two_modules_with_one_title_are_named(tmp_path: Path) -> None:
    content = {"Book": {"isbn": "书号"}}
    modules = [(name, folder(tmp_path / name, zh_CN=content)) for name in ("books", "clubs")]
    with pytest.raises(PluginError, match=r"books and clubs both have a title of Book\.isbn in zh-CN"):
        Titles.read(modules)


@pytest.mark.parametrize("content", ["[]", '{"Book": "图书"}', '{"Book": {"isbn": 1}}', '{"Book": {"isbn": " "}}', "{"])
def test_file_that_holds_no_titles_is_named(tmp_path: Path, content: str) -> None:
    with pytest.raises(PluginError, match=r"locale/titles\.zh-CN\.json of books can't be read"):
        Titles.read([("books", folder(tmp_path / "books", zh_CN=content))])
