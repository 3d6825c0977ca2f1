"""Work waits in lanes, and known people do not wait behind strangers."""

import asyncio

import pytest

from domain.accounts.passwords import Passwords, Verdict
from kit.errors import Overloaded
from kit.lanes import LaneFull, Lanes

FIRST, LAST = 0, 1


async def settle() -> None:
    """Let everybody come as far as they can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_first_lane_goes_first_and_the_last_is_not_forgotten() -> None:
    lanes, order = Lanes(1, (10, 10)), []

    async def work(name: str, lane: int) -> None:
        await lanes.enter(lane, 5)
        order.append(name)
        lanes.leave()

    await lanes.enter(LAST, 5)
    tasks = [asyncio.create_task(work(f"stranger {n}", LAST)) for n in range(3)]
    await settle()
    tasks += [asyncio.create_task(work(f"known {n}", FIRST)) for n in range(5)]
    await settle()
    lanes.leave()
    await asyncio.gather(*tasks)
    assert order == [
        *("known 0", "known 1", "known 2", "stranger 0", "known 3", "known 4", "stranger 1", "stranger 2"),
    ]


async def test_lane_is_bounded_and_frees_its_places() -> None:
    lanes = Lanes(1, (1, 1))
    await lanes.enter(FIRST, 5)
    waiting = asyncio.create_task(lanes.enter(LAST, 5))
    await settle()
    with pytest.raises(LaneFull):
        await lanes.enter(LAST, 5)
    lanes.leave()
    await waiting
    with pytest.raises(TimeoutError):
        await lanes.enter(LAST, 0)
    lanes.leave()
    await lanes.enter(LAST, 0)


async def test_who_gives_up_takes_no_place() -> None:
    lanes = Lanes(1, (9, 9))
    await lanes.enter(FIRST, 5)
    gone = asyncio.create_task(lanes.enter(FIRST, 5))
    next_one = asyncio.create_task(lanes.enter(FIRST, 5))
    await settle()
    gone.cancel()
    lanes.leave()
    await settle()
    assert next_one.done()
    assert gone.cancelled()
    last = asyncio.create_task(lanes.enter(FIRST, 5))
    await settle()
    lanes.leave()
    last.cancel()  # at the instant at which it is given its place
    await settle()
    await lanes.enter(FIRST, 0)


async def test_flood_of_strangers_does_not_delay_known_people(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = Passwords(threads=1)
    hash = await hasher.hash("heliograph")
    order: list[str] = []

    async def verify(name: str, known: bool) -> None:
        assert (await hasher.verify(hash, "heliograph", known=known)).is_right
        order.append(name)

    flood = [asyncio.create_task(verify("stranger", False)) for _ in range(20)]
    await settle()
    await verify("known", True)
    assert order.index("known") <= 1, "it waited for what was being done, not for the flood"
    await asyncio.gather(*flood)
    hasher.close()


async def test_password_queue_is_bounded() -> None:
    hasher = Passwords(threads=1, waiting=32)
    answers = await asyncio.gather(
        *(hasher.verify(None, "x", known=False) for _ in range(27)),
        *(hasher.verify(None, "x", known=True) for _ in range(10)),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, Overloaded) for answer in answers[:27]) == 6
    assert answers[27:] == [Verdict(False)] * 10, "known people have a queue of their own"
    hasher.close()


async def test_work_that_nobody_waits_for_keeps_its_place_until_it_is_done() -> None:
    hasher = Passwords(threads=1)
    gone = asyncio.create_task(hasher.hash("x"))
    await settle()
    gone.cancel()
    await settle()
    assert hasher._lanes._free == 0
    assert not (await hasher.verify(None, "x", known=False)).is_right
    assert hasher._lanes._free == 1
    hasher.close()
