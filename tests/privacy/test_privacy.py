"""In every world every viewer is shown, on every path, exactly what is theirs to see.

There is a chosen world for each rule (`chosen`), and random ones; `make fuzz` tries more of these than a normal run.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from starlette.applications import Starlette

from clients.search import SearchEngine
from config import Settings
from domain.accounts.tokens import Access
from domain.graph.rows import Kind
from domain.hashtags import trends
from domain.hashtags.trend_scores import Trend
from domain.hashtags.trends import Snapshot, Trends
from kit import ids
from resolvers.context import Context, Services
from schema.api import Api, build
from tests.privacy import paths, searching
from tests.privacy.chosen import CHOSEN
from tests.privacy.oracle import Eyes
from tests.privacy.world import PEOPLE, World, make, name_of, worlds
from tests.support.unlimited import unlimited

NOWHERE = 2**62  # a number that no row has


class Asking:
    """Asks the schema as one person of a world."""

    def __init__(self, schema: Api, services: Services, world: World, viewer: int | None) -> None:
        self.schema = schema
        self.services = services
        self.access = None
        if viewer is not None:
            until = services.clock() + timedelta(hours=1)
            self.access = Access(world.people_ids[viewer], world.session_ids[viewer], until)

    async def __call__(self, document: str, **variables: Any) -> tuple[Any, list[str]]:
        """The data, and the codes of the errors."""
        context = Context(self.services, "test", "127.0.0.1", access=self.access)
        result = await self.schema.execute(document, variable_values=variables, context_value=context)
        return result.data, [error.extensions["code"] for error in result.errors or []]


@pytest.fixture(scope="module")
def schema() -> Api:
    return build()


@pytest.fixture(scope="module")
def services(api: Starlette) -> Services:
    made = unlimited(api.state.services)
    return replace(made, trends=Trends(made.db, made.redis, made.clock, max_age=timedelta()))


@pytest.fixture(scope="module")
async def engine(services: Services, settings: Settings) -> AsyncIterator[SearchEngine]:
    opened = SearchEngine(str(settings.search_url))
    yield opened
    await opened.close()


@pytest.mark.parametrize("rule", CHOSEN)
async def test_everybody_sees_what_is_theirs_to_see_in_a_chosen_world(
    schema: Api, services: Services, engine: SearchEngine, workers: None, rule: str
) -> None:
    await look_around(schema, services, engine, CHOSEN[rule]())


@hypothesis_settings(max_examples=hypothesis_settings().max_examples // 2)
@given(world=worlds())
async def test_everybody_sees_what_is_theirs_to_see(
    schema: Api, services: Services, engine: SearchEngine, workers: None, world: World
) -> None:
    await look_around(schema, services, engine, world)


async def look_around(schema: Api, services: Services, engine: SearchEngine, world: World) -> None:
    """Make the world, and have everybody look at all of it."""
    await make(services.db, services.keys, world)
    await searching.index(services.db, engine, world)
    await trends.store(services.redis, Snapshot(1, (Trend(world.hashtag_id, 1.0, (9,) * 7),)))
    before = await traces(services, world)

    async def look(viewer: int | None) -> None:
        ask, eyes = Asking(schema, services, world, viewer), Eyes(world, viewer)
        await things(ask, eyes, services.urls.base)
        await roots(ask, eyes)
        await searching.searches(ask, eyes)
        if viewer is not None:
            await mutations(ask, eyes)

    async with asyncio.timeout(120), asyncio.TaskGroup() as everybody:
        for viewer in (None, *range(PEOPLE)):
            everybody.create_task(look(viewer))
    assert await traces(services, world) == before
    for viewer in range(PEOPLE):
        if world.status[viewer] == "ACTIVE":
            await withdrawals(Asking(schema, services, world, viewer), Eyes(world, viewer))


async def things(ask: Asking, eyes: Eyes, media_url: str) -> None:
    """By id, one by one and together."""
    world = eyes.world
    expected: dict[str, Any] = {}
    for n in range(PEOPLE):
        expected[eyes.person_id(n)] = eyes.shows_user(n)
    for n in range(len(world.posts)):
        expected[eyes.post_id(n)] = eyes.shows_post(n)
        expected[eyes.photo_id(n)] = eyes.shows_photo(n)
        expected[eyes.no_media_id(n)] = None
        expected[eyes.upload_id(n)] = eyes.shows_upload(n)
    for n in range(len(world.comments)):
        expected[eyes.comment_id(n)] = eyes.shows_comment(n)
    for n in range(len(world.stories)):
        expected[eyes.story_id(n)] = eyes.shows_story(n)
        expected[eyes.still_id(n)] = eyes.shows_still(n)
    for n in range(PEOPLE):
        expected[eyes.reel_id(n)] = eyes.shows_reel(n)
        expected[eyes.highlight_id(n)] = eyes.shows_highlight(n)
    for n, talk in enumerate(world.talks):
        expected[eyes.talk_id(n)] = eyes.shows_talk(n)
        expected |= {eyes.said_id(n, m): eyes.shows_said(n, m) for m in range(len(talk.said))}
        expected |= {eyes.member_id(n, place): eyes.shows_member(n, place) for place in range(len(talk.members))}
    expected |= {eyes.told_id(n): eyes.shows_told(n) for n in range(len(world.told))}
    expected[eyes.hashtag_id] = eyes.shows_hashtag()
    expected[eyes.place_id] = eyes.shows_place()

    allowed = set() if eyes.is_signed_in else {"UNAUTHENTICATED"}
    data, errors = await ask(paths.THINGS, ids=list(expected))
    assert set(errors) <= allowed
    shown = {id: plain(node, media_url) for id, node in zip(expected, data["nodes"], strict=True)}
    for id, thing in expected.items():
        assert shown[id] == thing, f"{ids.decode(id)} for viewer {eyes.viewer}"
    data, errors = await ask(paths.FIRST, ids=list(expected))
    assert set(errors) <= allowed
    for thing, first in zip(expected.values(), data["nodes"], strict=True):
        for name, page in (first or {}).items():
            visible = thing[name]["nodes"]
            assert len(page["nodes"]) == min(len(visible), 1)
            assert page["pageInfo"]["hasNextPage"] == (len(visible) > 1), "what is hidden leaves no gap"
    for id in (eyes.person_id(0), eyes.post_id(0), eyes.photo_id(0), eyes.hashtag_id):
        data, errors = await ask(paths.ONE, id=id)
        assert not errors
        assert (data["node"] is None) == (expected[id] is None)


async def roots(ask: Asking, eyes: Eyes) -> None:
    """By name, in the feed and in one's own lists."""
    world = eyes.world
    for n in range(PEOPLE):
        data, errors = await ask(paths.NAMES, name=name_of(world.people_ids[n]))
        assert (data["user"], errors) == ({"id": eyes.person_id(n)} if eyes.exists(n) else None, [])
    data, errors = await ask(paths.TAG, name=world.hashtag)
    assert (data["hashtag"], errors) == ({"id": eyes.hashtag_id} if eyes.shows_hashtag() else None, [])
    data, errors = await ask(paths.TRENDS)
    shown = plain(data["trendingHashtags"], "")["nodes"]
    assert (shown, errors) == ([{"id": eyes.hashtag_id}] if eyes.shows_hashtag() else [], [])
    if eyes.viewer is None:
        assert (await ask(paths.FEED))[1] == ["UNAUTHENTICATED"]
        assert (await ask(paths.TRAY))[1] == ["UNAUTHENTICATED"]
        assert (await ask(paths.INBOX))[1] == ["UNAUTHENTICATED"] * 2
        assert (await ask(paths.OWN))[0] == {"viewer": None}
        return
    for order in ("CHRONOLOGICAL", "RANKED", "CHRONOLOGICAL"):
        data, errors = await ask(paths.FEED, order=order)
        assert not errors
        shown, expected = plain(data["feed"], "")["nodes"], eyes.feed()
        assert (shown if order == "CHRONOLOGICAL" else sorted(shown, key=str)) == (
            expected if order == "CHRONOLOGICAL" else sorted(expected, key=str)
        )
    for _ in range(2):  # by the database, and by Redis
        data, errors = await ask(paths.TRAY)
        assert (plain(data["storyTray"], "")["nodes"], errors) == (eyes.tray(), [])
    for requests in (False, True):
        data, errors = await ask(paths.INBOX, requests=requests)
        if not eyes.is_signed_in:
            assert errors == ["UNAUTHENTICATED"] * 2
            continue
        shown = plain(data["conversations"], "")["nodes"]
        assert (sorted(shown, key=str), errors) == (eyes.inbox(requests), [])
        assert sorted(plain(data["notifications"], "")["nodes"], key=str) == eyes.notifications()
    data, errors = await ask(paths.OWN)
    if not eyes.is_signed_in:
        assert set(errors) == {"UNAUTHENTICATED"}
        return
    assert not errors
    own = plain(data["viewer"], "")
    assert own["user"] == {"id": eyes.person_id(eyes.viewer)}
    assert own["unreadNotificationCount"] == eyes.unread()
    assert sorted(own["savedPosts"]["nodes"], key=str) == eyes.saved()
    assert sorted(own["followRequests"]["nodes"], key=str) == eyes.requests()
    assert sorted(own["blockedUsers"]["nodes"], key=str) == eyes.blocked()


