"""A photo goes from a disk to a follower's feed."""

import hashlib
import io
from typing import Any

import pytest
from PIL import Image

from tests.conftest import NewPerson
from tests.support.client import POST, Failed, Person, photo, until

pytestmark = pytest.mark.usefixtures("compiling")


async def test_a_post_made_after_its_bytes(person: NewPerson) -> None:
    ada, grace = await person("ada"), await person("grace")
    await grace.follow(ada)
    upload = await ada.upload()
    assert (await ada.processed(upload))["status"] == "READY"
    payload = await ada.create_post(upload, caption="  dawn\n")
    assert payload["post"]["status"] == "PUBLISHED"
    await grace.sees(payload["post"]["id"])
    await ada.sees(payload["post"]["id"])
    post = (await grace.ask(POST, id=payload["post"]["id"]))["node"]
    assert post["caption"] == "dawn"
    assert post["author"]["username"] == ada.username
    assert post["uploads"] is None


async def test_a_post_made_before_its_bytes(person: NewPerson) -> None:
    ada, grace = await person("ada"), await person("grace")
    await grace.follow(ada)
    contents = [photo(), photo()]
    uploads = [await ada.create_upload(content) for content in contents]
    payload = await ada.create_post(*(upload["id"] for upload in uploads))
    post_id = payload["post"]["id"]
    assert payload["post"]["status"] == "PROCESSING"
    assert (await grace.ask(POST, id=post_id))["node"] is None
    assert await ada.send(uploads[1], contents[1]) == 200
    await ada.processed(uploads[1]["id"])
    half = (await ada.ask(POST, id=post_id))["node"]
    assert half["status"] == "PROCESSING"
    assert len(half["media"]) == 1
    assert [upload["status"] for upload in half["uploads"]] == ["AWAITING_BYTES", "READY"]
    assert await ada.send(uploads[0], contents[0]) == 200
    assert (await ada.settled(post_id))["status"] == "PUBLISHED"
    await grace.sees(post_id)
    whole = (await grace.ask(POST, id=post_id))["node"]
    assert [media["id"][:1] for media in whole["media"]] == ["A", "A"]
    assert len(whole["media"]) == 2
    assert whole["createdAt"] > half["createdAt"]


async def test_following_brings_posts_in_and_unfollowing_takes_them_out(person: NewPerson) -> None:
    ada, grace, linus = await person("ada"), await person("grace"), await person("linus")
    first, second, third = await ada.publish("1"), await linus.publish("2"), await ada.publish("3")
    await grace.feed()  # there is a cached feed to keep right from now on
    assert (await grace.follow(ada))["user"]["viewerFollow"] == "FOLLOWING"
    await grace.sees(third, first)
    await grace.follow(linus)
    await grace.sees(third, second, first)
    await grace.follow(linus)  # twice is once
    assert (await grace.unfollow(ada))["user"]["viewerFollow"] == "NONE"
    await grace.sees(second)


async def test_a_deleted_post_is_gone_with_its_objects(person: NewPerson, parts: Any) -> None:
    ada, grace = await person("ada"), await person("grace")
    await grace.follow(ada)
    post_id = await ada.publish()
    await grace.sees(post_id)
    url = (await ada.ask(POST, id=post_id))["node"]["media"][0]["variants"][0]["url"]
    token = url.split("/")[-2]
    assert (await grace.delete_post(post_id))["userErrors"] == [{"code": "NOT_ALLOWED"}]
    payload = await ada.delete_post(post_id)
    assert payload == {"deletedId": post_id, "author": {"username": ada.username}, "userErrors": []}
    assert (await grace.ask(POST, id=post_id))["node"] is None
    assert await grace.feed() == []
    assert (await ada.delete_post(post_id))["userErrors"] == [{"code": "NOT_FOUND"}]

    async def objects() -> list[str]:
        return [key async for key, _ in parts.bucket.list("") if token in key]

    await until(objects, lambda left: left == [])
    etag = '"' + url.rsplit("/", 1)[1].split(".")[0] + '"'
    for headers in ({}, {"if-none-match": etag}):
        assert (await ada.http.get(url, headers=headers)).status_code == 404


