"""Migrations run while the previous version serves, and never change once they have been released."""

import hashlib
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tortoise.migrations import operations as ops

from tests.releases import DUMP

FOLDER = Path(__file__).parents[2] / "migrations"
RELEASED = FOLDER / "released.txt"
"""The SHA-256 and the name of each migration that has been released. A release appends its own."""

FIRST_CHECKED = 28
"""Those before it were released before there were these rules."""

CONTRACTIONS: dict[str, str] = {}
"""Operations that remove something, and why no version that may still run needs it: {"0042_x RemoveField": "..."}."""

SLOW = {
    r"\bALTER\s+COLUMN\s+\S+\s+(SET\s+DATA\s+)?TYPE\b": "rewrites the table: add a column, back-fill it, switch",
    r"\bSET\s+NOT\s+NULL\b": "reads the whole table under its lock: add a CHECK ... NOT VALID, validate it",
    r"\bADD\s+(CONSTRAINT\s+\S+\s+)?(CHECK|FOREIGN\s+KEY)\b(?!.*\bNOT\s+VALID\b)": "needs NOT VALID, then VALIDATE",
    r"\bCREATE\s+(UNIQUE\s+)?INDEX\s+(?!CONCURRENTLY)": "locks out writers: CONCURRENTLY",
    r"^\s*(UPDATE|DELETE)\b": "back-fills are jobs that can be resumed",
    r"\b(DROP|RENAME)\s+(TABLE|COLUMN|TO)\b": "the previous version still needs it",
}


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("[0-9]*.py"))


def problems(name: str, migration: Any) -> Iterator[str]:
    """What is wrong with a migration."""
    created = {operation.name for operation in migration.operations if isinstance(operation, ops.CreateModel)}
    tables = {
        operation.options["table"] for operation in migration.operations if isinstance(operation, ops.CreateModel)
    }
    for operation in migration.operations:
        kind = type(operation).__name__
        if isinstance(operation, (ops.RemoveField, ops.DeleteModel, ops.RenameField, ops.RenameModel)):
            if f"{name} {kind}" not in CONTRACTIONS:
                yield f"{kind}: the previous version still needs it"
        elif isinstance(operation, ops.AddField) and operation.model_name not in created:
            field = operation.field
            if not field.null and not field.has_db_default():
                yield f"{kind} {operation.name}: older writers do not set it, so it needs null=True or db_default"
        elif isinstance(operation, ops.AlterField):
            yield f"{kind}: add a field, back-fill it, switch"
        elif isinstance(operation, (ops.AddIndex, ops.AddConstraint)) and operation.model_name not in created:
            yield f"{kind}: locks out writers: CREATE INDEX CONCURRENTLY by RunSQL"
        elif isinstance(operation, ops.RunSQL):
            yield from _slow(operation.sql, tables)
            if "CONCURRENTLY" in str(operation.sql) and migration.atomic:
                yield "CONCURRENTLY cannot run in a transaction: atomic = False"


def _slow(sql: Any, new_tables: set[str]) -> Iterator[str]:
    for statement in [sql] if isinstance(sql, str) else sql:
        text = " ".join(str(statement).split())
        if any(re.search(rf"\b(ON|TABLE) {table}\b", text) for table in new_tables):
            continue
        for pattern, reason in SLOW.items():
            if re.search(pattern, text, re.IGNORECASE):
                yield f"{text[:80]}: {reason}"


@pytest.mark.parametrize("name", [name for name in names() if int(name[:4]) >= FIRST_CHECKED])
def test_migration_runs_beside_the_previous_version(name: str) -> None:
    migration = importlib.import_module(f"migrations.{name}").Migration
    assert list(problems(name, migration)) == []


def test_released_migrations_have_not_changed() -> None:
    released = dict(reversed(line.split()) for line in RELEASED.read_text().splitlines())  # type: ignore[misc]
    found = {name: hashlib.sha256((FOLDER / f"{name}.py").read_bytes()).hexdigest() for name in names()}
    assert {name: found.get(name) for name in released} == released
    assert list(released) == names()[: len(released)], "they are released in their order"


def test_dump_of_the_previous_release_has_rows_in_every_table() -> None:
    dump = DUMP.read_text()
    tables, filled = (
        set(re.findall(rf"^{begin} public\.(\w+)", dump, re.MULTILINE)) for begin in ("CREATE TABLE", "INSERT INTO")
    )
    assert tables == filled
    applied = re.findall(r"'models', '(\d{4}_\w+)'", dump)
    assert applied == names()[: len(applied)]
    assert applied, "migrations are recorded"


class Wrong:
    """A migration that is wrong in every way."""

    atomic = True
    operations = [
        ops.AddField("Post", "added", field=importlib.import_module("tortoise").fields.IntField()),
        ops.RemoveField("Post", "caption"),
        ops.RunSQL("CREATE INDEX i ON posts (caption)"),
        ops.RunSQL(["CREATE INDEX CONCURRENTLY i ON posts (caption)"]),
        ops.RunSQL("UPDATE posts SET caption = ''"),
        ops.RunSQL("ALTER TABLE posts ALTER COLUMN caption TYPE text"),
        ops.RunSQL("ALTER TABLE posts ADD CONSTRAINT c CHECK (id > 0)"),
        ops.RunSQL("ALTER TABLE posts ALTER COLUMN caption SET NOT NULL"),
    ]


def test_every_rule_finds_what_breaks_it() -> None:
    assert len(list(problems("0000_wrong", Wrong))) == len(Wrong.operations)
