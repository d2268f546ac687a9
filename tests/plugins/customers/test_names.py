"""What a name is found by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.customers.services.names import NameKeys, clean_name, name_keys, search_key, split_name

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("name", "pinyin", "initials"),
    [
        ("张三", "zhangsan", "zs"),
        ("李四", "lisi", "ls"),
        ("单田芳", "shantianfang", "stf"),
        ("仇英", "qiuying", "qy"),
        ("曾国藩", "zengguofan", "zgf"),
        ("解晓东", "xiexiaodong", "xxd"),
        ("查良镛", "zhaliangyong", "zly"),
        ("单于丹", "chanyudan", "cyd"),
        ("欧阳娜娜", "ouyangnana", "oynn"),
        ("尉迟恭", "yuchigong", "ycg"),
        ("吕布", "lvbu", "lb"),
        ("Li Wei", "liwei", "lw"),
        ("José Gómez", "josegomez", "jg"),
        ("张A华", "zhangahua", "zah"),
        ("单", "dan", "d"),
        ("", "", ""),
    ],
)
def test_person_is_found_by_pinyin_and_initials(name: str, pinyin: str, initials: str) -> None:
    keys = name_keys(name)
    assert (keys.pinyin, keys.initials) == (pinyin, initials)


def test_company_has_no_surname() -> None:
    assert name_keys("解放汽车", person=False).pinyin == "jiefangqiche"
    assert name_keys("曾经科技", person=False).pinyin == "cengjingkeji"


@pytest.mark.parametrize("typed", ["ZS", " z s ", "ｚｓ"])
def test_what_is_typed_matches_the_keys(typed: str) -> None:
    assert search_key(typed) == name_keys("张三").initials


def test_name_is_kept_half_width_with_single_spaces() -> None:
    assert clean_name("　Ｌｉ   Wei\n") == "Li Wei"


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("李四", ("李", "四")),
        ("欧阳娜娜", ("欧阳", "娜娜")),
        ("欧阳", ("欧", "阳")),
        ("John F Doe", ("Doe", "John F")),
        ("Cher", ("Cher", "")),
        ("", ("", "")),
    ],
)
def test_name_is_split_where_its_language_does(name: str, parts: tuple[str, str]) -> None:
    assert split_name(name) == parts


@given(st.text(max_size=20))
def test_keys_are_lower_case_without_spaces_and_as_long_as_they_should_be(name: str) -> None:
    keys = name_keys(name)
    assert isinstance(keys, NameKeys)
    for key in (keys.folded, keys.pinyin, keys.initials):
        assert not any(letter.isspace() for letter in key)
    assert len(keys.initials) <= len(keys.pinyin)
    assert name_keys(clean_name(name)) == keys
