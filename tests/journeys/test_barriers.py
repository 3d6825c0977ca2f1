"""A block in flight: what meets it halfway happens before it or not at all."""

import asyncio
from typing import Any

import pytest

from clients.postgres import Database
from tests.conftest import NewPerson
from tests.support.client import Person
from tests.support.database_locks import uncommitted_block, wait_for_lock_waiter
from tests.support.opaque_ids import number
from workers.parts import Parts

ERRORS = "userErrors { code }"
TO_ADA = {
    "follow": f"mutation ($ada: ID!) {{ follow(userId: $ada) {{ user {{ id }} {ERRORS} }} }}",
    "acceptFollowRequest": f"mutation ($ada: ID!) {{ acceptFollowRequest(userId: $ada) {{ user {{ id }} {ERRORS} }} }}",
    "setCloseFriend": f"""mutation ($ada: ID!) {{
        setCloseFriend(userId: $ada, isCloseFriend: true) {{ user {{ id }} {ERRORS} }} }}""",
    "setStoryNotifications": f"""mutation ($ada: ID!) {{
        setStoryNotifications(userId: $ada, enabled: true) {{ user {{ id }} {ERRORS} }} }}""",
    "likePost": f"mutation ($post: ID!) {{ likePost(postId: $post) {{ post {{ id }} {ERRORS} }} }}",
    "savePost": f"mutation ($post: ID!) {{ savePost(postId: $post) {{ post {{ id }} {ERRORS} }} }}",
    "likeComment": f"mutation ($comment: ID!) {{ likeComment(commentId: $comment) {{ comment {{ id }} {ERRORS} }} }}",
    "addComment": f"""mutation ($post: ID!) {{
        addComment(input: {{ postId: $post, text: "hello" }}) {{ comment {{ id }} {ERRORS} }} }}""",
    "reply": f"""mutation ($post: ID!, $comment: ID!) {{
        addComment(input: {{ postId: $post, parentId: $comment, text: "hello" }}) {{ comment {{ id }} {ERRORS} }} }}""",
}
BLOCK = f"mutation ($id: ID!) {{ block(userId: $id) {{ user {{ viewerHasBlocked }} {ERRORS} }} }}"
COMMENT = 'mutation ($post: ID!) { addComment(input: { postId: $post, text: "first" }) { comment { id } } }'


async def rows_by(db: Database, person: Person) -> int:
    """How many rows there are of what somebody can leave with others."""
    return sum(
        [
            await db.fetchval(f"SELECT count(*) FROM {table} WHERE {column} = $1", number(person.id))
            for table, column in (
                ("relations", "from_id"),
                ("relations", "to_id"),
                ("likes", "user_id"),
                ("saves", "user_id"),
                ("comments", "author_id"),
            )
        ]
    )


@pytest.mark.parametrize("name", TO_ADA)
async def test_what_meets_a_block_in_flight_is_not_done(person: NewPerson, parts: Parts, name: str) -> None:
    ada, eve = await person("ada"), await person("eve")
    post = await ada.publish()
    comment = (await ada.do(COMMENT, post=post))["comment"]["id"]
    if name == "acceptFollowRequest":
        await eve.ask("mutation { updateProfile(input: { isPrivate: true }) { user { id } } }")
        await ada.follow(eve)
    if name == "setStoryNotifications":
        await eve.follow(ada)
    known: dict[str, Any] = {"ada": ada.id, "post": post, "comment": comment}
    asked = {key: value for key, value in known.items() if f"${key}:" in TO_ADA[name]}
    async with uncommitted_block(parts.db, ada, eve):
        answer = asyncio.create_task(eve.do(TO_ADA[name], **asked))
        await wait_for_lock_waiter(parts.db)
        assert not answer.done()
    payload = await answer
    assert [error["code"] for error in payload.pop("userErrors")] == ["NOT_FOUND"]
    assert set(payload.values()) == {None}
    assert await rows_by(parts.db, eve) == 1, "the block, and nothing else"


async def test_reply_meets_a_block_by_the_author_of_the_comment(person: NewPerson, parts: Parts) -> None:
    """Under the post of somebody else, whom nobody blocks."""
    owner, ada, eve = await person("owner"), await person("ada"), await person("eve")
    post = await owner.publish()
    comment = (await ada.do(COMMENT, post=post))["comment"]["id"]
    async with uncommitted_block(parts.db, ada, eve):
        answer = asyncio.create_task(eve.do(TO_ADA["reply"], post=post, comment=comment))
        await wait_for_lock_waiter(parts.db)
        assert not answer.done()
    assert [error["code"] for error in (await answer)["userErrors"]] == ["NOT_FOUND"]
    assert await rows_by(parts.db, eve) == 1, "the block, and nothing else"


async def test_a_block_waits_for_what_was_begun(person: NewPerson, parts: Parts) -> None:
    """A comment that holds the pair is written before the block, which hides it."""
    ada, eve = await person("ada"), await person("eve")
    post = await ada.publish()
    async with parts.db.acquire() as tx, tx.transaction():
        assert await tx.fetchval("SELECT hold($1, ARRAY[$2::bigint], '{0}', '{0}')", number(eve.id), number(ada.id))
        block = asyncio.create_task(
            ada.do(
                f"mutation ($id: ID!) {{ block(userId: $id) {{ user {{ viewerHasBlocked }} {ERRORS} }} }}", id=eve.id
            )
        )
        await wait_for_lock_waiter(parts.db)
        await tx.execute(
            "INSERT INTO comments (id, post_id, author_id, text, created_at) VALUES (next_id(0), $1, $2, 'x', now())",
            number(post),
            number(eve.id),
        )
    assert await block == {"user": {"viewerHasBlocked": True}, "userErrors": []}
    shown = await ada.ask("query ($id: ID!) { node(id: $id) { ... on Post { comments { nodes { id } } } } }", id=post)
    assert shown["node"]["comments"]["nodes"] == []


async def test_going_private_meets_a_follow(person: NewPerson, parts: Parts) -> None:
    """A user who has become private by the time of the write gets a request, whatever was read before."""
    ada, eve = await person("ada"), await person("eve")
    async with parts.db.acquire() as tx, tx.transaction():
        await tx.execute("SELECT hold($1, ARRAY[$2::bigint], '{0}', '{0}')", number(eve.id), number(ada.id))
        follow = asyncio.create_task(eve.follow(ada))
        await wait_for_lock_waiter(parts.db)
        await ada.ask("mutation { updateProfile(input: { isPrivate: true }) { user { id } } }")
    assert (await follow)["user"]["viewerFollow"] == "REQUESTED"
