"""What happens when something goes wrong in the middle of a plan: once, in order, and at a cost that stays small."""

import asyncio
import gc
import logging
import time
import weakref
from typing import Any

import strawberry
from graphql import execute_sync, parse
from strawberry.types import Info

from kit.execution import CompiledExecutor
from kit.execution.plans import PlanCache
from tests.support.processor_time import awaiting_takes_at_most


class Compiled(CompiledExecutor):
    """Compiles at once."""

    runs_before_compiling = 0
    plan_cache = PlanCache(share=1)


CALLS: list[str] = []


async def _fails(context: Any, parents: list[Any]) -> list[int]:
    raise ValueError("all of them")


async def _fails_later(parent: Any) -> int:
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    raise ValueError("later")


class Late:
    """Awaitable, and no coroutine."""

    def __await__(self) -> Any:
        return asyncio.sleep(0, 7).__await__()


async def _counts(context: Any, parents: list[Any]) -> list[int]:
    CALLS.extend("batch" for _ in parents)
    return [1 for _ in parents]


@strawberry.type
class Inner:
    @strawberry.field(metadata={"batch": _counts})
    async def counted(self) -> int:
        [count] = await _counts(None, [self])
        return count

    bad: int = "no number"  # type: ignore[assignment]

    @strawberry.field
    async def create(self, info: Info) -> int:
        CALLS.append("create")
        return 1


@strawberry.type
class Thing:
    n: int = 1
    bad: int | None = "no number"  # type: ignore[assignment]
    must: int = "no number"  # type: ignore[assignment]
    late: int = strawberry.field(default_factory=Late)  # type: ignore[arg-type]
    within: Inner = strawberry.field(default_factory=Inner)

    @strawberry.field
    async def slow(self) -> int:
        return await _fails_later(self)

    @strawberry.field(metadata={"batch": _fails})
    async def batch(self) -> int | None:
        raise ValueError("all of them")

    @strawberry.field
    def inner(self) -> Inner | None:
        return Inner()

    @strawberry.field
    def make(self, n: int) -> int:
        CALLS.append("make")
        return n

    @strawberry.field
    def gathered(self) -> list[int]:
        async def one() -> int:
            return 1

        CALLS.append("gathered")
        return asyncio.gather(one(), one())  # type: ignore[return-value]


@strawberry.type
class Query:
    @strawberry.field
    def thing(self) -> Thing | None:
        return Thing()

    @strawberry.field
    def running(self) -> list[Thing | None] | None:
        def dry() -> Any:
            yield Thing()
            raise ValueError("dry")

        return dry()  # type: ignore[no-any-return]

    @strawberry.field
    def lost(self, info: Info) -> int:
        raise ValueError("lost")

    @strawberry.field
    def things(self, count: int = 2000) -> list[Thing] | None:
        return [Thing() for _ in range(count)]


@strawberry.type
class Mutation:
    @strawberry.field
    def thing(self) -> Thing:
        return Thing()


class Context:
    """Whatever a run is given."""


class Quiet(strawberry.Schema):
    """Logs nothing."""

    def process_errors(self, errors: Any, execution_context: Any = None) -> None:
        pass


REFERENCE = Quiet(Query, Mutation)
COMPILED = Quiet(Query, Mutation, execution_context_class=Compiled)


async def both(text: str) -> tuple[Any, Any]:
    """What the reference and a plan answer: data, and (message, path) of the errors."""
    answers = []
    for schema in (REFERENCE, COMPILED):
        result = await schema.execute(text)
        answers.append((result.data, [(error.message, error.path) for error in result.errors or ()]))
    return answers[0], answers[1]


async def test_what_comes_first_is_told_too() -> None:
    for text in (
        "{ thing { slow inner { bad } } }",
        "{ thing { inner { bad } slow } }",
        "{ thing { bad must } }",
        "{ thing { must bad } }",
        "{ thing { inner { bad } } lost }",
        "{ lost thing { inner { bad } } }",
        "{ running { must } }",
    ):
        reference, compiled = await both(text)
        assert compiled[0] == reference[0]
        assert sorted(compiled[1], key=str) == sorted(reference[1], key=str)


async def test_a_mutation_does_once_what_it_is_told() -> None:
    for text, done in (
        ("mutation { thing { make(n: 1) bad } }", ["make"]),
        ("mutation { thing { make(n: 1) must } }", ["make"]),
        ("mutation { thing { inner { create } bad } }", ["create"]),
        ("mutation { thing { inner { create bad } } }", ["create"]),
    ):
        CALLS.clear()
        result = await COMPILED.execute(text)
        assert result.errors
        for _ in range(3):  # what nobody waits for any more is let run to its end
            await asyncio.sleep(0)
        assert done == CALLS, text


async def test_many_failures_cost_what_one_does_each() -> None:
    for text in ("{ things { n bad } }", "{ things { batch } }", "{ things { must } }"):
        took = {}
        for count in (500, 2000):
            gc.collect()
            gc.disable()  # when it comes depends on what ran before, and it costs the reference as much
            try:
                began = time.process_time()
                await COMPILED.execute(text.replace("things", f"things(count: {count})"))
                took[count] = time.process_time() - began
            finally:
                gc.enable()
        assert took[2000] < 12 * took[500] + 0.1, "16 times were quadratic"


async def test_a_list_ends_with_the_first_that_nobody_may_miss() -> None:
    """If each of them were redone, it would take ten times as long."""
    await awaiting_takes_at_most(500, lambda: COMPILED.execute("{ things(count: 20000) { must } }"))


async def test_what_a_plan_cannot_do_keeps_nothing_of_the_runs() -> None:
    document = parse("{ __schema { queryType { name } } }")
    alive = []
    for _ in range(10):
        context = Context()
        alive.append(weakref.ref(context))
        given: Any = {"context_value": context, "executor_class": Compiled}
        assert not execute_sync(COMPILED._schema, document, **given).errors
        del context, given
    gc.collect()
    assert not any(each() for each in alive)


async def test_a_method_that_gives_awaitables_is_called_in_its_turn(caplog: Any) -> None:
    caplog.set_level(logging.WARNING)
    reference, compiled = await both("{ thing { gathered } }")
    assert compiled == reference == ({"thing": {"gathered": [1, 1]}}, [])
    CALLS.clear()
    await COMPILED.execute("{ thing { gathered } }")
    assert CALLS == ["gathered"]


async def test_what_is_in_an_object_that_is_redone_is_resolved_once() -> None:
    for text in (
        "{ things(count: 3) { within { counted } late } }",
        "{ things(count: 3) { late within { counted } } }",
    ):
        CALLS.clear()
        result = await COMPILED.execute(text)
        assert result.data == {"things": [{"within": {"counted": 1}, "late": 7}] * 3}
        assert len(CALLS) == 3, text
