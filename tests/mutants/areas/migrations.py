"""The rules for migrations."""

from tests.mutants.mutant import in_file

_lint = in_file("tests/checks/test_migrations.py", "tests/checks/test_migrations.py")
_RULES = "test_every_rule_finds_what_breaks_it"

MUTANTS = [
    _lint(
        "a migration removes nothing that others need",
        "if isinstance(operation, (ops.RemoveField, ops.DeleteModel, ops.RenameField, ops.RenameModel)):",
        "if isinstance(operation, ops.DeleteModel):",
        _RULES,
    ),
    _lint(
        "a new field does not need older writers",
        "if not field.null and not field.has_db_default():",
        "if False:",
        _RULES,
    ),
    _lint(
        "indexes are built beside writers",
        r"""    r"\bCREATE\s+(UNIQUE\s+)?INDEX\s+(?!CONCURRENTLY)": "locks out writers: CONCURRENTLY",""" + "\n",
        "",
        _RULES,
    ),
    _lint(
        "an index beside writers is no part of a transaction",
        'if "CONCURRENTLY" in str(operation.sql) and migration.atomic:',
        "if False:",
        _RULES,
    ),
    _lint(
        "a back-fill is no part of a migration",
        r"""    r"^\s*(UPDATE|DELETE)\b": "back-fills are jobs that can be resumed",""" + "\n",
        "",
        _RULES,
    ),
    in_file("migrations/0031_trends.py", "tests/checks/test_migrations.py")(
        "a released migration does not change",
        "Older versions use none of them.",
        "Older versions use none.",
        "test_released_migrations_have_not_changed",
    ),
]
