"""What production refuses to start with, and docs/operations/hardening.md with it."""

import inspect
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

import config
from embedded.local import _is_loopback

PAGE = (Path(__file__).parents[2] / "docs" / "operations" / "hardening.md").read_text()
SECRET = "q3vN8zT1mXwK7rYb2LdE5sHc9PfA4uGj"
SOUND = config.Settings(
    secret=SECRET,
    trusted_proxies="10.0.0.2,10.1.0.0/24",
    limits={"signUp": "10/3600"},
    media_url="https://media.example.org/media",
    s3_public_endpoint="https://objects.example.org",
    allowed_origins=["https://app.example.org"],
)
FORBIDDEN = [
    ("secret", "change-me-" * 4),
    ("secret", "a" * 64),
    ("trusted_proxies", "*"),
    ("trusted_proxies", "10.0.0.2, *"),
    ("trusted_proxies", "0.0.0.0/0"),
    ("trusted_proxies", "10.0.0.2,::/0"),
    ("limits", {"*": "2000/60"}),
    ("web_push_private", True),
    ("allow_public_demo", True),
    ("media_url", "http://media.example.org/media"),
    ("s3_public_endpoint", "http://objects.example.org"),
    ("allowed_origins", ["https://app.example.org", "http://app.example.org"]),
    ("allowed_origins", ["*"]),
]


def test_a_sound_configuration_may_start() -> None:
    config.require_hardened(SOUND)
    config.require_hardened(config.Settings(secret=SECRET))
    # A proxy or a tunnel on this machine.
    config.require_hardened(msgspec.structs.replace(SOUND, media_url="http://127.0.0.1:8000/media"))


@pytest.mark.parametrize(("name", "value"), FORBIDDEN)
def test_production_refuses_what_is_not_safe(name: str, value: Any) -> None:
    unsafe = msgspec.structs.replace(SOUND, **{name: value})
    variable = f"HELIOGRAPH_{name.upper()}"
    with pytest.raises(config.ConfigurationError, match=rf"{variable}.*docs/operations/hardening\.md"):
        config.require_hardened(unsafe)
    config.require_hardened(msgspec.structs.replace(unsafe, mode="local"))


def test_the_key_that_was_made_for_a_machine_is_refused() -> None:
    made = msgspec.structs.replace(SOUND, message_keys={config.GENERATED: "A" * 43 + "="})
    with pytest.raises(config.ConfigurationError, match="HELIOGRAPH_MESSAGE_KEYS"):
        config.wrapping_keys(made)
    assert config.wrapping_keys(msgspec.structs.replace(made, mode="local"))


def test_every_rule_is_tested() -> None:
    source = inspect.getsource(config.require_hardened)
    named = set(re.findall(r"[a-z_0-9]+", source)) & set(config.Settings.__struct_fields__)
    assert named - {"mode"} == {name for name, _ in FORBIDDEN}


def test_every_refused_setting_is_on_the_page() -> None:
    listed = set(re.findall(r"`HELIOGRAPH_([A-Z0-9_]+)", PAGE))
    assert {name.upper() for name, _ in FORBIDDEN} <= listed
    assert listed <= {name.upper() for name in config.Settings.__struct_fields__}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_hosts_serve_this_machine_alone(host: str) -> None:
    assert _is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "::ffff:192.168.1.2", "machine.example"])
def test_other_hosts_serve_others(host: str) -> None:
    assert not _is_loopback(host)
