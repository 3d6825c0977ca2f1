"""A circuit: calls fail at once while a part is away, and what must reach it does before anybody reads from it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from kit import circuit
from kit.circuit import MAX_WRITES, Circuit
from tests.support.client import until


class Part:
    """Answers, or not."""

    def __init__(self) -> None:
        self.is_up = True
        self.probes = 0
        self.written: list[int] = []

    async def probe(self) -> None:
        self.probes += 1
        if not self.is_up:
            raise ConnectionError

    async def write(self, value: int) -> None:
        if not self.is_up:
            raise ConnectionError
        self.written.append(value)


@pytest.fixture
def part(monkeypatch: pytest.MonkeyPatch) -> Part:
    monkeypatch.setattr(circuit, "MIN_PAUSE_S", 0.001)
    monkeypatch.setattr(circuit, "MAX_PAUSE_S", 0.002)
    return Part()


@pytest.fixture
async def breaker(part: Part) -> AsyncIterator[Circuit]:
    made = Circuit("the part", part.probe, (ConnectionError,))
    yield made
    await made.close()


async def closed(breaker: Circuit) -> None:
    await until(lambda: asyncio.sleep(0, breaker.is_open), lambda is_open: not is_open, 5)


async def test_it_is_open_until_the_part_answers(part: Part, breaker: Circuit) -> None:
    assert not breaker.refuses
    part.is_up = False
    breaker.open()
    await until(lambda: asyncio.sleep(0, part.probes), lambda probes: probes > 3, 5)
    assert breaker.refuses
    part.is_up = True
    await closed(breaker)
    assert not breaker.refuses


async def test_writes_are_done_in_order_before_it_closes(part: Part, breaker: Circuit) -> None:
    await breaker.eventually(lambda: part.write(1))
    assert part.written == [1]
    part.is_up = False
    for value in (2, 3):
        await breaker.eventually(lambda value=value: part.write(value))  # type: ignore[misc]
    assert breaker.is_open
    part.is_up = True
    await closed(breaker)
    assert part.written == [1, 2, 3]


async def test_a_write_that_fails_for_another_reason_holds_up_no_other(
    part: Part, breaker: Circuit, caplog: pytest.LogCaptureFixture
) -> None:
    async def wrong() -> None:
        raise ValueError("wrong")

    part.is_up = False
    await breaker.eventually(lambda: part.write(1))
    await breaker.eventually(wrong)
    await breaker.eventually(lambda: part.write(2))
    part.is_up = True
    await closed(breaker)
    assert part.written == [1, 2]
    assert "wrong" in caplog.text


async def test_too_many_writes_are_not_kept(part: Part, breaker: Circuit, caplog: pytest.LogCaptureFixture) -> None:
    part.is_up = False
    breaker.open()
    for value in range(MAX_WRITES + 1):
        await breaker.eventually(lambda value=value: part.write(value))  # type: ignore[misc]
    part.is_up = True
    await closed(breaker)
    assert part.written == list(range(1, MAX_WRITES + 1))
    assert "dropped" in caplog.text


async def test_a_write_that_meets_an_overflow_is_not_mistaken_for_the_next(
    part: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(circuit, "MAX_WRITES", 3)
    may_write, breaker = asyncio.Event(), Circuit("the part", part.probe, (ConnectionError,))
    part.is_up = False
    breaker.open()

    async def slow() -> None:
        await may_write.wait()
        await part.write(0)

    await breaker.eventually(slow)
    for value in (1, 2):
        await breaker.eventually(lambda value=value: part.write(value))  # type: ignore[misc]
    part.is_up = True
    await until(lambda: asyncio.sleep(0, len(breaker._writes)), lambda waiting: waiting == 2, 5)
    await breaker.eventually(lambda: part.write(3))
    may_write.set()
    await closed(breaker)
    assert part.written == [0, 1, 2, 3]
    await breaker.close()


async def test_a_probe_that_fails_for_another_reason_costs_no_write(part: Part) -> None:
    answers = [ValueError("out of memory")] * 3

    async def probe() -> None:
        if answers:
            raise answers.pop()

    breaker = Circuit("the part", probe, (ConnectionError,))
    breaker.open()
    await breaker.eventually(lambda: part.write(1))
    await closed(breaker)
    assert part.written == [1]
    await breaker.close()


async def test_write_that_meets_an_outage_is_done_when_the_part_is_back(part: Part, breaker: Circuit) -> None:
    """The part answers a probe, and then not the write."""
    tries = 0

    async def unlucky() -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise ConnectionError
        await part.write(1)

    breaker.open()
    await breaker.eventually(unlucky)
    await breaker.eventually(lambda: part.write(2))
    await closed(breaker)
    assert part.written == [1, 2]
