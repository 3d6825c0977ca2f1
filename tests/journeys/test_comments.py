"""What people say under a photo."""

from typing import Any

import pytest

from tests.client import Failed, Person, until
from tests.conftest import NewPerson

ERRORS = "userErrors { code field }"
ADD = f"""mutation ($input: AddCommentInput!) {{ addComment(input: $input) {{
  comment {{ id text author {{ id }} mentions {{ id }} parent {{ id replyCount }} post {{ id commentCount }} }}
  {ERRORS} }} }}"""
DELETE = f"""mutation ($id: ID!) {{ deleteComment(commentId: $id) {{
  deletedId post {{ commentCount }} parent {{ id replyCount }} {ERRORS} }} }}"""
LIKE = "mutation ($id: ID!) {{ {name}(commentId: $id) {{ comment {{ likeCount viewerHasLiked }} {errors} }} }}"
THREAD = """query ($id: ID!, $first: Int, $after: String, $replies: Int, $more: String) { node(id: $id) { ... on Post {
  commentCount comments(first: $first, after: $after) { pageInfo { endCursor hasNextPage }
    edges { cursor node { id text likeCount replyCount
      replies(first: $replies, after: $more) { nodes { id } pageInfo { endCursor hasNextPage } } } } } } } }"""


async def say(person: Person, post: str, text: str = "hello", parent: str | None = None, **more: Any) -> dict[str, Any]:
    payload = await person.do(ADD, input={"postId": post, "parentId": parent, "text": text, **more})
    assert payload["userErrors"] == [], payload
    comment: dict[str, Any] = payload["comment"]
    return comment


async def refused(person: Person, **input: Any) -> list[tuple[str, ...]]:
    payload = await person.do(ADD, input=input)
    assert payload["comment"] is None
    return [(error["code"], *error["field"]) for error in payload["userErrors"]]


async def thread(person: Person, post: str, **variables: Any) -> dict[str, Any]:
    node: dict[str, Any] = (await person.ask(THREAD, id=post, **variables))["node"]
    return node


async def test_a_conversation(person: NewPerson) -> None:
    ada, eve = await person("ada"), await person("eve")
    post = await ada.publish()
    first = await say(eve, post, f" lovely, @{ada.username.upper()}! ")
    assert (first["text"], first["author"]["id"]) == (f"lovely, @{ada.username.upper()}!", eve.id)
    assert (first["mentions"], first["parent"]) == ([{"id": ada.id}], None)
    assert first["post"] == {"id": post, "commentCount": 1}
    second = await say(eve, post, "second")
    replies = [await say(ada, post, f"reply {n}", first["id"]) for n in range(3)]
    assert replies[0]["parent"] == {"id": first["id"], "replyCount": 1}
    assert await refused(eve, postId=post, parentId=replies[0]["id"], text="deeper") == [("INVALID", "parentId")]

    seen = await until(lambda: thread(eve, post), lambda seen: seen["commentCount"] == 5)
    assert [edge["node"]["id"] for edge in seen["comments"]["edges"]] == [second["id"], first["id"]]
    assert seen["comments"]["edges"][1]["node"]["replyCount"] == 3
    page = await thread(eve, post, first=1)
    assert page["comments"]["pageInfo"]["hasNextPage"]
    rest = await thread(eve, post, after=page["comments"]["pageInfo"]["endCursor"], replies=2)
    [edge] = rest["comments"]["edges"]
    shown = edge["node"]["replies"]
    assert [node["id"] for node in shown["nodes"]] == [replies[0]["id"], replies[1]["id"]]

    for cursor in (page["comments"]["pageInfo"]["endCursor"], "x" * 40, edge["cursor"][:-2] + "aa"):
        with pytest.raises(Failed, match="BAD_USER_INPUT"):
            await thread(eve, post, more=cursor)
    deleted = await eve.do(DELETE, id=first["id"])
    assert deleted["deletedId"] == first["id"]
    assert (deleted["post"], deleted["parent"]) == ({"commentCount": 1}, None)
    seen = await until(lambda: thread(eve, post), lambda seen: seen["commentCount"] == 1)
    gone = await eve.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[first["id"], replies[0]["id"]])
    assert gone["nodes"] == [None, None]


