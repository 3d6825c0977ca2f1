"""Each deliberate fault (`tests/mutants`) can still be applied, and names tests that exist."""

import ast
from collections import Counter
from functools import cache

import pytest

from tests.mutants.mutant import ROOT, Mutant
from tests.mutants.table import AREAS

MUTANTS = [(area, mutant) for area, mutants in AREAS.items() for mutant in mutants]


@cache
def text_of(file: str) -> str:
    return (ROOT / file).read_text()


@cache
def functions_in(file: str) -> frozenset[str]:
    """The names of the test functions of a file."""
    functions = (
        node for node in ast.parse(text_of(file)).body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return frozenset(function.name for function in functions if function.name.startswith("test_"))


def problems(mutant: Mutant) -> list[str]:
    found = []
    try:
        changed = mutant.applied(text_of(mutant.file))
        if mutant.file.endswith(".py"):
            ast.parse(changed)
    except (OSError, SyntaxError, ValueError) as error:
        found.append(str(error))
    if mutant.old == mutant.new:
        found.append("it changes nothing")
    if not mutant.caught_by:
        found.append("no test is named")
    for test in mutant.caught_by:
        file, _, function = test.partition("::")
        if not (ROOT / file).is_file() or function.partition("[")[0] not in functions_in(file):
            found.append(f"there is no test {test}")
    return found


@pytest.mark.parametrize("area", AREAS)
def test_every_fault_can_be_applied_and_names_tests_that_exist(area: str) -> None:
    wrong = {mutant.rule: found for mutant in AREAS[area] if (found := problems(mutant))}
    assert not wrong


def test_every_fault_is_there_once() -> None:
    rules = Counter((area, mutant.rule) for area, mutant in MUTANTS)
    faults = Counter((mutant.file, mutant.old, mutant.new) for _, mutant in MUTANTS)
    assert [each for each, count in (rules + faults).items() if count > 1] == []
