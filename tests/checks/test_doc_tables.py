"""Tables of the documentation that are made from the code are current, and say all that there is."""

import ast
import inspect
from pathlib import Path

from domain import retention
from tests.support import doc_tables
from workers.__main__ import WORKERS

ROOT = Path(__file__).parents[2]
REMOVERS = ("forget_old", "discard_unattached", "expire", "trim", "sweep")
NO_REMOVERS = {("domain/search/indexing.py", "sweep")}  # of the index: it compares


def test_tables_are_current() -> None:
    for path, _ in doc_tables.pages():
        assert path.read_text() == doc_tables.renewed(path.read_text()), f"{path.name}: run `make docs`"


def test_every_table_is_on_one_page() -> None:
    assert sorted(name for _, names in doc_tables.pages() for name in names) == sorted(doc_tables.TABLES)


def test_everything_that_removes_old_data_is_in_the_table() -> None:
    named = {(inspect.getsourcefile(rule.remove), rule.remove.__name__) for rule in retention.RULES}
    for path in sorted(ROOT.glob("domain/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            name = node.name if isinstance(node, ast.AsyncFunctionDef) else ""
            if name.startswith(REMOVERS) and (str(path.relative_to(ROOT)), name) not in NO_REMOVERS:
                assert (str(path), name) in named, f"{path}: {name}"


def test_every_rule_has_a_loop_of_its_worker() -> None:
    for rule in retention.RULES:
        source = inspect.getsource(inspect.getmodule(WORKERS[rule.worker]))  # type: ignore[arg-type]
        assert ("retention.loops(" if rule.call else f'forever("{rule.step}"') in source, rule.step
