"""Paging never repeats an item and never skips one that existed when it began."""

from kit.ids import decode
from tests.conftest import NewPerson
from tests.support.client import FEED, Person
from workers.parts import Parts

LISTS = """query ($name: String!, $posts: String, $followers: String) { user(username: $name) {
  posts(first: 2, after: $posts) { nodes { id } edges { cursor }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }
  followers(first: 1, after: $followers) { nodes { username } pageInfo { hasNextPage endCursor } } } }"""


async def walk(reader: Person, size: int) -> list[str]:
    """The whole feed, page by page."""
    seen: list[str] = []
    after = None
    while True:
        page = (await reader.ask(FEED, first=size, after=after))["feed"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return seen
        after = page["pageInfo"]["endCursor"]


async def test_a_feed_is_paged_the_same_warm_and_cold(person: NewPerson, parts: Parts) -> None:
    ada, grace, reader = await person("ada"), await person("grace"), await person("reader")
    await reader.follow(ada)
    await reader.follow(grace)
    posts = [await (ada if n % 2 else grace).publish(str(n)) for n in range(7)][::-1]
    await reader.sees(*posts)
    for size in (1, 2, 3, 7, 100):
        assert await walk(reader, size) == posts
    redis, number = parts.redis, reader_number(reader)
    for size in (1, 3):
        await redis.delete(f"feed:{{{number}}}")
        assert await walk(reader, size) == posts
    # What is thinned out of the cache is the database's to answer: the floor stands in the middle of the feed.
    members = await redis.zrange(f"feed:{{{number}}}", 0, -1, desc=True, withscores=True)
    middle = members[3]
    await redis.zremrangebyscore(f"feed:{{{number}}}", "-inf", middle[1])
    await redis.zadd(f"feed:{{{number}}}", {"~": middle[1]})
    for size in (1, 2, 100):
        assert await walk(reader, size) == posts


def reader_number(reader: Person) -> int:
    return decode(reader.id)[1]


async def test_posts_that_arrive_and_go_while_paging(person: NewPerson) -> None:
    ada, reader = await person("ada"), await person("reader")
    await reader.follow(ada)
    posts = [await ada.publish(str(n)) for n in range(4)][::-1]
    await reader.sees(*posts)
    page = (await reader.ask(FEED, first=2))["feed"]
    late = await ada.publish("late")
    await ada.delete_post(posts[1])  # the very post the cursor stands on
    rest = (await reader.ask(FEED, first=10, after=page["pageInfo"]["endCursor"]))["feed"]
    assert [edge["node"]["id"] for edge in rest["edges"]] == posts[2:]
    await reader.sees(late, posts[0], *posts[2:])


async def test_an_unfollowed_author_is_gone_at_once_and_the_cursor_goes_on(person: NewPerson) -> None:
    ada, grace, reader = await person("ada"), await person("grace"), await person("reader")
    for author in (ada, grace):
        await reader.follow(author)
    oldest = await grace.publish()
    hidden = [await ada.publish() for _ in range(3)]
    await reader.sees(*hidden[::-1], oldest)
    await reader.unfollow(ada)
    page = (await reader.ask(FEED, first=1))["feed"]
    assert [edge["node"]["id"] for edge in page["edges"]] == [oldest], "a page is refilled past what is hidden"


async def test_lists_of_a_profile(person: NewPerson) -> None:
    ada = await person("ada")
    fans = [await person(f"fan{n}") for n in range(3)]
    for fan in fans:
        await fan.follow(ada)
    posts = [await ada.publish(str(n)) for n in range(3)][::-1]
    first = (await ada.ask(LISTS, name=ada.username))["user"]
    assert [node["id"] for node in first["posts"]["nodes"]] == posts[:2]
    assert first["posts"]["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": first["posts"]["edges"][0]["cursor"],
        "endCursor": first["posts"]["edges"][1]["cursor"],
    }
    assert [node["username"] for node in first["followers"]["nodes"]] == [fans[2].username]
    second = (
        await ada.ask(
            LISTS,
            name=ada.username,
            posts=first["posts"]["pageInfo"]["endCursor"],
            followers=first["followers"]["pageInfo"]["endCursor"],
        )
    )["user"]
    assert [node["id"] for node in second["posts"]["nodes"]] == posts[2:]
    assert second["posts"]["pageInfo"]["hasPreviousPage"]
    assert not second["posts"]["pageInfo"]["hasNextPage"]
    assert [node["username"] for node in second["followers"]["nodes"]] == [fans[1].username]
