"""The posts of a hashtag or a location with the most engagement, page after page."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.hashtags.rows import Hashtag
from domain.posts.rows import Location, Post
from domain.posts.top import pages as top_pages
from kit.ids import decode, encode
from kit.paging import Request
from tests.conftest import NewPerson
from tests.support.client import Person, until
from tests.support.factories import hashtag, liked, location, people, posted
from workers.parts import Parts

TOP = """query ($id: ID!, $first: Int, $after: String) { node(id: $id) {
  ... on Hashtag { topPosts(first: $first, after: $after) { ...Page } }
  ... on Location { topPosts(first: $first, after: $after) { ...Page } } } }
fragment Page on PostConnection { nodes { id } edges { cursor } pageInfo { hasNextPage endCursor } }"""
KINDS = ("hashtag", "location")
DAYS = timedelta(days=1)


def _word() -> str:
    return f"w{secrets.token_hex(6)}"


class Thing:
    """A new hashtag or location."""

    def __init__(self, parts: Parts, kind: str) -> None:
        self.parts = parts
        self.kind = kind
        self.number = 0

    async def __call__(self, *likes: int, ago: timedelta = timedelta(), author: int = 0) -> list[str]:
        """The ids of new posts with as many likes, the first the oldest by a second."""
        if not self.number:
            made = hashtag(self.parts.db, _word()) if self.kind == "hashtag" else location(self.parts.db)
            self.number = await made
        [author] = [author] if author else await people(self.parts.db, 1)
        ids = []
        for n, count in enumerate(likes):
            at = ago + timedelta(seconds=len(likes) - n)
            ids += await posted(self.parts.db, [author], **{f"{self.kind}_id": self.number}, ago=at, likes=count)  # type: ignore[arg-type]
        return [encode(Post.TAG, id) for id in ids]

    @property
    def id(self) -> str:
        return encode(Hashtag.TAG if self.kind == "hashtag" else Location.TAG, self.number)

    async def forget(self) -> None:
        """Drop the stored orders."""
        await self.parts.redis.delete(*[key async for key in self.parts.redis.scan_iter(f"top:*{self.number}*")])


@pytest.fixture(params=KINDS)
def thing(request: pytest.FixtureRequest, parts: Parts) -> Thing:
    return Thing(parts, request.param)


async def top(viewer: Person, thing: Thing, first: int = 100, after: str | None = None) -> dict[str, Any]:
    return dict((await viewer.ask(TOP, id=thing.id, first=first, after=after))["node"]["topPosts"])


def shown(page: dict[str, Any]) -> list[str]:
    return [node["id"] for node in page["nodes"]]


async def test_posts_of_the_last_week_come_first_then_the_most_liked(visitor: Person, thing: Thing) -> None:
    famous, old = await thing(900, 30, ago=8 * DAYS)
    almost_old, few, many, none, also_few = await thing(5, ago=6.9 * DAYS) + await thing(2, 9, 0, 2)
    assert shown(await top(visitor, thing)) == [many, almost_old, also_few, few, none, famous, old]


async def test_comment_counts_as_two_likes(person: NewPerson, parts: Parts) -> None:
    ada, word = await person("ada"), _word()
    plain, liked, discussed = [await ada.publish(f"#{word}") for _ in range(3)]
    await ada.do("mutation ($id: ID!) { likePost(postId: $id) { post { id } } }", id=liked)
    await ada.do('mutation ($id: ID!) { addComment(input: {postId: $id, text: "x"}) { comment { id } } }', id=discussed)
    engagement = "SELECT sum(like_count + comment_count) FROM posts WHERE id = ANY($1)"
    await until(lambda: parts.db.fetchval(engagement, [decode(id)[1] for id in (liked, discussed)]), lambda n: n == 2)
    found = await ada.ask("query ($n: String!) { hashtag(name: $n) { topPosts { nodes { id } } } }", n=word)
    assert shown(found["hashtag"]["topPosts"]) == [discussed, liked, plain]


async def test_pages_keep_their_order_while_counts_change(visitor: Person, parts: Parts, thing: Thing) -> None:
    posts = (await thing(*range(9)))[::-1]
    old = (await thing(*range(20, 25), ago=9 * DAYS))[::-1]
    seen, after = [], None
    for n in range(20):
        page = await top(visitor, thing, 3, after)
        seen += shown(page)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        await liked(parts.db, decode((posts + old)[-1 - n])[1], 100 + n)  # what was last is first now
    assert seen == posts + old


async def test_pages_continue_when_their_order_has_expired(visitor: Person, parts: Parts, thing: Thing) -> None:
    posts = (await thing(*range(6)))[::-1]
    old = (await thing(50, 60, ago=9 * DAYS))[::-1]
    for size in (1, 3, 7):
        seen, page = [], await top(visitor, thing, size)
        while True:
            seen += shown(page)
            if not page["pageInfo"]["hasNextPage"]:
                break
            await thing.forget()
            page = await top(visitor, thing, size, page["pageInfo"]["endCursor"])
        assert seen == posts + old


async def test_what_is_hidden_leaves_no_gap(person: NewPerson, thing: Thing, parts: Parts) -> None:
    ada = await person("ada")
    [foe] = await people(parts.db, 1)
    posts = (await thing(*range(4)))[::-1]
    await thing(*range(50, 120), author=foe)
    await parts.db.execute(
        "INSERT INTO relations (id, from_id, to_id, kind) VALUES (next_id(1), $1, $2, 4)", foe, decode(ada.id)[1]
    )
    page = await top(ada, thing, 2)
    assert (shown(page), page["pageInfo"]["hasNextPage"]) == (posts[:2], True)
    page = await top(ada, thing, 2, page["pageInfo"]["endCursor"])
    assert (shown(page), page["pageInfo"]["hasNextPage"]) == (posts[2:], False)


async def test_post_that_left_is_gone_at_once(visitor: Person, parts: Parts, thing: Thing) -> None:
    posts = (await thing(*range(6)))[::-1]
    page = await top(visitor, thing, 2)
    left, deleted = (decode(id)[1] for id in posts[2:4])
    await parts.db.execute("DELETE FROM taggings WHERE post_id = $1", left)
    await parts.db.execute("UPDATE posts SET location_id = NULL WHERE id = $1", left)
    await parts.db.execute("DELETE FROM taggings WHERE post_id = $1", deleted)
    await parts.db.execute("DELETE FROM posts WHERE id = $1", deleted)
    rest = await top(visitor, thing, 2, page["pageInfo"]["endCursor"])
    assert shown(page) + shown(rest) == posts[:2] + posts[4:]
    assert shown(await top(visitor, thing)) == posts[:2] + posts[4:]


async def test_order_is_computed_once_a_minute(parts: Parts, thing: Thing) -> None:
    at = datetime.now(UTC).replace(second=0, microsecond=0)

    async def ranked(now: datetime) -> list[str]:
        request = Request(10, None, lambda position: "")
        [(places, _)] = await top_pages(parts.db, parts.redis, thing.kind, now, [thing.number], request)
        return [encode(Post.TAG, id) for _, id in places]

    [first] = await thing(1)
    assert await ranked(at) == [first]
    [second] = await thing(2)
    assert await ranked(at + timedelta(seconds=59)) == [first]
    assert await ranked(at + timedelta(seconds=60)) == [second, first]


async def test_only_the_newest_five_hundred_are_ranked(visitor: Person, parts: Parts, thing: Thing) -> None:
    [oldest] = await thing(9, ago=timedelta(hours=1))
    [author] = await people(parts.db, 1)
    await posted(parts.db, [author] * 499, **{f"{thing.kind}_id": thing.number})  # type: ignore[arg-type]
    assert shown(await top(visitor, thing))[0] == oldest
    await posted(parts.db, [author], **{f"{thing.kind}_id": thing.number})  # type: ignore[arg-type]
    await thing.forget()
    assert oldest not in shown(await top(visitor, thing))


async def test_cursor_belongs_to_one_list(visitor: Person, parts: Parts) -> None:
    one, other = Thing(parts, "hashtag"), Thing(parts, "hashtag")
    await one(1, 2)
    await other(1, 2)
    cursor = (await top(visitor, one, 1))["pageInfo"]["endCursor"]
    answer = await visitor.post({"query": TOP, "variables": {"id": other.id, "first": 1, "after": cursor}})
    assert answer["data"]["node"]["topPosts"] is None
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]
