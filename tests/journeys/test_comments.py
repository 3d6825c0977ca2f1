"""What people say under a photo."""

import asyncio
from typing import Any

import pytest

from tests.conftest import NewPerson
from tests.support.client import Failed, Person, until

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


async def turn_off(person: Person, post: str, off: bool = True) -> None:
    document = """mutation ($id: ID!, $off: Boolean) {
        updatePost(input: { postId: $id, commentsDisabled: $off }) { userErrors { code } } }"""
    assert await person.do(document, id=post, off=off) == {"userErrors": []}


async def delete(person: Person, comment: str) -> dict[str, Any]:
    payload = await person.do(DELETE, id=comment)
    assert payload["userErrors"] == [], payload
    return payload


async def test_turning_comments_off_silences_everybody_and_hides_nothing(person: NewPerson) -> None:
    ada, eve = await person("ada"), await person("eve")
    post = await ada.publish()
    comment = await say(eve, post)
    await turn_off(ada, post)
    for somebody in (ada, eve):
        for parent in (None, comment["id"]):
            errors = await refused(somebody, postId=post, parentId=parent, text="hush")
            assert errors == [("NOT_ALLOWED", "postId")]
    seen = await until(lambda: thread(eve, post), lambda seen: seen["commentCount"] == 1)
    assert [edge["node"]["id"] for edge in seen["comments"]["edges"]] == [comment["id"]]
    liked = await ada.do(LIKE.format(name="likeComment", errors=ERRORS), id=comment["id"])
    assert liked["comment"]["viewerHasLiked"] is True
    await delete(eve, comment["id"])
    await turn_off(ada, post, False)
    await say(eve, post, "at last")


async def test_comments_of_a_private_account_are_for_its_followers(person: NewPerson, visitor: Person) -> None:
    ada, eve, bob = await person("ada"), await person("eve"), await person("bob")
    await eve.follow(ada)
    post = await ada.publish()
    comment = await say(eve, post)
    await ada.ask("mutation { updateProfile(input: { isPrivate: true }) { user { id } } }")
    node = "query ($id: ID!) { node(id: $id) { id } }"
    assert (await eve.ask(node, id=comment["id"]))["node"] == {"id": comment["id"]}
    for stranger in (bob, visitor):
        assert (await stranger.ask(node, id=comment["id"]))["node"] is None
    for parent in (None, comment["id"]):
        assert await refused(bob, postId=post, parentId=parent, text="x") == [("NOT_FOUND", "postId")]
    for document in (LIKE.format(name="likeComment", errors=ERRORS), DELETE):
        payload = await bob.do(document, id=comment["id"])
        assert payload["userErrors"] == [{"code": "NOT_FOUND", "field": ["commentId"]}]


async def test_a_comment_goes_with_its_replies(person: NewPerson) -> None:
    ada, eve, bob = await person("ada"), await person("eve"), await person("bob")
    post = await ada.publish()
    kept, top = await say(bob, post, "kept"), await say(eve, post, "top")
    replies = [await say(somebody, post, f"@{bob.username}", top["id"]) for somebody in (ada, bob, eve)]
    await until(lambda: thread(eve, post), lambda seen: seen["commentCount"] == 5)
    payload = await delete(bob, replies[1]["id"])
    assert (payload["post"], payload["parent"]) == ({"commentCount": 4}, {"id": top["id"], "replyCount": 2})
    seen = await until(lambda: thread(eve, post), lambda seen: seen["commentCount"] == 4)
    shown = seen["comments"]["edges"][0]["node"]
    assert (shown["replyCount"], [node["id"] for node in shown["replies"]["nodes"]]) == (
        2,
        [replies[0]["id"], replies[2]["id"]],
    )
    payload = await delete(ada, top["id"])  # it is under their post
    assert (payload["deletedId"], payload["post"], payload["parent"]) == (top["id"], {"commentCount": 1}, None)
    seen = await until(lambda: thread(eve, post), lambda seen: seen["commentCount"] == 1)
    assert [edge["node"]["id"] for edge in seen["comments"]["edges"]] == [kept["id"]]
    assert await refused(eve, postId=post, parentId=top["id"], text="x") == [("NOT_FOUND", "parentId")]
    for gone in (top, replies[0]):
        for document in (LIKE.format(name="likeComment", errors=ERRORS), DELETE):
            payload = await ada.do(document, id=gone["id"])
            assert payload["userErrors"] == [{"code": "NOT_FOUND", "field": ["commentId"]}]


async def test_comments_of_a_deleted_post_are_gone_with_it(person: NewPerson) -> None:
    ada, eve = await person("ada"), await person("eve")
    post = await ada.publish()
    top = await say(eve, post)
    reply = await say(ada, post, "x", top["id"])
    await ada.delete_post(post)
    gone = await eve.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[top["id"], reply["id"], post])
    assert gone["nodes"] == [None, None, None]
    assert await refused(eve, postId=post, parentId=top["id"], text="x") == [("NOT_FOUND", "postId")]
    payload = await eve.do(DELETE, id=top["id"])
    assert [error["code"] for error in payload["userErrors"]] == ["NOT_FOUND"]


