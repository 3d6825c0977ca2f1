"""What people do before a release is dumped: something of everything that the API offers."""

import asyncio
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.mls.client import Device, Engine
from tests.releases import PASSWORD
from tests.releases.member import Member
from tests.support.client import Person, photo, until, video

NAMES = ("ada", "bob", "cleo", "dan", "eve", "fay", "gus")
UPLOAD = "query ($id: ID!) { node(id: $id) { ... on Upload { status progress } } }"
FEED = "{ feed(order: CHRONOLOGICAL) { nodes { id } } notifications { nodes { id } } }"


class Workload:
    """Seven people at `base_url`. `begin` while workers run, `leave` while none does."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._stack = AsyncExitStack()
        self.people: dict[str, Member] = {}
        self._post = self._gone = self._talk = ""

    async def begin(self) -> None:
        """Everything whose rows stay."""
        for name in NAMES:
            person = self.people[name] = await self._stack.enter_async_context(Member(self._base_url))
            payload = await person.sign_up(name, username=name, email=f"{name}@people.example", password=PASSWORD)
            assert not payload["userErrors"], payload
        await self._profiles()
        await self._relations()
        await self._posts()
        await self._stories()
        await self._messages()
        await self._mls()
        await self._unused_uploads()
        await self._told()

    async def leave(self) -> None:
        """What workers would take out of their queues at once."""
        ada, bob, eve, fay = (self.people[name] for name in ("ada", "bob", "eve", "fay"))
        await bob.change("likePost", postId=self._gone)
        await ada.change("deletePost", postId=self._gone)
        await bob.comment(self._post, "left in the #queue")
        await ada.say(self._talk, "left in the queue")
        await bob.upload()
        await eve.prove("deactivateAccount")
        await fay.prove("deleteAccount")

    async def close(self) -> None:
        await self._stack.aclose()

    async def _profiles(self) -> None:
        ada, bob, cleo = (self.people[name] for name in ("ada", "bob", "cleo"))
        await ada.give("updateProfile", displayName="Ada L.", bio="Numbers", avatarUploadId=await ada.upload())
        await bob.give("updateProfile", username="bobby")
        await cleo.give("updateProfile", isPrivate=True)
        key = generate_private_key(SECP256R1()).public_key()
        point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": _base64url(point), "auth": _base64url(secrets.token_bytes(16))}
        await bob.give("registerDevice", platform="APNS", token=secrets.token_hex(32))
        await ada.give("registerDevice", platform="WEB_PUSH", token="https://push.example/1", keys=keys)

    async def _relations(self) -> None:
        ada, bob, cleo, dan, eve, fay, gus = (self.people[name] for name in NAMES)
        for follower, followee in (
            *((bob, ada), (cleo, ada), (dan, ada), (eve, ada), (fay, ada), (gus, ada)),
            *((ada, bob), (ada, cleo), (bob, cleo), (eve, cleo), (bob, gus)),
        ):
            await follower.change("follow", userId=followee.id)
        await cleo.change("acceptFollowRequest", userId=ada.id)
        await cleo.change("acceptFollowRequest", userId=eve.id)
        await bob.change("mute", userId=gus.id)
        await ada.change("setCloseFriend", userId=bob.id, isCloseFriend=True)
        await bob.change("setStoryNotifications", userId=ada.id, enabled=True)

    async def _posts(self) -> None:
        ada, bob, cleo, dan, eve, gus = (self.people[name] for name in NAMES if name != "fay")
        media = [
            {"uploadId": await ada.upload(), "altText": "A lake", "userTags": [{"userId": bob.id, "x": 0.5, "y": 0.2}]},
            {"uploadId": await ada.upload(), "filter": "MOON"},
        ]
        payload = await ada.give(
            "createPost",
            "post { id }",
            media=media,
            caption="Morning #sunrise at the #lake with @bobby",
            location={"name": "Lake of tests", "latitude": 46.5, "longitude": 6.6},
            idempotencyKey="the first post",
        )
        post = self._post = (await ada.published(payload["post"]["id"]))["id"]
        film = await ada.upload(video(1, "160x120"), "video/mp4")
        payload = await ada.give("createPost", "post { id }", media=[{"uploadId": film}], caption="It moves #lake")
        await ada.published(payload["post"]["id"], seconds=60)
        await self._done(ada, film)
        self._gone = await ada.post_photo("To be deleted #soon")
        quiet = await ada.post_photo("No comments", commentsDisabled=True)
        await ada.give("updatePost", postId=quiet, caption="No comments, please")
        for person, caption in ((bob, "From bob"), (cleo, "For followers #secret"), (gus, "From gus"), (eve, "Eve")):
            await person.post_photo(caption)
        said = await bob.comment(post, "Hello @eve, look", idempotencyKey="hello")
        await ada.comment(post, "Thank you", parentId=said)
        await cleo.comment(post, "Lovely")
        other = await dan.comment(post, "Who is dan?")
        await dan.change("likePost", postId=post)
        for person in (bob, cleo, eve, gus):
            await person.change("likePost", postId=post)
        await ada.change("likeComment", commentId=said)
        await eve.change("likeComment", commentId=other)
        await bob.change("savePost", postId=post)
        await cleo.change("savePost", postId=quiet)
        seen = {"postId": post, "position": 0, "order": "RANKED"}
        await bob.give("recordImpressions", impressions=[seen])
        await ada.change("block", userId=dan.id)

    async def _stories(self) -> None:
        ada, bob, cleo, gus = (self.people[name] for name in ("ada", "bob", "cleo", "gus"))
        first, _ = await ada.tell_story(), await ada.tell_story(audience="CLOSE_FRIENDS")
        await gus.tell_story()
        for viewer in (bob, cleo):
            await viewer.change("markStoriesSeen", storyIds=[first])
        await ada.give("createHighlight", title="Lakes", storyIds=[first])

    async def _messages(self) -> None:
        ada, bob, cleo, eve, gus = (self.people[name] for name in ("ada", "bob", "cleo", "eve", "gus"))
        talk = self._talk = await bob.talk(ada)
        question = await bob.say(talk, "How was the lake?", idempotencyKey="lake")
        answer = await ada.say(talk, "Cold", replyToId=question)
        await ada.say(talk, None, attachmentId=self._post)
        await bob.change("unsendMessage", messageId=await bob.say(talk, "Oops"))
        await bob.change("markConversationRead", conversationId=talk, messageId=answer)
        together = await ada.talk(bob, cleo, eve, title="The lake")
        await eve.say(together, "Who comes along?")
        await ada.change("removeConversationMember", conversationId=together, userId=eve.id)
        await gus.say(await gus.talk(ada), "We do not know each other")

    async def _mls(self) -> None:
        ada, bob = (self.people[name] for name in ("ada", "bob"))
        engine = await Engine.start()
        try:
            devices = [Device(engine, person, person.username) for person in (ada, bob)]
            for device in devices:
                await device.register()
                assert not (await device.publish(2))["userErrors"]
            group = await devices[0].create()
            await devices[0].add(group, bob)
            await devices[0].say(group, "Only for us")
        finally:
            await engine.stop()

    async def _unused_uploads(self) -> None:
        cleo, gus = (self.people[name] for name in ("cleo", "gus"))
        await self._done(cleo, await cleo.upload())
        await gus.create_upload(photo())
        await gus.create_upload(b"." * (40 * 1024**2), "video/mp4")
        await gus.change("abortUpload", uploadId=(await gus.create_upload(photo()))["id"])
        await self._done(gus, await gus.upload(b"not a picture"), "REJECTED")

    async def _told(self) -> None:
        """Wait until everybody has heard of what the others did; one has read it."""
        ada, bob = (self.people[name] for name in ("ada", "bob"))
        await self._quiet([ada, bob])
        await ada.do(
            "mutation ($t: DateTime!) { markNotificationsRead(upTo: $t) { userErrors { code } } }",
            t=datetime.now(UTC).isoformat(),
        )

    async def _quiet(self, people: Sequence[Person]) -> None:
        before: list[object] = []
        for _ in range(60):
            seen: list[object] = [await person.ask(FEED) for person in people]
            if seen == before:
                return
            before = seen
            await asyncio.sleep(1)
        raise AssertionError("Feeds and notifications are still changing.")

    async def _done(self, person: Person, upload: str, status: str = "READY") -> None:
        async def look() -> object:
            node = (await person.ask(UPLOAD, id=upload))["node"]
            return node["status"], node["progress"]

        await until(look, lambda seen: seen == (status, 1.0 if status == "READY" else 0.0), seconds=60)


def _base64url(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")
