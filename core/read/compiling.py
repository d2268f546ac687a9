"""From what is asked to compiled statements, for all requests whose rights and variables are of one shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from graphql import GraphQLField, GraphQLLeafType, GraphQLObjectType, get_named_type
from graphql.execution.values import VariableValues

from core.catalog.catalog import Entity, EntityField
from core.read.access import Below
from core.read.loaders import PageOf, RowsById
from core.read.paging import Paging
from core.read.plan import Arguments, Page, PagePlan, Selection, Want, WantMany, WantOne
from core.read.selection import late_arguments
from core.read.shapes import JsonShape, RowShape, Shape
from core.read.writers import LeafWriters, page_writer

if TYPE_CHECKING:
    from core.read.columns import Columns
    from core.read.reader import Reader
    from core.read.selection import Selector
    from core.read.sql import Statement


class Compiler:
    """Compiles to `Row`s and `Page`s with Python's values, which resolvers pick from.

    Args:
        reader: A request of the shape that is compiled for; nothing of it but its shape is compiled in.
        variables: `Deferred` where statements don't follow from a value; the request's own where they are for it alone.
    """

    def __init__(self, reader: Reader, variables: VariableValues) -> None:
        self.dialect = reader.database.dialect
        self.access = reader.access
        self.vault = reader.vault
        self.variables = variables

    def given(self, arguments: Arguments) -> Mapping[str, Any]:
        """Return the arguments of a list, of which those that no statement's text follows from are read when it runs.

        So a wrong value is no mistake in a list that is never read.
        """
        return late_arguments(arguments.given(self.variables))

    def sees(self, want: Want) -> bool:
        """Return whether the caller sees more than null in a field."""
        field: EntityField | None = getattr(want, "field", None)
        if field is not None and not self.access.sees(field):
            return False
        return not isinstance(want, WantOne | WantMany) or self.access.may_read(want.field.target)

    def rows_by_id(self, selection: Selection, permission: str | None = None) -> RowsById:
        """Compile what fetches rows by their ids."""
        return RowsById(self, selection, permission)

    def page(self, plan: PagePlan, below: Below | None = None) -> PageOf:
        """Compile what fetches a page, or one for each of the rows that they hang on."""
        return PageOf(self, plan, below, self.finishing(plan))

    def paging(self, plan: PagePlan, below: Below | None) -> Paging:
        """Compile the arguments of a list."""
        return Paging(self, plan, below)

    def shape(self, selection: Selection, statement: Statement, columns: Columns) -> Shape:
        """Compile what the records become."""
        return RowShape(self, selection, statement, columns)

    def finishing(self, plan: PagePlan) -> Callable[[Page], Any]:
        """Compile what a page becomes."""
        return lambda page: page


class JsonCompiler(Compiler):
    """Compiles to what orjson writes; raises `NotPlannedError` for what only graphql-core can answer."""

    def __init__(self, reader: Reader, variables: VariableValues, selector: Selector) -> None:
        super().__init__(reader, variables)
        self.schema = selector.schema
        self.leaves = LeafWriters(selector)

    def given(self, arguments: Arguments) -> Mapping[str, Any]:
        # What is not late yet stands in the operation, and is converted once for all requests.
        return arguments.given(self.variables)

    def shape(self, selection: Selection, statement: Statement, columns: Columns) -> Shape:
        return JsonShape(self, selection, statement, columns)

    def finishing(self, plan: PagePlan) -> Callable[[Page], Any]:
        return page_writer(plan)

    def graphql_field(self, entity: Entity, field: EntityField) -> GraphQLField:
        """Return a field as the schema has it."""
        parent = self.schema.type_map[entity.name]
        assert isinstance(parent, GraphQLObjectType)
        found: GraphQLField = parent.fields[field.graphql_name]
        return found

    def leaf_type(self, entity: Entity, field: EntityField) -> GraphQLLeafType:
        """Return the scalar or enum of a field."""
        kind: Any = get_named_type(self.graphql_field(entity, field).type)
        return kind  # type: ignore[no-any-return]  # a column's field is a leaf
