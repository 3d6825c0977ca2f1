"""Tables of the documentation that are made from the code are current, and say all that there is."""

import ast
import inspect
import re
import textwrap
from pathlib import Path
from typing import get_args

import pytest

from domain import events, retention
from domain.feed import fanout
from domain.notifications import notify
from domain.search import indexing
from tests.support import doc_tables, redis_keys
from workers.registry import WORKERS

ROOT = Path(__file__).parents[2]
REMOVERS = ("forget_old", "discard_unattached", "expire", "trim", "sweep")
NO_REMOVERS = {("domain/search/indexing.py", "sweep")}  # of the index: it compares


def test_tables_are_current() -> None:
    for path, _ in doc_tables.pages():
        assert path.read_text() == doc_tables.renewed(path.read_text()), f"{path.name}: run `make docs`"


def test_every_table_is_on_one_page() -> None:
    assert sorted(name for _, names in doc_tables.pages() for name in names) == sorted(doc_tables.TABLES)


def test_every_event_says_when_it_is_recorded_and_who_handles_it() -> None:
    kinds = set(get_args(events.Event))
    assert set(events.RECORDED_WHEN) == kinds
    assert set().union(*doc_tables.EFFECTS.values()) == kinds


@pytest.mark.parametrize("group", doc_tables.EFFECTS)
def test_effects_are_those_of_the_events_that_a_group_handles(group: str) -> None:
    effects = doc_tables.EFFECTS[group]
    source = {"fanout": fanout.Fanout.apply, "notify": notify.Notifier.apply, "index": indexing.Indexer.apply}[group]
    [tree] = ast.parse(textwrap.dedent(inspect.getsource(source))).body
    handled = {
        node.cls.id for node in ast.walk(tree) if isinstance(node, ast.MatchClass) and isinstance(node.cls, ast.Name)
    }
    assert {kind.__name__ for kind in effects} == handled


def test_owners_of_keys_declare_them() -> None:
    owners = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in ROOT.glob("domain/**/*.py")
        if re.search(r"^(.*\. )?Owns the (Redis )?keys", ast.get_docstring(ast.parse(path.read_text())) or "", re.M)
    }
    assert owners <= set(redis_keys.declared())
    patterns = [key.pattern for keys in redis_keys.declared().values() for key in keys]
    assert len(patterns) == len(set(patterns))


@pytest.mark.parametrize(
    ("key", "pattern"),
    [
        ("limit:points:{events 7}", "limit:points:{<user or network>}"),
        ("limit:createPost:{7}", "limit:<field>:{<user or network>}"),
        ("feed:of:{7}", "feed:of:{<author>}"),
        ("stories:{7}", "stories:{<author>}"),
        ("stories:tray:{7}", "stories:tray:{<viewer>}"),
        ("trends:{hashtags}:turn", "trends:{hashtags}:turn"),
        ("events:dead:notify", "events:dead:<group>"),
        ("events:other", None),
    ],
)
def test_the_longest_pattern_is_meant(key: str, pattern: str | None) -> None:
    found = redis_keys.declaration_of(key)
    assert (found and found.pattern) == pattern


def test_everything_that_removes_old_data_is_in_the_table() -> None:
    named = {(inspect.getsourcefile(rule.remove), rule.remove.__name__) for rule in retention.RULES}
    for path in sorted(ROOT.glob("domain/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            name = node.name if isinstance(node, ast.AsyncFunctionDef) else ""
            if name.startswith(REMOVERS) and (str(path.relative_to(ROOT)), name) not in NO_REMOVERS:
                assert (str(path), name) in named, f"{path}: {name}"


def test_every_rule_has_a_loop_of_its_worker() -> None:
    for rule in retention.RULES:
        source = inspect.getsource(inspect.getmodule(WORKERS[rule.worker].run))  # type: ignore[arg-type]
        assert ("retention.loops(" if rule.call else f'forever("{rule.step}"') in source, rule.step
