"""What is wrong with an input, told by place, type and what would be right: never by the value, which is somebody's.

graphql-core's own messages quote the value; these take their place for variables, for literals of a document, and for
what shows only when an operation runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from graphql import (
    SKIP,
    ArgumentNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSyntaxError,
    ListValueNode,
    Node,
    NullValueNode,
    ObjectValueNode,
    Undefined,
    ValuesOfCorrectTypeRule,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    is_enum_type,
    is_required_input_field,
    visit,
)
from graphql.utilities.replace_variables import replace_variables
from graphql.validation.validate import ValidationAbortedError

Path = tuple[str | int, ...]

RIGHT: Mapping[str, str] = {
    "Int": "a whole number from -2147483648 to 2147483647",
    "Float": "a number",
    "String": "a text",
    "Boolean": "true or false",
    "ID": "an id of this API, as a text",
    "BigInt": 'a whole number in a string, such as "1990000"',
    "Decimal": 'a decimal number in a string, such as "1.5"',
    "Date": 'a calendar day, such as "2026-11-21"',
    "DateTime": 'an instant with its zone, such as "2026-11-21T08:00:00Z"',
    "UUID": 'a UUID, such as "0192f0c1-2b3c-7def-8123-456789abcdef"',
}
_LEXEME = r'(?:[!$&()…:=@\[\]{|}.]+|"[!$&()…:=@\[\]{|}.]+"|<EOF>|Name|String|BlockString|Int|Float)'
_HARMLESS_SYNTAX = re.compile(rf"Expected {_LEXEME}, found {_LEXEME}|Unexpected {_LEXEME}|Unterminated string")


class InputError(GraphQLError):
    """An input does not fit its type.

    Attributes:
        params: Of the translated message; `rule` chooses it.
    """

    def __init__(self, rule: str, message: str, path: Path, expected: Any, node: Node | None, **params: Any) -> None:
        place = _written(path)
        self.params = {"rule": rule, "place": place, "expected": str(expected), **params}
        extensions: dict[str, Any] = {"rule": rule}
        if path:
            extensions |= {"inputPath": list(path), "expected": str(expected)}
        super().__init__(message.format_map(self.params), node, extensions=extensions)


class _Reader(Protocol):
    """How a value is looked at, in JSON or in a document."""

    def is_null(self, value: Any) -> bool: ...

    def items(self, value: Any) -> Sequence[Any] | None: ...

    def fields(self, value: Any) -> Sequence[tuple[str, Any]] | None: ...

    def fits(self, leaf: Any, value: Any) -> bool: ...


class Json:
    """Values of variables."""

    @staticmethod
    def is_null(value: Any) -> bool:
        return value is None

    @staticmethod
    def items(value: Any) -> Sequence[Any] | None:
        return value if isinstance(value, list) else None

    @staticmethod
    def fields(value: Any) -> Sequence[tuple[str, Any]] | None:
        return list(value.items()) if isinstance(value, dict) else None

    @staticmethod
    def fits(leaf: Any, value: Any) -> bool:
        try:
            return leaf.coerce_input_value(value) is not Undefined
        except Exception:  # noqa: BLE001 - whatever it raises, it is not of the type
            return False


class Literals:
    """Values in a document."""

    @staticmethod
    def is_null(value: Any) -> bool:
        return isinstance(value, NullValueNode)

    @staticmethod
    def items(value: Any) -> Sequence[Any] | None:
        return value.values if isinstance(value, ListValueNode) else None

    @staticmethod
    def fields(value: Any) -> Sequence[tuple[str, Any]] | None:
        return [(one.name.value, one.value) for one in value.fields] if isinstance(value, ObjectValueNode) else None

    @staticmethod
    def fits(leaf: Any, value: Any) -> bool:
        constant = replace_variables(value)
        try:
            if is_enum_type(leaf) or leaf.coerce_input_literal is not None:
                return leaf.coerce_input_literal(constant) is not Undefined
            return leaf.parse_literal(constant) is not Undefined
        except Exception:  # noqa: BLE001 - whatever it raises, it is not of the type
            return False


def mistakes(reader: _Reader, value: Any, kind: Any, path: Path, node: Node | None = None) -> Iterator[InputError]:
    """Yield what is wrong with a value.

    Args:
        path: Where it stands: `$name` of the variable, or the name of the argument.
        node: What the errors point to; in a document that is the value itself.
    """
    if isinstance(value, VariableNode):
        return
    here = node or (value if isinstance(value, Node) else None)
    if isinstance(kind, GraphQLNonNull):
        if reader.is_null(value):
            yield InputError("null", "{place} must not be null; its type is {expected}", path, kind, here)
            return
        kind = kind.of_type
    if reader.is_null(value):
        return
    if isinstance(kind, GraphQLList):
        items = reader.items(value)
        if items is None:  # one value may stand for a list of it
            yield from mistakes(reader, value, kind.of_type, path, node)
        for index, item in enumerate(items or ()):
            yield from mistakes(reader, item, kind.of_type, (*path, index), node)
    elif isinstance(kind, GraphQLInputObjectType):
        yield from _of_object(reader, value, kind, path, node)
    elif not reader.fits(kind, value):
        yield _of_leaf(kind, path, here)


def _of_object(
    reader: _Reader, value: Any, kind: GraphQLInputObjectType, path: Path, node: Node | None
) -> Iterator[InputError]:
    here = node or (value if isinstance(value, Node) else None)
    fields = reader.fields(value)
    if fields is None:
        yield InputError("object", "{place} must be an object of the type {expected}", path, kind, here)
        return
    named = [name for name, _ in fields]
    for name, field in kind.fields.items():
        if name not in named and is_required_input_field(field):
            text = "{place} lacks {field}, which {expected} must have"
            yield InputError("missing_field", text, path, kind, here, field=name)
    for position, (name, inner) in enumerate(fields, 1):
        if name in kind.fields:
            yield from mistakes(reader, inner, kind.fields[name].type, (*path, name), node)
        else:
            # The name came with the value; its place says enough to whoever sent it.
            text = "{place} has at position {position} a field that {expected} does not have"
            yield InputError("unknown_field", text, path, kind, here, position=position)
    if kind.is_one_of and (len(fields) != 1 or reader.is_null(fields[0][1])):
        text = "{place} must name exactly one field of {expected}, with a value that is not null"
        yield InputError("one_of", text, path, kind, here)


def _of_leaf(kind: Any, path: Path, node: Node | None) -> InputError:
    if isinstance(kind, GraphQLEnumType):
        text = "{place} is no value of {expected}: give one of the names that it has"
        return InputError("enum", text, path, kind, node)
    right = RIGHT.get(kind.name)
    if right is None:
        return InputError("scalar", "{place} is no {expected}", path, kind, node)
    return InputError(f"scalar_{kind.name}", f"{{place}} is no {{expected}}: right is {right}", path, kind, node)


class LiteralsOfCorrectTypeRule(ValuesOfCorrectTypeRule):
    """Refuses literals that don't fit their types, in our words."""

    place = ""

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        """Remember whose value comes."""
        self.place = node.name.value

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: Any) -> None:
        """Remember whose default comes."""
        self.place = f"${node.variable.name.value}"

    def is_valid_value_node(self, node: Any, input_type: Any) -> Any:
        """Report what is wrong with a literal, all that is within it included."""
        if input_type is not None:
            for error in mistakes(Literals(), node, input_type, (self.place,)):
                self.report_error(error)
        return SKIP


