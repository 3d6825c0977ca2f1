"""The workload: what people do all the time, one thing after another each, all people at the same time."""

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.chaos.client import Client
from tests.chaos.ledger import Item, Ledger, Switch, Text
from tests.support.client import CREATE_POST, CREATE_UPLOADS, FEED, photo

ERRORS = "userErrors { code field }"
FOLLOW = f"mutation ($id: ID!) {{ follow(userId: $id) {{ user {{ id }} {ERRORS} }} }}"
UNFOLLOW = f"mutation ($id: ID!) {{ unfollow(userId: $id) {{ user {{ id }} {ERRORS} }} }}"
LIKE = f"mutation ($id: ID!) {{ likePost(postId: $id) {{ post {{ id }} {ERRORS} }} }}"
UNLIKE = f"mutation ($id: ID!) {{ unlikePost(postId: $id) {{ post {{ id }} {ERRORS} }} }}"
COMMENT = f"mutation ($input: AddCommentInput!) {{ addComment(input: $input) {{ comment {{ id }} {ERRORS} }} }}"
UNCOMMENT = f"mutation ($id: ID!) {{ deleteComment(commentId: $id) {{ deletedId {ERRORS} }} }}"
DELETE_POST = f"mutation ($id: ID!) {{ deletePost(postId: $id) {{ deletedId {ERRORS} }} }}"
START = f"""mutation ($input: StartConversationInput!) {{ startConversation(input: $input) {{
  conversation {{ id }} {ERRORS} }} }}"""
SEND = f"mutation ($input: SendMessageInput!) {{ sendMessage(input: $input) {{ message {{ id }} {ERRORS} }} }}"
READ = f"""mutation ($in: ID!, $id: ID!) {{ markConversationRead(conversationId: $in, messageId: $id) {{
  conversation {{ unreadCount }} {ERRORS} }} }}"""
STORY = f"mutation ($input: CreateStoryInput!) {{ createStory(input: $input) {{ story {{ id }} {ERRORS} }} }}"
SEEN = f"mutation ($ids: [ID!]!) {{ markStoriesSeen(storyIds: $ids) {{ stories {{ id }} {ERRORS} }} }}"
PROFILE = f"mutation ($input: UpdateProfileInput!) {{ updateProfile(input: $input) {{ user {{ bio }} {ERRORS} }} }}"
MARK = f"""mutation ($to: DateTime!) {{ markNotificationsRead(upTo: $to) {{
  viewer {{ unreadNotificationCount }} {ERRORS} }} }}"""

USER = """query ($name: String!) { user(username: $name) { bio followerCount viewerFollow
  posts(first: 10) { nodes { id caption likeCount media { image(width: 320) { url } } } } } }"""
TRAY = "{ storyTray(first: 50) { nodes { user { id } hasUnseen stories { id viewerHasSeen } } } }"
INBOX = "{ viewer { unreadConversationCount } conversations { nodes { id unreadCount lastMessage { id text } } } }"
NOTIFICATIONS = """{ viewer { unreadNotificationCount } notifications(first: 20) { nodes {
  id kind summary isRead updatedAt } } }"""
COMMENTS = """query ($id: ID!) { node(id: $id) { ... on Post { id commentCount viewerHasLiked
  comments(first: 20) { nodes { id text author { username } } } } } }"""
SEARCH = """query ($q: String!) { search(query: $q) { people(first: 10) { nodes { id } }
  posts(first: 50, order: RECENT) { nodes { id } } } typeahead(query: $q) { text } }"""

Act = Callable[[], Awaitable[object]]


@dataclass
class Conversation:
    id: str
    members: tuple[int, ...]


