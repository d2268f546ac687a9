import ast
import inspect
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import core
from core import errors
from core.catalog.titles import Titles
from core.errors import (
    ForecourtError,
    PermissionRefusal,
    PluginError,
    TransitionRefusal,
    ValidationRefusal,
)
from core.people.models import UserStatus
from core.services.messages import LOCALES, Messages, negotiate

pytestmark = pytest.mark.once

CORE_FOLDER = Path(inspect.getfile(core)).parent / "locale"
CORE = [("core", CORE_FOLDER)]
CATALOGUE = Messages.read(CORE, Titles.read(CORE))


def kernel_codes() -> set[str]:
    """Return the code of every error class of the kernel, read from its text so that nothing need be imported."""
    classes = (
        node
        for path in CORE_FOLDER.parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and node.name.endswith(("Error", "Refusal"))
    )
    return {code for node in classes for code in map(assigned_code, node.body) if code is not None}


def assigned_code(statement: ast.stmt) -> str | None:
    match statement:
        case ast.Assign(targets=[ast.Name(id="code")], value=ast.Constant(value=str(code))):
            return code
        case ast.AnnAssign(target=ast.Name(id="code"), value=ast.Constant(value=str(code))):
            return code
    return None


def test_codes_of_the_kernel_are_found() -> None:
    own = {kind.code for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ForecourtError)}
    assert own <= kernel_codes()


@pytest.mark.parametrize("locale", LOCALES)
def test_every_code_of_the_kernel_has_a_text(locale: str) -> None:
    assert kernel_codes() - CATALOGUE.keys(locale) == set()


def test_every_chinese_text_is_chinese() -> None:
    texts = json.loads((CORE_FOLDER / "zh-CN.json").read_text(encoding="utf-8"))
    assert [key for key, text in texts.items() if not any("一" <= letter <= "鿿" for letter in text)] == []


def test_every_rule_that_the_services_name_has_a_chinese_text() -> None:
    rules = {key.partition(".")[2] for key in CATALOGUE.keys("zh-CN") if "." in key}
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (CORE_FOLDER.parent / "services").rglob("*.py"))
    named = {line.split('rule="')[1].split('"')[0] for line in sources.splitlines() if 'rule="' in line}
    assert named - rules == set()


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("", "en"),
        ("zh-CN", "zh-CN"),
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("en-GB,zh;q=0.9", "en"),
        ("fr-FR,fr;q=0.9,zh;q=0.2,en;q=0.1", "zh-CN"),
        ("fr", "en"),
        ("zh;q=0", "en"),
        ("zh;q=abc, en;q=0.1", "en"),
        ("EN-us;Q=0.3, ZH;q=0.4", "zh-CN"),
        ("*", "en"),
    ],
)
def test_language_of_the_highest_quality_wins(header: str, locale: str) -> None:
    assert negotiate(header) == locale


def test_wildcard_gives_the_dealers_language() -> None:
    assert negotiate("fr, *;q=0.1", default="zh-CN") == "zh-CN"


@given(st.text(max_size=200))
def test_any_header_gives_a_locale_of_the_api(header: str) -> None:
    assert negotiate(header) in LOCALES


def test_refusal_is_told_in_chinese_with_its_parameters() -> None:
    what = {"en": "user", "zh-CN": "用户"}
    refusal = TransitionRefusal(what, UserStatus.ACTIVE, UserStatus.INVITED, [UserStatus.SUSPENDED, UserStatus.LEFT])
    text = CATALOGUE.message("zh-CN", refusal)
    assert text == "用户当前状态为“正常”，不能变为“已邀请”；可以变为：已停用, 已离职"
    final = TransitionRefusal(what, UserStatus.LEFT, UserStatus.ACTIVE, [])
    assert CATALOGUE.message("zh-CN", final) == "用户当前状态为“已离职”，这是最终状态，不能变为“正常”"
    assert CATALOGUE.message("zh-CN", PermissionRefusal("a.b.c")) == "此操作需要权限 a.b.c"


def test_english_keeps_the_refusals_own_words() -> None:
    assert CATALOGUE.message("en", ValidationRefusal("the plate has 7 characters")) == "the plate has 7 characters"


def test_text_of_the_rule_comes_before_the_text_of_the_code() -> None:
    refusal = ValidationRefusal("the file is empty", rule="file_empty")
    assert CATALOGUE.message("zh-CN", refusal) == "文件是空的"


def test_code_without_a_text_of_its_rule_keeps_the_english_detail() -> None:
    refusal = ValidationRefusal("42 is too much", rule="nobody_translated_this")
    assert CATALOGUE.message("zh-CN", refusal) == "输入不符合规则：42 is too much"


def test_missing_parameter_falls_back_instead_of_failing() -> None:
    assert CATALOGUE.translate("zh-CN", "FORBIDDEN", {}, "no") == "no"
    assert CATALOGUE.translate("zh-CN", "NO_SUCH_CODE", {}, "no") == "no"
    assert CATALOGUE.translate("de", "FORBIDDEN", {"permission": "x"}, "no") == "no"


def test_fault_never_shows_its_inner_text() -> None:
    assert "secret" not in CATALOGUE.message("en", ForecourtError("secret"))
    assert "secret" not in CATALOGUE.message("zh-CN", errors.ForecourtError("secret"))


def write(folder: Path, content: str) -> Path:
    folder.mkdir()
    (folder / "en.json").write_text(content, encoding="utf-8")
    return folder


def test_two_modules_with_one_key_are_refused_by_name(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a", '{"CLASH": "x"}'), write(tmp_path / "b", '{"CLASH": "y"}')
    with pytest.raises(PluginError, match="a and b both have a text CLASH") as refused:
        Messages.read([("a", first), ("b", second)])
    assert refused.value.plugins == ("a", "b")


@pytest.mark.parametrize("content", ["{", "[]", '{"A": "{0.__class__}"}', '{"A": "{"}'])
def test_catalogue_that_cannot_be_read_names_its_module(tmp_path: Path, content: str) -> None:
    with pytest.raises(PluginError, match=r"locale/en\.json of a"):
        Messages.read([("a", write(tmp_path / "a", content))])


def test_module_without_texts_is_fine(tmp_path: Path) -> None:
    assert Messages.read([("a", tmp_path / "nothing")]).keys("en") == frozenset()
