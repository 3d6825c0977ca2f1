"""What happens in conversations arrives at once, in order, once, and only as long as it is the listener's to hear."""

import asyncio
from typing import Any

import pytest

from clients.broadcast import QUEUE
from domain.messages import log
from kit import clock
from kit.ids import decode
from tests.conftest import Clock, NewPerson
from tests.support.client import Failed, until
from tests.support.messages import (
    ADD_MEMBERS,
    LEAVE_CONVERSATION,
    MARK_READ,
    REMOVE_MEMBER,
    UNSEND_MESSAGE,
    follow_each_other,
    send_message,
    start_conversation,
)
from tests.support.relationships import BLOCK
from tests.support.websocket_client import closing, cursor, listener
from workers.parts import Parts

TYPING = "mutation ($in: ID!, $is: Boolean!) { setTyping(conversationId: $in, isTyping: $is) { userErrors { code } } }"


async def test_everything_arrives(person: NewPerson, base_url: str) -> None:
    ada, grace, alan = await person("ada"), await person("grace"), await person("alan")
    await follow_each_other(ada, grace, alan)
    group = await start_conversation(ada, grace)
    async with listener(ada, base_url) as mine, listener(grace, base_url) as hers:
        sent = await send_message(ada, group, "Hello", idempotencyKey="k1")
        echo, heard = await mine.event(), await hers.event()
        assert heard["message"] == {"id": sent["id"], "text": "Hello", "sender": {"id": ada.id}, "idempotencyKey": None}
        assert echo["message"]["idempotencyKey"] == "k1"
        await grace.do(TYPING, **{"in": group, "is": True})
        typing = await mine.event()
        assert (typing["__typename"], typing["cursor"], typing["isTyping"]) == ("TypingChanged", None, True)
        await grace.do(MARK_READ, **{"in": group, "id": sent["id"]})
        for each in (mine, hers):
            read = await each.event()
            assert read["member"] == {"user": {"id": grace.id}, "lastReadMessageId": sent["id"]}
        await ada.do(UNSEND_MESSAGE, id=sent["id"])
        for each in (mine, hers):
            gone = await each.event()
            assert (gone["__typename"], gone["gone"]) == ("MessageUnsent", {"id": sent["id"], "text": None})
        three = await start_conversation(ada, grace, alan)
        for each in (mine, hers):
            assert (await each.event())["conversation"] == {"id": three}
        await ada.do(REMOVE_MEMBER, **{"in": three, "id": alan.id})
        for each in (mine, hers):
            left = await each.event()
            assert (left["user"], left["isMember"]) == ({"id": alan.id}, False)


async def test_what_was_missed_comes_first_in_order_and_once(person: NewPerson, base_url: str) -> None:
    ada, grace = await person("ada"), await person("grace")
    one = await start_conversation(ada, grace)
    other = await start_conversation(ada, grace, await person("alan"))
    since = await cursor(grace)
    for n in range(log_page := 70):
        await send_message(ada, one if n % 2 else other, str(n))
    async with (
        listener(grace, base_url, after=since) as all_of_it,
        listener(grace, base_url, one, since) as one_of_them,
    ):

        async def go_on() -> None:
            for n in range(log_page, log_page + 30):
                await send_message(ada, one if n % 2 else other, str(n))

        going = asyncio.create_task(go_on())
        events = [await all_of_it.event() for _ in range(100)]
        odd = [await one_of_them.event() for _ in range(50)]
        await going
    assert [event["message"]["text"] for event in events] == [str(n) for n in range(100)]
    assert [event["message"]["text"] for event in odd] == [str(n) for n in range(1, 100, 2)]
    async with listener(grace, base_url, after=odd[20]["cursor"]) as again:
        assert (await again.event())["message"]["text"] == "42", "cursors of one and of all are the same kind"
    assert events[-1]["cursor"] == await cursor(grace)


async def test_cursors_are_ones_own_and_run_out(person: NewPerson, base_url: str, parts: Parts) -> None:
    ada, grace = await person("ada"), await person("grace")
    conversation = await start_conversation(ada, grace)
    since = await cursor(ada)
    await send_message(ada, conversation, "one")
    for wrong in (await cursor(grace), "nonsense"):
        async with listener(ada, base_url, after=wrong) as refused:
            assert await refused.ended() == "BAD_USER_INPUT"
    kept = await cursor(ada)
    await parts.db.execute(
        "UPDATE conversation_log SET id = id - ($2::bigint << 22) WHERE user_id = $1", decode(ada.id)[1], 8 * 86_400_000
    )
    assert await log.forget_old(parts.db, clock.now())
    async with listener(ada, base_url, after=since) as refused:
        assert await refused.ended() == "CURSOR_EXPIRED"
    async with listener(ada, base_url, after=kept) as fine:
        await send_message(grace, conversation, "two")
        assert (await fine.event())["message"]["text"] == "two"


async def test_a_foreign_conversation(person: NewPerson, base_url: str) -> None:
    ada, grace, alan = await person("ada"), await person("grace"), await person("alan")
    async with listener(alan, base_url, await start_conversation(ada, grace)) as refused:
        assert await refused.ended() == "BAD_USER_INPUT"


