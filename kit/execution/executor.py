"""The executor that Strawberry is given: `strawberry.Schema(..., execution_context_class=CompiledExecutor)`."""

import contextlib
import itertools
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode, parse
from graphql.execution.values import VariableValues
from strawberry import Schema
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from kit.execution.plan import Unsupported, build, conditions, is_serial
from kit.execution.run import Run
from kit.execution.source import Plan

MAX_CONDITIONS = 4
MAX_VARIANTS = 2**MAX_CONDITIONS
_PLANS = "_compiled_plans"

_asynchronous: WeakKeyDictionary[GraphQLSchema, set[tuple[str, str]]] = WeakKeyDictionary()


class Plans:
    """The plans of one operation: one for each set of values of the variables that @skip and @include name."""

    def __init__(self, executor: "CompiledExecutor") -> None:
        self.runs = 0
        self.conditions = conditions(executor.operation, executor.fragments)
        self._plans: dict[tuple[Any, ...], Plan | Unsupported] = {}

    def plan(self, executor: "CompiledExecutor") -> Plan:
        """The plan for the variables of this run. Raises Unsupported."""
        variables = executor.variable_values.coerced
        key = tuple(variables.get(name) for name in self.conditions)
        found = self._plans.get(key)
        if found is None or (isinstance(found, Plan) and found.is_stale):
            if len(self._plans) >= MAX_VARIANTS and key not in self._plans:
                raise Unsupported(f"More than {MAX_VARIANTS} variants of it are in use.")
            found = self._plans[key] = _compile(executor)
        if isinstance(found, Unsupported):
            raise found
        return found


def _compile(executor: "CompiledExecutor") -> Plan | Unsupported:
    operation, schema = executor.operation, executor.schema
    asynchronous = _asynchronous.setdefault(schema, set())
    title = operation.name.value if operation.name else operation.operation.value
    try:
        return Plan(build(executor, asynchronous), title, schema, asynchronous)
    except RecursionError:
        return Unsupported("It is too deep.")
    except GraphQLError as error:
        # Where in the answer that stands, and what is answered beside it, the reference path knows.
        return Unsupported(f"What it selects cannot be told: {error.message}")
    except Unsupported as reason:
        return reason.with_traceback(None)


class CompiledExecutor(StrawberryGraphQLCoreExecutionContext):
    """Runs an operation by its plan, and where there can be none as graphql-core does.

    Plans live as long as the operation's node: keep parsed documents. `runs_before_compiling`: an operation runs so
    often before it is compiled, since what is run once does not pay for that.
    """

    runs_before_compiling = 1

    def execute_operation(self, serially: bool | None = None) -> Any:
        """The result, or an awaitable of it, as graphql-core's own."""
        plan = self._plan()
        self.decided(plan is not None)
        if plan is None:
            return super().execute_operation(serially)
        return Run(plan, self).execute(is_serial(self.operation) if serially is None else serially)

    def decided(self, compiled: bool) -> None:
        """Called before an operation runs, by its plan or else as graphql-core does; to be overridden."""

    def _plan(self) -> Plan | None:
        manager = self.middleware_manager
        if self.abort_signal is not None or (manager is not None and manager.middlewares):
            return None
        try:
            plans = plans_of(self)
            plans.runs += 1
            return plans.plan(self) if plans.runs > self.runs_before_compiling else None
        except (Unsupported, RecursionError):
            return None


def plans_of(executor: CompiledExecutor) -> Plans:
    """The plans of the executor's operation, which are kept with its node: whoever forgets a document forgets them."""
    kept: WeakKeyDictionary[GraphQLSchema, Plans] | None = getattr(executor.operation, _PLANS, None)
    if kept is None:
        kept = WeakKeyDictionary()
        object.__setattr__(executor.operation, _PLANS, kept)
    plans = kept.get(executor.schema)
    if plans is None:
        plans = kept[executor.schema] = Plans(executor)
    return plans


def warm(schema: Schema, document: DocumentNode) -> None:
    """Compile the operations of a valid document for all values that @skip and @include may have in it.

    An operation that can have no plan, or more than MAX_VARIANTS, is left as it is.
    """
    for operation in document.definitions:
        if not isinstance(operation, OperationDefinitionNode):
            continue
        name = operation.name.value if operation.name else None
        executor: Any = CompiledExecutor.build(schema._schema, _without_variables(document), operation_name=name)
        executor.operation = operation
        plans = plans_of(executor)
        plans.runs = max(plans.runs, CompiledExecutor.runs_before_compiling)
        for values in itertools.product((True, False), repeat=min(len(plans.conditions), MAX_CONDITIONS)):
            executor.variable_values = VariableValues({}, dict(zip(plans.conditions, values, strict=False)))
            with contextlib.suppress(Unsupported):
                plans.plan(executor)


def _without_variables(document: DocumentNode) -> DocumentNode:
    """The document with operations that ask for no variables, so that none need be given."""
    definitions = tuple(
        replace(each, variable_definitions=()) if isinstance(each, OperationDefinitionNode) else each
        for each in document.definitions
    )
    return replace(document, definitions=definitions)


def explain(
    schema: Schema, text: str, operation_name: str | None = None, variables: dict[str, Any] | None = None
) -> str:
    """The source of the plan of a valid document. Raises Unsupported, GraphQLError."""
    executor: Any = CompiledExecutor.build(
        schema._schema, parse(text), raw_variable_values=variables, operation_name=operation_name
    )
    if isinstance(executor, list):
        raise executor[0]
    return plans_of(executor).plan(executor).source
