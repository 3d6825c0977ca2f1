"""Habits that no linter knows."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import config

ROOT = Path(__file__).parents[2]


def sources() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.py"], cwd=ROOT, capture_output=True, text=True
    )
    return [path for name in listed.stdout.splitlines() if (path := ROOT / name).exists()]


def test_no_file_has_grown_into_two() -> None:
    long = [str(path) for path in sources() if len(path.read_text().splitlines()) > 400]
    assert not long


def imports(path: Path) -> set[str]:
    """The dotted names that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module or ''}.{each.name}" for each in node.names}
    return found


def test_no_test_module_is_imported_by_another() -> None:
    """What tests share is in tests/support: a change of one test cannot break another one."""
    folders = ("tests", "bench")
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources()
        if path.relative_to(ROOT).parts[0] in folders
        for name in imports(path)
        if name.startswith("tests.") and any(part.startswith("test_") for part in name.split("."))
    ]
    assert not wrong


def test_the_models_have_their_migrations() -> None:
    made = subprocess.run([sys.executable, "-m", "migrations", "make"], cwd=ROOT, capture_output=True, text=True)
    assert "No changes detected" in made.stdout, made.stdout + made.stderr


def test_every_setting_is_documented_with_its_default() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text()
    documented = set(re.findall(r"^\| `(HELIOGRAPH_[A-Z0-9_]+)`", page, re.MULTILINE))
    assert documented == {f"HELIOGRAPH_{name.upper()}" for name in config.Settings.__struct_fields__}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("REDIS_URL", "localhost"),
        ("PURGE_URL", "http://edge:8081, edge:8082"),
        ("LIMITS", "signUp"),
        ("COLOUR", "red"),
        ("MAX_COST", "0"),
        ("MEDIA_KEY", "thirty-two letters; some of which are none"),
        ("APNS_KEY", "nowhere.p8"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(config.ConfigurationError, match=f"HELIOGRAPH_{name}"):
        config.load({f"HELIOGRAPH_{name}": value})


def test_keys_are_read_from_files_and_need_what_belongs_to_them(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text("-----BEGIN")
    with pytest.raises(config.ConfigurationError, match="HELIOGRAPH_WEB_PUSH_CONTACT must be set"):
        config.load({"HELIOGRAPH_WEB_PUSH_KEY": str(key)})
    contact = {"HELIOGRAPH_WEB_PUSH_CONTACT": "mailto:ops@example.org"}
    for given in (str(key), "-----BEGIN"):
        assert config.load({"HELIOGRAPH_WEB_PUSH_KEY": given, **contact}).web_push_key == "-----BEGIN"


def test_settings_are_typed() -> None:
    settings = config.load(
        {"HELIOGRAPH_PORT": "81", "HELIOGRAPH_ALLOWED_ORIGINS": "https://a.example, https://b.example"}
    )
    assert settings.port == 81
    assert settings.allowed_origins == ["https://a.example", "https://b.example"]


def test_a_process_without_its_settings_says_which() -> None:
    for module in ("workers", "migrations"):
        ran = subprocess.run([sys.executable, "-m", module], cwd=ROOT, capture_output=True, text=True, env={"PATH": ""})
        assert ran.returncode != 0
        assert "HELIOGRAPH_DATABASE_URL must be set" in ran.stderr
        assert "Traceback" not in ran.stderr
