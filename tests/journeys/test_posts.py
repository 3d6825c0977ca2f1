"""Likes, saves, hashtags, places and people in pictures; and changing one's mind about a caption."""

from typing import Any

import pytest

from tests.conftest import NewPerson
from tests.support.client import Failed, Person, photo, until

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
    assert shown["hashtags"] == [old.upper()]
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
    assert await look(eve, post) == shown

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
    assert await make(ada, caption="e\u0301" * 2200) == []


async def test_what_is_not_there_cannot_be_liked(person: NewPerson) -> None:
    ada = await person("ada")
    for name in ("likePost", "unlikePost", "savePost", "unsavePost"):
        payload = await ada.do(REACT.format(name=name, errors=ERRORS), id=ada.id)
        assert payload == {"post": None, "userErrors": [{"code": "NOT_FOUND", "field": ["postId"]}]}
    with pytest.raises(Failed, match="BAD_USER_INPUT"):
        await ada.do(REACT.format(name="likePost", errors=ERRORS), id="x")
    assert (await ada.ask(TAG, name="nobody wrote this"))["hashtag"] is None
    assert (await ada.ask(TAG, name=""))["hashtag"] is None


NODE = "query ($id: ID!) { node(id: $id) { id } }"
CREATE = f"mutation ($input: CreatePostInput!) {{ createPost(input: $input) {{ post {{ id }} {ERRORS} }} }}"


async def nothing(person: Person, id: str) -> bool:
    return (await person.ask(NODE, id=id))["node"] is None


async def go_private(person: Person, how: bool = True) -> None:
    await person.ask("mutation ($how: Boolean) { updateProfile(input: { isPrivate: $how }) { user { id } } }", how=how)


async def test_likers_are_paged_the_latest_first(person: NewPerson) -> None:
    ada, fans = await person("ada"), [await person(f"fan{n}") for n in range(3)]
    post, other = await ada.publish(), await ada.publish()
    for fan in fans:
        await react(fan, "likePost", post)
    await until(lambda: look(ada, post), lambda seen: seen is not None and seen["likeCount"] == 3)
    assert (await react(ada, "likePost", post))["likeCount"] == 4
    await react(ada, "likePost", post)
    await until(lambda: look(ada, post), lambda seen: seen is not None and seen["likeCount"] == 4)
    assert (await react(ada, "unlikePost", post))["likeCount"] == 3
    page = """query ($id: ID!, $after: String) { node(id: $id) { ... on Post { likers(first: 2, after: $after) {
        nodes { id } pageInfo { hasNextPage endCursor } } } } }"""
    first = (await ada.ask(page, id=post))["node"]["likers"]
    assert [node["id"] for node in first["nodes"]] == [fans[2].id, fans[1].id]
    await react(fans[2], "unlikePost", post)
    await react(fans[2], "likePost", post)  # ahead of the cursor: for a new first page
    after = first["pageInfo"]["endCursor"]
    rest = (await ada.ask(page, id=post, after=after))["node"]["likers"]
    assert [node["id"] for node in rest["nodes"]] == [fans[0].id]
    for id, cursor in ((other, after), (post, after[:-1]), (post, after.swapcase())):
        with pytest.raises(Failed, match="BAD_USER_INPUT"):
            await ada.ask(page, id=id, after=cursor)
    await react(fans[1], "unlikePost", post)
    seen = await until(lambda: look(ada, post), lambda seen: seen is not None and seen["likeCount"] == 2)
    assert seen is not None
    assert [node["id"] for node in seen["likers"]["nodes"]] == [fans[2].id, fans[0].id]


async def test_saved_posts_are_paged_and_kept_once(person: NewPerson) -> None:
    ada, eve = await person("ada"), await person("eve")
    posts = [await ada.publish() for _ in range(3)]
    for post in posts:
        await react(eve, "savePost", post)
    page = """query ($after: String) { viewer { savedPosts(first: 2, after: $after) {
        edges { node { id } savedAt cursor } pageInfo { hasNextPage endCursor } } } }"""
    first = (await eve.ask(page))["viewer"]["savedPosts"]
    await react(eve, "savePost", posts[0])  # again: it stays where it is
    after = first["pageInfo"]["endCursor"]
    rest = (await eve.ask(page, after=after))["viewer"]["savedPosts"]
    assert [edge["node"]["id"] for edge in first["edges"] + rest["edges"]] == posts[::-1]
    assert (await eve.ask(page))["viewer"]["savedPosts"]["edges"] == first["edges"]
    with pytest.raises(Failed, match="BAD_USER_INPUT"):
        await ada.ask(page, after=after)
    assert (await react(eve, "unsavePost", posts[0]))["viewerHasSaved"] is False
    await react(eve, "unsavePost", posts[0])
    await react(eve, "savePost", posts[0])
    newest = (await eve.ask(page))["viewer"]["savedPosts"]["edges"][0]
    assert (newest["node"]["id"], newest["savedAt"] >= first["edges"][0]["savedAt"]) == (posts[0], True)
    seen = await look(ada, posts[0])
    assert seen is not None
    assert seen["viewerHasSaved"] is False, "that is for nobody else to know"