async def test_pages_of_comments_and_replies_while_some_come_and_go(person: NewPerson) -> None:
    ada, eve = await person("ada"), await person("eve")
    post = await ada.publish()
    tops = [(await say(eve, post, f"{n}"))["id"] for n in range(5)]
    page = (await thread(ada, post, first=2))["comments"]
    assert [edge["node"]["id"] for edge in page["edges"]] == [tops[4], tops[3]]
    late = (await say(eve, post, "late"))["id"]
    await delete(eve, tops[3])  # the very comment the cursor stands on
    rest = (await thread(ada, post, after=page["pageInfo"]["endCursor"]))["comments"]
    assert [edge["node"]["id"] for edge in rest["edges"]] == [tops[2], tops[1], tops[0]]
    assert not rest["pageInfo"]["hasNextPage"]
    assert (await thread(ada, post))["comments"]["edges"][0]["node"]["id"] == late

    replies = [(await say(eve, post, f"{n}", late))["id"] for n in range(3)]

    async def answers(**variables: Any) -> dict[str, Any]:
        shown: dict[str, Any] = (await thread(ada, post, first=1, **variables))["comments"]["edges"][0]["node"]
        return shown["replies"]  # type: ignore[no-any-return]

    page = await answers(replies=2)
    assert [node["id"] for node in page["nodes"]] == replies[:2]
    assert page["pageInfo"]["hasNextPage"]
    await delete(eve, replies[1])
    newest = (await say(eve, post, "3", late))["id"]
    rest = await answers(more=page["pageInfo"]["endCursor"])
    assert [node["id"] for node in rest["nodes"]] == [replies[2], newest], "what comes later comes last"


async def test_a_cursor_is_for_its_list_and_its_viewer_as_it_was_given(person: NewPerson) -> None:
    ada, eve = await person("ada"), await person("eve")
    post, other = await ada.publish(), await ada.publish()
    for under in (post, other):
        comment = await say(ada, under)
    await say(ada, other, "x", comment["id"])
    cursor = (await thread(ada, post))["comments"]["edges"][0]["cursor"]
    answer = (await thread(ada, other))["comments"]["edges"][0]["node"]["replies"]["pageInfo"]["endCursor"]
    assert (await thread(ada, post, after=cursor))["comments"]["edges"] == []
    for somebody, under, wrong in (
        (eve, post, cursor),
        (ada, other, cursor),
        (ada, other, answer),
        (ada, post, cursor.swapcase()),
        (ada, post, cursor + "A"),
        (ada, post, cursor[:-1]),
        (ada, post, ""),
        (ada, post, comment["id"]),
    ):
        with pytest.raises(Failed) as failure:
            await thread(somebody, under, after=wrong)
        assert failure.value.code == "BAD_USER_INPUT"


async def test_who_is_named_in_a_comment(person: NewPerson) -> None:
    ada, eve, bob = await person("ada"), await person("eve"), await person("bob")
    post = await ada.publish()
    text = (
        f"(@{bob.username.upper()}), @{ada.username}. And @{bob.username}, x@{eve.username} http://a.b/@{eve.username}"
    )
    comment = await say(eve, post, text)
    assert [node["id"] for node in comment["mentions"]] == [bob.id, ada.id], "each once, in order"
    await bob.do("mutation ($id: ID!) { block(userId: $id) { userErrors { code } } }", id=eve.id)
    seen = "query ($id: ID!) { node(id: $id) { ... on Comment { text mentions { id } } } }"
    assert (await eve.ask(seen, id=comment["id"]))["node"] == {"text": text, "mentions": [{"id": ada.id}]}
    after = await say(eve, post, f"@{bob.username}")
    await bob.do("mutation ($id: ID!) { unblock(userId: $id) { userErrors { code } } }", id=eve.id)
    assert (await bob.ask(seen, id=after["id"]))["node"]["mentions"] == [], "it was a word only, and stays one"


@pytest.mark.parametrize(
    "text",
    [
        "x" * 2200,
        "👩‍👩‍👧" * 1000,
        " ".join(f"#t{n}" for n in range(30)),
        " ".join(f"@n{n}" for n in range(20)),
        "#a " * 60,
    ],
)
async def test_as_much_as_may_be_said(person: NewPerson, text: str) -> None:
    ada = await person("ada")
    assert (await say(ada, await ada.publish(), text))["text"] == text.strip()


async def test_keys_are_per_viewer_and_limited(person: NewPerson) -> None:
    ada, eve = await person("ada"), await person("eve")
    post = await ada.publish()
    mine = await say(ada, post, "same", idempotencyKey="k" * 64)
    theirs = await say(eve, post, "same", idempotencyKey="k" * 64)
    assert mine["id"] != theirs["id"]
    for key in ("", "k" * 65):
        assert await refused(ada, postId=post, text="x", idempotencyKey=key) == [("INVALID", "idempotencyKey")]
    assert await refused(ada, postId=post, text=" ", idempotencyKey="z") == [("REQUIRED", "text")]
    first = await say(ada, post, "what failed has not spent the key", idempotencyKey="z")
    errors = await refused(ada, postId=post, parentId=mine["id"], text=first["text"], idempotencyKey="z")
    assert errors == [("CONFLICT", "idempotencyKey")]
    await turn_off(ada, post)
    again = await say(ada, post, first["text"], idempotencyKey="z")
    assert again["id"] == first["id"], "a retry is answered, whatever has changed since"
    seen = await until(lambda: thread(ada, post), lambda seen: seen["commentCount"] == 3)
    assert len(seen["comments"]["edges"]) == 3


async def test_retries_at_the_same_time_take_effect_once(person: NewPerson) -> None:
    ada = await person("ada")
    post = await ada.publish()
    said = await asyncio.gather(*(say(ada, post, "once", idempotencyKey="k") for _ in range(8)))
    assert len({comment["id"] for comment in said}) == 1
    like = LIKE.format(name="likeComment", errors=ERRORS)
    await asyncio.gather(*(ada.do(like, id=said[0]["id"]) for _ in range(8)))
    seen = await until(lambda: thread(ada, post), lambda seen: seen["commentCount"] >= 1)
    seen = await until(lambda: thread(ada, post), lambda seen: seen["comments"]["edges"][0]["node"]["likeCount"] >= 1)
    assert (seen["commentCount"], seen["comments"]["edges"][0]["node"]["likeCount"]) == (1, 1)