SIGN_OUT = "mutation ($token: String!) { signOut(refreshToken: $token) { userErrors { code } } }"
DEACTIVATE = 'mutation { deactivateAccount(password: "heliograph") { userErrors { code } } }'


@pytest.mark.parametrize("way", ["sign out", "deactivate", "token", "block", "leave", "remove"])
async def test_the_right_ends_the_stream_within_five_seconds(
    person: NewPerson, base_url: str, now: Clock, way: str
) -> None:
    ada, grace, alan = await person("ada"), await person("grace"), await person("alan")
    pair, group = await start_conversation(ada, grace), await start_conversation(ada, grace, alan)
    conversation = group if way in ("leave", "remove") else pair
    # Until then grace, who did not start it, may not listen to the direct conversation.
    await send_message(ada, conversation, "before")
    async with listener(grace, base_url, conversation) as one, listener(grace, base_url) as all_of_it:
        await send_message(ada, conversation, "first")
        for each in (one, all_of_it):
            assert (await each.event())["message"]["text"] == "first"
        both = (one, all_of_it) if way in ("sign out", "deactivate", "token") else (one,)
        if way == "sign out":
            await grace.do(SIGN_OUT, token=grace.refresh_token)
        elif way == "deactivate":
            await grace.do(DEACTIVATE)
        elif way == "block":
            await ada.do(BLOCK, id=grace.id)
        elif way == "leave":
            await grace.do(LEAVE_CONVERSATION, **{"in": group})
        elif way == "remove":
            await ada.do(REMOVE_MEMBER, **{"in": group, "id": grace.id})
        with now.moved(minutes=16 if way == "token" else 0):
            if len(both) == 2:
                codes = [await closing(each.connection, within=5) for each in both]
                assert set(codes) == {4403 if way == "token" else 4401}
            else:
                assert await one.ended(within=5) is None
        if len(both) == 1:
            await ada.do(TYPING, **{"in": group, "is": True})
            if way == "block":
                await send_message(alan, group, "others may")
                assert (await all_of_it.event())["message"]["text"] == "others may", (
                    "and typing of the blocker is not heard"
                )


async def test_who_comes_later_hears_from_then_on(person: NewPerson, base_url: str) -> None:
    ada, grace, alan, joan = [await person(name) for name in ("ada", "grace", "alan", "joan")]
    group = await start_conversation(ada, grace, alan)
    await send_message(ada, group, "before")
    async with listener(joan, base_url) as hers:
        await ada.do(ADD_MEMBERS, **{"in": group, "ids": [joan.id]})
        came = await hers.event()
        assert (came["user"], came["isMember"], came["conversation"]) == ({"id": joan.id}, True, {"id": group})
        await send_message(ada, group, "after")
        assert (await hers.event())["message"]["text"] == "after"


async def test_a_hint_that_is_lost_costs_seconds(
    person: NewPerson, base_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, grace = await person("ada"), await person("grace")
    conversation = await start_conversation(ada, grace)

    async def lose(*_: Any) -> None:
        return

    async with listener(grace, base_url) as hers:
        await send_message(ada, conversation, "heard")
        assert (await hers.event())["message"]["text"] == "heard"
        monkeypatch.setattr(log, "announce", lose)
        await send_message(ada, conversation, "unheard")
        assert (await hers.event(within=5))["message"]["text"] == "unheard"
        monkeypatch.undo()
        await send_message(ada, conversation, "again")
        assert (await hers.event())["message"]["text"] == "again"


async def test_a_slow_listener_misses_nothing_and_slows_nobody(person: NewPerson, base_url: str) -> None:
    ada, grace = await person("ada"), await person("grace")
    conversation, count = await start_conversation(ada, grace), 2 * QUEUE
    after, long = await cursor(grace), "€" * 3900
    async with (
        listener(grace, base_url, after=after, max_queue=1) as slow,
        listener(grace, base_url, after=after) as quick,
    ):
        for n in range(count):
            await send_message(ada, conversation, f"{n} {long}")
            assert (await quick.event())["message"]["text"].split()[0] == str(n)
        heard = [(await slow.event())["message"]["text"].split()[0] for _ in range(count)]
    assert heard == [str(n) for n in range(count)]


async def test_a_flood_is_refused_with_a_time_to_wait(
    person: NewPerson, monkeypatch: pytest.MonkeyPatch, api: Any
) -> None:
    ada, grace = await person("ada"), await person("grace")
    conversation = await start_conversation(ada, grace)
    limits = api.state.services.limits
    budget = type(limits.budget("sendMessage"))(3, 60)
    monkeypatch.setattr(limits, "_budgets", {**limits._budgets, "sendMessage": budget})
    for n in range(3):
        await send_message(ada, conversation, str(n))
    with pytest.raises(Failed) as failed:
        await asyncio.gather(*(send_message(ada, conversation, str(n)) for n in range(3, 6)))
    assert failed.value.code == "RATE_LIMITED"
    assert 1 <= failed.value.errors[0]["extensions"]["retryAfter"] <= 21


async def test_nobody_listens_in_vain(api: Any) -> None:
    """What the tests above began has been let go of."""
    assert await until(lambda: _open(api), lambda count: count == 0) == 0


async def _open(api: Any) -> int:
    return len(api.state.services.streams._open)
