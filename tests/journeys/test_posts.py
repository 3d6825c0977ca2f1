"""Likes, saves, hashtags, places and people in pictures; and changing one's mind about a caption."""

from typing import Any

import pytest

from tests.client import Failed, Person, until
from tests.conftest import NewPerson

ERRORS = "userErrors { code field }"
SEEN = """id caption hashtags mentions { id } location { id name latitude longitude posts { nodes { id } } } editedAt
  commentsDisabled likeCount viewerHasLiked viewerHasSaved likers { nodes { id } }
  media { userTags { x y user { id } } }"""
POST = f"query ($id: ID!) {{ node(id: $id) {{ ... on Post {{ {SEEN} }} }} }}"
REACT = (
    "mutation ($id: ID!) {{ {name}(postId: $id) {{ post {{ likeCount viewerHasLiked viewerHasSaved }} {errors} }} }}"
)
UPDATE = f"mutation ($input: UpdatePostInput!) {{ updatePost(input: $input) {{ post {{ {SEEN} }} {ERRORS} }} }}"
TAG = "query ($name: String!) { hashtag(name: $name) { name postCount posts { nodes { id } } } }"
SAVED = "{ viewer { savedPosts { edges { node { id } savedAt } } } }"


async def look(person: Person, post: str) -> dict[str, Any] | None:
    node: dict[str, Any] | None = (await person.ask(POST, id=post))["node"]
    return node


async def react(person: Person, name: str, post: str) -> dict[str, Any]:
    payload = await person.do(REACT.format(name=name, errors=ERRORS), id=post)
    assert payload["userErrors"] == []
    shown: dict[str, Any] = payload["post"]
    return shown


async def change(person: Person, post: str, **changes: Any) -> dict[str, Any]:
    payload = await person.do(UPDATE, input={"postId": post, **changes})
    assert payload["userErrors"] == [], payload
    shown: dict[str, Any] = payload["post"]
    return shown


async def make(person: Person, **more: Any) -> list[tuple[str, ...]]:
    """What is wrong with a post of one picture."""
    payload = await person.create_post((await person.create_upload(b"x"))["id"], **more)
    return [(error["code"], *error["field"]) for error in payload["userErrors"]]


async def test_likes(person: NewPerson) -> None:
    ada, eve, bob = await person("ada"), await person("eve"), await person("bob")
    post = await ada.publish()
    for name, count in (("likePost", 1), ("likePost", 1), ("unlikePost", 0), ("unlikePost", 0), ("likePost", 1)):
        shown = await react(eve, name, post)
        assert (shown["likeCount"], shown["viewerHasLiked"]) == (count, name == "likePost")
    await react(bob, "likePost", post)
    seen = await until(lambda: look(ada, post), lambda seen: seen is not None and seen["likeCount"] == 2)
    assert seen is not None
    assert [node["id"] for node in seen["likers"]["nodes"]] == [bob.id, eve.id]
    assert seen["viewerHasLiked"] is False


async def test_saved_posts_are_ones_own(person: NewPerson) -> None:
    ada, eve = await person("ada"), await person("eve")
    posts = [await ada.publish() for _ in range(2)]
    for post in (*posts, posts[0]):
        assert (await react(eve, "savePost", post))["viewerHasSaved"] is True
    edges = (await eve.ask(SAVED))["viewer"]["savedPosts"]["edges"]
    assert [edge["node"]["id"] for edge in edges] == posts[::-1]
    assert edges[0]["savedAt"] >= edges[1]["savedAt"]
    assert (await react(eve, "unsavePost", posts[1]))["viewerHasSaved"] is False
    await ada.delete_post(posts[0])
    assert (await eve.ask(SAVED))["viewer"]["savedPosts"]["edges"] == []


async def test_a_post_is_changed(person: NewPerson) -> None:
    ada, eve = await person("ada"), await person("eve")
    old, new = f"o{ada.username[-12:]}", f"n{ada.username[-12:]}"
    post = await ada.publish(f"#{old.upper()} with @{eve.username}")
    place = {"name": " The  old pier ", "latitude": 52.123456789, "longitude": -0.5}
    shown = await change(ada, post, location=place)
    assert shown["hashtags"] == [old]
    assert shown["location"] | {"id": ""} == {
        "id": "",
        "name": "The old pier",
        "latitude": 52.12346,
        "longitude": -0.5,
        "posts": {"nodes": [{"id": post}]},
    }
    edited = shown["editedAt"]
    assert edited is not None
    assert (await change(ada, post, commentsDisabled=True))["editedAt"] == edited
    seen = await until(lambda: eve.ask(TAG, name=f"#{old}"), lambda seen: (seen["hashtag"] or {}).get("postCount") == 1)
    assert seen["hashtag"]["posts"]["nodes"] == [{"id": post}]

    shown = await change(ada, post, caption=f"#{new}")
    assert (shown["hashtags"], shown["mentions"], shown["commentsDisabled"]) == ([new], [], True)
    assert (await eve.ask(TAG, name=old))["hashtag"] is None
    assert (await eve.ask(TAG, name=new))["hashtag"]["name"] == new
    location = shown["location"]["id"]
    shown = await change(ada, post, caption=None, location=None, commentsDisabled=None)
    assert (shown["caption"], shown["location"], shown["commentsDisabled"]) == ("", None, False)
    assert (await eve.ask("query ($id: ID!) { node(id: $id) { id } }", id=location))["node"] is None
    assert await look(eve, post) == shown | {"editedAt": shown["editedAt"]}

    payload = await eve.do(UPDATE, input={"postId": post, "caption": "mine"})
    assert [error["code"] for error in payload["userErrors"]] == ["NOT_ALLOWED"]


