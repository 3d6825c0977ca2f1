"""The executor that Strawberry is given: `strawberry.Schema(..., execution_context_class=CompiledExecutor)`."""

import contextlib
import itertools
from dataclasses import replace
from typing import Any

from graphql import DocumentNode, OperationDefinitionNode, get_operation_ast, parse
from graphql.execution.values import VariableValues
from strawberry import Schema
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from kit.execution.plan import Unsupported, is_serial
from kit.execution.plans import MAX_CONDITIONS, NotNow, PlanCache, plans_of
from kit.execution.run import Run
from kit.execution.source import Plan


class CompiledExecutor(StrawberryGraphQLCoreExecutionContext):
    """Runs an operation by its plan, and where there can be none as graphql-core does.

    Plans live as long as the operation's node, or until they fall from the `plan_cache`: keep parsed documents.
    `runs_before_compiling`: an operation runs so often before it is compiled, since what is run once does not pay for
    that.
    """

    runs_before_compiling = 1
    plan_cache = PlanCache()
    is_expensive: bool = False
    """Whether to compile the operation at first sight, whatever share of time that takes."""

    max_bytes: int | None = None
    """Execution stops with `too_large` once about so many bytes of the answer have been produced; None: never."""

    def execute_operation(self, serially: bool | None = None) -> Any:  # noqa: FBT001 as in graphql-core
        """The result, or an awaitable of it, as graphql-core's own."""
        plan = self._plan()
        self.decided(compiled=plan is not None)
        if plan is None:
            return super().execute_operation(serially)
        return Run(plan, self).execute(serially=is_serial(self.operation) if serially is None else serially)

    def too_large(self) -> Exception:
        """The error of an operation whose answer passes `max_bytes`; to be overridden."""
        return ValueError(f"The answer is larger than {self.max_bytes} bytes.")

    def decided(self, *, compiled: bool) -> None:
        """Called before an operation runs, by its plan or else as graphql-core does; to be overridden."""

    def _plan(self) -> Plan | None:
        manager = self.middleware_manager
        if self.abort_signal is not None or (manager is not None and manager.middlewares):
            return None
        try:
            plans = plans_of(self)
            plans.runs += 1
            if self.is_expensive or plans.runs > self.runs_before_compiling:
                return plans.plan(self, self.plan_cache, at_once=self.is_expensive)
            return None
        except (Unsupported, NotNow, RecursionError):
            return None


def warm(schema: Schema, document: DocumentNode) -> None:
    """Compile the operations of a valid document for all values that @skip and @include may have in it.

    They stay as long as the document. An operation that can have no plan, or more than MAX_VARIANTS, is left as it is.
    """
    for operation in document.definitions:
        if not isinstance(operation, OperationDefinitionNode):
            continue
        executor = _idle(schema, document, operation)
        plans = plans_of(executor)
        plans.runs = max(plans.runs, CompiledExecutor.runs_before_compiling)
        if len(plans.conditions) > MAX_CONDITIONS:
            continue
        for values in itertools.product((True, False), repeat=len(plans.conditions)):
            executor.variable_values = VariableValues({}, dict(zip(plans.conditions, values, strict=True)))
            with contextlib.suppress(Unsupported):
                plans.plan(executor, None)


def explain(schema: Schema, text: str, operation_name: str | None = None, **conditions: bool) -> str:
    """The source of the plan of a valid document.

    `conditions` are the variables that @skip and @include name, each true unless said otherwise. Raises Unsupported,
    GraphQLError.
    """
    document = parse(text)
    operation = get_operation_ast(document, operation_name)
    if operation is None:
        raise Unsupported("There is no such operation, or there are many.")
    executor = _idle(schema, document, operation)
    plans = plans_of(executor)
    executor.variable_values = VariableValues({}, dict.fromkeys(plans.conditions, True) | conditions)
    return plans.plan(executor, None).source


def _idle(schema: Schema, document: DocumentNode, operation: OperationDefinitionNode) -> CompiledExecutor:
    """An executor of the operation, without variables, that is not to be run."""
    bare = replace(operation, variable_definitions=(), name=None)
    fragments = tuple(each for each in document.definitions if not isinstance(each, OperationDefinitionNode))
    executor: Any = CompiledExecutor.build(schema._schema, replace(document, definitions=(bare, *fragments)))
    assert isinstance(executor, CompiledExecutor)
    executor.operation = operation
    return executor