async def mutations(ask: Asking, eyes: Eyes) -> None:
    """What is not there for the viewer is answered as what never was, and nothing is done to it."""
    world = eyes.world
    hidden_people = [eyes.person_id(n) for n in range(PEOPLE) if not eyes.exists(n)]
    hidden_posts = [eyes.post_id(n) for n in range(len(world.posts)) if not eyes.post(n)]
    hidden_comments = [n for n in range(len(world.comments)) if not eyes.comment(n)]
    for id in hidden_posts[:1]:
        answer = await ask(paths.SHOWN, id=id)
        assert answer == await ask(paths.SHOWN, id=ids.encode(ids.decode(id)[0], NOWHERE))
        if world.status[eyes.viewer or 0] == "ACTIVE":
            assert answer == ({"recordImpressions": {"recorded": 0, "userErrors": []}}, [])
    hidden_stories = [eyes.story_id(n) for n in range(len(world.stories)) if not eyes.story(n)]
    for id in hidden_stories[:1]:
        answer = await ask(paths.WATCHED, id=id)
        assert answer == await ask(paths.WATCHED, id=ids.encode(ids.decode(id)[0], NOWHERE))
        if world.status[eyes.viewer or 0] == "ACTIVE":
            assert answer == ({"markStoriesSeen": {"stories": [], "userErrors": []}}, [])
    tries: list[tuple[str, dict[str, str], dict[str, str]]] = []
    for id in hidden_people[:1]:
        nobody = {"id": ids.encode(ids.decode(id)[0], NOWHERE)}
        tries += [(paths.TO_PEOPLE, {"id": id}, nobody), (paths.TO_BEGIN, {"id": id}, nobody)]
    for id in hidden_posts[:1]:
        tries.append((paths.TO_POSTS, {"id": id}, {"id": ids.encode(ids.decode(id)[0], NOWHERE)}))
    hidden_highlights = [eyes.highlight_id(n) for n in range(PEOPLE) if not eyes.kept(n)]
    for document, some in ((paths.TO_STORIES, hidden_stories), (paths.TO_HIGHLIGHTS, hidden_highlights)):
        tries += [(document, {"id": id}, {"id": ids.encode(ids.decode(id)[0], NOWHERE)}) for id in some[:1]]
    for n in hidden_comments[:1]:
        id, post = eyes.comment_id(n), eyes.post_id(world.comments[n].post)
        nowhere = ids.encode(ids.decode(id)[0], NOWHERE)
        tries.append((paths.TO_COMMENTS, {"id": id, "post": post}, {"id": nowhere, "post": post}))
    for n in [n for n in range(len(world.talks)) if eyes.talk(n) is None][:1]:
        id, said = eyes.talk_id(n), ids.encode(10, (world.said_ids[n] or [NOWHERE])[0])
        somebody = {"somebody": ids.encode(1, NOWHERE)}
        nowhere = {"id": ids.encode(8, NOWHERE), "said": ids.encode(10, NOWHERE)}
        tries.append((paths.TO_TALKS, {"id": id, "said": said} | somebody, nowhere | somebody))
    for document, there, nowhere_ids in tries:
        answer = await ask(document, **there)
        assert answer == await ask(document, **nowhere_ids)
        data, errors = answer
        if world.status[eyes.viewer or 0] != "ACTIVE":
            assert set(errors) == {"UNAUTHENTICATED"}
            continue
        for payload in data.values():
            assert [error["code"] for error in payload["userErrors"]] == ["NOT_FOUND"]
            assert [value for key, value in payload.items() if key != "userErrors" and value is not None] == []


