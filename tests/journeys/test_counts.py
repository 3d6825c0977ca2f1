"""What somebody has done shows in the numbers of the very answer, and everybody's numbers are right soon after."""

import asyncio
from typing import Any

import pytest

from kit.ids import decode
from tests.conftest import NewPerson
from tests.support.client import Person, until
from tests.support.counters import counted
from workers.parts import Parts

COUNTS = """query ($id: ID!) { node(id: $id) { ... on User { followerCount followingCount postCount }
  ... on Post { likeCount commentCount } ... on Comment { likes: likeCount replyCount } } }"""
SAY = 'addComment(input: { postId: $post, text: "hello" })'
POST_LIKES = "(postId: $id) { post { likeCount } }"
COMMENT_LIKES = "(commentId: $id) { comment { likeCount } }"
FOLLOWERS = "(userId: $id) { user { followerCount } }"
BACK_AND_FORTH = {
    "likePost": ("unlikePost", POST_LIKES),
    "likeComment": ("unlikeComment", COMMENT_LIKES),
    "follow": ("unfollow", FOLLOWERS),
}


async def counts(person: Person, id: str) -> dict[str, Any]:
    node: dict[str, Any] = (await person.ask(COUNTS, id=id))["node"]
    return {"likeCount" if name == "likes" else name: count for name, count in node.items()}


async def becomes(person: Person, id: str, **wanted: int) -> None:
    """Return when the thing's counts are these, as the person sees them."""
    await until(lambda: counts(person, id), lambda seen: seen | wanted == seen)


async def say(person: Person, post: str, parent: str | None = None) -> str:
    document = """mutation ($post: ID!, $parent: ID) {
        addComment(input: { postId: $post, parentId: $parent, text: "hello" }) { comment { id } } }"""
    return str((await person.do(document, post=post, parent=parent))["comment"]["id"])


def number(payload: dict[str, Any]) -> int:
    """The one count in a payload of one thing."""
    [thing] = payload.values()
    [count] = thing.values()
    return int(count)


async def subject(owner: Person, name: str) -> str:
    if name == "follow":
        return owner.id
    post = await owner.publish()
    return post if name == "likePost" else await say(owner, post)


@pytest.mark.parametrize("name", BACK_AND_FORTH)
async def test_a_change_of_mind_takes_away_what_it_gave(person: NewPerson, name: str) -> None:
    """The number was 1 with somebody else's, then 2, then 1 again; it was 0 at no time."""
    ada, eve, bob = await person("ada"), await person("eve"), await person("bob")
    id, (undo, rest) = await subject(ada, name), BACK_AND_FORTH[name]
    column = "followerCount" if name == "follow" else "likeCount"
    await bob.do(f"mutation ($id: ID!) {{ {name}{rest} }}", id=id)
    await becomes(eve, id, **{column: 1})
    answer = await eve.ask(f"mutation ($id: ID!) {{ a: {name}{rest} b: {name}{rest} c: {undo}{rest} }}", id=id)
    assert [number(payload) for payload in answer.values()] == [2, 2, 1]
    await becomes(eve, id, **{column: 1})


async def test_two_comments_in_one_request_count_as_two(person: NewPerson) -> None:
    ada = await person("ada")
    post = await ada.publish()
    answer = await ada.ask(
        f"mutation ($post: ID!) {{ a: {SAY} {{ comment {{ post {{ commentCount }} }} }}"
        f" b: {SAY} {{ comment {{ post {{ commentCount }} }} }} }}",
        post=post,
    )
    assert [payload["comment"]["post"]["commentCount"] for payload in answer.values()] == [1, 2]
    await becomes(ada, post, commentCount=2)


async def test_a_comment_taken_back_at_once_leaves_the_others_counted(person: NewPerson) -> None:
    ada, eve = await person("ada"), await person("eve")
    post = await ada.publish()
    top = await say(eve, post)
    await say(eve, post, top)
    await becomes(ada, post, commentCount=2)
    await becomes(ada, top, replyCount=1)
    payload = await ada.do(
        "mutation ($id: ID!) { deleteComment(commentId: $id) { post { commentCount } parent { replyCount } } }",
        id=await say(ada, post, top),
    )
    assert payload == {"post": {"commentCount": 2}, "parent": {"replyCount": 1}}


async def test_a_post_deleted_at_once_leaves_the_others_counted(person: NewPerson) -> None:
    ada = await person("ada")
    await ada.publish()
    await becomes(ada, ada.id, postCount=1)
    ready = await ada.upload()
    await ada.processed(ready)
    post = (await ada.create_post(ready))["post"]["id"]
    payload = await ada.do("mutation ($id: ID!) { deletePost(postId: $id) { author { postCount } } }", id=post)
    assert payload["author"]["postCount"] == 1
    await becomes(ada, ada.id, postCount=1)


async def stored(parts: Parts, post: str, comment: str, user: str) -> list[int]:
    """Likes of the post and of the comment, and followers of the user, as the database has them once all is counted."""
    await counted(parts, post, comment, user)
    row = await parts.db.fetchrow(
        """
        SELECT p.like_count, c.like_count, u.follower_count FROM posts p, comments c, users u
        WHERE p.id = $1 AND c.id = $2 AND u.id = $3
        """,
        *(decode(id)[1] for id in (post, comment, user)),
    )
    return list(row)


async def test_what_is_done_often_and_concurrently_is_counted_once(person: NewPerson, parts: Parts) -> None:
    ada, fans = await person("ada"), [await person(f"fan{n}") for n in range(4)]
    post = await ada.publish()
    comment = await say(ada, post)
    for name, id in (("likePost", post), ("likeComment", comment), ("follow", ada.id)):
        document = f"mutation ($id: ID!) {{ {name}{BACK_AND_FORTH[name][1]} }}"
        await asyncio.gather(*(fan.do(document, id=id) for fan in fans for _ in range(3)))
    assert await stored(parts, post, comment, ada.id) == [4, 4, 4]
    await becomes(fans[0], post, likeCount=4, commentCount=1)
    await becomes(fans[0], comment, likeCount=4)
    await becomes(fans[0], ada.id, followerCount=4, followingCount=0, postCount=1)
    for name, id in (("likePost", post), ("likeComment", comment), ("follow", ada.id)):
        undo, rest = BACK_AND_FORTH[name]
        document = f"mutation ($id: ID!) {{ {undo}{rest} }}"
        await asyncio.gather(*(fan.do(document, id=id) for fan in fans[1:] for _ in range(3)))
    assert await stored(parts, post, comment, ada.id) == [1, 1, 1]
    await becomes(fans[0], post, likeCount=1)
    await becomes(fans[0], comment, likeCount=1)
    await becomes(fans[0], ada.id, followerCount=1)


async def test_accepting_removing_and_blocking_count_for_both(person: NewPerson) -> None:
    ada, eve = await person("ada"), await person("eve")
    await ada.ask("mutation { updateProfile(input: { isPrivate: true }) { user { id } } }")
    await eve.follow(ada)
    relate = "mutation ($id: ID!) {{ {name}(userId: $id) {{ userErrors {{ code }} }} }}"
    for name, wanted in (("acceptFollowRequest", 1), ("removeFollower", 0)):
        await ada.do(relate.format(name=name), id=eve.id)
        await becomes(eve, ada.id, followerCount=wanted)
        await becomes(ada, eve.id, followingCount=wanted)
    await ada.follow(eve)
    await becomes(eve, eve.id, followerCount=1)
    await eve.do(relate.format(name="block"), id=ada.id)
    await becomes(eve, eve.id, followerCount=0)
    await becomes(ada, ada.id, followingCount=0)
