"""From the text of an operation to its answer."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, cast

from graphql import (
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    StringValueNode,
    Visitor,
    execute,
    get_operation_ast,
    get_variable_values,
    parse,
    specified_rules,
    validate,
    visit,
)
from graphql.execution import Executor, create_source_event_stream, execute_subscription_event
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from core.api.context import Context
from core.api.limits import Limits, too_large
from core.api.planned import NotPlannedError, QueryPlan, directive_variables, plan_query
from core.data.errors import DatabaseTimeoutError, DatabaseUnavailableError
from core.errors import BadInputError, ForecourtError, Refusal, UnauthenticatedError
from core.events.retry import describe
from core.read.access import ForbiddenError

if TYPE_CHECKING:
    from core.dealer import Dealer
    from core.kernel import Kernel
    from core.scope import Scope

_log = logging.getLogger("forecourt.api")

LIMITS = Limits()
PLANS_PER_DOCUMENT = 16
MAX_ERRORS = 5
_EXPECTED = (BadInputError, ForbiddenError, UnauthenticatedError)


@dataclass(slots=True)
class Prepared:
    """A parsed and validated document, and the plans of its queries.

    Attributes:
        plans: By operation name and the values of the variables that decide about directives; a text says why there
            is none.
    """

    document: DocumentNode
    deciding: frozenset[str]
    plans: dict[tuple[object, ...], QueryPlan | str] = field(default_factory=dict)


class Documents:
    """Parsed and validated operations of one schema, the most recently used ones."""

    def __init__(self, limit: int = 500) -> None:
        self._limit = limit
        self._known: OrderedDict[str, Prepared | list[GraphQLError]] = OrderedDict()

    def get(self, kernel: Kernel, text: str) -> Prepared | list[GraphQLError]:
        """Return the document of a text, or what is wrong with it."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = _read(kernel, text)
            if len(self._known) > self._limit:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(text)
        return known


def _read(kernel: Kernel, text: str) -> Prepared | list[GraphQLError]:
    if len(text) > LIMITS.characters:
        return [GraphQLError(f"the operation has {len(text)} characters; {LIMITS.characters} are allowed")]
    try:
        document = parse(text, max_tokens=LIMITS.tokens)
    except GraphQLSyntaxError as error:
        return [error]
    except RecursionError:
        return [GraphQLError("the operation is nested too deeply")]
    # PostgreSQL keeps no U+0000 in a text; only an escape can bring one into a document.
    if "\\u" in text and (found := _with_nul(document)) is not None:
        return [GraphQLError("a text must not contain the character U+0000", found)]
    hidden = kernel.schema.config.disable_field_suggestions
    errors = validate(
        kernel.schema.graphql,
        document,
        (*specified_rules, NoSchemaIntrospectionCustomRule) if hidden else specified_rules,
        max_errors=MAX_ERRORS,
        hide_suggestions=hidden,
    )
    return errors or too_large(document, LIMITS) or Prepared(document, directive_variables(document))


def _with_nul(document: DocumentNode) -> StringValueNode | None:
    finder = _NulFinder()
    visit(document, finder)
    return finder.found


class _NulFinder(Visitor):
    found: StringValueNode | None = None

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        if "\0" in node.value:
            self.found = self.found or node


class RequestError(ForecourtError):
    """The request can't be executed at all: no data comes back.

    Attributes:
        errors: As they go into the response.
    """

    code = "GRAPHQL_VALIDATION_FAILED"

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors


class Operation:
    """One operation of a request, ready to run.

    Raises:
        RequestError: It can't be parsed, is not valid in this schema, or names no operation.
    """

    def __init__(
        self, dealer: Dealer, documents: Documents, text: str, variables: Mapping[str, Any], name: str | None
    ) -> None:
        found = documents.get(dealer.kernel, text)
        if isinstance(found, list):
            code = "GRAPHQL_PARSE_FAILED" if isinstance(found[0], GraphQLSyntaxError) else RequestError.code
            raise RequestError([_formatted(error, code) for error in found[:MAX_ERRORS]])
        definition = get_operation_ast(found.document, name)
        if definition is None:
            known = [
                d.name.value for d in found.document.definitions if isinstance(d, OperationDefinitionNode) and d.name
            ]
            what = f"there is no operation {name!r} in the document" if name else "name the operation to run"
            raise RequestError([_formatted(GraphQLError(f"{what}; it has {', '.join(known)}"), "OPERATION_NOT_FOUND")])
        self.dealer = dealer
        self.document = found.document
        self.prepared = found
        self.unplanned = ""
        self.definition = definition
        self.variables = variables
        self.name = name

    @property
    def kind(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.definition.operation

    def _arguments(self, scope: Scope) -> dict[str, Any]:
        return {
            "context_value": self.dealer.context(scope, self.variables),
            "variable_values": dict(self.variables),
            "operation_name": self.name,
            "executor_class": StrawberryGraphQLCoreExecutionContext,
            "hide_suggestions": self.dealer.kernel.schema.config.disable_field_suggestions,
        }

    async def run(self, scope: Scope) -> dict[str, Any]:
        """Execute a query or mutation and return the response; `unplanned` then says why no plan gave it, if so."""
        if self.kind is OperationType.QUERY:
            context = self.dealer.context(scope, self.variables)
            plan = self._plan(context)
            if isinstance(plan, QueryPlan):
                try:
                    return {"data": await plan.run(context)}
                except Exception as error:  # noqa: BLE001 - graphql-core finds it anew, with its path
                    plan = f"{type(error).__name__}: {error}"
            self.unplanned = plan
        return await self.execute(scope)

    def _plan(self, context: Context) -> QueryPlan | str:
        schema = self.dealer.kernel.schema.graphql
        coerced = get_variable_values(schema, self.definition.variable_definitions or (), dict(self.variables))
        if isinstance(coerced, list):
            return "a variable is wrong"
        context.reader.variables = coerced
        key = (self.name, *(coerced.coerced.get(name) for name in sorted(self.prepared.deciding)))
        plan = self.prepared.plans.get(key)
        if plan is None:
            fragments = {
                node.name.value: node for node in self.document.definitions if isinstance(node, FragmentDefinitionNode)
            }
            try:
                plan = plan_query(self.dealer.kernel, self.definition, fragments, coerced)
            except NotPlannedError as error:
                plan = str(error)
            if len(self.prepared.plans) < PLANS_PER_DOCUMENT:
                self.prepared.plans[key] = plan
        return plan

    async def execute(self, scope: Scope) -> dict[str, Any]:
        """Execute a query or mutation by graphql-core."""
        answer = execute(self.dealer.kernel.schema.graphql, self.document, **self._arguments(scope))
        result = await answer if isawaitable(answer) else answer
        return response(result, scope)

    async def stream(self, scope: Scope, renew: Callable[[], Awaitable[Scope]]) -> AsyncGenerator[dict[str, Any]]:
        """Execute a subscription and yield a response for each event.

        Args:
            renew: Called for each event: who sees it, as he stands at that moment; what it raises ends the stream.
        """
        arguments = self._arguments(scope)
        executor_class: type[Executor[Any]] = arguments.pop("executor_class")
        arguments["raw_variable_values"] = arguments.pop("variable_values")
        executor = executor_class.build(self.dealer.kernel.schema.graphql, self.document, **arguments)
        if isinstance(executor, list):
            yield response(ExecutionResult(None, executor), scope)
            return
        opened = create_source_event_stream(executor)
        source = await opened if isawaitable(opened) else opened
        if isinstance(source, ExecutionResult):
            yield response(source, scope)
            return
        async with aclosing(cast("AsyncGenerator[Any]", source)) as events:
            async for event in events:
                scope = await renew()
                one = executor.build_per_event_executor(event)
                one.context_value = self.dealer.context(scope, self.variables)
                answer = execute_subscription_event(one)
                yield response(await answer if isawaitable(answer) else answer, scope)


def response(result: ExecutionResult, scope: Scope) -> dict[str, Any]:
    """Return a result as JSON has it: faults are masked and logged, expected errors keep message and code.

    There is no `data` when nothing was executed, because the variables don't fit.
    """
    content: dict[str, Any] = {}
    if result.errors:
        content["errors"] = [_reported(error, scope) for error in result.errors[:MAX_ERRORS]]
    if result.data is not None or not result.errors or any(error.path for error in result.errors):
        content["data"] = result.data
    return content


def _reported(error: GraphQLError, scope: Scope) -> dict[str, Any]:
    original = error.original_error
    if original is None:
        return _formatted(error, "BAD_USER_INPUT")
    if isinstance(original, GraphQLError):
        return _formatted(error, str((original.extensions or {}).get("code", "BAD_USER_INPUT")))
    messages = scope.dealer.kernel.messages
    if isinstance(original, _EXPECTED):
        text = messages.translate(scope.locale, original.code, vars(original), original.message)
        return {**_formatted(error, original.code), "message": text}
    if isinstance(original, Refusal):
        text = messages.translate(scope.locale, original.code, original.details, original.message)
        return {**_formatted(error, original.code), "message": text}
    if isinstance(original, DatabaseUnavailableError | DatabaseTimeoutError):
        _log.error("request %s: %s", scope.request_id, describe(original))
        return {**_formatted(error, original.code), "message": "the database does not answer; try again"}
    # Never the traceback: messages of the database quote rows, and rows hold personal data.
    _log.error("request %s: fault in %s: %s", scope.request_id, _place(error), describe(original))
    masked = f"something went wrong here; the log has it under request {scope.request_id or 'unknown'}"
    return {**_formatted(error, "INTERNAL"), "message": masked}


def _place(error: GraphQLError) -> str:
    return ".".join(str(step) for step in error.path or ())


def _formatted(error: GraphQLError, code: str) -> dict[str, Any]:
    content: dict[str, Any] = dict(error.formatted)
    content["extensions"] = {**(error.extensions or {}), "code": code}
    return content
