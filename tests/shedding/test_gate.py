"""Who passes a gate, in which order, and who is refused. Time is what the tests say it is."""

import asyncio
import logging

import pytest

from kit.counted_log import CountedLog
from kit.errors import Overloaded
from kit.gate import FAIR_WAIT_S, Gate, Priority, release_place

CRITICAL, HIGH, NORMAL, LOW = Priority
MAX_WAIT_S = 0.4


class Time:
    """The present, and the lag of the event loop."""

    def __init__(self) -> None:
        self.now = 0.0
        self.lag = 0.0


@pytest.fixture
def time() -> Time:
    return Time()


def gate_of(time: Time, places: int = 1, *, reserved: int = 0, max_waiters: int = 100, max_released: int = 0) -> Gate:
    return Gate(
        "tests",
        places,
        reserved=reserved,
        max_released=max_released,
        max_waiters=max_waiters,
        max_wait_s=MAX_WAIT_S,
        lag=lambda: time.lag,
        clock=lambda: time.now,
    )


async def turn() -> None:
    """Let everybody run who can."""
    for _ in range(5):
        await asyncio.sleep(0)


class Operation:
    """Enters a gate and stays in it until it is told to leave."""

    def __init__(self, gate: Gate, priority: Priority = NORMAL, weight: int = 1) -> None:
        self.is_inside = False
        self._leave = asyncio.Event()
        self.task = asyncio.create_task(self._run(gate, priority, weight))

    async def _run(self, gate: Gate, priority: Priority, weight: int) -> None:
        async with gate.enter(priority, weight):
            self.is_inside = True
            await self._leave.wait()
        self.is_inside = False

    async def leave(self) -> None:
        self._leave.set()
        await self.task
        await turn()

    @property
    def is_refused(self) -> bool:
        return self.task.done() and isinstance(self.task.exception(), Overloaded)


async def entering(gate: Gate, priority: Priority = NORMAL, weight: int = 1) -> Operation:
    operation = Operation(gate, priority, weight)
    await turn()
    return operation


async def test_as_many_enter_as_there_are_places(time: Time) -> None:
    gate = gate_of(time, 2)
    first, second, third = [await entering(gate) for _ in range(3)]
    assert (first.is_inside, second.is_inside, third.is_inside) == (True, True, False)
    await first.leave()
    assert third.is_inside
    await second.leave()
    await third.leave()
    assert gate.used == 0


async def test_an_expensive_operation_holds_several_places(time: Time) -> None:
    gate = gate_of(time, 4)
    heavy, light, other = await entering(gate, weight=3), await entering(gate), await entering(gate)
    assert heavy.is_inside
    assert light.is_inside
    assert not other.is_inside
    await heavy.leave()
    assert other.is_inside
    await light.leave()
    await other.leave()


async def test_an_operation_that_weighs_more_than_all_places_enters_an_empty_gate(time: Time) -> None:
    gate = gate_of(time, 4, reserved=1)
    heavy = await entering(gate, weight=100)
    assert heavy.is_inside
    assert gate.used == 3
    await heavy.leave()
    assert gate.used == 0


async def test_a_heavy_waiter_is_not_passed_over_by_light_ones(time: Time) -> None:
    gate = gate_of(time, 3)
    inside = [await entering(gate) for _ in range(3)]
    heavy, light = await entering(gate, weight=2), await entering(gate)
    await inside[0].leave()
    assert not light.is_inside
    await inside[1].leave()
    assert heavy.is_inside
    for operation in (inside[2], heavy, light):
        await operation.leave()


async def test_the_wait_is_bounded(time: Time) -> None:
    gate = gate_of(time)
    inside, waiting = await entering(gate), await entering(gate)
    time.now = MAX_WAIT_S - 0.01
    gate.refuse_overdue()
    await turn()
    assert not waiting.task.done()
    time.now = MAX_WAIT_S
    gate.refuse_overdue()
    await turn()
    assert waiting.is_refused
    assert gate.waiter_count == 0
    await inside.leave()
    assert gate.used == 0


async def test_the_wait_ends_without_anybody_coming_or_going(time: Time) -> None:
    gate = Gate("tests", 1, max_waiters=1, max_wait_s=0.05)
    inside = await entering(gate)
    with pytest.raises(Overloaded):
        async with asyncio.timeout(5), gate.enter():
            pass
    await inside.leave()


