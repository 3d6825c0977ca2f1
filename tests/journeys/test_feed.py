"""The ranked feed as people walk through it."""

from typing import Any

import pytest

from kit.ids import decode
from tests.conftest import NewPerson
from tests.support import factories
from tests.support.client import FEED, Person, until
from tests.support.errors import refusal_code
from workers.parts import Parts


async def page(reader: Person, first: int, after: str | None = None, order: str = "RANKED") -> dict[str, Any]:
    feed: dict[str, Any] = (await reader.ask(FEED, first=first, after=after, order=order))["feed"]
    return feed


async def walk(reader: Person, first: int, after: str | None = None, order: str = "RANKED") -> list[str]:
    """The ids of all posts from `after` on."""
    seen: list[str] = []
    while True:
        feed = await page(reader, first, after, order)
        seen += [edge["node"]["id"] for edge in feed["edges"]]
        if not feed["pageInfo"]["hasNextPage"]:
            return seen
        after = feed["pageInfo"]["endCursor"]


@pytest.fixture
async def followed_authors(person: NewPerson) -> tuple[Person, list[Person], list[str]]:
    """A reader, three authors whom they follow, and two posts of each."""
    reader = await person("reader")
    authors = [await person(f"author{n}") for n in range(3)]
    for author in authors:
        await reader.follow(author)
    posts = [await author.publish() for _ in range(2) for author in authors]
    await reader.sees(*posts[::-1])
    return reader, authors, posts


async def test_pages_go_on_while_posts_arrive(followed_authors: Any) -> None:
    reader, authors, posts = followed_authors
    first = await page(reader, 2)
    new = [await author.publish() for author in authors]
    await reader.sees(*new[::-1], *posts[::-1])
    rest = await walk(reader, 2, first["pageInfo"]["endCursor"])
    seen = [edge["node"]["id"] for edge in first["edges"]] + rest
    assert sorted(seen) == sorted(posts)
    assert sorted(await walk(reader, 2)) == sorted(posts + new)


async def test_every_cursor_goes_on_behind_its_own_post(followed_authors: Any) -> None:
    reader, _, posts = followed_authors
    feed = await page(reader, 100)
    ids = [edge["node"]["id"] for edge in feed["edges"]]
    assert sorted(ids) == sorted(posts)
    for n, edge in enumerate(feed["edges"]):
        assert await walk(reader, 4, edge["cursor"]) == ids[n + 1 :]


async def test_four_walks_at_a_time_are_kept(followed_authors: Any) -> None:
    reader, _, posts = followed_authors
    begun = [await page(reader, 2) for _ in range(4)]
    for first in begun:
        seen = [edge["node"]["id"] for edge in first["edges"]]
        assert sorted(seen + await walk(reader, 3, first["pageInfo"]["endCursor"])) == sorted(posts)


async def test_an_expired_walk_goes_on_by_time_and_repeats_nothing(followed_authors: Any, parts: Parts) -> None:
    reader, _, posts = followed_authors
    by_time = posts[::-1]
    first = await page(reader, 3)
    seen = [edge["node"]["id"] for edge in first["edges"]]
    await parts.redis.delete(f"ranked:{{{decode(reader.id)[1]}}}")
    rest = await walk(reader, 2, first["pageInfo"]["endCursor"])
    earliest = max(by_time.index(post) for post in seen)
    assert rest == by_time[earliest + 1 :]


async def test_what_was_ranked_is_followed_by_all_the_rest(person: NewPerson, parts: Parts) -> None:
    reader, author = await person("reader"), await person("author")
    await reader.follow(author)
    await until(lambda: reader.feed(), lambda feed: feed == [])
    await parts.db.execute(
        """
        INSERT INTO posts (id, author_id, status, caption, created_at, published_at)
        SELECT next_id(1), $1, 'PUBLISHED', '', t, t
        FROM (SELECT date_trunc('milliseconds', now()) - n * interval '1 minute' AS t FROM generate_series(1, 620) n) x
        """,
        decode(author.id)[1],
    )
    await parts.redis.delete(f"feed:{{{decode(reader.id)[1]}}}")
    by_time = await walk(reader, 100, order="CHRONOLOGICAL")
    assert len(by_time) == 620
    ranked = await walk(reader, 100)
    assert len(ranked) == len(set(ranked)) == 620
    assert sorted(ranked[:500]) == sorted(by_time[:500])
    assert ranked[500:] == by_time[500:]