async def withdrawals(ask: Asking, eyes: Eyes) -> None:
    """What is one's own is withdrawn where it is hidden, and the answer tells no more than that.

    What is not one's own is answered as what never was. Comments come last: likes and replies go with them.
    """
    world = eyes.world
    hidden_comments = [n for n in range(len(world.comments)) if not eyes.comment(n)]
    posts = [n for n in range(len(world.posts)) if not eyes.post(n)]
    tags = {(who, n) for n, post in enumerate(world.posts) for who in post.tags}
    mentions, mentions_of_comments = (
        {(who, n) for n, each in enumerate(things) for who in each.mentions} for things in (world.posts, world.comments)
    )
    post, comment, both = {"post": None}, {"comment": None}, {"post": None, "comment": None}
    for field, own, hidden, id_of, nothing in (
        ("unlikePost", world.likes, posts, eyes.post_id, post),
        ("unsavePost", world.saves, posts, eyes.post_id, post),
        ("removeMyTag", tags, posts, eyes.post_id, post),
        ("removeMyMention", mentions, posts, eyes.post_id, both),
        ("removeMyMention", mentions_of_comments, hidden_comments, eyes.comment_id, both),
        ("unlikeComment", world.comment_likes, hidden_comments, eyes.comment_id, comment),
    ):
        if not hidden:
            continue
        nowhere = await ask(paths.WITHDRAW[field], id=ids.encode(ids.decode(id_of(hidden[0]))[0], NOWHERE))
        for n in hidden:
            id = id_of(n)
            codes = [error["code"] for error in nowhere[0][field]["userErrors"]]
            assert (codes, nowhere[1]) == (["NOT_FOUND"], [])
            if (eyes.viewer, n) in own:
                assert await ask(paths.WITHDRAW[field], id=id) == ({field: nothing | {"userErrors": []}}, [])
            assert await ask(paths.WITHDRAW[field], id=id) == nowhere, "only once"
    for n in hidden_comments:
        said = world.comments[n]
        if eyes.viewer not in (said.author, world.posts[said.post].author):
            id = eyes.comment_id(n)
            answer = await ask(paths.WITHDRAW["deleteComment"], id=id)
            assert answer == await ask(paths.WITHDRAW["deleteComment"], id=ids.encode(ids.decode(id)[0], NOWHERE))
    await relationships_end(ask, eyes)