async def test_the_media_host(person: NewPerson, visitor: Person) -> None:
    ada = await person("ada")
    taken = photo(400, 300)
    post_id = (await ada.create_post(await ada.upload(taken)))["post"]["id"]
    [medium] = (await ada.settled(post_id))["media"]
    assert (medium["width"], medium["height"]) == (400, 300)
    names = [(variant["name"], variant["format"]) for variant in medium["variants"]]
    assert sorted(names) == sorted((n, f) for n in ("LARGE", "MEDIUM", "SMALL", "THUMBNAIL") for f in ("JPEG", "WEBP"))
    for variant in medium["variants"]:
        answer = await visitor.http.get(variant["url"])
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert hashlib.sha256(answer.content).hexdigest() in variant["url"]
        assert Image.open(io.BytesIO(answer.content)).format == variant["format"]
    url, etag = medium["variants"][0]["url"], answer.headers["etag"]
    part = await visitor.http.get(url, headers={"range": "bytes=0-9"})
    assert (part.status_code, len(part.content)) == (206, 10)
    assert (await visitor.http.get(variant["url"], headers={"if-none-match": etag})).status_code == 304
    again = (await ada.create_post(await ada.upload(taken)))["post"]["id"]
    other = (await ada.settled(again))["media"][0]["variants"][0]["url"]
    assert other != url, "the same bytes uploaded twice must not share a URL"
    assert (await visitor.http.get("/media/../secrets.json")).status_code == 404


async def test_nodes_and_profiles(person: NewPerson, visitor: Person) -> None:
    ada, grace = await person("ada"), await person("grace")
    await grace.follow(ada)
    post_id = await ada.publish("hello")
    post = (await visitor.ask(POST, id=post_id))["node"]
    ids = [post["media"][0]["id"], post_id, ada.id, "AQAAAAAAAAAB", post_id]
    found = (await visitor.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=ids))["nodes"]
    assert [node and node["__typename"] for node in found] == ["Photo", "Post", "User", None, "Post"]
    assert [node["id"] for node in found if node] == [id for id in ids if id != "AQAAAAAAAAAB"]
    profile = (
        await visitor.ask(
            """query ($name: String!) { user(username: $name) { username viewerFollow
            posts { nodes { id } pageInfo { hasNextPage } }
            followers { nodes { username } } following { nodes { id } } } }""",
            name=ada.username.upper(),
        )
    )["user"]
    assert profile["posts"] == {"nodes": [{"id": post_id}], "pageInfo": {"hasNextPage": False}}
    assert profile["followers"]["nodes"] == [{"username": grace.username}]
    assert profile["following"]["nodes"] == []
    assert (await visitor.ask('{ user(username: "no such\\u0000one") { id } }'))["user"] is None
    seen = await grace.ask(
        "query ($id: ID!) { node(id: $id) { ... on User { viewerFollow followOfViewer } } }", id=ada.id
    )
    assert seen["node"] == {"viewerFollow": "FOLLOWING", "followOfViewer": "NONE"}


async def test_the_viewer(person: NewPerson, visitor: Person) -> None:
    ada = await person("ada")
    assert (await visitor.ask("{ viewer { user { id } } }"))["viewer"] is None
    viewer = (await ada.ask("{ viewer { email user { id } } }"))["viewer"]
    assert viewer == {"email": f"{ada.username}@example.com", "user": {"id": ada.id}}
    with pytest.raises(Failed) as failure:
        await visitor.ask("{ feed { nodes { id } } }")
    assert failure.value.code == "UNAUTHENTICATED"
    for document in (
        'mutation { follow(userId: "AQAAAAAAAAAB") { user { id } } }',
        'mutation { deletePost(postId: "x") { deletedId } }',
    ):
        with pytest.raises(Failed) as failure:
            await visitor.ask(document)
        assert failure.value.code == "UNAUTHENTICATED"


async def test_uploads_are_for_their_owner(person: NewPerson) -> None:
    ada, grace = await person("ada"), await person("grace")
    upload = await ada.upload()
    assert (await grace.ask("query ($id: ID!) { node(id: $id) { id } }", id=upload))["node"] is None
    stolen = await grace.create_post(upload)
    assert [(e["code"], e["field"]) for e in stolen["userErrors"]] == [("NOT_FOUND", ["media", "0", "uploadId"])]
    await ada.create_post(upload)
    assert (await ada.create_post(upload))["userErrors"][0]["code"] == "CONFLICT"
    fresh = await ada.upload()
    twice = await ada.create_post(fresh, fresh)
    assert [(e["code"], e["field"]) for e in twice["userErrors"]] == [("CONFLICT", ["media", "1", "uploadId"])]
    assert not (await ada.create_post(fresh))["userErrors"]
