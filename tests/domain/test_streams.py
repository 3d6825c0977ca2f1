"""A stream tells its listener nothing once the right to listen is over."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from clients.broadcast import GAP, tell, unheard
from domain.accounts import sessions
from domain.accounts.tokens import Access
from domain.streams import Stream, StreamRevokedError, Streams
from kit import clock
from kit.errors import Unauthenticated
from tests.conftest import Clock
from tests.support.factories import people
from workers.parts import Parts


@pytest.fixture
def now() -> Clock:
    return Clock()


def access(session_id: int = 2, user_id: int = 1) -> Access:
    return Access(user_id, session_id, clock.now() + timedelta(minutes=15))


def stream(now: Clock) -> Stream:
    return Stream(access(), unheard(), now)


async def test_stream_is_checked_before_each_event(now: Clock) -> None:
    good, expired, over, cut = (stream(now) for _ in range(4))
    over.end()
    cut.end(cut=True)
    for each in (good, expired, over, cut):
        tell(each.events, "event")
    assert await good.hint() == "event"
    with pytest.raises(Unauthenticated):
        await over.hint()
    with pytest.raises(StreamRevokedError):
        await cut.hint()
    with now.moved(minutes=16), pytest.raises(Unauthenticated):
        await expired.hint()


async def test_event_that_comes_with_the_end_is_not_told(now: Clock) -> None:
    """The right is looked at again when the event is there."""

    class Late:
        """Somebody who hears an event just when the stream ends."""

        def __init__(self) -> None:
            self.stream: Stream | None = None

        async def get(self) -> Any:
            assert self.stream is not None
            self.stream.over = True
            return "event"

    late: Any = Late()
    late.stream = Stream(access(), late, now)
    with pytest.raises(Unauthenticated):
        await late.stream.hint()


async def test_silence_is_a_gap(now: Clock) -> None:
    assert await stream(now).hint(within=0.01) == GAP


async def test_idle_streams_of_expired_tokens_end(parts: Parts, now: Clock) -> None:
    streams = Streams(parts.db, parts.redis, parts.live, now)  # type: ignore[arg-type]
    async with streams.listen(access()) as idle:
        with now.moved(minutes=16):
            await streams.look()
        assert idle.over


async def begin_session(parts: Parts, user_id: int) -> int:
    number: int = await parts.db.fetchval(
        """
        INSERT INTO sessions (id, user_id, nonce, generation, rotated_at, expires_at)
        VALUES (next_id(0), $1, '', 0, now(), now() + interval '1 day') RETURNING id
        """,
        user_id,
    )
    return number


async def test_streams_of_sessions_that_ended_end(parts: Parts, now: Clock) -> None:
    ada, bob, eve = await people(parts.db, 3)
    on, ended, away = [await begin_session(parts, user_id) for user_id in (ada, bob, eve)]
    await parts.db.execute("UPDATE sessions SET ended_at = now() WHERE id = $1", ended)
    await parts.db.execute("UPDATE users SET status = 'DEACTIVATED' WHERE id = $1", eve)
    assert await sessions.live(parts.db, [on, ended, away]) == {on}
    streams = Streams(parts.db, parts.redis, parts.live, now)  # type: ignore[arg-type]
    async with (
        streams.listen(access(on, ada)) as one,
        streams.listen(access(ended, bob)) as two,
        streams.listen(access(away, eve)) as three,
    ):
        await streams.look()
        assert [each.over for each in (one, two, three)] == [False, True, True]


async def test_streams_that_end_are_let_go_of(parts: Parts, now: Clock) -> None:
    streams = Streams(parts.db, parts.redis, parts.live, now)  # type: ignore[arg-type]
    async with streams.listen(access()):
        assert streams.people == {1}
    assert streams.people == set()


def test_moment_of_expiry_is_the_end(now: Clock) -> None:
    instant = datetime.now(clock.now().tzinfo)
    ends = Stream(Access(1, 2, instant), unheard(), lambda: instant)
    with pytest.raises(Unauthenticated):
        ends.check()
