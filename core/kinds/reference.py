"""The kernel's own kinds, and the page of the documentation that is printed of them."""

from __future__ import annotations

from collections.abc import Iterator

from core.kinds import composites, families, numbers, texts, times
from core.kinds.kind import Kind, Operator

_HEAD = """# Filters

Printed from the operators of `core/kinds` by `make schema`; change it there. What a plugin's own kinds and enums have
beside these, the schema says. An enum has `eq`, `ne`, `in`, `notIn` and `isNull`.

- All conditions of a filter must hold; `and`, `or` and `not` combine filters, and rows that a field refers to have
  filters of their own.
- `contains`, `startsWith` and `search` make no difference between cases and widths in any script, nor between a letter
  with its mark in one character and in two: `Ä` is `ä`, `ＡＢＣ` is `abc`, `ß` is `ss`. Other conditions on texts are
  exact, but for the Unicode form.
- In an order, rows without a value come last, whichever way it goes; so does the group without a value.
- A condition takes no null; `isNull` asks for it.
"""


def shared_kinds() -> Iterator[Kind]:
    """Yield a kind for each input of conditions that every schema has."""
    yield texts.text()
    yield numbers.integer(32)
    yield numbers.number()
    yield numbers.decimal(18, 2)
    yield families.boolean()
    yield times.day()
    yield times.moment()
    yield families.key()
    yield numbers.integer(64)
    yield families.row_id()
    yield composites.protected(search=True, last4=True)
    yield composites.money()


def filters_page() -> str:
    """Return the page about the conditions of filters, in Markdown."""
    kinds = [*shared_kinds(), texts.texts(max_length=60, most=100)]
    return "\n".join([_HEAD, *(_section(kind) for kind in kinds)])


def _section(kind: Kind) -> str:
    can = [word for word, has in (("ordered", kind.ordered), ("grouped", kind.grouped)) if has]
    can += [f"`{measure}`" for measure in kind.measures]
    lines = [f"## {kind.filter}", "", kind.filter_text, ""]
    if can:
        lines += [f"Such a value can be {' and '.join(can[:2])}{_measured(can[2:])}.", ""]
    parts = [part for part in kind.parts if part.text]
    if parts:
        lines += ["| part | has |", "|---|---|", *(f"| `{p.graphql_name}` | {p.kind.filter} |" for p in parts), ""]
    else:
        lines += ["| operator | takes | | |", "|---|---|---|---|", *(_row(kind, one) for one in kind.asked), ""]
    return "\n".join(lines)


def _measured(measures: list[str]) -> str:
    return f"; aggregates have {', '.join(measures)} of it" if measures else ""


def _row(kind: Kind, operator: Operator) -> str:
    taken = {"one": kind.scalar, "many": f"list of {kind.scalar}", "flag": "Boolean"}[operator.takes]
    return f"| `{operator.name}` | {taken} | {operator.text['en']} | {operator.text['zh-CN']} |"