async def test_lag_of_the_event_loop_shortens_the_wait(time: Time) -> None:
    gate = gate_of(time)
    inside, waiting = await entering(gate), await entering(gate)
    time.now, time.lag = 0.2, 0.25
    gate.refuse_overdue()
    await turn()
    assert waiting.is_refused
    await inside.leave()


async def test_the_highest_priority_is_served_first(time: Time) -> None:
    gate = gate_of(time)
    inside = await entering(gate)
    waiting = {priority: await entering(gate, priority) for priority in (LOW, NORMAL, CRITICAL, HIGH)}
    for priority in Priority:
        await inside.leave()
        inside = waiting.pop(priority)
        assert inside.is_inside
        assert not any(other.is_inside for other in waiting.values())
    await inside.leave()


async def test_the_oldest_is_served_first_while_waits_are_short(time: Time) -> None:
    gate = gate_of(time)
    inside, old = await entering(gate), await entering(gate)
    time.now = FAIR_WAIT_S / 2
    new = await entering(gate)
    await inside.leave()
    assert (old.is_inside, new.is_inside) == (True, False)
    await old.leave()
    await new.leave()


async def test_the_newest_is_served_first_under_overload(time: Time) -> None:
    gate = gate_of(time)
    inside, old = await entering(gate), await entering(gate)
    time.now = FAIR_WAIT_S * 2
    new = await entering(gate)
    await inside.leave()
    assert (old.is_inside, new.is_inside) == (False, True)
    await new.leave()
    await old.leave()


async def test_reserved_places_are_for_critical_operations_only(time: Time) -> None:
    gate = gate_of(time, 3, reserved=1)
    reads = [await entering(gate, HIGH) for _ in range(3)]
    assert [read.is_inside for read in reads] == [True, True, False]
    mutation = await entering(gate, CRITICAL)
    assert mutation.is_inside
    await mutation.leave()
    assert not reads[2].is_inside
    for read in reads:
        await read.leave()
    assert gate.used == 0


async def test_critical_operations_that_hang_leave_places_to_reads(time: Time) -> None:
    gate = gate_of(time, 8, reserved=2)
    mutations = [await entering(gate, CRITICAL) for _ in range(20)]
    assert sum(mutation.is_inside for mutation in mutations) == 6
    reads = [await entering(gate, priority) for priority in (HIGH, NORMAL, HIGH, LOW)]
    assert [read.is_inside for read in reads] == [True, True, False, False]
    await reads[0].leave()
    assert reads[2].is_inside, "mutations that wait do not hold it up"
    for operation in (*reads[1:3], *mutations, reads[3]):
        await operation.leave()
    assert gate.used == 0


async def test_low_operations_leave_both_shares_to_others(time: Time) -> None:
    gate = gate_of(time, 4, reserved=1)
    mutation = await entering(gate, CRITICAL)
    visitors = [await entering(gate, LOW) for _ in range(3)]
    assert [visitor.is_inside for visitor in visitors] == [True, True, False]
    read = await entering(gate, HIGH)
    assert read.is_inside
    for operation in (mutation, read, *visitors):
        await operation.leave()


async def test_an_operation_that_releases_its_place_goes_on_without(time: Time) -> None:
    gate = gate_of(time, 1, max_released=1)
    async with gate.enter() as place:
        with place.of_operation():
            await asyncio.create_task(released())
            await released()
        assert gate.used == 0
        async with gate.enter() as other:
            other.release()
            assert gate.used == 1, "as many as may have released theirs"
    assert gate.used == 0
    async with gate.enter() as place:
        place.release()
        assert gate.used == 0
    await released()
    assert gate.used == 0


async def released() -> None:
    release_place()


