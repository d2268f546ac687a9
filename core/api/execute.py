"""From the text of an operation to its answer."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from functools import partial
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, cast

import orjson
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSyntaxError,
    OperationType,
    execute,
)
from graphql.execution import Executor, create_source_event_stream, execute_subscription_event
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from core.access_log.counting import count
from core.api.argument_cost import tally
from core.api.context import Context
from core.api.documents import Documents as Documents
from core.api.explain import EXPLAIN, Explanation
from core.api.limits import beyond, too_dear
from core.api.lookups import look_ups
from core.api.planned import Plan, plan_operation, without
from core.api.resolving import FAILED, EndedError, are_whole, give
from core.api.responses import RequestError as RequestError
from core.api.responses import Response, refused, response, written
from core.api.unplanned import Unplanned
from core.data.errors import DatabaseTimeoutError, DatabaseUnavailableError
from core.errors import LimitRefusal, StorageFullError
from core.events.retry import describe
from core.read.unplanned import NotPlannedError, Reason

if TYPE_CHECKING:
    from core.dealer import Dealer
    from core.scope import Scope

_log = logging.getLogger("forecourt.api")


class Operation:
    """One operation of a request, ready to run.

    Attributes:
        explaining: Whether the answer tells how it came about, as `extensions.explain`.
        unplanned: Once it has run, or delivered: why graphql-core gave the whole answer; empty where a plan did.
        unplanned_reason: The same as it is counted.
        resolvers: Once it has run: the fields within the plan that graphql-core gave.

    Raises:
        RequestError: It can't be parsed, is not valid in this schema, or names no operation.
    """

    def __init__(
        self, dealer: Dealer, documents: Documents, text: str, variables: Mapping[str, Any], name: str | None
    ) -> None:
        found = documents.get(dealer.kernel, text)
        if isinstance(found, list):
            code = "GRAPHQL_PARSE_FAILED" if isinstance(found[0], GraphQLSyntaxError) else RequestError.code
            raise RequestError(found, code)
        prepared = found.operation(name)
        if prepared is None:
            what = "there is no operation of that name in the document" if name else "name the operation to run"
            known = ", ".join(filter(None, found.operations))
            raise RequestError([GraphQLError(f"{what}; it has {known}")], "OPERATION_NOT_FOUND")
        self.dealer = dealer
        self.documents = documents
        self.prepared = prepared
        self.variables = variables
        self.name = name
        self.text = text
        self.unplanned = ""
        self.unplanned_reason: Reason | None = None
        self.resolvers: tuple[str, ...] = ()
        self.extensions: dict[str, Any] = {}
        self.explaining = False

    @property
    def kind(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.prepared.definition.operation

    async def run(self, scope: Scope) -> Response:
        """Execute a query or mutation.

        Raises:
            RequestError: Its variables don't fit, it is larger than the caller may ask for, looks up more protected
                values than he may, or he may not ask how it is answered.
        """
        if self.explaining and scope.caller.reach(EXPLAIN) is None:
            raise RequestError([GraphQLError(f"to see the plan needs the permission {EXPLAIN}")], "FORBIDDEN")
        context = self._context(scope)
        if self.prepared.introspects:
            return await self._introspected(context)
        await self._count_look_ups(context)
        plan = self._plan(context)
        if self.explaining:
            self.extensions["explain"] = self._explained(context).as_json()
        return await self._answered(context, plan, partial(self._execute, context))

    async def _introspected(self, context: Context) -> Response:
        def work() -> ExecutionResult:
            return cast("ExecutionResult", self._execution(context, self.prepared.document))

        assert context.coerced is not None
        kept = self.documents.introspection
        found = await kept.answer(self.text, self.name, context.coerced.coerced, work)
        if isinstance(found, bytes):
            return written({"data": orjson.Fragment(found), "extensions": self.extensions})
        return written(response(found, context.scope, self.extensions))

    async def _answered(
        self,
        context: Context,
        plan: Plan | Unplanned,
        otherwise: Callable[[], Awaitable[dict[str, Any]]],
        event: Any = None,
    ) -> Response:
        """Answer by the plan, or by graphql-core where there is none or it fails.

        Args:
            event: What a subscription delivers.
        """
        if isinstance(plan, Plan):
            self.resolvers = tuple(plan.selector.resolvers)
            self.unplanned, self.unplanned_reason = "", None
            try:
                data = await plan.run(context, self.documents.compiled, partial(self._resolve, context), event)
                if context.errors:
                    return written(response(ExecutionResult(data, context.errors), context.scope, self.extensions))
                return written({"data": data, "extensions": self.extensions})
            except EndedError as ended:
                return written(response(ExecutionResult(None, [ended.error]), context.scope, self.extensions))
            except Exception as error:  # noqa: BLE001 - graphql-core finds it anew, with its path
                plan = Unplanned.of(error)
                if plan.reason is Reason.FAULT:
                    _log.warning(
                        "request %s: its plan failed, graphql-core answers: %s",
                        context.scope.request_id,
                        describe(error),
                    )
        self.dealer.fallbacks[plan.reason] += 1
        self.unplanned, self.unplanned_reason = plan.text, plan.reason
        return written(await otherwise())

    def explain(self, scope: Scope) -> Explanation:
        """Tell how it is answered, without running it.

        Raises:
            RequestError: Its variables don't fit, or it is larger than the caller may ask for.
        """
        context = self._context(scope)
        return self._explained(context)

    def _explained(self, context: Context) -> Explanation:
        told = self.extensions["cost"]
        plan = self._plan(context)
        if isinstance(plan, Unplanned):
            return Explanation(told["requested"], told["limit"], plan.text, plan.reason)
        try:
            compiled = plan.compiled(context.reader, self.documents.compiled)
        except Exception as error:  # noqa: BLE001 - the reason why it can't be compiled is the answer
            why = Unplanned.of(error)
            return Explanation(told["requested"], told["limit"], why.text, why.reason)
        return Explanation(
            told["requested"],
            told["limit"],
            resolvers=tuple(plan.selector.resolvers),
            computed=tuple(plan.selector.computed),
            statements=[(key, query.text) for key, root in compiled for query in root.queries()],
        )

    async def execute(self, scope: Scope) -> Response:
        """Execute a query or mutation by graphql-core alone."""
        context = self._context(scope)
        await self._count_look_ups(context)
        return written(await self._execute(context))

    def _context(self, scope: Scope) -> Context:
        """Return the context of one request, whose variables and limits have been checked.

        Raises:
            RequestError: They don't fit, or it is too large.
        """
        context = self.dealer.context(scope, self.variables)
        size, limits, definition = self.prepared.size, scope.caller.limits, self.prepared.definition
        # Before anything is made of the variables: that, too, takes long where they are large.
        asked = tally(size.questions, definition, self.variables)
        if refusals := beyond(size, asked, limits):
            refusals += too_dear(size.cost.of(self.variables) + asked.cost, limits)
            raise refused(refusals, scope, definition)
        variables = self.prepared.variables.coerce(self.variables)
        if isinstance(variables, list):
            raise RequestError(variables, "BAD_USER_INPUT")
        context.coerced = context.reader.variables = variables
        cost = size.cost.of(variables.coerced) + asked.cost
        self.extensions = {"cost": {"requested": cost, "limit": limits.cost}}
        if refusals := too_dear(cost, limits):
            raise refused(refusals, scope, definition)
        return context

    async def _count_look_ups(self, context: Context) -> None:
        """Count the protected value that the operation looks up, before anything of it runs.

        Raises:
            RequestError: It looks up more than one, or the caller has looked up too many today.
        """
        if not self.prepared.places or context.coerced is None:
            return
        try:
            asked = look_ups(self.prepared.places, context.coerced, self.dealer.vault)
            await count(context.scope, asked)
        except (LimitRefusal, DatabaseUnavailableError, DatabaseTimeoutError, StorageFullError) as error:
            raise refused([error], context.scope, self.prepared.definition) from error
        context.reader.counted = frozenset(one.value for one in asked)

    def _plan(self, context: Context) -> Plan | Unplanned:
        assert context.coerced is not None
        values = context.coerced.coerced
        key = tuple(values.get(name) for name in self.prepared.deciding)
        plan = self.prepared.plans.get(key)
        if plan is None:
            try:
                plan = plan_operation(
                    self.dealer.kernel, self.prepared.definition, self.prepared.fragments(), context.coerced
                )
            except (NotPlannedError, GraphQLError) as error:  # a directive may lack what it depends on
                plan = Unplanned.of(error)
            self.prepared.plans.keep(key, plan)
        return plan

    def _arguments(self, context: Context) -> dict[str, Any]:
        return {
            "context_value": context,
            "operation_name": self.name,
            "hide_suggestions": self.dealer.kernel.schema.config.disable_field_suggestions,
        }

    def _executor(self, context: Context) -> Executor[Any] | list[GraphQLError]:
        return StrawberryGraphQLCoreExecutionContext.build(
            self.dealer.kernel.schema.graphql,
            self.prepared.document,
            raw_variable_values=dict(self.variables),
            **self._arguments(context),
        )

    async def _resolve(self, context: Context) -> None:
        """Let graphql-core give the parts of a planned answer that have resolvers, all of them side by side.

        Raises:
            NotPlannedError: One within a row has failed; its error needs a path, and may reach further up.
            EndedError: The database has not answered one without which there is no answer.
        """
        parts, context.reader.pending = context.reader.pending, []
        if not parts:
            return
        executor = self._executor(context)
        assert isinstance(executor, Executor)  # the variables fit
        try:
            await give(executor, parts)
        except GraphQLError as error:  # of a field that is never null
            if are_whole([error], parts, context) and context.reader.ended is not None:
                raise EndedError(error) from None
            raise NotPlannedError(Reason.FAILED_RESOLVER, FAILED) from None
        errors = executor.collected_errors.errors
        if not are_whole(errors, parts, context):
            raise NotPlannedError(Reason.FAILED_RESOLVER, FAILED)
        context.errors += errors

    async def _execute(self, context: Context) -> dict[str, Any]:
        kernel, document = self.dealer.kernel, self.prepared.document
        if context.finished:
            document = without(kernel, document, self.prepared.definition, context)
        answer = self._execution(context, document)
        result = await answer if isawaitable(answer) else answer
        if context.finished and context.errors:
            result.errors = [*context.errors, *(result.errors or ())]
        if result.data is not None:
            result.data = context.finished | result.data
        return response(result, context.scope, self.extensions)

    def _execution(self, context: Context, document: DocumentNode) -> Any:
        return execute(
            self.dealer.kernel.schema.graphql,
            document,
            variable_values=dict(self.variables),
            executor_class=StrawberryGraphQLCoreExecutionContext,
            **self._arguments(context),
        )

    async def stream(self, scope: Scope, renew: Callable[[], Awaitable[Scope]]) -> AsyncGenerator[Response]:
        """Execute a subscription and yield a response for each event.

        Args:
            renew: Called for each event: who sees it, as he stands at that moment; what it raises ends the stream.

        Raises:
            RequestError: It is larger than the caller may ask for.
        """
        first = self._context(scope)
        await self._count_look_ups(first)
        executor = self._executor(first)
        if isinstance(executor, list):
            yield written(response(ExecutionResult(None, executor), scope, {}))
            return
        opened = create_source_event_stream(executor)
        source = await opened if isawaitable(opened) else opened
        if isinstance(source, ExecutionResult):
            yield written(response(source, scope, {}))
            return
        async with aclosing(cast("AsyncGenerator[Any]", source)) as events:
            async for event in events:
                context = self._context(await renew())
                context.reader.counted = first.reader.counted  # each event asks for the same
                one = executor.build_per_event_executor(event)
                one.context_value = context
                event_answer = partial(self._execute_event, context, one)
                yield await self._answered(context, self._plan(context), event_answer, event)

    async def _execute_event(self, context: Context, executor: Executor[Any]) -> dict[str, Any]:
        answer = execute_subscription_event(executor)
        return response(await answer if isawaitable(answer) else answer, context.scope, self.extensions)
