"""A table as the database should have it, taken from a model's state, and its parts in SQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from hashlib import sha256
from typing import Any, Final, Literal, get_args

from tortoise.fields import Field
from tortoise.fields.relational import ForeignKeyFieldInstance, OneToOneFieldInstance
from tortoise.indexes import Index as TortoiseIndex
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.migrations.schema_generator.state import ModelState

from core.data.indexes import FoldedIndex, IndexWhere, literal
from core.kinds.kind import Dialect
from core.migrations.errors import MigrationError

DIALECTS: Final[tuple[Dialect, ...]] = get_args(Dialect)
_FIELDS: Final = "tortoise.fields.data"

ModelStates = Mapping[tuple[str, str], ModelState]


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column.

    Attributes:
        kind: What tortoise calls the field, such as `CharField`; decides which changes of type are safe.
        default: SQL, or None.
        constant: Whether the default is a literal.
        generated: What the database itself makes of a primary key, in SQL; None for all others.
    """

    name: str
    kind: str
    type: str
    null: bool = False
    default: str | None = None
    constant: bool = True
    primary: bool = False
    generated: str | None = None


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A column that points to a row of a table."""

    column: str
    table: str
    references: str
    on_delete: str


@dataclass(frozen=True, slots=True)
class Index:
    """An index; a unique rule is one, too.

    Attributes:
        operators: PostgreSQL's class of operators, where it isn't the type's own.
    """

    name: str
    columns: tuple[str, ...]
    unique: bool = False
    where: str | None = None
    method: str = ""
    operators: str = ""

    @property
    def rule(self) -> tuple[object, ...]:
        """What it does, whatever it is called."""
        return self.columns, self.unique, self.where, self.method


@dataclass(frozen=True, slots=True)
class Table:
    """A table with all that belongs to it."""

    name: str
    columns: tuple[TableColumn, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[Index, ...] = ()
    checks: tuple[tuple[str, str], ...] = ()

    def column(self, name: str) -> TableColumn | None:
        return next((column for column in self.columns if column.name == name), None)

    def foreign_key(self, column: str) -> ForeignKey | None:
        return next((key for key in self.foreign_keys if key.column == column), None)

    def without(self, columns: Iterable[str]) -> Table:
        """Return the table without some columns and all that needs them."""
        gone = set(columns)
        return replace(
            self,
            columns=tuple(column for column in self.columns if column.name not in gone),
            foreign_keys=tuple(key for key in self.foreign_keys if key.column not in gone),
            indexes=tuple(index for index in self.indexes if not gone & set(index.columns)),
        )


def index_name(prefix: Literal["idx", "uid"], table: str, columns: Iterable[str]) -> str:
    """Return the name that tortoise gives to an index without one."""
    names = list(columns)
    digest = sha256(";".join([table, *names]).encode()).hexdigest()[:6]
    return f"{prefix}_{table[:11]}_{names[0][:7]}_{digest}"


def table_of(model: ModelState, models: ModelStates, dialect: Dialect) -> Table:
    """Return the table of a model.

    Args:
        models: Every model that its foreign keys may point to.

    Raises:
        MigrationError: It points to a model that there is not, or has something that we can't keep.
    """
    columns: list[TableColumn] = []
    keys: list[ForeignKey] = []
    indexes: list[Index] = []
    names: dict[str, str] = {}
    for name, field in model.fields.items():
        column = column_name(name, field)
        names[name] = names[column] = column
        if isinstance(field, ForeignKeyFieldInstance):
            target, referenced = _target(model, field, models)
            columns.append(_column(column, referenced, dialect, key=field))
            if field.db_constraint:
                keys.append(ForeignKey(column, target.table, _reference(field, target), _on_delete(field)))
        else:
            columns.append(_column(column, field, dialect))
        if field.pk:
            continue
        if field.unique or isinstance(field, OneToOneFieldInstance):
            indexes.append(Index(index_name("uid", model.table, [column]), (column,), unique=True))
        if field.index:
            indexes.append(Index(index_name("idx", model.table, [column]), (column,)))
    indexes.extend(_declared(model, names, dialect))
    once = {index.rule: index for index in reversed(indexes)}
    return Table(
        model.table,
        tuple(columns),
        tuple(keys),
        tuple(sorted(once.values(), key=lambda index: index.name)),
        tuple(sorted((c.name, c.check) for c in _constraints(model) if isinstance(c, CheckConstraint))),
    )


def column_name(name: str, field: Field[Any]) -> str:
    """Return the column of a field of a state; a foreign key's ends in `_id`."""
    if isinstance(field, ForeignKeyFieldInstance):
        return field.source_field or f"{name}_id"
    return field.source_field or name


def _constraints(model: ModelState) -> Iterable[object]:
    found: Iterable[object] = model.options.get("constraints", ())
    return found


def _declared(model: ModelState, names: Mapping[str, str], dialect: Dialect) -> Iterator[Index]:
    def columns(fields: Iterable[str]) -> tuple[str, ...]:
        try:
            return tuple(names[field] for field in fields)
        except KeyError as missing:
            raise MigrationError(
                f"an index or unique rule of {model.app}.{model.name} names {missing}, which is no field of it"
            ) from None

    for fields in model.options.get("unique_together", ()):
        listed = columns(fields)
        yield Index(index_name("uid", model.table, listed), listed, unique=True)
    for constraint in _constraints(model):
        if isinstance(constraint, UniqueConstraint):
            listed = columns(constraint.fields)
            name = constraint.name or index_name("uid", model.table, listed)
            yield Index(name, listed, unique=True, where=constraint.condition)
    for declared in model.options.get("indexes", ()):
        index = declared if isinstance(declared, TortoiseIndex) else TortoiseIndex(fields=tuple(declared))
        if index.expressions:
            raise MigrationError(f"{model.app}.{model.name}: an index over an expression is not supported")
        listed = columns(index.fields)
        name = index.name or index_name("idx", model.table, listed)
        if (made := _index(index, name, listed, dialect, names)) is not None:
            yield made


