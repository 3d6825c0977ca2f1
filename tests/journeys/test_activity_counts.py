"""What a deactivated person did is in no count, as it is in no list, until they come back."""

from typing import Any

from domain import counters
from kit.ids import decode
from tests.conftest import NewPerson
from tests.support.accounts import end_account, sign_in_again
from tests.support.client import Person, until
from tests.support.posts import add_comment, mutate_by_id
from tests.support.stories import publish_story
from workers.parts import Parts

COUNTS = """query ($user: ID!, $post: ID!, $comment: ID!, $story: ID!) {
  user: node(id: $user) { ... on User { followerCount followingCount } }
  post: node(id: $post) { ... on Post { likeCount commentCount } }
  comment: node(id: $comment) { ... on Comment { likeCount replyCount } }
  story: node(id: $story) { ... on Story { viewCount } } }"""
SEEN = "mutation ($id: ID!) { markStoriesSeen(storyIds: [$id]) { userErrors { code } } }"


async def counts(who: Person, things: dict[str, str]) -> tuple[int, ...]:
    answer: dict[str, dict[str, Any]] = await who.ask(COUNTS, **things)
    return tuple(count for thing in answer.values() for count in thing.values())


async def test_what_a_deactivated_person_did_is_not_counted(person: NewPerson, parts: Parts) -> None:
    eve, ada, bob = await person("eve"), await person("ada"), await person("bob")
    post = await eve.publish()
    top = await add_comment(eve, post)
    things = {"user": eve.id, "post": post, "comment": top, "story": await publish_story(eve)}
    for somebody in (ada, bob):
        await mutate_by_id(somebody, "follow", userId=eve.id)
        await mutate_by_id(somebody, "likePost", postId=post)
        await mutate_by_id(somebody, "likeComment", commentId=top)
        await add_comment(somebody, post, "answer", top)
        assert await somebody.do(SEEN, id=things["story"]) == {"userErrors": []}
    await mutate_by_id(eve, "follow", userId=ada.id)
    own = await add_comment(ada, post, "own")
    await add_comment(bob, post, "answer", own)

    async def become(*wanted: int) -> None:
        # Else the job waits for a minute, for what saw the account as it was.
        await parts.db.execute("UPDATE jobs SET due_at = now() WHERE kind = 'count activity'")
        await until(lambda: counts(eve, things), lambda found: found == wanted)

    await become(2, 1, 2, 5, 2, 2, 2)
    await end_account(ada, "deactivateAccount")
    await become(1, 0, 1, 2, 1, 1, 1)
    # Whatever is undone meanwhile was not counted.
    assert (await eve.do("mutation ($id: ID!) { deleteComment(commentId: $id) { userErrors { code } } }", id=own)) == {
        "userErrors": []
    }
    await become(1, 0, 1, 2, 1, 1, 1)
    await sign_in_again(ada)
    await become(2, 1, 2, 3, 2, 2, 2)
    await mutate_by_id(bob, "unlikePost", postId=post)
    await become(2, 1, 1, 3, 2, 2, 2)
    for table, thing in (("users", "user"), ("posts", "post"), ("comments", "comment"), ("stories", "story")):
        drift, _ = await counters.repair(parts.db, table, decode(things[thing])[1] - 1, 1)
        assert drift == [], thing