async def test_nothing_hangs_on_a_deleted_post(person: NewPerson) -> None:
    ada, eve = await person("ada"), await person("eve")
    word = f"w{ada.username[-12:]}"
    post = await ada.publish(f"#{word}")
    kept = await ada.publish(f"#{word}")
    location = (await change(ada, post, location={"name": word}))["location"]["id"]
    for name in ("likePost", "savePost"):
        await react(eve, name, post)
    found = await until(lambda: eve.ask(TAG, name=word), lambda seen: seen["hashtag"]["postCount"] == 2)
    assert found["hashtag"]["posts"]["nodes"] == [{"id": kept}, {"id": post}]
    counted = "{ viewer { user { postCount } } }"
    await until(lambda: ada.ask(counted), lambda seen: seen["viewer"]["user"]["postCount"] == 2)
    payload = await ada.do("mutation ($id: ID!) { deletePost(postId: $id) { author { postCount } } }", id=post)
    assert payload["author"]["postCount"] == 1
    assert await nothing(eve, post)
    assert await nothing(eve, location)
    assert (await eve.ask(SAVED))["viewer"]["savedPosts"]["edges"] == []
    found = await until(lambda: eve.ask(TAG, name=word), lambda seen: seen["hashtag"]["postCount"] == 1)
    assert found["hashtag"]["posts"]["nodes"] == [{"id": kept}]
    for name in ("likePost", "unlikePost", "savePost", "unsavePost"):
        payload = await eve.do(REACT.format(name=name, errors=ERRORS), id=post)
        assert payload == {"post": None, "userErrors": [{"code": "NOT_FOUND", "field": ["postId"]}]}
    payload = await ada.do(UPDATE, input={"postId": post, "caption": "back"})
    assert payload == {"post": None, "userErrors": [{"code": "NOT_FOUND", "field": ["postId"]}]}
    await ada.delete_post(kept)
    assert (await eve.ask(TAG, name=word))["hashtag"] is None


async def test_a_change_leaves_alone_what_it_leaves_out(person: NewPerson) -> None:
    ada, eve = await person("ada"), await person("eve")
    word = f"w{ada.username[-12:]}"
    post = await ada.publish(f"#{word} @{eve.username}")
    before = await look(ada, post)
    assert before is not None
    assert before["editedAt"] is None
    assert await change(ada, post) == before, "nothing changed, nothing edited"
    shown = await change(ada, post, location={"name": word})
    assert (shown["caption"], shown["hashtags"], shown["mentions"]) == (
        before["caption"],
        [word],
        [{"id": eve.id}],
    )
    for wrong, field in (
        ({"caption": " ".join(f"#t{n}" for n in range(31)), "location": None}, ["caption"]),
        ({"caption": "x" * 2201, "commentsDisabled": True}, ["caption"]),
        ({"caption": "fine", "location": {"name": " "}}, ["location", "name"]),
    ):
        payload = await ada.do(UPDATE, input={"postId": post, **wrong})
        assert [error["field"] for error in payload["userErrors"]] == [field]
        assert payload["post"] is None
        assert await look(ada, post) == shown, "a change that is refused leaves no trace"
    payload = await eve.do(UPDATE, input={"postId": post, "location": None, "commentsDisabled": True})
    assert payload == {"post": None, "userErrors": [{"code": "NOT_ALLOWED", "field": ["postId"]}]}
    assert await look(ada, post) == shown
    shown = await change(ada, post, location=None)
    assert (shown["location"], shown["caption"]) == (None, before["caption"])


async def test_a_post_is_changed_before_it_is_published(person: NewPerson) -> None:
    ada, eve = await person("ada"), await person("eve")
    old, new = f"o{ada.username[-12:]}", f"n{ada.username[-12:]}"
    content = photo()
    upload = await ada.create_upload(content)
    post = (await ada.create_post(upload["id"], caption=f"#{old}"))["post"]["id"]
    location = (await change(ada, post, caption=f"#{new}", location={"name": new}))["location"]["id"]
    for name in (old, new):
        assert (await ada.ask(TAG, name=name))["hashtag"] is None, "nothing is published under it"
    assert await nothing(eve, location)
    payload = await eve.do(UPDATE, input={"postId": post, "caption": "mine"})
    assert [error["code"] for error in payload["userErrors"]] == ["NOT_FOUND"], "only its author sees it"
    await ada.send(upload, content)
    await ada.settled(post)
    assert (await eve.ask(TAG, name=new))["hashtag"]["posts"]["nodes"] == [{"id": post}]
    assert (await eve.ask(TAG, name=old))["hashtag"] is None
    assert not await nothing(eve, location)