def while_running(error: GraphQLError) -> InputError:
    """Return the error for arguments that turn out not to fit: only variables decide about that."""
    finder = _Variables()
    for node in error.nodes or ():
        visit(node, finder)
    names = ", ".join(dict.fromkeys(finder.found))
    message = "an argument lacks the value that it must have; send what it takes from variables ({names}), and not null"
    return InputError("argument", message, (), "", next(iter(error.nodes or ()), None), names=names)


class _Variables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self.found.append(f"${node.name.value}")

    def enter_selection_set(self, *_: Any) -> Any:
        """Leave out what lies deeper: it has errors of its own."""
        return SKIP


def syntax_error(error: GraphQLSyntaxError) -> GraphQLSyntaxError:
    """Return a syntax error without the text that stands at its place."""
    description = error.message.removeprefix("Syntax Error: ")
    if description.startswith("Document contains more than"):
        return error
    harmless = _HARMLESS_SYNTAX.match(description)
    said = harmless[0] if harmless else "The text can't be read from here on"
    assert error.source is not None
    position = next(iter(error.positions or ()), 0)
    return GraphQLSyntaxError(error.source, position, f"{said}.")


def validation_error(error: GraphQLError) -> GraphQLError:
    """Return an error of the validation; that it gave up gets a reason."""
    if isinstance(error, ValidationAbortedError) and error.message == "Validation aborted.":
        return GraphQLError(
            "the operation repeats a field too often, or nests fragments too deeply; ask for less at once"
        )
    return error


def _written(path: Path) -> str:
    """Return a place as text: `$input.contactPoints[0].value`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")