@pytest.mark.parametrize("checked", [1, 0])
async def test_a_flood_of_sign_ins_does_not_refuse_signed_in_viewers(time: Time, checked: int) -> None:
    """150 sign-ins a second, of which argon2 does 100 or none, beside 100 reads a second of 20 ms each."""
    gate = gate_of(time, 16, reserved=4, max_waiters=32, max_released=64)
    argon2: asyncio.Queue[asyncio.Future[None]] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    async def sign_in() -> None:
        async with gate.enter(LOW) as place:
            place.release()
            if argon2.qsize() >= 40:
                raise Overloaded
            done = loop.create_future()
            argon2.put_nowait(done)
            await done

    sign_ins: list[asyncio.Task[None]] = []
    reads: list[Operation] = []
    passed = 0
    for step in range(300):  # of 10 ms
        time.now = step / 100
        sign_ins += [asyncio.create_task(sign_in()) for _ in range(1 + step % 2)]
        reads.append(await entering(gate, HIGH))
        if checked and not argon2.empty():
            argon2.get_nowait().set_result(None)
        if step >= 2 and reads[step - 2].is_inside:
            passed += 1
            await reads[step - 2].leave()
        gate.refuse_overdue()
        await turn()
    for each in (*sign_ins, *(read.task for read in reads)):
        each.cancel()
    await asyncio.gather(*sign_ins, *(read.task for read in reads), return_exceptions=True)
    assert passed == 298
    assert gate.used == 0


async def test_what_need_not_wait_refuses_nobody_who_does(time: Time) -> None:
    gate = gate_of(time, 3, reserved=1, max_waiters=1)
    inside, waiting = [await entering(gate, HIGH) for _ in range(2)], await entering(gate, HIGH)
    mutation = await entering(gate, CRITICAL)
    assert mutation.is_inside
    assert not waiting.is_refused
    for operation in (*inside, waiting, mutation):
        await operation.leave()


async def test_a_full_queue_refuses_the_oldest_of_the_lowest_priority(time: Time) -> None:
    gate = gate_of(time, max_waiters=3)
    inside = await entering(gate)
    high, old, new = await entering(gate, HIGH), await entering(gate, LOW), await entering(gate, LOW)
    newest = await entering(gate, LOW)
    assert old.is_refused
    assert not high.task.done()
    assert not new.task.done()
    assert not newest.task.done()
    for operation in (inside, high, new, newest):
        await operation.leave()


async def test_a_full_queue_refuses_what_has_a_lower_priority_than_all_that_wait(time: Time) -> None:
    gate = gate_of(time, max_waiters=1)
    inside, high, low = await entering(gate), await entering(gate, HIGH), await entering(gate, LOW)
    assert low.is_refused
    await inside.leave()
    assert high.is_inside
    await high.leave()


async def test_a_waiter_that_is_cancelled_takes_no_place(time: Time) -> None:
    gate = gate_of(time)
    inside, gone, waiting = await entering(gate), await entering(gate), await entering(gate)
    gone.task.cancel()
    await turn()
    assert gate.waiter_count == 1
    await inside.leave()
    assert waiting.is_inside
    await waiting.leave()
    assert gate.used == 0


async def test_one_that_is_cancelled_when_it_is_admitted_gives_its_place_back(time: Time) -> None:
    gate = gate_of(time)
    inside, gone, waiting = await entering(gate), await entering(gate), await entering(gate)
    inside._leave.set()
    await asyncio.sleep(0)  # it has left, and the next one was admitted but has not run
    assert gate.used == 1
    gone.task.cancel()
    await turn()
    assert not gone.is_inside
    assert waiting.is_inside
    await waiting.leave()
    assert gate.used == 0


async def test_one_that_is_cancelled_before_it_is_admitted_is_passed_over(time: Time) -> None:
    gate = gate_of(time)
    inside, gone, waiting = await entering(gate), await entering(gate), await entering(gate)
    inside._leave.set()
    gone.task.cancel()  # it has not run yet when a place becomes free
    await turn()
    assert waiting.is_inside
    await waiting.leave()
    assert gate.used == 0


async def test_an_operation_that_is_cancelled_or_fails_inside_gives_its_place_back(time: Time) -> None:
    gate = gate_of(time)
    inside, waiting = await entering(gate), await entering(gate)
    inside.task.cancel()
    await turn()
    assert waiting.is_inside
    await waiting.leave()
    with pytest.raises(ZeroDivisionError):
        async with gate.enter():
            raise ZeroDivisionError
    assert gate.used == 0


async def test_refusals_are_logged_with_their_number(caplog: pytest.LogCaptureFixture) -> None:
    counted = CountedLog(logging.getLogger("tests"), "refused %d", interval_s=0)
    for _ in range(100):
        counted.note()
    await turn()
    assert [record.getMessage() for record in caplog.records] == ["refused 100"]
    counted.note()
    await turn()
    assert caplog.records[-1].getMessage() == "refused 1"