async def relationships_end(ask: Asking, eyes: Eyes) -> None:
    """What the viewer is to people who are hidden from them, and those to the viewer, can be ended."""
    world = eyes.world
    hidden_people = [n for n in range(PEOPLE) if not eyes.exists(n)]
    for field, is_viewers, kinds, ended in (
        ("unfollow", True, Kind.FOLLOW | Kind.REQUEST, Kind.FOLLOW | Kind.REQUEST | Kind.STORY_NOTIFICATIONS),
        ("declineFollowRequest", False, Kind.REQUEST, Kind.REQUEST),
        ("removeFollower", False, Kind.FOLLOW, Kind.FOLLOW | Kind.REQUEST | Kind.STORY_NOTIFICATIONS),
        ("unblock", True, Kind.BLOCK, Kind.BLOCK),
        ("unmute", True, Kind.MUTE, Kind.MUTE),
    ):
        for n in hidden_people:
            id = eyes.person_id(n)
            nowhere = await ask(paths.WITHDRAW[field], id=ids.encode(ids.decode(id)[0], NOWHERE))
            assert [error["code"] for error in nowhere[0][field]["userErrors"]] == ["NOT_FOUND"]
            pair = (eyes.viewer, n) if is_viewers else (n, eyes.viewer)
            if world.ties.get(pair, 0) & kinds:  # type: ignore[call-overload]
                assert await ask(paths.WITHDRAW[field], id=id) == ({field: {"user": None, "userErrors": []}}, [])
                world.ties[pair] &= ~ended  # type: ignore[index]
            assert await ask(paths.WITHDRAW[field], id=id) == nowhere, "only once"


async def traces(services: Services, world: World) -> list[int]:
    """How many rows there are of what anybody of the world can leave."""
    return [
        await services.db.fetchval(f"SELECT count(*) FROM {table} WHERE {column} = ANY($1)", world.people_ids)
        for table, column in (
            ("relations", "from_id"),
            ("likes", "user_id"),
            ("saves", "user_id"),
            ("impressions", "user_id"),
            ("stories", "author_id"),
            ("story_views", "viewer_id"),
            ("highlights", "user_id"),
            ("members", "user_id"),
            ("messages", "sender_id"),
            ("conversation_log", "user_id"),
        )
    ] + [await services.db.fetchval("SELECT count(*) FROM comments WHERE author_id = ANY($1)", world.people_ids)]


UNORDERED = {"followers", "following", "likers", "viewers"}


def plain(value: Any, media_url: str, name: str = "") -> Any:
    """The answer with its edges checked against its nodes and left out, and lists of people in one order."""
    if isinstance(value, str):
        return value.removeprefix(f"{media_url}/") if media_url else value
    if isinstance(value, list):
        return [plain(item, media_url) for item in value]
    if not isinstance(value, dict):
        return value
    if "edges" in value:
        value = {"nodes": [edge["node"] for edge in value["edges"]]} | value
    answer = {key: plain(item, media_url, key) for key, item in value.items() if key not in ("edges", "pageInfo")}
    if "endCursor" in value.get("pageInfo", {}):
        assert value["pageInfo"]["hasNextPage"] is False
        assert (value["pageInfo"]["endCursor"] is None) == (value["nodes"] == [])
    if "edges" in value:
        assert [edge["node"]["id"] for edge in value["edges"]] == [node["id"] for node in value["nodes"]]
        if name in UNORDERED:
            answer["nodes"] = sorted(answer["nodes"], key=str)
    return answer
