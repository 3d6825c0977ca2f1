"""Work in the background: how its failures are logged."""

import asyncio
import logging

import pytest

from kit import counted_log
from kit.background import Background


class Away(Exception):
    pass


@pytest.fixture(autouse=True)
def short_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counted_log.CountedLog.__init__, "__defaults__", (0.01,))


async def fail(error: Exception) -> None:
    raise error


async def logged(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    await asyncio.sleep(0.05)
    return [record for record in caplog.records if record.name == "kit.background"]


async def test_failures_of_a_part_that_is_away_are_one_line_without_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    background = Background(is_outage=lambda error: isinstance(error, Away))
    for _ in range(5):
        background.spawn(fail(Away()), "ties")
    [record] = await logged(caplog)
    assert record.levelno == logging.WARNING
    assert record.exc_info is None
    assert record.getMessage() == "ties: left undone 5 times within a second, as a part is away or overloaded"


async def test_other_failures_keep_their_tracebacks(caplog: pytest.LogCaptureFixture) -> None:
    background = Background(is_outage=lambda error: isinstance(error, Away))
    background.spawn(fail(KeyError("a bug")), "ties")
    [record] = await logged(caplog)
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None


async def test_dropped_work_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    background = Background(limit=1)
    assert background.spawn(asyncio.sleep(60), "first")
    assert [background.spawn(asyncio.sleep(60), "ties") for _ in range(5)] == [False] * 5
    [record] = await logged(caplog)
    assert record.getMessage() == "ties: dropped 5 times within a second, as 1 tasks are under way"
    await background.close()
