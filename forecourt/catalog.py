"""The SDK for plugins that know entities by what the modules declare: exports, reports, consoles, documentation."""

from core.api.rows import ReadError, catalog_of, read
from core.catalog.catalog import (
    Catalog,
    Command,
    ComputedField,
    Entity,
    EntityField,
    QueryField,
    ResolverField,
    ToManyField,
    ToOneField,
    ValueField,
)
from core.catalog.titles import Titles
from core.kinds.kind import Kind, Operator

__all__ = [
    "Catalog",
    "Command",
    "ComputedField",
    "Entity",
    "EntityField",
    "Kind",
    "Operator",
    "QueryField",
    "ReadError",
    "ResolverField",
    "Titles",
    "ToManyField",
    "ToOneField",
    "ValueField",
    "catalog_of",
    "read",
]
