"""A backup of the database and the objects, restored beside an empty Valkey, answers as the original does."""

import asyncio
import subprocess
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

import app
from clients import redis, s3
from config import Settings
from embedded import stack
from embedded.postgres import binary
from embedded.process import free_port
from kit.ids import decode
from tests.conftest import NewPerson
from tests.support.client import Person, until
from tests.support.messages import SEND_MESSAGE, START_CONVERSATION
from tests.support.server import served
from workers.parts import Parts

QUESTIONS = """query ($name: String!, $conversation: ID!) {
  viewer { email unreadNotificationCount user { id username followerCount followingCount postCount } }
  user(username: $name) { username posts { nodes {
    id caption createdAt likeCount commentCount viewerHasLiked media { id blurhash variants { url } }
    comments { nodes { id text author { username } } } } } }
  feed(order: CHRONOLOGICAL) { edges { cursor node { id } } }
  ranked: feed(order: RANKED) { nodes { id } }
  notifications { nodes { id kind actorCount } }
  conversations { nodes { id unreadCount messages { nodes { id text sender { id } } } } }
  node(id: $conversation) { id } }"""


def run(program: str, *arguments: str) -> None:
    subprocess.run([str(binary(program)), *arguments], check=True, timeout=60, capture_output=True)


async def restored_objects(settings: Settings, restored: Settings, tokens: list[str]) -> None:
    """A bucket with what the original has of these uploads."""
    assert await asyncio.to_thread(stack._made_bucket, restored)
    access = (settings.s3_region, str(settings.s3_access_key), str(settings.s3_secret_key), settings.s3_bucket)
    async with s3.connect(str(settings.s3_endpoint), *access) as bucket:
        for token in tokens:
            async for key, _ in bucket.list(f"media/{token}/"):
                source = {"Bucket": settings.s3_bucket, "Key": key}
                await bucket.client.copy_object(Bucket=restored.s3_bucket, Key=key, CopySource=source)


def urls(answer: Any) -> list[str]:
    """All URLs in an answer."""
    if isinstance(answer, dict):
        return [url for name, value in answer.items() for url in ([value] if name == "url" else urls(value))]
    return [url for each in answer for url in urls(each)] if isinstance(answer, list) else []


async def test_a_restored_system_answers_like_the_original(
    settings: Settings, database: str, parts: Parts, person: NewPerson, tmp_path: Path
) -> None:
    ada, bob = await person("ada"), await person("bob")
    await bob.follow(ada)
    post = await ada.publish("before the backup")
    await bob.do("mutation ($id: ID!) { likePost(postId: $id) { userErrors { code } } }", id=post)
    comment = {"postId": post, "text": f"hello @{ada.username}"}
    await bob.do("mutation ($i: AddCommentInput!) { addComment(input: $i) { userErrors { code } } }", i=comment)
    conversation = (await bob.do(START_CONVERSATION, input={"userIds": [ada.id]}))["conversation"]["id"]
    await bob.do(SEND_MESSAGE, input={"conversationId": conversation, "text": "a secret"})
    variables = {"name": ada.username, "conversation": conversation}

    async def asked(who: Person) -> dict[str, Any]:
        return await who.ask(QUESTIONS, **variables)

    def is_quiet(answer: dict[str, Any]) -> bool:
        [node] = answer["user"]["posts"]["nodes"]
        return (node["likeCount"], node["commentCount"]) == (1, 1) and len(answer["notifications"]["nodes"]) >= 3

    await until(lambda: asked(ada), is_quiet)
    await until(lambda: asked(bob), lambda answer: answer["feed"]["edges"] != [])

    dump, copy = str(tmp_path / "dump"), database.rsplit("/", 1)[0] + "/restored"
    await asyncio.to_thread(run, "pg_dump", "--format=custom", f"--file={dump}", database)
    before = [await asked(who) for who in (ada, bob)]
    admin = await asyncpg.connect(database.rsplit("/", 1)[0] + "/template1")
    port = free_port()
    restored = msgspec.structs.replace(
        settings,
        port=port,
        database_url=copy,
        redis_url=str(settings.redis_url).rsplit("/", 1)[0] + "/2",
        s3_bucket="restored",
        media_url=f"http://127.0.0.1:{port}/media",
    )
    try:
        await admin.execute("CREATE DATABASE restored")
        await asyncio.to_thread(run, "pg_restore", "--no-owner", f"--dbname={copy}", dump)
        owners = [decode(who.id)[1] for who in (ada, bob)]
        tokens = await parts.db.fetch("SELECT token FROM uploads WHERE owner_id = ANY($1)", owners)
        await restored_objects(settings, restored, [record["token"] for record in tokens])
        valkey = redis.connect(str(restored.redis_url))
        await valkey.flushdb()
        async with served(app.create(restored), port), Person(f"http://127.0.0.1:{port}") as reader:
            for who, answer in zip((ada, bob), before, strict=True):
                reader.token = who.token
                text = msgspec.json.encode(answer).replace(f":{settings.port}/".encode(), f":{port}/".encode())
                found = await asked(reader)
                assert found == msgspec.json.decode(text)
                assert urls(found)
                for url in urls(found):
                    assert (await reader.http.get(url)).status_code == 200
        await valkey.aclose()
    finally:
        await admin.execute("DROP DATABASE IF EXISTS restored WITH (FORCE)")
        await admin.close()