class Person:
    """Number `number` of the people. Everything that they do is noted in the ledger."""

    def __init__(self, number: int, client: Client, ledger: Ledger, chance: random.Random) -> None:
        self.number = number
        self.client = client
        self.ledger = ledger
        self.chance = chance
        self.others: list[Person] = []
        self.conversations: list[Conversation] = []
        self._count = 0

    @property
    def id(self) -> str:
        return self.client.id

    async def act(self, pause_s: float, until: asyncio.Event) -> None:
        """Do one thing after another, with pauses of `pause_s` on average."""
        acts: list[tuple[float, Act]] = [
            (10, self.read_feed),
            (4, self.read_profile),
            (3, self.read_tray),
            (3, self.read_inbox),
            (3, self.read_notifications),
            (3, self.read_comments),
            (3, self.search),
            (6, self.turn_follow),
            (8, self.turn_like),
            (5, self.comment),
            (1, self.delete_comment),
            (8, self.say),
            (3, self.post),
            (0.6, self.delete_post),
            (1, self.tell_story),
            (2, self.change_profile),
            (0.4, self.client.sign_in),
        ]
        while not until.is_set():
            [(_, act)] = self.chance.choices(acts, [weight for weight, _ in acts])
            await act()
            await asyncio.sleep(pause_s * self.chance.uniform(0.3, 1.7))

    # Reads

    async def read_feed(self) -> None:
        order = self.chance.choice(["RANKED", "CHRONOLOGICAL"])
        page = await self.client.read(f"feed {order.lower()}", FEED, first=20, order=order)
        if page is not None:
            ids = [edge["node"]["id"] for edge in page["feed"]["edges"]]
            if len(ids) != len(set(ids)):
                self.client.record.violations.append(f"a page of a feed repeats a post: {ids}")

    async def read_profile(self) -> None:
        data = await self.client.read("profile", USER, name=self._somebody().client.username)
        for post in data["user"]["posts"]["nodes"] if data and data["user"] else ():
            self.ledger.pictures[post["id"]] = [media["image"]["url"] for media in post["media"]]

    async def read_tray(self) -> None:
        data = await self.client.read("story tray", TRAY)
        reels = [reel for reel in data["storyTray"]["nodes"] if reel["user"]["id"] != self.id] if data else []
        stories = [story["id"] for reel in reels for story in reel["stories"]]
        if stories and self.chance.random() < 0.5:
            story = self.chance.choice(stories)
            answer = await self.client.write("markStoriesSeen", SEEN, ids=[story])
            self.ledger.seen.setdefault((self.number, story), Switch()).set(True, answer)

    async def read_inbox(self) -> None:
        data = await self.client.read("inbox", INBOX)
        nodes = [node for node in data["conversations"]["nodes"] if node["lastMessage"]] if data else []
        if nodes:
            node = self.chance.choice(nodes)
            message = node["lastMessage"]
            answer = await self.client.write("markConversationRead", READ, **{"in": node["id"], "id": message["id"]})
            if answer.is_done:
                self.ledger.reads[self.number, node["id"]] = message["text"]

    async def read_notifications(self) -> None:
        data = await self.client.read("notifications", NOTIFICATIONS)
        nodes = data["notifications"]["nodes"] if data else []
        if nodes and self.chance.random() < 0.3:
            await self.client.write("markNotificationsRead", MARK, to=nodes[0]["updatedAt"])

    async def read_comments(self) -> None:
        if post := self._some_post():
            await self.client.read("comments", COMMENTS, id=post.id)

    async def search(self) -> None:
        post = self._some_post()
        query = post.text if post and self.chance.random() < 0.5 else self._somebody().client.username
        await self.client.read("search", SEARCH, q=query)

    # Writes

    async def turn_follow(self) -> None:
        other = self._somebody()
        switch = self.ledger.follows.setdefault((self.number, other.number), Switch())
        if not switch.is_retired:
            await self.follow(other, not switch.value)

    async def follow(self, other: "Person", value: bool = True) -> None:
        switch = self.ledger.follows.setdefault((self.number, other.number), Switch())
        name, document = ("follow", FOLLOW) if value else ("unfollow", UNFOLLOW)
        switch.set(value, await self.client.write(name, document, id=other.id))

    async def turn_like(self) -> None:
        if post := self._some_post():
            switch = self.ledger.likes.setdefault((self.number, post.id), Switch())
            if not switch.is_retired:
                value = not switch.value
                name, document = ("likePost", LIKE) if value else ("unlikePost", UNLIKE)
                switch.set(value, await self.client.write(name, document, id=post.id))

    async def comment(self) -> None:
        if post := self._some_post():
            item = Item(self.number, self._text("comment"), post.id)
            given = {"postId": post.id, "text": item.text, "idempotencyKey": item.text}
            answer = await self.client.write("addComment", COMMENT, input=given)
            item.id = answer.data["comment"]["id"] if answer.data else ""
            if not answer.is_refused:
                self.ledger.comments.append(item)

    async def delete_comment(self) -> None:
        own = [item for item in self.ledger.comments if item.author == self.number and item.is_there]
        if own:
            item = self.chance.choice(own)
            item.is_deleted.set(True, await self.client.write("deleteComment", UNCOMMENT, id=item.id))

    async def say(self) -> None:
        conversation = self.chance.choice(self.conversations)
        item = Item(self.number, self._text("message"), conversation.id)
        given = {"conversationId": conversation.id, "text": item.text, "idempotencyKey": item.text}
        answer = await self.client.write("sendMessage", SEND, input=given)
        item.id = answer.data["message"]["id"] if answer.data else ""
        if not answer.is_refused:
            self.ledger.messages.append(item)

    async def post(self) -> None:
        """Publish a photo. In one of three cases the post is made before the bytes are sent."""
        item = Item(self.number, self._text("post"))
        content = photo()
        if (upload := await self._new_upload(content)) is None:
            return
        is_early = self.chance.random() < 0.3
        if not is_early and not await self.client.put(upload["target"], content):
            return
        given = {"media": [{"uploadId": upload["id"]}], "caption": item.text, "idempotencyKey": item.text}
        answer = await self.client.write("createPost", CREATE_POST, input=given)
        if answer.is_refused:
            self.client.record.violations.append(f"a post was refused: {given}")
            return
        item.id = answer.data["post"]["id"] if answer.data else ""
        if is_early:
            item.has_bytes = False
            self.ledger.posts.append(item)
            item.has_bytes = await self.client.put(upload["target"], content)
        else:
            self.ledger.posts.append(item)

    async def tell_story(self) -> None:
        content = photo()
        upload = await self._new_upload(content)
        if upload is None or not await self.client.put(upload["target"], content):
            return
        item = Item(self.number, self._text("story"))
        given = {"uploadId": upload["id"], "idempotencyKey": item.text}
        answer = await self.client.write("createStory", STORY, input=given)
        item.id = answer.data["story"]["id"] if answer.data else ""
        if not answer.is_refused:
            self.ledger.stories.append(item)

    async def delete_post(self) -> None:
        own = [item for item in self.ledger.posts if item.author == self.number and item.is_there]
        if own:
            item = self.chance.choice(own)
            item.is_deleted.set(True, await self.client.write("deletePost", DELETE_POST, id=item.id))

    async def change_profile(self) -> None:
        bio = self.ledger.bios.setdefault(self.number, Text())
        if not bio.is_retired:
            value = self._text("bio")
            bio.set(value, await self.client.write("updateProfile", PROFILE, input={"bio": value}))

    async def start(self, *others: "Person") -> None:
        """Begin a conversation, which all of its members know then."""
        answer = await self.client.write("startConversation", START, input={"userIds": [each.id for each in others]})
        assert answer.data is not None, answer
        conversation = Conversation(answer.data["conversation"]["id"], tuple(p.number for p in (self, *others)))
        for person in (self, *others):
            person.conversations.append(conversation)

    async def _new_upload(self, content: bytes) -> dict[str, Any] | None:
        file = {"kind": "PHOTO", "contentType": "image/jpeg", "byteSize": len(content)}
        given = {"files": [file], "idempotencyKey": secrets.token_hex(8)}
        answer = await self.client.write("createUploads", CREATE_UPLOADS, input=given)
        return dict(answer.data["uploads"][0]) if answer.data else None

    def _somebody(self) -> "Person":
        return self.chance.choice(self.others)

    def _some_post(self) -> Item | None:
        """One of the newest posts that may be there, of anybody."""
        there = [item for item in self.ledger.posts[-60:] if item.id and not item.is_deleted.value]
        return self.chance.choice(there) if there else None

    def _text(self, kind: str) -> str:
        """Like no other."""
        self._count += 1
        return f"{kind} {self.number}.{self._count}"
