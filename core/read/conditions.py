"""Filters and searches as SQL; each may only ask for what its caller may read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from core.catalog.catalog import Column, Entity, EntityField, ToManyField, ToOneField, ValueField
from core.data.fields import Protected
from core.errors import BadInputError, ValidationRefusal
from core.ids import row_id_of
from core.kinds.folding import folded, folded_sql
from core.kinds.kind import Dialect
from core.kinds.operators import CONTAINS
from core.kinds.texts import FOLDED
from core.read.access import Access, Below
from core.read.lookups import SearchTerm, search_terms
from core.read.sql import Deferred, Keys, Statement, later, quote
from core.security.vault import Vault

if TYPE_CHECKING:
    from core.read.reader import Reader


def asks_for_archived(filter_: Mapping[str, Any] | None) -> bool:
    """Return whether a filter speaks of the archive mark, so that archived rows are not left out."""
    if not filter_:
        return False
    if "archivedAt" in filter_:
        return True
    nested = [*(filter_.get("and") or ()), *(filter_.get("or") or ())]
    return any(asks_for_archived(part) for part in (*nested, filter_.get("not")))


class Conditions:
    """Writes the conditions of one statement."""

    def __init__(self, statement: Statement, access: Access, vault: Vault) -> None:
        self.statement = statement
        self.access = access
        self.vault = vault

    def live(self, alias: str) -> str:
        return f"{alias}.{quote('archived_at')} IS NULL"

    def filter(self, entity: Entity, alias: str, filter_: Mapping[str, Any]) -> str:
        """Return the condition of a filter input; an empty one holds for every row."""
        parts = [self._key(entity, alias, key, value) for key, value in filter_.items() if value is not None]
        return self._all(parts)

    def search(self, entity: Entity, alias: str, text: str) -> str:
        """Return a condition that holds where any searched column has the text, or a protected one equals it."""
        words = text.split()
        if not words:
            return "1=1"
        if not entity.search:
            raise BadInputError(f"{entity.plural} can't be searched; use filter")
        terms = search_terms(entity, words, self.vault)
        spread = self._all([self._any(self._word(entity, alias, words, i, terms)) for i in range(len(words))])
        return self._any([spread, *(self._term(entity, alias, term) for term in terms if term.word is None)])

    def _word(
        self, entity: Entity, alias: str, words: Sequence[str], place: int, terms: Sequence[SearchTerm]
    ) -> list[str]:
        conditions = [
            CONTAINS.sql(self._place(entity, alias, column), words[place])
            for column in entity.search
            if column.protected is None
        ]
        conditions += [self._term(entity, alias, term) for term in terms if term.word == place]
        return conditions or ["1=0"]

    def _term(self, entity: Entity, alias: str, term: SearchTerm) -> str:
        place = self._place(entity, alias, entity.columns[term.field.name])
        return place.blind_of("last4" if term.by_end else "index", term.value)

    def _place(self, entity: Entity, alias: str, column: Column) -> ColumnPlace:
        return ColumnPlace(self, entity, alias, column)

    def _key(self, entity: Entity, alias: str, key: str, value: Any) -> str:
        if key == "and":
            return self._all([self.filter(entity, alias, part) for part in value])
        if key == "or":
            return self._any([self.filter(entity, alias, part) for part in value])
        if key == "not":
            return self._negated(self.filter(entity, alias, value))
        if key == "id":
            return self._ids(entity, alias, entity.id_column, entity, value)
        field = entity.filters[key]
        self.access.require_field(field)
        return self._field(entity, alias, field, value)

    def _field(self, entity: Entity, alias: str, field: EntityField, value: Mapping[str, Any]) -> str:
        if isinstance(field, ToOneField):
            return self._to_one(entity, alias, field, value)
        if isinstance(field, ToManyField):
            return self._all([self._to_many(entity, alias, field, how, inner) for how, inner in _operations(value)])
        assert isinstance(field, ValueField)
        return self._value(self._place(entity, alias, field.column), value)

    def _value(self, place: ColumnPlace, given: Mapping[str, Any]) -> str:
        kind = place.column.kind
        if kind.make is not None:
            parts = [(place.named_part(name), inner) for name, inner in given.items() if inner is not None]
            return self._all([self._value(part, inner) for part, inner in parts])
        known = {operator.name: operator for operator in kind.operators}
        conditions = []
        for name, value in _operations(given):
            if name not in known:
                raise BadInputError(f"{place.column.attribute} is kept in such a way that {name} can't be asked for")
            conditions.append(known[name].sql(place, value))
        return self._all(conditions)

    def normalised(self, field: Protected, value: str) -> str:
        """Return a protected value in its one form.

        Raises:
            BadInputError: It is none of its kind.
        """
        try:
            return self.vault.normalise(field.kind, value)
        except ValidationRefusal as refusal:
            raise BadInputError(refusal.message) from None

    def _ids(self, entity: Entity, alias: str, column: Column, target: Entity, operations: Mapping[str, Any]) -> str:
        expression = f"{alias}.{quote(column.name)}"
        conditions = []
        for name, value in _operations(operations):
            if name == "isNull":
                conditions.append(_is_null(expression, value))
                continue
            inside = self.statement.is_in(expression, column, later(value, lambda known: _row_ids(known, target)))
            conditions.append(inside if name in ("eq", "in") else f"NOT ({inside})")
        return self._all(conditions)

    def _to_one(self, entity: Entity, alias: str, field: ToOneField, value: Mapping[str, Any]) -> str:
        if value:
            self.access.require_read(field.target)  # even whether there is one, and which, tells of its rows
        expression = f"{alias}.{quote(field.column.name)}"
        seen = None if field is entity.visible_through else self._seen(field.target, expression)
        rest = dict(value)
        conditions = []
        if (missing := rest.pop("isNull", None)) is not None:
            conditions.append(_is_null(expression, missing) if seen is None else f"NOT {seen}" if missing else seen)
        if set(rest) == {"id"} and rest["id"] is not None:  # asks no more of the other table than whether it is seen
            conditions.append(self._ids(field.target, alias, field.column, field.target, rest["id"]))
            conditions += [seen] if seen is not None else []
        elif rest:
            conditions.append(self._exists(field.target, rest, lambda inner: f"{inner}.{quote('id')} = {expression}"))
        return self._all(conditions)

    def _seen(self, target: Entity, expression: str) -> str | None:
        """Return the condition that the row which a key names is in sight; None where every one is."""
        inner = self.statement.alias()
        conditions = self.access.rows(self.statement, target, inner)
        if not conditions:
            return None
        key = f"{inner}.{quote(target.id_column.name)} = {expression}"
        return f"EXISTS (SELECT 1 FROM {quote(target.table)} {inner} WHERE {' AND '.join([key, *conditions])})"

    def _to_many(self, entity: Entity, alias: str, field: ToManyField, how: str, value: Mapping[str, Any]) -> str:
        def join(inner: str) -> str:
            return f"{inner}.{quote(field.column.name)} = {alias}.{quote(entity.id_column.name)}"

        below = (field.column, entity)
        if how == "every":
            return f"NOT {self._exists(field.target, {'not': value}, join, below)}"
        exists = self._exists(field.target, value, join, below)
        return exists if how == "some" else f"NOT {exists}"

    def _exists(
        self, target: Entity, filter_: Mapping[str, Any], join: Callable[[str], str], below: Below | None = None
    ) -> str:
        self.access.require_read(target)
        inner = self.statement.alias()
        conditions = [self.filter(target, inner, filter_)]
        conditions += [join(inner), *self.access.rows(self.statement, target, inner, below=below)]
        if not asks_for_archived(filter_):
            conditions.append(self.live(inner))
        return f"EXISTS (SELECT 1 FROM {quote(target.table)} {inner} WHERE {' AND '.join(conditions)})"

    @staticmethod
    def _negated(condition: str) -> str:
        """Return what holds where a condition is false or unknown (a comparison with null).

        The words stand behind the condition, so that nothing else is open in it; see `_all`.
        """
        return f"({condition}) IS NOT TRUE"

    @staticmethod
    def _all(parts: Sequence[str]) -> str:
        # What goes deepest comes first: SQLite's parser has little room for what is still open.
        return _joined(" AND ", sorted(parts, key=len, reverse=True)) if parts else "1=1"

    @staticmethod
    def _any(parts: Sequence[str]) -> str:
        return _joined(" OR ", parts) if parts else "1=0"


@dataclass(frozen=True, slots=True)
class ColumnPlace:
    """A column of a table in a statement, as operators see it."""

    conditions: Conditions
    entity: Entity
    alias: str
    column: Column

    @property
    def sql(self) -> str:
        """The column with its table's alias; of several that which is null where there is no value."""
        return f"{self.alias}.{quote(self.column.name)}"

    @property
    def dialect(self) -> Dialect:
        """Which database the statement is for."""
        return self.conditions.statement.dialect

    def part(self, suffix: str) -> ColumnPlace:
        """Return one of several columns."""
        return replace(self, column=self.column.parts[suffix])

    def named_part(self, graphql_name: str) -> ColumnPlace:
        """Return the part that clients know by a name."""
        return replace(self, column=self.column.named_part(graphql_name))

    def bind(self, value: Any) -> str:
        """Take a value that the column is compared with, and return a mark for it."""
        return self.conditions.statement.bind_for(self.column, value)

    def is_in(self, values: Any) -> str:
        """Return the condition that the column has one of some values."""
        return self.conditions.statement.is_in(self.sql, self.column, values)

    def listed(self, values: Any) -> str:
        """Take texts, and return a mark for them: JSON on SQLite, an array on PostgreSQL."""
        return self.conditions.statement.bind_texts(values)

    def contains(self, text: Any) -> str:
        """Return the condition that the column's text has another one in it, case and width aside."""
        return self.conditions.statement.contains(self._folded, later(text, folded))

    def starts_with(self, text: Any) -> str:
        """Return the condition that the column's text begins with another one, case and width aside."""
        return self.conditions.statement.starts_with(self._folded, later(text, folded))

    @property
    def _folded(self) -> str:
        if self.column.kind.folded:
            return self.sql
        kept = self.column.parts.get(FOLDED)
        return folded_sql(self.dialect, self.sql) if kept is None else replace(self, column=kept).sql

    def blind(self, suffix: str, value: Any) -> str:
        """Return the condition that a protected value has a keyed index."""
        protected = self.column.protected
        assert protected is not None  # none else has such an operator
        if suffix == "index":
            value = later(value, lambda known: self.conditions.normalised(protected, known))
        return self.blind_of(suffix, value)

    def blind_of(self, suffix: str, value: Any) -> str:
        """Return the same of a value in its one form; the same value has another index in each store."""
        entity, protected = self.entity, self.column.protected
        assert protected is not None
        index = Vault.blind_index if suffix == "index" else Vault.last4_index

        def marks(reader: Reader, keys: Keys) -> list[str]:
            known = value.read(reader, keys) if isinstance(value, Deferred) else value
            reader.require_counted(known)
            stores = [None] if entity.of_group else sorted(reader.access.store_ids(entity))
            return [index(reader.vault, protected.domain, store, known) for store in stores]

        return self.conditions.statement.is_in_raw(self.part(suffix).sql, Deferred(marks))


def _joined(word: str, parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({word.join(parts)})"


def _operations(given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the operators of a condition.

    Raises:
        BadInputError: One is null.
    """
    for name, value in given.items():
        if value is None:
            raise BadInputError(f"a filter's {name} takes no null{'' if name == 'isNull' else '; use isNull'}")
        yield name, value


def _is_null(expression: str, missing: bool) -> str:
    return f"{expression} IS {'' if missing else 'NOT '}NULL"


def _row_ids(value: str | list[str], target: Entity) -> list[UUID]:
    """Return the row ids of one or several global ids of an entity."""
    return [row_id_of(text, target.name) for text in (value if isinstance(value, list) else [value])]