async def test_who_may_delete(person: NewPerson) -> None:
    ada, eve, bob = await person("ada"), await person("eve"), await person("bob")
    post = await ada.publish()
    top = await say(eve, post)
    reply = await say(bob, post, "no", top["id"])
    payload = await bob.do(DELETE, id=top["id"])
    assert [error["code"] for error in payload["userErrors"]] == ["NOT_ALLOWED"]
    payload = await ada.do(DELETE, id=reply["id"])
    assert payload["parent"] == {"id": top["id"], "replyCount": 0}
    payload = await ada.do(DELETE, id=reply["id"])
    assert [error["code"] for error in payload["userErrors"]] == ["NOT_FOUND"]


async def test_likes_of_comments(person: NewPerson) -> None:
    ada, eve = await person("ada"), await person("eve")
    post = await ada.publish()
    comment = await say(ada, post)
    for name, count in (("likeComment", 1), ("likeComment", 1), ("unlikeComment", 0), ("likeComment", 1)):
        payload = await eve.do(LIKE.format(name=name, errors=ERRORS), id=comment["id"])
        assert payload["comment"] == {"likeCount": count, "viewerHasLiked": name == "likeComment"}
    await until(lambda: thread(ada, post), lambda seen: seen["comments"]["edges"][0]["node"]["likeCount"] == 1)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "REQUIRED"),
        (" \n ", "REQUIRED"),
        ("x" * 10_001, "TOO_LONG"),
        ("👍🏽" * 2201, "TOO_LONG"),
        (" ".join(f"#tag{n}" for n in range(31)), "TOO_MANY"),
        (" ".join(f"@name{n}" for n in range(21)), "TOO_MANY"),
        ("#" + "x" * 101, "TOO_LONG"),
        ("bell \x07", "INVALID"),
    ],
)
async def test_wrong_words(person: NewPerson, text: str, code: str) -> None:
    ada = await person("ada")
    post = await ada.publish()
    assert await refused(ada, postId=post, text=text) == [(code, "text")]
    assert (await thread(ada, post))["commentCount"] == 0


async def test_where_one_may_not_comment(person: NewPerson) -> None:
    ada, eve = await person("ada"), await person("eve")
    post = await ada.publish()
    other = await ada.publish()
    elsewhere = await say(ada, other)
    assert await refused(eve, postId=post, parentId=elsewhere["id"], text="x") == [("NOT_FOUND", "parentId")]
    assert await refused(eve, postId=ada.id, text="x") == [("NOT_FOUND", "postId")]
    draft = (await ada.create_post((await ada.create_upload(b"x"))["id"]))["post"]["id"]
    assert await refused(eve, postId=draft, text="x") == [("NOT_FOUND", "postId")]
    assert await refused(ada, postId=draft, text="x") == [("NOT_ALLOWED", "postId")]
    await ada.do(
        "mutation ($id: ID!) { updatePost(input: { postId: $id, commentsDisabled: true }) { userErrors { code } } }",
        id=post,
    )
    assert await refused(eve, postId=post, text="x") == [("NOT_ALLOWED", "postId")]
    with pytest.raises(Failed, match="BAD_USER_INPUT"):
        await refused(eve, postId="not an id", text="x")


async def test_mentions_of_those_who_block_are_only_words(person: NewPerson) -> None:
    ada, eve, bob = await person("ada"), await person("eve"), await person("bob")
    await ada.do("mutation ($id: ID!) { block(userId: $id) { userErrors { code } } }", id=eve.id)
    post = await bob.publish()
    comment = await say(eve, post, f"@{ada.username} @nobody.at.all.{'x' * 10} @{bob.username} mail@{bob.username}")
    assert comment["mentions"] == [{"id": bob.id}]
    seen = await ada.ask("query ($id: ID!) { node(id: $id) { id } }", id=comment["id"])
    assert seen["node"] is None


async def test_a_retry_takes_effect_once(person: NewPerson) -> None:
    ada = await person("ada")
    post = await ada.publish()
    first = await say(ada, post, "once", idempotencyKey="k")
    assert (await say(ada, post, "once", idempotencyKey="k"))["id"] == first["id"]
    assert await refused(ada, postId=post, text="other", idempotencyKey="k") == [("CONFLICT", "idempotencyKey")]
    assert len((await thread(ada, post))["comments"]["edges"]) == 1
