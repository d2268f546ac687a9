from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, get_args
from uuid import uuid4

import pytest
from tortoise import fields
from tortoise.models import Model

from core.data.database import Database
from core.data.registry import Registry, registry, table_name
from core.errors import ConfigurationError, PluginError
from core.kinds.kind import Dialect

MakeModule = Callable[..., ModuleType]


@pytest.fixture
def label() -> str:
    """An app label that no other test uses: what is registered stays for the life of the process."""
    return f"app{uuid4().hex[:12]}"


@pytest.fixture
def module() -> Iterator[MakeModule]:
    """Makes a module of models; a model is a name and its fields."""
    names: list[str] = []

    def make(label: str, **models: dict[str, Any]) -> ModuleType:
        made = ModuleType(f"made_{label}_{uuid4().hex}")
        for name, columns in models.items():
            attributes = {"__module__": made.__name__, "id": fields.IntField(primary_key=True), **columns}
            setattr(made, name, type(name, (Model,), attributes))
        sys.modules[made.__name__] = made
        names.append(made.__name__)
        return made

    yield make
    for name in names:
        del sys.modules[name]


async def test_tables_are_named_by_app_and_snake_case(database_url: str, module: MakeModule, label: str) -> None:
    models = module(label, ContactPoint={}, PDIItem={}, Vehicle2Part={})
    await Database(database_url).open({label: [models]})
    assert [table_name(m) for m in (models.ContactPoint, models.PDIItem, models.Vehicle2Part)] == [
        f"{label}_contact_point",
        f"{label}_pdi_item",
        f"{label}_vehicle2_part",
    ]
    assert models.PDIItem._meta.db_table == f"{label}_pdi_item"


async def test_module_that_appears_later_joins_the_models_that_are_there(
    database_url: str, module: MakeModule, label: str
) -> None:
    base = module(label, Customer={"name": fields.CharField(max_length=20)})
    first = Database(database_url)
    await first.open({label: [base]})
    later = f"{label}x"
    visits = module(later, Visit={"customer": fields.ForeignKeyField(f"{label}.Customer", related_name="visits")})
    visits.Customer = base.Customer  # type: ignore[attr-defined]  # an import is not a definition
    second = Database(database_url)
    await second.open({label: [base], later: [visits]})
    await second.create_tables()
    async with second.transaction():
        customer = await base.Customer.create(name="one")
        await visits.Visit.create(customer=customer)
        assert await customer.visits.all().count() == 1
        assert await base.Customer.filter(visits__id=1).count() == 1
    token = first.activate()
    assert (await base.Customer.get(name="one")).id == customer.id
    first.deactivate(token)
    await first.close()
    await second.close()


async def test_database_creates_the_tables_of_its_own_modules_only(
    database_url: str, module: MakeModule, label: str
) -> None:
    await Database(database_url).open({f"{label}x": [module(f"{label}x", Other={})]})
    database = Database(database_url)
    await database.open({label: [module(label, Mine={})]})
    await database.create_tables()
    assert await database.fetch(f"SELECT * FROM {label}_mine") == []
    sql = {
        "sqlite": "SELECT count(*) FROM sqlite_master WHERE name = ?",
        "postgres": "SELECT count(*) FROM pg_class WHERE relname = $1",
    }[database.dialect]
    assert (await database.fetch(sql, (f"{label}x_other",)))[0][0] == 0
    await database.close()


async def test_opening_again_with_the_same_modules_changes_nothing(
    database_url: str, module: MakeModule, label: str
) -> None:
    models = module(label, A={}, B={"a": fields.ForeignKeyField(f"{label}.A", related_name="bs")})
    for _ in range(3):
        await Database(database_url).open({label: [models]})
    assert set(models.A._meta.backward_fk_fields) == {"bs"}


async def test_second_dialect_in_one_process_is_refused(dialect: Dialect, database_url: str) -> None:
    await Database(database_url).open({})
    (other,) = set(get_args(Dialect)) - {dialect}
    url = {"sqlite": "sqlite:///other.db", "postgres": "postgres://127.0.0.1/other"}[other]
    with pytest.raises(ConfigurationError, match=f"serves {dialect} databases"):
        await Database(url).open({})
    assert registry.dialect == dialect


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"other": lambda label: fields.ForeignKeyField("nowhere.Thing")}, "there is no module nowhere"),
        ({"other": lambda label: fields.ForeignKeyField(f"{label}.Thing")}, "which is not there"),
        ({"other": lambda label: fields.ForeignKeyField(f"{label}.A", related_name="id")}, "a relation id"),
        (
            {
                "one": lambda label: fields.ForeignKeyField(f"{label}.A", related_name="bs"),
                "two": lambda label: fields.ForeignKeyField(f"{label}.A", related_name="bs"),
            },
            "a relation bs, which it has already from",
        ),
    ],
)
async def test_relation_that_does_not_fit_is_refused_and_harms_nobody(
    database_url: str, module: MakeModule, label: str, columns: dict[str, Any], message: str
) -> None:
    broken = module(label, A={}, B={name: make(label) for name, make in columns.items()})
    before = {name: dict(models) for name, models in registry.apps.items()}
    database = Database(database_url)
    with pytest.raises(PluginError, match=message) as caught:
        await database.open({label: [broken]})
    assert caught.value.plugins == (label,)
    assert registry.apps == before
    good = f"{label}x"
    await database.open({good: [module(good, C={})]})


async def test_two_models_of_one_name_or_table_are_refused(database_url: str, module: MakeModule, label: str) -> None:
    database = Database(database_url)
    await database.open({label: [module(label, OneThing={})]})
    with pytest.raises(PluginError, match="needs a restart"):
        await database.open({label: [module(label, OneThing={})]})
    with pytest.raises(PluginError, match="two models Twice"):
        await database.open({label: [module(label, Twice={}), module(label, Twice={})]})
    clash = module(label, Another={"Meta": type("Meta", (), {"table": f"{label}_one_thing"})})
    with pytest.raises(PluginError, match=f"both have the table {label}_one_thing"):
        await database.open({label: [clash]})


def test_registries_start_empty() -> None:
    assert Registry().dialect is None
