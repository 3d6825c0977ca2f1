"""The dataloaders of one operation, named after key and value. What they give is what the viewer may see."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property, partial
from typing import Any, TypeVar

import msgspec

from clients.postgres import Database
from clients.redis import Pipeline
from domain import privacy
from domain.accounts import reads as accounts
from domain.accounts.rows import User
from domain.comments import reads as comments
from domain.comments.rows import Comment
from domain.feed import hydration
from domain.feed.hydration import Facts
from domain.hashtags import reads as hashtags
from domain.hashtags.rows import Hashtag
from domain.media import reads as media
from domain.media.rows import Media, Upload
from domain.messages import reads as messages
from domain.messages.reads import Messages, Told
from domain.messages.rows import Conversation, Member, Message
from domain.mls import devices, members
from domain.mls.rows import Device as MlsDevice
from domain.mls.rows import Group
from domain.notifications import reads as notifications
from domain.notifications import summary_text
from domain.notifications.rows import Notification
from domain.posts import reads as posts
from domain.posts.reads import Posts
from domain.posts.rows import Location, Post, View
from domain.push import reads as push
from domain.push.rows import Device
from domain.stories import reads as stories
from domain.stories.rows import Highlight, Reel, Story
from kit.batching import Loader
from kit.lookahead import Asked
from kit.paging import MAX_FIRST, Found, Request

V = TypeVar("V")

_VIEWED = {"likeCount", "commentCount", "viewerHasLiked", "viewerHasSaved"}


class Loaders:
    """Each is made when first used."""

    def __init__(self, db: Database, posts: Posts, messages: Messages, viewer_id: int, now: datetime) -> None:
        self._db = db
        self._posts = posts
        self._messages = messages
        self._viewer_id = viewer_id
        self._now = now
        self._fields: dict[object, Loader[Any, Any]] = {}
        self._talk: dict[int, tuple[int, list[int]]] = {}

    @cached_property
    def user_by_id(self) -> Loader[int, User | None]:
        """None where there is nobody whom the viewer may know of."""
        return Loader(partial(accounts.users, self._db, self._viewer_id))

    async def load_actors(self, ids: Sequence[int]) -> list[User | None]:
        """The people with these ids whose likes and follows the viewer may know of; None in the place of others."""
        users = await self.user_by_id.load_many(ids)
        return [user if user is not None and privacy.can_interact(user) else None for user in users]

    @cached_property
    def user_id_by_name(self) -> Loader[str, int]:
        """0 where there is nobody."""
        return Loader(partial(accounts.user_ids, self._db))

    @cached_property
    def email_by_user(self) -> Loader[int, str | None]:
        """For the person's own eyes."""
        return Loader(partial(accounts.emails, self._db))

    @cached_property
    def hidden_follows_by_user(self) -> Loader[int, tuple[int, int]]:
        """How many of (followers, followees) the viewer may not know of."""
        return Loader(partial(accounts.hidden_follows, self._db, self._viewer_id))

    @cached_property
    def post_by_id(self) -> Loader[int, Post | None]:
        """None where there is none that the viewer may see."""
        return Loader(self._visible_posts)

    async def _visible_posts(self, ids: Sequence[int]) -> list[Post | None]:
        found = await self._posts.by_id(ids)
        authors = await load_known(self.user_by_id, [post.author_id if post else None for post in found])
        return privacy.visible_posts(found, authors)

    @cached_property
    def view_by_post(self) -> Loader[int, View]:
        """What the viewer has done to it."""
        return Loader(partial(posts.views, self._db, self._viewer_id))

    @cached_property
    def comment_by_id(self) -> Loader[int, Comment | None]:
        """None where there is none that the viewer may read."""
        return Loader(self._comments)

    async def _comments(self, ids: Sequence[int]) -> list[Comment | None]:
        """A reply depends on its parent, which may be in the same batch: so parents are not asked of this loader."""
        rows = {row.id: row for row in await comments.comments(self._db, ids) if row}
        parents = {row.parent_id for row in rows.values() if row.parent_id} - set(rows)
        if parents:
            rows |= {row.id: row for row in await comments.comments(self._db, list(parents)) if row}
        found = list(rows.values())
        under, authors = await asyncio.gather(
            load_known(self.post_by_id, [comment.post_id for comment in found]),
            load_known(self.user_by_id, [comment.author_id for comment in found]),
        )
        seen = privacy.visible_comments(found, under, authors)
        visible = {comment.id: comment for comment in seen if comment}
        return [visible.get(id) for id in ids]

    async def pages_of_comments(self, post_ids: Sequence[int], request: Request) -> list[Found]:
        """For each post: the newest top-level comments beyond the cursor, and whether there are more."""
        if request.after is None and all(self._talk.get(id, (0,))[0] > request.first for id in post_ids):
            return request.split(post_ids, [((id, (said,), said)) for id in post_ids for said in self._talk[id][1]])
        return await comments.pages_of_posts(self._db, post_ids, request)

    async def hydrate(
        self, ids: Sequence[int], asked: Asked, beside: Callable[[Pipeline], None] | None = None
    ) -> list[Post | None]:
        """The posts that the viewer may see; None in the place of others. `beside` goes with the first round trip.

        What is asked of them is loaded with them: one round trip for their rows, one for all else.
        """
        rows = await self._posts.by_id(ids, beside)
        found = [row for row in rows if row is not None]
        if not found:
            return rows
        talk = [each.get("first") for each in asked.get("comments", ()) if not each.get("after")]
        sizes = [first if isinstance(first, int) else 20 for first in talk]
        each = max((first for first in sizes if 0 < first <= MAX_FIRST), default=-2) + 2
        facts = await hydration.facts(
            self._db,
            self._viewer_id,
            found,
            views=not _VIEWED.isdisjoint(asked),
            mentions="mentions" in asked,
            comments_each=each,
        )
        rows = [_as_it_is(row, facts.statuses) for row in rows]
        people = dict(zip([user.id for user in facts.people], privacy.visible_people(facts.people), strict=True))
        shown = privacy.visible_posts(rows, [people.get(post.author_id) if post else None for post in rows])
        self._prime(facts, people, dict(zip(ids, shown, strict=True)), each)
        return shown

    def _prime(
        self, facts: Facts, people: Mapping[int, User | None], posts: Mapping[int, Post | None], each: int
    ) -> None:
        for id, user in people.items():
            self.user_by_id.prime(id, user)
        for id, post in posts.items():
            self.post_by_id.prime(id, post)
        for id, view in facts.views.items():
            self.view_by_post.prime(id, view)
        for id, said in facts.talk.items():
            self._talk[id] = each, [comment.id for comment in said]
            heard = privacy.visible_comments(
                said, [posts[id]] * len(said), [people.get(comment.author_id) for comment in said]
            )
            for comment, seen in zip(said, heard, strict=True):
                self.comment_by_id.prime(comment.id, seen)

    @cached_property
    def view_by_comment(self) -> Loader[int, View]:
        """What the viewer has done to it."""
        return Loader(partial(comments.views, self._db, self._viewer_id))

    @cached_property
    def hashtag_by_id(self) -> Loader[int, Hashtag | None]:
        """Whether there is anything under it for the viewer to see is not asked here."""
        return Loader(partial(hashtags.hashtags, self._db))

    @cached_property
    def hidden_posts_by_hashtag(self) -> Loader[int, int]:
        """How many of its posts the viewer may not know of."""
        return Loader(partial(hashtags.hidden_posts, self._db, self._viewer_id))

    @cached_property
    def location_by_id(self) -> Loader[int, Location | None]:
        """Whether there is anything from there for the viewer to see is not asked here."""
        return Loader(partial(posts.locations, self._db))

    @cached_property
    def upload_by_id(self) -> Loader[int, Upload | None]:
        """None where there is none of the viewer's."""
        return Loader(partial(media.uploads, self._db, self._viewer_id))

    @cached_property
    def uploads_by_post(self) -> Loader[int, list[int]]:
        """In the author's order."""
        return Loader(partial(media.uploads_of_posts, self._db))

    @cached_property
    def media_by_id(self) -> Loader[int, Media | None]:
        """None where there is none that the viewer may see."""
        return Loader(self._media)

    async def _media(self, ids: Sequence[int]) -> list[Media | None]:
        """By the post or story that shows it, by the upload for its owner, or by the message that it was sent with."""
        shown_in = await media.post_of(self._db, ids)
        visible_posts = await load_known(self.post_by_id, shown_in)
        shown = privacy.visible_media(ids, visible_posts)
        own = await self.upload_by_id.load_many(ids)
        found = [row or (upload.media if upload else None) for row, upload in zip(shown, own, strict=True)]
        left = [id for id, row in zip(ids, found, strict=True) if row is None]
        if not left:
            return found
        told = await load_known(self.story_by_id, await stories.story_of(self._db, left))
        read = await load_known(self.message_by_id, await messages.messages_of_pictures(self._db, left))
        sent = await load_known(
            self.sent_media_by_id, [id if message else None for id, message in zip(left, read, strict=True)]
        )
        by_id = {id: story.media if story else media for id, story, media in zip(left, told, sent, strict=True)}
        return [row or by_id.get(id) for id, row in zip(ids, found, strict=True)]

    @cached_property
    def sent_media_by_id(self) -> Loader[int, Media | None]:
        """For whoever may read the message that it was sent with, which is not asked here."""
        return Loader(partial(media.media, self._db))

    @cached_property
    def story_by_id(self) -> Loader[int, Story | None]:
        """None where there is none that the viewer may see."""
        return Loader(self._stories)

    async def _stories(self, ids: Sequence[int]) -> list[Story | None]:
        rows = await stories.stories(self._db, self._viewer_id, ids)
        authors = await load_known(self.user_by_id, [row.author_id if row else None for row in rows])
        return privacy.visible_stories(rows, authors, self._now)

    @cached_property
    def reel_by_user(self) -> Loader[int, Reel | None]:
        """None where they have no live story that the viewer may see."""
        return Loader(self._reels)

    async def _reels(self, ids: Sequence[int]) -> list[Reel | None]:
        live, authors = await asyncio.gather(
            stories.live(self._db, self._viewer_id, ids, self._now), load_known(self.user_by_id, ids)
        )
        reels: list[Reel | None] = []
        for id, rows, author in zip(ids, live, authors, strict=True):
            shown = tuple(filter(None, privacy.visible_stories(rows, [author] * len(rows), self._now)))
            for story in shown:
                self.story_by_id.prime(story.id, story)
            reels.append(Reel(id, shown) if shown else None)
        return reels

    @cached_property
    def highlight_by_id(self) -> Loader[int, Highlight | None]:
        """None where there is none that holds a story which the viewer may see."""
        return Loader(self._highlights)

    async def _highlights(self, ids: Sequence[int]) -> list[Highlight | None]:
        rows = await stories.highlights(self._db, ids)
        owners = await load_known(self.user_by_id, [row.user_id if row else None for row in rows])
        return privacy.visible_highlights(rows, owners)

    @cached_property
    def conversation_by_id(self) -> Loader[int, Conversation | None]:
        """None where there is none that the viewer is in."""
        return Loader(self._conversations)

    async def _conversations(self, ids: Sequence[int]) -> list[Conversation | None]:
        rows, [viewer] = await asyncio.gather(
            self._messages.conversations(ids), load_known(self.user_by_id, [self._viewer_id])
        )
        return privacy.visible_conversations(rows if viewer else [None] * len(ids), self._viewer_id)

    @cached_property
    def member_by_id(self) -> Loader[int, Member | None]:
        """None where there is none in a conversation that the viewer is in."""
        return Loader(self._members)

    async def _members(self, ids: Sequence[int]) -> list[Member | None]:
        of = await messages.conversations_of_members(self._db, ids)
        seen = await load_known(self.conversation_by_id, of)
        found = {member.id: member for conversation in seen if conversation for member in conversation.members}
        return [found.get(id) for id in ids]

    @cached_property
    def message_by_id(self) -> Loader[int, Message | None]:
        """None where there is none that the viewer may read."""
        return Loader(self._read)

    async def _read(self, ids: Sequence[int]) -> list[Message | None]:
        rows = await self._messages.messages(ids)
        of = await load_known(self.conversation_by_id, [row.conversation_id if row else None for row in rows])
        return privacy.visible_messages(rows, of, self._viewer_id)

    def told(self, told: Told) -> tuple[Conversation | None, Message | None]:
        """What the viewer may see of what an event is about; it is known from then on.

        That their account is active is looked at while they listen (`domain/streams`).
        """
        conversation, message = told
        [seen] = privacy.visible_conversations([conversation], self._viewer_id)
        [read] = privacy.visible_messages([message], [seen], self._viewer_id)
        if conversation is not None:
            self.conversation_by_id.prime(conversation.id, seen)
        if message is not None:
            self.message_by_id.prime(message.id, read)
        return seen, read

    @cached_property
    def mls_device_by_id(self) -> Loader[int, MlsDevice | None]:
        """None where there is none of the viewer's."""
        return Loader(partial(devices.devices, self._db, self._viewer_id))

    @cached_property
    def mls_group_by_id(self) -> Loader[int, Group | None]:
        """None where there is none that a device of the viewer's is in."""
        return Loader(partial(members.groups, self._db, self._viewer_id))

    @cached_property
    def device_by_id(self) -> Loader[int, Device | None]:
        """None where there is none of the viewer's."""
        return Loader(partial(push.devices, self._db, self._viewer_id))

    @cached_property
    def notification_by_id(self) -> Loader[int, Notification | None]:
        """None where there is none of the viewer's, or nobody whom they hear has done it."""
        return Loader(self._notifications)

    async def _notifications(self, ids: Sequence[int]) -> list[Notification | None]:
        rows, [viewer] = await asyncio.gather(
            notifications.notifications(self._db, self._viewer_id, ids), load_known(self.user_by_id, [self._viewer_id])
        )
        everybody = [id for row in rows if row for id in row.actors]
        heard = {user.id for user in summary_text.heard(await load_known(self.user_by_id, everybody))}
        return [
            row if row and viewer and (row.kind in summary_text.BECAME or heard.intersection(row.actors)) else None
            for row in rows
        ]

    @cached_property
    def unheard_by_notification(self) -> Loader[int, int]:
        """How many of those who did it the viewer does not hear, or has muted."""
        return Loader(partial(notifications.unheard, self._db, self._viewer_id))

    def by_field(self, key: object, batch: Callable[[Sequence[Any]], Awaitable[Sequence[Any]]]) -> Loader[Any, Any]:
        """The loader of a batched field with the arguments that `key` holds; `batch` answers for many parents."""
        if key not in self._fields:
            self._fields[key] = Loader(batch, cache=False)
        return self._fields[key]


def _as_it_is(row: Post | None, statuses: Mapping[int, str]) -> Post | None:
    """The row with the status that the database tells; None where the post is gone."""
    status = statuses.get(row.id) if row else None
    if row is None or status is None:
        return None
    return row if row.status == status else msgspec.structs.replace(row, status=status)


async def load_known(loader: Loader[int, V | None], keys: Sequence[int | None]) -> list[V | None]:
    """What the loader has for each of `keys`; None for None, and for 0, which nothing has."""
    wanted = list({key for key in keys if key})
    rows = dict(zip(wanted, await loader.load_many(wanted), strict=True)) if wanted else {}
    return [rows.get(key) if key else None for key in keys]
