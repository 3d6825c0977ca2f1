"""Which plans there are: those of each operation, and how much of all of them a process keeps."""

import time
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from graphql import GraphQLError, GraphQLSchema
from graphql.execution import Executor

from kit.execution.plan import Unsupported, build, conditions
from kit.execution.source import Plan

MAX_CONDITIONS = 4
MAX_VARIANTS = 2**MAX_CONDITIONS
MAX_SOURCE = 8 * 1024 * 1024  # characters; a plan takes some seven bytes for each
LEAST_SIZE = 500  # so that those which there cannot be are bounded too
SHARE_OF_TIME = 0.1
_PLANS = "_compiled_plans"

Key = tuple[bool | None, ...]

_asynchronous: WeakKeyDictionary[GraphQLSchema, set[tuple[str, str]]] = WeakKeyDictionary()


class NotNow(Exception):
    """There is no plan, and making one would take more of the process's time than may go to that."""


class Plans:
    """The plans of one operation: one for each set of values of the variables that @skip and @include name.

    `runs` is how often the operation has been run.
    """

    def __init__(self, executor: Executor[Any]) -> None:
        self.runs = 0
        self.conditions = conditions(executor.operation, executor.fragments)
        self._plans: dict[Key, Plan | str] = {}

    @property
    def count(self) -> int:
        """How many variants are kept."""
        return len(self._plans)

    def plan(self, executor: Executor[Any], plan_cache: "PlanCache | None", *, at_once: bool = False) -> Plan:
        """The plan for the variables of this run; `at_once`, whatever time goes to plans. Raises Unsupported, NotNow.

        A new one is put on the `plan_cache`, from which it may fall; without one it stays as long as the operation. Of
        more than MAX_VARIANTS the one used longest ago gives way.
        """
        given = executor.variable_values.coerced
        key = tuple(value if isinstance(value := given.get(name), bool) else None for name in self.conditions)
        if None in key:
            raise Unsupported("A condition is null, which is an error that the reference path knows how to tell.")
        found = self._plans.pop(key, None)
        if found is None or (isinstance(found, Plan) and found.is_stale):
            while len(self._plans) >= MAX_VARIANTS:
                oldest = next(iter(self._plans))
                del self._plans[oldest]
                if plan_cache is not None:
                    plan_cache.drop(self, oldest)
            found = (
                plan_cache.make(self, key, executor, at_once=at_once) if plan_cache is not None else _compile(executor)
            )
        elif plan_cache is not None:
            plan_cache.used(self, key)
        self._plans[key] = found
        if isinstance(found, str):
            raise Unsupported(found)
        return found

    def forget(self, key: Key) -> None:
        """Drop the plan for these values."""
        self._plans.pop(key, None)


class PlanCache:
    """Holds what plans a process has made of documents that nobody has vouched for.

    Together their source has at most `size` characters: those used last stay. Making them takes at most `share` of the
    time: after one that took long, it is long until the next.
    """

    def __init__(
        self, size: int = MAX_SOURCE, share: float = SHARE_OF_TIME, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self.share = share
        self._most = size
        self._clock = clock
        self._size = 0
        self._rests_until = 0.0
        self._kept: OrderedDict[tuple[int, Key], tuple[weakref.ref[Plans], int]] = OrderedDict()

    def make(self, plans: Plans, key: Key, executor: Executor[Any], *, at_once: bool = False) -> Plan | str:
        """A new plan, or why there can be none. Raises NotNow, but not where it is needed `at_once`."""
        began = self._clock()
        if began < self._rests_until and not at_once:
            raise NotNow
        made = _compile(executor)
        now = self._clock()
        self._rests_until = now + (now - began) * (1 / self.share - 1)
        self._drop((id(plans), key))
        size = max(len(made.source) if isinstance(made, Plan) else 0, LEAST_SIZE)
        owner = id(plans)
        gone = weakref.ref(plans, lambda _: self._drop((owner, key)))
        self._kept[owner, key] = gone, size
        self._size += size
        while self._size > self._most and len(self._kept) > 1:
            (_, oldest), (owned, _) = next(iter(self._kept.items()))
            self._drop(next(iter(self._kept)))
            if (other := owned()) is not None:
                other.forget(oldest)
        return made

    def drop(self, plans: Plans, key: Key) -> None:
        """The plan is not kept any more."""
        self._drop((id(plans), key))

    def used(self, plans: Plans, key: Key) -> None:
        """The plan is the one used last."""
        if (id(plans), key) in self._kept:
            self._kept.move_to_end((id(plans), key))

    def _drop(self, place: tuple[int, Key]) -> None:
        _, size = self._kept.pop(place, (None, 0))
        self._size -= size


def plans_of(executor: Executor[Any]) -> Plans:
    """The plans of the executor's operation, which are stored with its node and dropped with the document."""
    kept: WeakKeyDictionary[GraphQLSchema, Plans] | None = getattr(executor.operation, _PLANS, None)
    if kept is None:
        kept = WeakKeyDictionary()
        object.__setattr__(executor.operation, _PLANS, kept)
    plans = kept.get(executor.schema)
    if plans is None:
        plans = kept[executor.schema] = Plans(executor)
    return plans


def _compile(executor: Executor[Any]) -> Plan | str:
    """A plan, or why there can be none: an exception that is kept would keep whatever it passes on its way up."""
    operation, schema = executor.operation, executor.schema
    asynchronous = _asynchronous.setdefault(schema, set())
    title = operation.name.value if operation.name else operation.operation.value
    try:
        return Plan(build(executor, asynchronous), title, schema, asynchronous)
    except RecursionError:
        return "It is too deep."
    except GraphQLError as error:
        # Where in the answer that stands, and what is answered beside it, the reference path knows.
        return f"What it selects cannot be told: {error.message}"
    except Unsupported as reason:
        return str(reason)
