"""The compiled executor answers as the reference does, whatever is asked and however it goes wrong.

`make fuzz` tries more documents than a normal run does.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.execution import rows, torture
from tests.execution.compare import exact, possible
from tests.execution.documents import Bounds, Drawn, documents
from tests.execution.faults import World, worlds
from tests.execution.inputs import Values
from tests.execution.runs import Asked, Compiled, Forbearing, Given, Run, SecondTime, run, run_now, run_stream, valid

# graphql-core leaves coroutines behind where a sibling has failed; Python cannot even warn of one that is collected
# while a named tuple is made, which is what the second is about.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in. <coroutine:pytest.PytestUnraisableExceptionWarning"),
]
EXAMPLES = settings().max_examples

REFERENCE = torture.schema(None, Given)
COMPILED = torture.schema(Compiled, Given)
SECOND = torture.schema(SecondTime, Given)
FORBEARING = torture.schema(Forbearing, Given)
VALUES = Values(
    scalars={
        "Torn": st.sampled_from(("whole", "7")),
        "Void": st.just("void"),
        "DateTime": st.just("2026-01-01T00:00:00"),
    }
)
NOW = re.compile("(Attribute|Called|Plain|Derived|Guarded|Hushed|Loud|^name|^id)$")


@dataclass(frozen=True, repr=False)
class Case:
    """A valid document, with a world to ask."""

    drawn: Drawn
    asked: Asked
    other: Asked
    world: World

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

    def __repr__(self) -> str:
        faults = dict(self.world.faults)
        return (
            f"{self.drawn.text}\n"
            f"{self.asked.operation} {self.asked.variables} {self.other.variables} {self.world.seed} {faults}"
        )


@st.composite
def cases(draw: st.DrawFn, kind: str, only: Callable[[str], bool] | None = None) -> Case:
    """Documents of this kind; what goes wrong is among the fields that they ask for."""
    drawn = draw(documents(REFERENCE._schema, kind, VALUES, Bounds(only=only)))
    document = valid(REFERENCE, drawn.text)
    assume(document is not None)
    assert document is not None
    names = {re.sub("[A-Z]", lambda upper: f"_{upper.group().lower()}", name) for name in drawn.fields}
    world = draw(worlds([name for name in names if name in rows.BY_NAME or name.startswith("on_")]))
    return Case(
        drawn,
        Asked(document, drawn.operation, drawn.variables),
        Asked(document, drawn.operation, drawn.other_variables),
        world,
    )


def root(world: World) -> Any:
    """What the fields of Query and Mutation are read from."""
    return rows.TreeRow(world, 0)


async def check(schema: Any, case: Case, asked: Asked) -> None:
    """The two executors do the same."""
    there, here, everywhere = case.world.again(), case.world.again(), case.world.again()
    reference = await run(REFERENCE, asked, there, root(there))
    Compiled.was_compiled = None
    compiled = await run(schema, asked, here, root(here))
    difference = exact(reference, compiled)
    if difference:
        everything = await run(FORBEARING, asked, everywhere, root(everywhere))
        difference = possible(reference, compiled, everything) if everything.is_awaited else difference
    assert not difference, difference
    if schema is COMPILED:
        assert Compiled.was_compiled is not False or not asked.has_plan
    assert here.log == there.log
    if not reference.errors:
        assert here.visits == there.visits


@settings(max_examples=4 * EXAMPLES)
@given(case=cases("query"))
async def test_queries(case: Case) -> None:
    await check(COMPILED, case, case.asked)
    if case.other != case.asked:
        await check(COMPILED, case, case.other)


@settings(max_examples=EXAMPLES)
@given(case=cases("query"))
async def test_queries_that_are_compiled_when_they_come_again(case: Case) -> None:
    await check(SECOND, case, case.asked)
    await check(SECOND, case, case.other)
    await check(SECOND, case, case.asked)


@settings(max_examples=EXAMPLES)
@given(case=cases("query", only=lambda name: NOW.search(name) is not None))
async def test_queries_in_which_little_is_awaited(case: Case) -> None:
    await check(COMPILED, case, case.asked)
    there, here, everywhere = case.world.again(), case.world.again(), case.world.again()
    everything = await run(FORBEARING, case.asked, everywhere, root(everywhere))
    if not everything.is_awaited:
        reference = run_now(REFERENCE, case.asked, there, root(there))
        compiled = run_now(COMPILED, case.asked, here, root(here))
        assert not exact(reference, compiled), exact(reference, compiled)


@settings(max_examples=EXAMPLES)
@given(case=cases("mutation"))
async def test_mutations(case: Case) -> None:
    await check(COMPILED, case, case.asked)


@settings(max_examples=EXAMPLES // 2)
@given(case=cases("subscription"))
async def test_subscriptions(case: Case) -> None:
    there, here, everywhere = case.world.again(), case.world.again(), case.world.again()
    reference = await run_stream(REFERENCE, case.asked, there, root(there))
    compiled = await run_stream(COMPILED, case.asked, here, root(here))
    assert len(compiled) == len(reference)
    everything: list[Run] = []
    for place, (wanted, got) in enumerate(zip(reference, compiled, strict=True)):
        difference = exact(wanted, got)
        if difference:
            everything = everything or await run_stream(FORBEARING, case.asked, everywhere, root(everywhere))
            difference = possible(wanted, got, everything[place])
        assert not difference, difference


@settings(max_examples=EXAMPLES // 2)
@given(case=cases("query"), seed=st.integers(0, 99))
async def test_runs_at_once_do_not_mix(case: Case, seed: int) -> None:
    makes: list[tuple[Asked, World]] = [
        (case.asked, case.world),
        (case.other, World(seed, case.world.faults)),
        (case.asked, World(seed, {})),
    ]
    alone = []
    for asked, world in makes:
        fresh = world.again()
        alone.append(await run(COMPILED, asked, fresh, root(fresh)))
    fresh_ones = [world.again() for _, world in makes]
    together = await asyncio.gather(
        *(run(COMPILED, asked, fresh, root(fresh)) for (asked, _), fresh in zip(makes, fresh_ones, strict=True))
    )
    for one, both in zip(alone, together, strict=True):
        assert not exact(one, both), exact(one, both)
