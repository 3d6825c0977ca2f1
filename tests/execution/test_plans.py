"""What plans there are, for how long, and what making them may cost."""

from typing import Any

import pytest
import strawberry
from graphql import parse

from kit.execution import Unsupported, explain
from kit.execution.executor import CompiledExecutor
from kit.execution.plan import MAX_FIELDS
from kit.execution.plans import MAX_VARIANTS, NotNow, PlanCache, Plans, plans_of


@strawberry.type
class Thing:
    name: str = "thing"

    @strawberry.field
    def self(self) -> "Thing":
        return self


@strawberry.type
class Query:
    @strawberry.field
    def thing(self) -> Thing:
        return Thing()


SCHEMA = strawberry.Schema(Query)


def running(text: str, **variables: Any) -> tuple[Plans, CompiledExecutor]:
    """The plans of a document's operation, and an executor that is to run it."""
    executor: Any = CompiledExecutor.build(SCHEMA._schema, parse(text), raw_variable_values=variables)
    return plans_of(executor), executor


def test_those_used_last_stay() -> None:
    clock = iter(range(1000)).__next__
    size = len(explain(SCHEMA, "{ a0: thing { name } }"))
    plan_cache = PlanCache(size=3 * size, share=1, clock=clock)
    some = [running(f"{{ a{n}: thing {{ name }} }}") for n in range(5)]
    first = some[0][0].plan(some[0][1], plan_cache)
    for plans, executor in some:
        plans.plan(executor, plan_cache)
        assert some[0][0].plan(some[0][1], plan_cache) is first, "used in between"
    assert some[4][0].plan(some[4][1], plan_cache) is some[4][0].plan(some[4][1], plan_cache)
    kept = [bool(plans._plans) for plans, _ in some]
    assert kept[0]
    assert kept[4]
    assert not kept[1]


def test_making_them_takes_a_share_of_the_time() -> None:
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += 1
        return now

    plan_cache = PlanCache(share=0.1, clock=clock)
    plans, executor = running("{ thing { name } }")
    plans.plan(executor, plan_cache)  # took 1
    other, waiting = running("{ b: thing { name } }")
    for _ in range(8):
        with pytest.raises(NotNow):
            other.plan(waiting, plan_cache)
    other.plan(waiting, plan_cache)


def test_a_document_has_so_many_variants() -> None:
    names = [f"c{n}" for n in range(6)]
    text = f"query ({' '.join(f'${name}: Boolean!' for name in names)}) {{ __typename " + " ".join(
        f"{name}: __typename @include(if: ${name})" for name in names
    )
    document = parse(text + " }")
    for n in range(MAX_VARIANTS + 1):
        given = {name: bool(n >> bit & 1) for bit, name in enumerate(names)}
        executor = CompiledExecutor.build(SCHEMA._schema, document, raw_variable_values=given)  # type: ignore[assignment]
        plans = plans_of(executor)
        made = plans.plan(executor, None)
        assert plans.plan(executor, None) is made
        assert plans.count <= MAX_VARIANTS
    given = dict.fromkeys(names, False)
    executor = CompiledExecutor.build(SCHEMA._schema, document, raw_variable_values=given)  # type: ignore[assignment]
    plans_of(executor).plan(executor, None)  # the one used longest ago gave way, and is made again


def test_a_condition_that_is_null_takes_no_place() -> None:
    text = "query ($a: Boolean = true, $b: Boolean = true) { __typename x: __typename @include(if: $a) @skip(if: $b) }"
    document = parse(text)
    for given in ({"a": None}, {"b": None}, {"a": None, "b": None}):
        executor = CompiledExecutor.build(SCHEMA._schema, document, raw_variable_values=given)  # type: ignore[assignment]
        with pytest.raises(Unsupported):
            plans_of(executor).plan(executor, None)
    assert plans_of(executor).count == 0


def test_fragments_in_fragments_end_at_a_bound() -> None:
    fragments = "".join(
        f"fragment f{n} on Thing {{ a: self {{ ...f{n + 1} }} b: self {{ ...f{n + 1} }} }} " for n in range(30)
    )
    with pytest.raises(Unsupported, match=f"{MAX_FIELDS:,}"):
        explain(SCHEMA, f"{{ thing {{ ...f0 }} }} {fragments} fragment f30 on Thing {{ name }}")


def test_only_names_get_into_the_source() -> None:
    source = explain(SCHEMA, "{ None: thing { class: name def: name __x: name } }")
    compile(source, "x", "exec")
    document: Any = parse("{ thing { name } }")
    alias = document.definitions[0].selection_set.selections[0]
    hostile = type(alias)(
        name=alias.name,
        alias=type(alias.name)(value="x'] = 1\nimport os #"),
        selection_set=alias.selection_set,
        arguments=(),
        directives=(),
    )
    object.__setattr__(document.definitions[0].selection_set, "selections", (hostile,))
    executor: Any = CompiledExecutor.build(SCHEMA._schema, document)
    with pytest.raises(Unsupported, match="no name"):
        plans_of(executor).plan(executor, None)