def _index(
    index: TortoiseIndex, name: str, listed: tuple[str, ...], dialect: Dialect, names: Mapping[str, str]
) -> Index | None:
    """Return an index as a database has it; None if it is PostgreSQL's alone."""
    if isinstance(index, IndexWhere):
        return Index(name, listed, index.UNIQUE, index.condition_sql(dialect, names))
    if isinstance(index, FoldedIndex):
        return Index(name, listed, operators=index.OPERATOR_CLASS if dialect == "postgres" else "")
    if dialect != "postgres" and index.INDEX_TYPE:
        return None
    where = index.extra.strip().removeprefix("WHERE ") or None
    return Index(name, listed, where=where, method=index.INDEX_TYPE)


def _target(
    model: ModelState, field: ForeignKeyFieldInstance[Any], models: ModelStates
) -> tuple[ModelState, Field[Any]]:
    app, _, name = str(field.model_name).partition(".")
    target = models.get((app, name))
    if target is None:
        raise MigrationError(
            f"{model.app}.{model.name} points to {field.model_name}, which is not there; the module {app} must be on, "
            f"and before {model.app}"
        )
    referenced = target.fields[field.to_field or target.pk_field_name]
    if isinstance(referenced, ForeignKeyFieldInstance):
        return target, _target(target, referenced, models)[1]
    return target, referenced


def _reference(field: ForeignKeyFieldInstance[Any], target: ModelState) -> str:
    name = field.to_field or target.pk_field_name
    return column_name(name, target.fields[name])


def _on_delete(field: ForeignKeyFieldInstance[Any]) -> str:
    return str(field.on_delete.value)


def _column(
    name: str, field: Field[Any], dialect: Dialect, key: ForeignKeyFieldInstance[Any] | None = None
) -> TableColumn:
    owner: Field[Any] = key or field
    default, constant = default_sql(owner, dialect)
    generated = None
    if owner.pk and owner.generated:
        generated = field.get_for_dialect(dialect, "GENERATED_SQL") or None
    return TableColumn(
        name=name,
        kind=field_kind(field),
        type=str(field.get_for_dialect(dialect, "SQL_TYPE")),
        null=owner.null,
        default=default,
        constant=constant,
        primary=owner.pk,
        generated=generated,
    )


def field_kind(field: Field[Any]) -> str:
    """Return what tortoise calls a field of a state, such as `CharField`, and what its values mean beside that."""
    plain = next(
        c.__name__ for c in type(field).__mro__ if c.__module__ == _FIELDS and not c.__name__.endswith("Instance")
    )
    return f"{plain} ({field.description})" if field.description else plain


def default_sql(field: Field[Any], dialect: Dialect) -> tuple[str | None, bool]:
    """Return what the database puts into a column that an insert leaves out, and whether it is a literal."""
    if not field.has_db_default():
        return None, True
    value = field.db_default
    if hasattr(value, "get_sql"):
        return str(value.get_sql(dialect=dialect)), False
    if isinstance(value, Enum):
        value = value.value
    # Relations don't convert: their defaults are already what the column holds.
    stored = value if isinstance(field, ForeignKeyFieldInstance) else field.to_db_value(value, field.model)
    return literal(stored, dialect), True


def column_sql(column: TableColumn, key: ForeignKey | None) -> str:
    """Return the definition of a column, its foreign key included."""
    if column.generated:
        return f'"{column.name}" {column.generated}'
    parts = [f'"{column.name}" {column.type}']
    if not column.null:
        parts.append("NOT NULL")
    if column.default is not None:
        parts.append(f"DEFAULT {column.default}")
    if column.primary:
        parts.append("PRIMARY KEY")
    if key is not None:
        parts.append(f'REFERENCES "{key.table}" ("{key.references}") ON DELETE {key.on_delete}')
    return " ".join(parts)


def table_sql(table: Table, name: str | None = None) -> str:
    """Return the statement that makes a table without its indexes."""
    lines = [column_sql(column, table.foreign_key(column.name)) for column in table.columns]
    lines += [check_sql(check) for check in table.checks]
    return f'CREATE TABLE "{name or table.name}" (\n    ' + ",\n    ".join(lines) + "\n)"


def check_sql(check: tuple[str, str]) -> str:
    """Return the definition of a check."""
    return f'CONSTRAINT "{check[0]}" CHECK ({check[1]})'


def index_sql(table: str, index: Index) -> str:
    """Return the statement that makes an index."""
    operators = f" {index.operators}" if index.operators else ""
    listed = ", ".join(f'"{column}"{operators}' for column in index.columns)
    return (
        f'CREATE {"UNIQUE " if index.unique else ""}INDEX "{index.name}" ON "{table}" '
        f"{f'USING {index.method} ' if index.method else ''}({listed})"
        f"{f' WHERE {index.where}' if index.where else ''}"
    )