@pytest.mark.parametrize(
    ("location", "errors"),
    [
        ({"name": "  "}, [("REQUIRED", "location", "name")]),
        ({"name": "x" * 101}, [("TOO_LONG", "location", "name")]),
        ({"name": "x", "latitude": 1.0}, [("REQUIRED", "location")]),
        (
            {"name": "x", "latitude": 91, "longitude": 181},
            [("INVALID", "location", f) for f in ("latitude", "longitude")],
        ),
    ],
)
async def test_wrong_places(person: NewPerson, location: Any, errors: Any) -> None:
    assert await make(await person("ada"), location=location) == errors


async def test_people_in_pictures(person: NewPerson) -> None:
    ada, eve, shy, foe = [await person(name) for name in ("ada", "eve", "shy", "foe")]
    await shy.do("mutation { updateProfile(input: { isPrivate: true }) { user { id } } }")
    await foe.do("mutation ($id: ID!) { block(userId: $id) { user { id } } }", id=ada.id)

    async def tagged(*tags: dict[str, Any]) -> list[tuple[str, ...]]:
        upload = (await ada.create_upload(b"x"))["id"]
        media = [{"uploadId": upload, "userTags": list(tags)}]
        document = f"mutation ($input: CreatePostInput!) {{ createPost(input: $input) {{ post {{ id }} {ERRORS} }} }}"
        payload = await ada.do(document, input={"media": media})
        return [(error["code"], *error["field"][3:]) for error in payload["userErrors"]]

    assert await tagged({"userId": shy.id, "x": 0.1, "y": 0.1}) == [("NOT_ALLOWED", "0", "userId")]
    assert await tagged({"userId": foe.id, "x": 0.1, "y": 0.1}) == [("NOT_FOUND", "0", "userId")]
    assert await tagged({"userId": eve.id, "x": 1.1, "y": -0.1}) == [("INVALID", "0", "x"), ("INVALID", "0", "y")]
    twice = [{"userId": eve.id, "x": 0, "y": 1}] * 2
    assert await tagged(*twice) == [("CONFLICT", "1", "userId")]
    assert await tagged(*twice * 11) == [("TOO_MANY",), *[("CONFLICT", str(n), "userId") for n in range(1, 20)]]

    upload = await ada.upload()
    media = [{"uploadId": upload, "userTags": [{"userId": eve.id, "x": 0.25, "y": 1}]}]
    payload = await ada.do(
        "mutation ($input: CreatePostInput!) { createPost(input: $input) { post { id } } }", input={"media": media}
    )
    post = payload["post"]["id"]
    await ada.settled(post)
    seen = await look(shy, post)
    assert seen is not None
    assert seen["media"] == [{"userTags": [{"x": 0.25, "y": 1.0, "user": {"id": eve.id}}]}]
    await eve.do("mutation ($id: ID!) { block(userId: $id) { user { id } } }", id=shy.id)
    seen = await look(shy, post)
    assert seen is not None
    assert seen["media"] == [{"userTags": []}]


async def test_captions_are_measured(person: NewPerson) -> None:
    ada = await person("ada")
    assert await make(ada, caption="é" * 2201) == [("TOO_LONG", "caption")]
    assert await make(ada, caption=" ".join(f"#t{n}" for n in range(31))) == [("TOO_MANY", "caption")]
    assert await make(ada, caption=" ".join(f"@t{n}" for n in range(21))) == [("TOO_MANY", "caption")]
    assert await make(ada, caption="e\u0301" * 2200 + "#t" * 0) == []


async def test_what_is_not_there_cannot_be_liked(person: NewPerson) -> None:
    ada = await person("ada")
    for name in ("likePost", "unlikePost", "savePost", "unsavePost"):
        payload = await ada.do(REACT.format(name=name, errors=ERRORS), id=ada.id)
        assert payload == {"post": None, "userErrors": [{"code": "NOT_FOUND", "field": ["postId"]}]}
    with pytest.raises(Failed, match="BAD_USER_INPUT"):
        await ada.do(REACT.format(name="likePost", errors=ERRORS), id="x")
    assert (await ada.ask(TAG, name="nobody wrote this"))["hashtag"] is None
    assert (await ada.ask(TAG, name=""))["hashtag"] is None
