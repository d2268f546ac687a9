"""The operators of the kernel's own kinds; a plugin's kind may have operators of its own beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from core.kinds.folding import composed, folded
from core.kinds.kind import Operator, Place


def _comparison(name: str, sign: str, en: str, zh: str, holds: Callable[[Any, Any], bool]) -> Operator:
    return Operator(
        name,
        {"en": en, "zh-CN": zh},
        lambda place, value: f"{place.sql} {sign} {place.bind(value)}",
        lambda value, wanted: value is not None and holds(value, wanted),
    )


def _exact(value: Any) -> Any:
    return composed(value) if isinstance(value, str) else value


def _unlike(place: Place, condition: str) -> str:
    return f"({place.sql} IS NULL OR {condition})"


EQ: Final = _comparison("eq", "=", "Equals.", "等于。", lambda value, wanted: bool(_exact(value) == _exact(wanted)))
NE: Final = Operator(
    "ne",
    {"en": "Does not equal; rows without a value count too.", "zh-CN": "不等于；没有值的行也算。"},
    lambda place, value: _unlike(place, f"{place.sql} <> {place.bind(value)}"),
    lambda value, wanted: not EQ.holds(value, wanted),
)
IN: Final = Operator(
    "in",
    {"en": "Is one of.", "zh-CN": "是其中之一。"},
    lambda place, values: place.is_in(values),
    lambda value, wanted: any(EQ.holds(value, one) for one in wanted),
    takes="many",
)
NOT_IN: Final = Operator(
    "notIn",
    {"en": "Is none of; rows without a value count too.", "zh-CN": "不是其中任何一个；没有值的行也算。"},
    lambda place, values: _unlike(place, f"NOT ({place.is_in(values)})"),
    lambda value, wanted: not IN.holds(value, wanted),
    takes="many",
)
LT: Final = _comparison("lt", "<", "Is below.", "小于。", lambda value, wanted: bool(value < wanted))
LTE: Final = _comparison("lte", "<=", "Is below or equal.", "小于或等于。", lambda value, wanted: bool(value <= wanted))
GT: Final = _comparison("gt", ">", "Is above.", "大于。", lambda value, wanted: bool(value > wanted))
GTE: Final = _comparison("gte", ">=", "Is above or equal.", "大于或等于。", lambda value, wanted: bool(value >= wanted))
CONTAINS: Final = Operator(
    "contains",
    {"en": "Has this text anywhere; case does not matter.", "zh-CN": "在任意位置包含该文本；不区分大小写。"},
    lambda place, text: place.contains(text),
    lambda value, wanted: value is not None and folded(wanted) in folded(value),
    matches=True,
)
STARTS_WITH: Final = Operator(
    "startsWith",
    {"en": "Begins with this text; case does not matter.", "zh-CN": "以该文本开头；不区分大小写。"},
    lambda place, text: place.starts_with(text),
    lambda value, wanted: value is not None and folded(value).startswith(folded(wanted)),
    matches=True,
)
IS_NULL: Final = Operator(
    "isNull",
    {"en": "Has no value (true), or has one (false).", "zh-CN": "没有值（true），或有值（false）。"},
    lambda place, missing: f"{place.sql} IS {'' if missing else 'NOT '}NULL",
    lambda value, wanted: (value is None) == wanted,
    takes="flag",
)
WHOLE: Final = Operator(
    "eq",
    {"en": "Equals.", "zh-CN": "等于。"},
    lambda place, value: place.blind("index", value),
    lambda value, wanted: bool(value == wanted),
)
LAST4: Final = Operator(
    "last4",
    {"en": "Ends with these four characters.", "zh-CN": "以这四个字符结尾。"},
    lambda place, value: place.blind("last4", value),
    lambda value, wanted: value is not None and value[-4:] == wanted,
)
EQUALITY: Final = (EQ, NE, IN, NOT_IN)
ORDER: Final = (LT, LTE, GT, GTE)


CONTAINS_ANY: Final = Operator(
    "containsAny",
    {"en": "Has at least one of these.", "zh-CN": "至少包含其中之一。"},
    lambda place, values: (
        f"{place.sql} ?| {place.listed(values)}"
        if place.dialect == "postgres"
        else f"EXISTS (SELECT 1 FROM json_each({place.sql}) WHERE value IN"
        f" (SELECT value FROM json_each({place.listed(values)})))"
    ),
    lambda value, wanted: value is not None and bool(set(map(_exact, value)) & set(map(_exact, wanted))),
    takes="many",
)
CONTAINS_ALL: Final = Operator(
    "containsAll",
    {"en": "Has all of these.", "zh-CN": "包含全部这些。"},
    lambda place, values: (
        f"{place.sql} ?& {place.listed(values)}"
        if place.dialect == "postgres"
        else f"({place.sql} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM json_each({place.listed(values)}) wanted"
        f" WHERE wanted.value NOT IN (SELECT value FROM json_each({place.sql}))))"
    ),
    lambda value, wanted: value is not None and set(map(_exact, wanted)) <= set(map(_exact, value)),
    takes="many",
)
IS_EMPTY: Final = Operator(
    "isEmpty",
    {"en": "Has no entry (true), or has some (false).", "zh-CN": "没有条目（true），或有条目（false）。"},
    lambda place, empty: (
        f"{'jsonb' if place.dialect == 'postgres' else 'json'}_array_length({place.sql}) {'=' if empty else '>'} 0"
    ),
    lambda value, wanted: value is not None and (not value) == wanted,
    takes="flag",
)
