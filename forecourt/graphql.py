"""The SDK for API code: entities, extensions, commands and what plain Strawberry code needs beside them."""

from strawberry import Info as StrawberryInfo

from core.api.declared_problems import problem
from core.api.problems import Problem
from core.api.scalars import BigInt, Node
from core.catalog.declare import ID, Connection, Info, Input, command, computed, entity, extend, query, resolver
from core.catalog.declare import field_options as field
from core.http.request import HttpError
from core.http.routes import caller_scope, request_body, request_scope
from core.own.people import Department, Store, User

__all__ = [
    "ID",
    "BigInt",
    "Connection",
    "Department",
    "HttpError",
    "Info",
    "Input",
    "Node",
    "Problem",
    "Store",
    "StrawberryInfo",
    "User",
    "caller_scope",
    "command",
    "computed",
    "entity",
    "extend",
    "field",
    "problem",
    "query",
    "request_body",
    "request_scope",
    "resolver",
]
