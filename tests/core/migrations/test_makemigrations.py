from __future__ import annotations

import ast
from typing import Any

import pytest

from core.data.database import Database
from core.data.registry import Registry
from core.migrations.errors import MigrationError
from core.migrations.makemigrations import RemovalQuestionError, RenameQuestionError
from core.migrations.state import current_state
from tests.conftest import Dialect
from tests.core.migrations.project import Project
from tests.core.migrations.versions import STEPS, first_version

NOTE = "    note = fields.TextField(null=True)\n"

pytestmark = pytest.mark.once


def test_first_migrations_depend_on_the_modules_that_their_keys_point_to(shop: Project) -> None:
    assert "dependencies" not in shop.text("core", "0001_initial")
    assert 'dependencies = [("core", "0001_initial")]' in shop.text("clients", "0001_initial")
    assert 'dependencies = [("clients", "0001_initial")]' in shop.text("deals", "0001_initial")


def test_new_key_depends_on_the_newest_migration_of_the_other_module(shop: Project) -> None:
    shop.change(None, *STEPS[0].edits)
    shop.make()
    key = '    owner = fields.ForeignKeyField("clients.Client", related_name=False, null=True)\n'
    shop.change(None, ("deals", NOTE, NOTE + key))
    (planned,) = shop.make()
    assert planned.name == "0002_add_owner_deal"
    assert 'dependencies = [("deals", "0001_initial"), ("clients", "0002_alter_name_client")]' in planned.text


def test_same_models_make_the_same_text_and_then_nothing(shop: Project, tmp_path_factory: Any) -> None:
    other = Project(tmp_path_factory.mktemp("other"))
    texts = {p.module: p.text for p in shop.make(check=True)}
    assert texts == {}
    other.change(first_version())
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(other.folder))
        made = other.make(check=True)
    assert [p.text for p in made] == [shop.text(p.module, p.name) for p in made]


def test_migration_imports_nothing_of_the_module(shop: Project) -> None:
    for label in shop.sources:
        tree = ast.parse(shop.text(label, "0001_initial"))
        names = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert {str(name).partition(".")[0] for name in names} <= {"tortoise", "forecourt"}
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import)]


def test_check_names_what_differs_and_writes_nothing(shop: Project) -> None:
    shop.change(None, ("deals", NOTE, NOTE + "    rank = fields.IntField(null=True)\n"), *STEPS[0].edits)
    found = shop.make(check=True)
    assert [str(planned) for planned in found] == [
        "clients.0002_alter_name_client: alter field name on Client",
        "deals.0002_add_rank_deal: add field rank to Deal",
    ]
    assert not list((shop.root / "now" / "deals").glob("0002*"))


def test_name_can_be_given(shop: Project) -> None:
    shop.change(None, *STEPS[0].edits)
    assert [planned.name for planned in shop.make(name="Longer names!")] == ["0002_longer_names"]


RENAME = ("deals", "note = fields", "remark = fields")


class TestRenames:
    def test_without_an_answer_it_refuses_and_says_how_to_answer(self, shop: Project) -> None:
        shop.change(None, RENAME)
        with pytest.raises(RenameQuestionError) as caught:
            shop.make()
        assert "--rename deals.Deal.note:remark" in caught.value.message
        assert "--remove deals.Deal.note" in caught.value.message

    @pytest.mark.parametrize("said", ["note:remark", "Deal.note:remark", "deals.Deal.note:remark"])
    def test_answer_is_taken(self, shop: Project, said: str) -> None:
        shop.change(None, RENAME)
        assert shop.make(renames=[said])[0].changes == ("rename field note to remark on Deal",)

    def test_other_answer_removes_and_adds(self, shop: Project) -> None:
        shop.change(None, RENAME)
        assert shop.make(removals=["Deal.note"])[0].changes == (
            "remove field note from Deal",
            "add field remark to Deal",
        )

    def test_person_is_asked(self, shop: Project) -> None:
        asked: list[str] = []

        def ask(question: str) -> bool:
            asked.append(question)
            return True

        shop.change(None, RENAME)
        assert shop.make(ask=ask)[0].changes == ("rename field note to remark on Deal",)
        assert asked == ["Was deals.Deal.note renamed to remark? Its values are kept if so."]

    def test_field_of_another_kind_is_no_new_name(self, shop: Project) -> None:
        shop.change(None, ("deals", NOTE, "    lost = fields.BooleanField(null=True)\n"))
        assert len(shop.make(removals=["note"])[0].changes) == 2