async def test_who_may_not_see_a_post_any_more_does_not_see_it_in_what_was_ranked(followed_authors: Any) -> None:
    reader, authors, posts = followed_authors
    first = await page(reader, 1)
    shown = first["edges"][0]["node"]["id"]
    gone, private, deleter = authors
    if shown in (posts[0], posts[3]):
        gone, private = private, gone
    assert posts.index(shown) % 3 != authors.index(gone)
    # One goes private and keeps the reader; one goes private and lets the reader go; one deletes a post.
    for author in (gone, private):
        await author.do("mutation { updateProfile(input: { isPrivate: true }) { userErrors { code } } }")
    await gone.do("mutation ($id: ID!) { removeFollower(userId: $id) { userErrors { code } } }", id=reader.id)
    deleted = posts[authors.index(deleter)]
    await deleter.delete_post(deleted)
    rest = await walk(reader, 2, first["pageInfo"]["endCursor"])
    left = [post for n, post in enumerate(posts) if n % 3 != authors.index(gone) and post not in (deleted, shown)]
    assert sorted(rest) == sorted(left)


async def test_why_a_post_is_there(person: NewPerson, parts: Parts) -> None:
    reader, friend, other, star = [await person(name) for name in ("reader", "friend", "other", "star")]
    for author in (friend, other, star):
        await reader.follow(author)
    own = await reader.publish()
    close, new, old, popular = [await author.publish() for author in (friend, other, other, star)]
    await reader.do(
        "mutation ($id: ID!) { setCloseFriend(userId: $id, isCloseFriend: true) { userErrors { code } } }", id=friend.id
    )
    await parts.db.execute(
        "UPDATE posts SET published_at = published_at - interval '2 days' WHERE id = $1", decode(old)[1]
    )
    await factories.liked(parts.db, decode(popular)[1], 1000)
    known = [key async for key in parts.redis.scan_iter(f"rank:*:{decode(popular)[1]}")]
    await parts.redis.delete(f"feed:{{{decode(reader.id)[1]}}}", *known)

    async def reasons() -> dict[str, str]:
        return {edge["node"]["id"]: edge["reason"] for edge in (await page(reader, 10))["edges"]}

    expected = {own: "OWN", close: "CLOSE", popular: "POPULAR", new: "RECENT", old: "FOLLOWED"}
    await until(reasons, lambda found: found == expected)
    by_time = (await page(reader, 10, order="CHRONOLOGICAL"))["edges"]
    assert {edge["reason"] for edge in by_time if edge["node"]["id"] != own} == {"FOLLOWED"}


async def test_nobody_has_three_posts_in_a_row_while_others_have_one_left(person: NewPerson, parts: Parts) -> None:
    reader, loud, quiet = [await person(name) for name in ("reader", "loud", "quiet")]
    for author in (loud, quiet):
        await reader.follow(author)
    for _ in range(2):
        await factories.published(parts.db, parts.redis, decode(quiet.id)[1])
    for _ in range(5):
        await factories.published(parts.db, parts.redis, decode(loud.id)[1])
    await parts.redis.delete(f"feed:{{{decode(reader.id)[1]}}}")
    names = [edge["node"]["author"]["username"] for edge in (await page(reader, 10))["edges"]]
    assert len(names) == 7
    assert all(len(set(names[n : n + 3])) == 2 for n in range(5))


async def test_cursors_of_others_and_of_the_other_order(followed_authors: Any, person: NewPerson) -> None:
    reader, _, _ = followed_authors
    stranger = await person("stranger")
    for order, other in (("RANKED", "CHRONOLOGICAL"), ("CHRONOLOGICAL", "RANKED")):
        cursor = (await page(reader, 1, order=order))["pageInfo"]["endCursor"]
        assert await refusal_code(stranger, FEED, after=cursor, order=order) == "BAD_USER_INPUT"
        assert await refusal_code(reader, FEED, after=cursor, order=other) == "BAD_USER_INPUT"
        assert await refusal_code(reader, FEED, after=cursor[:-2] + "AA", order=order) == "BAD_USER_INPUT"
    for first in (0, -1, 101):
        assert await refusal_code(reader, FEED, first=first, order="RANKED") == "BAD_USER_INPUT"
