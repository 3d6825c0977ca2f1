"""Words and names that the project no longer uses: docs/glossary.md has the standard terms."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

OLD_WORDS = {
    "afresh": "again",
    "amiss": "wrong",
    "anew": "again",
    "are told of": "are notified of",
    "bears to": "can",
    "by now stands": "is",
    "cease": "stop",
    "ceases": "stops",
    "henceforth": "from then on",
    "is told of": "is notified of",
    "made anew": "rebuilt",
    "oneself": "the viewer",
    "stand to each other": "their relationship",
    "stands to": "the relationship to",
    "thereof": "of it",
    "wherein": "in which",
    "whoever": "the user, the client, the process that",
    "whomever": "the user whom",
}
"""Words that readers of English as a second language stumble over, and what to say instead."""

OLD_NAMES = {
    "BELL": "STORY_NOTIFICATIONS",
    "Cut": "…Error",
    "Doubted": "NeedsReview",
    "ENOUGH": "MIN_…",
    "FEW": "MIN_…",
    "Flights": "SingleFlight",
    "HELD": "LOCK_SQL",
    "Heavy": "IsVideo",
    "KEPT": "…_RETENTION",
    "MOST": "MAX_…",
    "Missing": "…Error",
    "ReachChanged": "FanoutModeChanged",
    "Redone": "FallbackValue",
    "Refused": "…Error",
    "STRETCH": "…_BATCH_SIZE",
    "Shelf": "PlanCache",
    "Standing": "Relationship",
    "Surprise": "Deoptimize",
    "Town": "Cluster",
    "Village": "FeedFixture",
    "bells_after": "story_subscribers",
    "is_pulled": "is_fanout_on_read",
    "pushed_anyway": "fanout_exceptions",
    "sees_words": "can_interact",
    "steadily": "retry_on_conflict",
}
"""Names of classes, functions, constants and variables, and what replaced them. Stored names are texts, not names."""

FROZEN = ("migrations/", "models/", "tests/checks/contract.graphql", "tests/releases/", "tests/checks/test_words.py")
"""Files that never change after a release, or quote the past. Models have the names and comments of stored tables."""


def tracked(*endings: str) -> Iterator[tuple[str, str]]:
    """(path, text) of the project's own files."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for path in listed.splitlines():
        if path.endswith(endings) and not path.startswith(FROZEN) and (ROOT / path).is_file():
            yield path, (ROOT / path).read_text()


def test_old_words_are_not_used() -> None:
    pattern = re.compile(rf"\b({'|'.join(OLD_WORDS)})\b", re.IGNORECASE)
    found = [
        f"{path}:{number}: say {OLD_WORDS[match[1].lower()]!r} instead of {match[1]!r}"
        for path, text in tracked(".py", ".md", ".graphql", ".toml", ".sql", ".mjs")
        for number, line in enumerate(text.splitlines(), 1)
        for match in pattern.finditer(line)
    ]
    assert not found, "\n".join(found)


def test_old_names_are_not_used() -> None:
    found = [
        f"{path}:{line}: call it {OLD_NAMES[name]} instead of {name}"
        for path, text in tracked(".py")
        for name, line in defined(ast.parse(text))
        if name in OLD_NAMES
    ]
    assert not found, "\n".join(found)


def defined(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """The names that a module defines, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