HOUSEHOLD = "class Household(Model):\n    id = fields.UUIDField(primary_key=True)\n\n\n"
DEAL = "class Deal(Model):"


@pytest.fixture
def dropped(shop: Project, request: pytest.FixtureRequest) -> str:
    """The full name of a field or a model that was there and is not any more."""
    if request.param == "field":
        shop.change(None, ("deals", NOTE, ""))
        return "deals.Deal.note"
    shop.change(None, ("deals", DEAL, HOUSEHOLD + DEAL))
    shop.make()
    shop.change(None, ("deals", HOUSEHOLD, ""))
    return "deals.Household"


CHANGES = {"deals.Deal.note": "remove field note from Deal", "deals.Household": "delete model Household"}


@pytest.mark.parametrize("dropped", ["field", "model"], indirect=True)
class TestRemovals:
    def test_without_an_answer_it_refuses_and_names_the_flags(self, shop: Project, dropped: str) -> None:
        files = sorted((shop.root / "now" / "deals").glob("0*"))
        with pytest.raises(RemovalQuestionError) as caught:
            shop.make()
        assert f"--remove {dropped}" in caught.value.message
        assert f"--rename {dropped}:NEW" in caught.value.message
        assert sorted((shop.root / "now" / "deals").glob("0*")) == files

    def test_answer_is_taken(self, shop: Project, dropped: str) -> None:
        assert shop.make(removals=[dropped])[0].changes == (CHANGES[dropped],)

    @pytest.mark.parametrize("says", [True, False])
    def test_person_is_asked(self, shop: Project, dropped: str, says: bool) -> None:
        asked: list[str] = []

        def ask(question: str) -> bool:
            asked.append(question)
            return says

        if says:
            assert shop.make(ask=ask)[0].changes == (CHANGES[dropped],)
        else:
            with pytest.raises(RemovalQuestionError, match="put it back into the models; nothing was written"):
                shop.make(ask=ask)
        assert asked == [f"{dropped} is gone from the models. Remove it with all its values?"]


def test_person_who_denies_a_new_name_is_asked_whether_to_remove(shop: Project) -> None:
    shop.change(None, RENAME)
    asked: list[str] = []

    def ask(question: str) -> bool:
        asked.append(question)
        return "Remove" in question

    assert shop.make(ask=ask)[0].changes == ("remove field note from Deal", "add field remark to Deal")
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (
            ("deals", NOTE, f"{NOTE}    rank = fields.IntField()\n"),
            r"deals\.Deal\.rank is new and NOT NULL.*db_default=….*null=True",
        ),
        (("deals", "fields.DatetimeField()", "fields.BooleanField()"), "fill it with RunPython"),
        (
            ("clients", "    class Meta:\n        unique", '    class Meta:\n        table = "other"\n        unique'),
            "table would change from clients_contact to other",
        ),
        (("clients", '(("client", "value"),)', '(("client", "nothing"),)'), "names 'nothing', which is no field of it"),
        (
            ("deals", "one_open_deal_per_client", "one_live_client_per_phone"),
            r"clients\.Client and deals\.Deal both make one_live_client_per_phone",
        ),
    ],
)
def test_change_that_could_lose_values_is_refused(shop: Project, edit: tuple[str, str, str], message: str) -> None:
    shop.change(None, edit)
    with pytest.raises(MigrationError, match=message):
        for planned in shop.make(check=True):
            raise AssertionError(planned.text)


def test_key_to_a_module_that_comes_later_is_refused(project: Project) -> None:
    sources = first_version()
    project.change({label: sources[label] for label in ("core", "deals", "clients")})
    with pytest.raises(MigrationError, match="a key points to the module clients, which has no migrations before"):
        project.make()


def test_key_to_a_module_that_is_off_is_refused(project: Project) -> None:
    project.change({"clients": first_version()["clients"]})
    with pytest.raises(MigrationError, match=r"clients\.Client points to core\.Store, which is not there"):
        project.make()


def test_state_does_not_depend_on_whether_models_are_in_use(shop: Project, dialect: Dialect) -> None:
    before = current_state(shop.modules())
    database = Database("sqlite:///nowhere/at-all.db")
    Registry().register({m.label: m.models for m in shop.modules()}, dialect, database.context)
    after = current_state(shop.modules())
    assert {key: model.options for key, model in before.models.items()} == {
        key: model.options for key, model in after.models.items()
    }
    assert shop.make(check=True) == []
