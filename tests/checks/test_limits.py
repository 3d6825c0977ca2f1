"""Rate limits: docs/configuration.md has all of them, and settings name no others."""

import re
from pathlib import Path

import pytest

import app
import config
from domain.limits import GENERAL, Budget

PAGE = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text()


def documented(text: str) -> dict[str, Budget]:
    """What a part of the page gives as `name=count/seconds`."""
    found = re.findall(r"`([A-Za-z*]+)=(\d+)/(\d+)`", text)
    return {name: Budget(int(count), per=int(seconds)) for name, count, seconds in found}


def test_the_page_has_the_default_of_every_limit() -> None:
    limits = PAGE.split("\n## Limits\n")[1].split("\nA name in the setting")[0]
    points = PAGE.split("\n## Cost\n")[1].split("\n## ")[0]
    declared = app._budgets(config.Settings())
    special = {name: budget for name, budget in declared.items() if budget != GENERAL or name == "*"}
    assert documented(limits) | documented(points) == special


def test_a_setting_may_name_any_limited_field() -> None:
    limits = {"signUp": "1/2", "likePost": "3/4", "search": "5/6", "mlsKeyPackages": "7/8", "signInFailures": "9/10"}
    overlaid = app._budgets(config.Settings(limits=limits))
    assert {name: f"{overlaid[name].count}/{overlaid[name].per}" for name in limits} == limits


@pytest.mark.parametrize("name", ["nonsense", "feed", "sign_up", "messageSent"])
def test_a_limit_of_nothing_stops_the_start(name: str) -> None:
    sentence = rf"^HELIOGRAPH_LIMITS has {name}=1/1: expected one of .*\bsignUp\b.* and COUNT/SECONDS\.$"
    with pytest.raises(SystemExit, match=sentence):
        app.create(config.Settings(limits={name: "1/1"}))
