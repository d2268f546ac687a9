"""A module whose one table has a column of every kind."""

from collections.abc import Iterable

from forecourt import CodeDeclaration, CodeSetDeclaration, Manifest, Reach, Role, hookimpl

plugin = Manifest(
    name="specimen", version="1.0", api=">=1,<2", title={"en": "Specimens", "zh-CN": "样本"}, optional=["library"]
)

GRADES = {"FINE": "优", "FAIR": "良", "POOR": "差"}


@hookimpl
def roles() -> Iterable[Role]:
    yield Role("specimen_reader", {"en": "Reader", "zh-CN": "读者"}, {"specimen.specimen.read": Reach.STORE})


@hookimpl
def code_sets() -> Iterable[CodeSetDeclaration]:
    grades = [CodeDeclaration(code, {"en": code.capitalize(), "zh-CN": title}) for code, title in GRADES.items()]
    yield CodeSetDeclaration("specimen.grade", "specimen", grades)
