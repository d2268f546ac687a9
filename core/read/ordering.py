"""Orderings as SQL, and the keyset condition that goes with a cursor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from core.catalog.catalog import Column, Entity, ToOneField, ValueField
from core.catalog.direction import Direction
from core.errors import BadInputError
from core.read.access import Access
from core.read.cursors import cursor_value
from core.read.sql import Deferred, Statement, quote

Expression = Callable[[Statement, str], str]


@dataclass(frozen=True, slots=True)
class OrderTerm:
    """One term of ORDER BY; rows without a value come last either way."""

    name: str
    expression: Expression
    column: Column
    descending: bool
    nullable: bool

    def sql(self, statement: Statement, alias: str, *, reverse: bool) -> str:
        expression = self.expression(statement, alias)
        direction = "DESC" if self.descending != reverse else "ASC"
        if not self.nullable:
            return f"{expression} {direction}"
        return f"{expression} {direction} NULLS {'FIRST' if reverse else 'LAST'}"

    def after(self, statement: Statement, alias: str, mark: str | None, *, reverse: bool) -> str:
        """Return the condition for rows behind a value of this term; no mark stands for null."""
        expression = self.expression(statement, alias)
        if mark is None:
            return f"{expression} IS NOT NULL" if reverse else "1=0"
        beyond = f"{expression} {self.sign(reverse=reverse)} {mark}"
        if self.nullable and not reverse:
            return f"({beyond} OR {expression} IS NULL)"
        return beyond

    def sign(self, *, reverse: bool) -> str:
        return "<" if self.descending != reverse else ">"

    def same(self, statement: Statement, alias: str, mark: str | None) -> str:
        expression = self.expression(statement, alias)
        return f"{expression} IS NULL" if mark is None else f"{expression} = {mark}"


def order_terms(entity: Entity, order: Sequence[Mapping[str, Any]], access: Access) -> list[OrderTerm]:
    """Return the terms of an `orderBy`, ended by the id so that the order is total."""
    terms = [_term(entity, term, access) for term in order]
    descending = terms[-1].descending if terms else False
    column = entity.id_column
    terms.append(OrderTerm(f"id {descending}", _plain(column), column, descending, nullable=False))
    return terms


def keyset(
    statement: Statement,
    alias: str,
    terms: Sequence[OrderTerm],
    values: Sequence[Deferred | None],
    *,
    reverse: bool,
) -> str:
    """Return the condition for rows behind a cursor's values (before them if `reverse`).

    Args:
        values: As the cursor has them, one a term; None for null.
    """
    marks = [
        None if value is None else statement.bind_for(term.column, value.then(partial(cursor_value, term.column)))
        for term, value in zip(terms, values, strict=True)
    ]
    alike = len({term.descending for term in terms}) == 1 and not any(term.nullable for term in terms)
    if alike and all(marks):
        # One comparison of whole rows is what an index can begin at.
        expressions = ", ".join(term.expression(statement, alias) for term in terms)
        return f"({expressions}) {terms[0].sign(reverse=reverse)} ({', '.join(map(str, marks))})"
    alternatives = []
    for index, term in enumerate(terms):
        equal = [t.same(statement, alias, mark) for t, mark in zip(terms[:index], marks[:index], strict=True)]
        beyond = term.after(statement, alias, marks[index], reverse=reverse)
        alternatives.append(f"({' AND '.join([*equal, beyond])})")
    return f"({' OR '.join(alternatives)})"


def _term(entity: Entity, term: Mapping[str, Any], access: Access) -> OrderTerm:
    if len(term) != 1:
        raise BadInputError("each entry of orderBy names exactly one field")
    ((name, value),) = term.items()
    field = entity.orders[name]
    access.require_field(field)
    if isinstance(field, ToOneField):
        inner = _term(field.target, value, access)
        access.require_read(field.target)
        return OrderTerm(f"{name}.{inner.name}", _through(field, inner, access), inner.column, inner.descending, True)
    assert isinstance(field, ValueField)
    column = field.column.key
    descending = value is Direction.DESC
    return OrderTerm(f"{name} {descending}", _plain(column), column, descending, column.nullable)


def _plain(column: Column) -> Expression:
    return lambda _statement, alias: f"{alias}.{quote(column.name)}"


def _through(field: ToOneField, inner: OrderTerm, access: Access) -> Expression:
    def expression(statement: Statement, alias: str) -> str:
        target = statement.alias()
        key = f"{target}.{quote(field.target.id_column.name)} = {alias}.{quote(field.column.name)}"
        conditions = [key, *access.rows(statement, field.target, target)]
        value = inner.expression(statement, target)
        return f"(SELECT {value} FROM {quote(field.target.table)} {target} WHERE {' AND '.join(conditions)})"

    return expression