async def test_one_hashtag_however_it_is_written(person: NewPerson, visitor: Person) -> None:
    ada, shy = await person("ada"), await person("shy")
    end = ada.username[-12:]
    post = await ada.publish(
        f"#Cafe\u0301{end}, ＃CAFÉ{end.upper()} #日本{end} #café{end}! a#no{end} http://x.y/#no{end}"
    )
    seen = await look(ada, post)
    assert seen is not None
    assert seen["hashtags"] == [f"Café{end}", f"日本{end}"], "as written first"
    await go_private(shy)
    hidden = await shy.publish(f"#café{end} #shy{end}")
    pages = [
        (await visitor.ask("query ($n: String!) { hashtag(name: $n) { id name } }", n=name))["hashtag"]
        for name in (f"café{end}", f"#CAFÉ{end}", f"＃cafe\u0301{end}", f" #Café{end} ")
    ]
    assert [page["name"] for page in pages] == [f"Café{end}"] * 4
    assert len({page["id"] for page in pages}) == 1
    node = "query ($id: ID!) { node(id: $id) { ... on Hashtag { name posts { nodes { id } } } } }"
    assert (await visitor.ask(node, id=pages[0]["id"]))["node"]["posts"]["nodes"] == [{"id": post}]
    assert (await visitor.ask(TAG, name=f"shy{end}"))["hashtag"] is None
    assert (await shy.ask(TAG, name=f"shy{end}"))["hashtag"]["posts"]["nodes"] == [{"id": hidden}]
    for name in (f"no{end}", "two words", "#", "##x", "a-b", "\u0000", "x" * 10_000):
        assert (await visitor.ask(TAG, name=name))["hashtag"] is None


async def test_a_place_gathers_posts_of_many(person: NewPerson, visitor: Person) -> None:
    ada, eve, shy = [await person(name) for name in ("ada", "eve", "shy")]
    place = {"name": f"pier {ada.username}", "latitude": -90, "longitude": 180}
    posts = [await somebody.publish() for somebody in (ada, eve, shy)]
    await go_private(shy)
    ids = {
        (await change(somebody, post, location=place))["location"]["id"]
        for somebody, post in zip((ada, eve, shy), posts, strict=True)
    }
    [location] = ids
    elsewhere = (await change(shy, await shy.publish(), location=place | {"longitude": 179}))["location"]["id"]
    node = """query ($id: ID!, $after: String) { node(id: $id) { ... on Location { name latitude longitude
        posts(first: 1, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } } } }"""
    first = (await visitor.ask(node, id=location))["node"]
    assert (first["name"], first["latitude"], first["longitude"]) == (place["name"], -90.0, 180.0)
    rest = (await visitor.ask(node, id=location, after=first["posts"]["pageInfo"]["endCursor"]))["node"]
    assert first["posts"]["nodes"] + rest["posts"]["nodes"] == [{"id": posts[1]}, {"id": posts[0]}]
    assert await nothing(visitor, elsewhere)
    assert not await nothing(shy, elsewhere)
    with pytest.raises(Failed, match="BAD_USER_INPUT"):
        await visitor.ask(node, id=location, after=first["posts"]["pageInfo"]["endCursor"][::-1])


async def test_a_private_person_may_be_tagged_by_followers(person: NewPerson) -> None:
    ada, shy, eve = await person("ada"), await person("shy"), await person("eve")
    await ada.follow(shy)
    await go_private(shy)
    tags = [{"userId": shy.id, "x": 0, "y": 1}, {"userId": ada.id, "x": 1, "y": 0.5}]
    media = [{"uploadId": await ada.upload(), "userTags": tags}]
    payload = await ada.do(CREATE, input={"media": media, "idempotencyKey": "k"})
    assert payload["userErrors"] == []
    post = payload["post"]["id"]
    assert (await ada.do(CREATE, input={"media": media, "idempotencyKey": "k"}))["post"] == {"id": post}
    payload = await ada.do(CREATE, input={"media": media, "caption": "x", "idempotencyKey": "k"})
    assert payload == {"post": None, "userErrors": [{"code": "CONFLICT", "field": ["idempotencyKey"]}]}
    await ada.settled(post)
    seen = await look(eve, post)
    assert seen is not None
    assert [(tag["user"]["id"], tag["x"], tag["y"]) for tag in seen["media"][0]["userTags"]] == [
        (shy.id, 0.0, 1.0),
        (ada.id, 1.0, 0.5),
    ]
    await shy.do('mutation { deactivateAccount(password: "heliograph") { userErrors { code } } }')
    seen = await look(eve, post)
    assert seen is not None
    assert [tag["user"]["id"] for tag in seen["media"][0]["userTags"]] == [ada.id]
