"""Notifications from events: recipients are decided by the present state of the database."""

from collections.abc import Sequence

import msgspec

from clients.postgres import Database
from clients.shards import Shards
from domain import privacy
from domain.accounts import reads as accounts
from domain.accounts.rows import User
from domain.comments import reads as comments
from domain.comments.rows import Comment
from domain.events import (
    CommentAdded,
    CommentsDeleted,
    Event,
    FollowChanged,
    LikeChanged,
    MentionsChanged,
    PostPublished,
    PostRejected,
    Recorded,
    StoryDeleted,
    StoryPublished,
    StoryRejected,
)
from domain.graph import reads as graph
from domain.graph.rows import Kind as Relation
from domain.notifications import notification_events
from domain.notifications.notification_events import NotificationEvent
from domain.notifications.rows import Kind
from domain.posts.rows import Post
from domain.stories import reads as stories
from domain.stories.rows import LIFE, Story
from kit import clock

EFFECTS: dict[type[Recorded], str] = {
    LikeChanged: "notifies the author, or withdraws the notification",
    CommentAdded: "notifies the author of the post, the author of the comment that it answers, and mentioned people",
    CommentsDeleted: "withdraws the notifications of these comments",
    FollowChanged: "notifies the follower or the followee",
    PostPublished: "notifies the author, and mentioned and tagged people",
    MentionsChanged: "notifies people whom an edit mentions for the first time, and withdraws notifications of others",
    PostRejected: "notifies the author",
    StoryPublished: "notifies followers who asked for story notifications",
    StoryDeleted: "withdraws the notifications of the story",
    StoryRejected: "notifies the author",
}
"""What `apply` does with an event, for docs/events.md."""

# Telling takes some 3 ms each: for so many it may be known beforehand who may see what.
_VISIBILITY_BATCH_SIZE = 20

# No recipient of this story was notified of another story that was live when it was published.
_FIRST = f"""
SELECT NOT EXISTS (
    SELECT FROM stories e WHERE author_id = s.author_id AND audience IN ('FOLLOWERS', s.audience)
    AND published_at > s.published_at - $2::interval AND (published_at, id) < (s.published_at, s.id)
    AND EXISTS (SELECT FROM acts WHERE source_id = e.id AND kind = '{Kind.STORY.value}')
) FROM stories s WHERE id = $1"""


class Notifier:
    """Notifies users of events: at most `batch_size` of them at a time."""

    def __init__(self, db: Database, live: Shards, batch_size: int = notification_events.BATCH_SIZE) -> None:
        self._db = db
        self._live = live
        self._batch_size = batch_size

    async def apply(self, event: Event) -> Event | None:
        """Update notifications by `event`. Returns the rest of the event, if there is more to do.

        Idempotent: duplicate and late deliveries are safe.
        """
        match event:
            case LikeChanged():
                await self._liked(event.subject_id, event.user_id)
            case CommentAdded():
                await self._commented(event.comment_id)
            case CommentsDeleted():
                await self._withdraw(event.comment_ids)
            case FollowChanged():
                await self._followed(event)
            case PostPublished() if not event.after:
                await self._published(event.post_id)
            case MentionsChanged():
                await self._mentions_changed(event)
            case PostRejected():
                own = (event.author_id, Kind.POST_REJECTED, (Post.TAG, event.post_id))
                await self._deliver(NotificationEvent(*own, event.author_id, event.post_id))
            case StoryPublished():
                return await self._story_published(event)
            case StoryDeleted():
                return event if await self._withdraw_some([event.story_id]) else None
            case StoryRejected():
                own = (event.author_id, Kind.STORY_REJECTED, (Story.TAG, event.story_id))
                await self._deliver(NotificationEvent(*own, event.author_id, event.story_id))
        return None

    async def _deliver(self, event: NotificationEvent) -> None:
        await notification_events.deliver(self._db, self._live, event)

    async def _withdraw(self, source_ids: Sequence[int]) -> None:
        while await self._withdraw_some(source_ids):
            pass

    async def _withdraw_some(self, source_ids: Sequence[int]) -> bool:
        async with self._db.acquire() as tx, tx.transaction():
            return await notification_events.withdraw(tx, source_ids, self._batch_size)

    async def _withdraw_gone(self, table: str, source_id: int) -> None:
        """Remove new notifications of an action that has been undone: its removal may have run before."""
        if not await self._db.fetchval(f"SELECT true FROM {table} WHERE id = $1", source_id):
            await self._withdraw([source_id])

    async def _liked(self, subject_id: int, user_id: int) -> None:
        found = await self._db.fetchrow(
            """
            SELECT s.author_id, s.of_post, (SELECT id FROM likes WHERE subject_id = $1 AND user_id = $2) AS like_id
            FROM (
                SELECT author_id, true AS of_post FROM posts WHERE id = $1
                UNION ALL SELECT author_id, false FROM comments WHERE id = $1
            ) s
            """,
            subject_id,
            user_id,
        )
        if found is None:
            return
        author_id, current = found["author_id"], found["like_id"]
        told = await notification_events.told_of(
            self._db, author_id, [Kind.LIKE, Kind.COMMENT_LIKE], subject_id, user_id
        )
        if over := [source for source in told if source != current]:
            await self._withdraw(over)
        if current:
            kind, tag = (Kind.LIKE, Post.TAG) if found["of_post"] else (Kind.COMMENT_LIKE, Comment.TAG)
            await self._deliver(NotificationEvent(author_id, kind, (tag, subject_id), user_id, current))
            await self._withdraw_gone("likes", current)

    async def _commented(self, comment_id: int) -> None:
        [comment] = await comments.comments(self._db, [comment_id])
        if comment is None or comment.is_author_blocked:
            return
        author_id: int | None = await self._db.fetchval("SELECT author_id FROM posts WHERE id = $1", comment.post_id)
        if author_id is None:
            return
        # A user who is concerned in several ways gets the notification of the closest one.
        wanted: dict[int, tuple[Kind, tuple[int, int]]] = {author_id: (Kind.COMMENT, (Post.TAG, comment.post_id))}
        wanted |= dict.fromkeys(comment.mention_ids, (Kind.MENTION, (Comment.TAG, comment.id)))
        if comment.parent_id is not None:
            [parent] = await comments.comments(self._db, [comment.parent_id])
            if parent is not None:
                wanted[parent.author_id] = (Kind.REPLY, (Comment.TAG, parent.id))
        for user_id, (kind, target) in wanted.items():
            if await self._may_see(user_id, author_id, comment.author_id):
                await self._deliver(NotificationEvent(user_id, kind, target, comment.author_id, comment.id))
        await self._withdraw_gone("comments", comment_id)
        await self._withdraw_unnamed(comment_id)

    async def _may_see(self, user_id: int, author_id: int, actor_id: int) -> bool:
        """Return whether a user may see the post's content, and does not hide its actor."""
        author: User | None
        actor: User | None
        author, actor = await accounts.users(self._db, user_id, [author_id, actor_id])
        return author is not None and actor is not None and privacy.sees_content(author) and privacy.can_interact(actor)

    async def _followed(self, event: FollowChanged) -> None:
        follower_id, followee_id = event.follower_id, event.followee_id
        rows = await self._db.fetch(
            "SELECT kind, id FROM relations WHERE from_id = $1 AND to_id = $2 AND kind = ANY($3)",
            follower_id,
            followee_id,
            [Relation.FOLLOW, Relation.REQUEST],
        )
        now = {row["kind"]: row["id"] for row in rows}
        followed, accepted = [Kind.FOLLOW, Kind.FOLLOW_REQUEST], [Kind.FOLLOW_ACCEPTED]
        told = await notification_events.told_of(self._db, followee_id, followed, followee_id, follower_id)
        told += await notification_events.told_of(self._db, follower_id, accepted, followee_id, followee_id)
        if over := [source for source in told if source not in now.values()]:
            await self._withdraw(over)
        target = (User.TAG, followee_id)
        if request := now.get(Relation.REQUEST):
            await self._deliver(NotificationEvent(followee_id, Kind.FOLLOW_REQUEST, target, follower_id, request))
            await self._withdraw_gone("relations", request)
        if follow := now.get(Relation.FOLLOW):
            await self._deliver(NotificationEvent(followee_id, Kind.FOLLOW, target, follower_id, follow))
            if event.accepted:
                await self._deliver(NotificationEvent(follower_id, Kind.FOLLOW_ACCEPTED, target, followee_id, follow))
            await self._withdraw_gone("relations", follow)

    async def _published(self, post_id: int) -> None:
        post = await self._db.fetchrow(
            """
            SELECT author_id,
                   ARRAY(SELECT user_id FROM mentions WHERE source_id = p.id AND NOT is_removed) AS mentioned,
                   ARRAY(
                       SELECT t.user_id FROM attachments a JOIN user_tags t ON t.upload_id = a.upload_id
                       WHERE a.post_id = p.id
                   ) AS tagged
            FROM posts p WHERE id = $1 AND status = 'PUBLISHED'
            """,
            post_id,
        )
        if post is None:
            return
        author_id, target = post["author_id"], (Post.TAG, post_id)
        wanted = dict.fromkeys(post["tagged"], Kind.USER_TAG) | dict.fromkeys(post["mentioned"], Kind.MENTION)
        wanted.pop(author_id, None)
        for user_id, kind in wanted.items():
            if await self._may_see(user_id, author_id, author_id):
                await self._deliver(NotificationEvent(user_id, kind, target, author_id, post_id))
        await self._deliver(NotificationEvent(author_id, Kind.POST_PUBLISHED, target, author_id, post_id))
        await self._withdraw_unnamed(post_id)

    async def _mentions_changed(self, event: MentionsChanged) -> None:
        """Notify users whom an edit of a post added, and remove notifications of those whom it removed."""
        post_id = event.source_id
        await self._withdraw_unnamed(post_id)
        if event.added:
            rows = await self._db.fetch(
                """
                SELECT p.author_id, m.user_id FROM posts p JOIN mentions m ON m.source_id = p.id
                WHERE p.id = $1 AND p.status = 'PUBLISHED' AND m.user_id = ANY($2) AND NOT m.is_removed
                """,
                post_id,
                event.added,
            )
            for author_id, user_id in rows:
                if user_id != author_id and await self._may_see(user_id, author_id, author_id):
                    await self._deliver(
                        NotificationEvent(user_id, Kind.MENTION, (Post.TAG, post_id), author_id, post_id)
                    )
            await self._withdraw_unnamed(post_id)

    async def _withdraw_unnamed(self, source_id: int) -> None:
        """Remove notifications of a post or comment for users who are not mentioned, or tagged, there any more."""
        for kind, user_ids in (
            (Kind.MENTION, await notification_events.told_without_mention(self._db, source_id)),
            (Kind.USER_TAG, await notification_events.told_without_tag(self._db, source_id)),
        ):
            if user_ids:
                async with self._db.acquire() as tx, tx.transaction():
                    await notification_events.withdraw(tx, [source_id], len(user_ids), kind=kind, user_ids=user_ids)

    async def _story_published(self, event: StoryPublished) -> StoryPublished | None:
        """Notify the next subscribers of story notifications who may see the story."""
        story_id, author_id, now = event.story_id, event.author_id, clock.now()
        [story] = await stories.stories(self._db, author_id, [story_id])
        subscribers: list[tuple[int, int]] = []
        # A repeated event may be days old, and a highlight may have kept the story.
        if story and now < story.expires_at and await self._db.fetchval(_FIRST, story_id, LIFE):
            subscribers = await graph.story_subscribers(self._db, author_id, event.after, self._batch_size)
        for start in range(0, len(subscribers), _VISIBILITY_BATCH_SIZE):
            readers = [reader for _, reader in subscribers[start : start + _VISIBILITY_BATCH_SIZE]]
            authors = await accounts.seen_by(self._db, readers, author_id)
            seen = privacy.visible_stories([story] * len(readers), authors, now)
            for reader, author, shown in zip(readers, authors, seen, strict=True):
                if author and author.viewer_has_story_notifications and shown:
                    await self._deliver(
                        NotificationEvent(reader, Kind.STORY, (Story.TAG, story_id), author_id, story_id)
                    )
        await self._withdraw_gone("stories", story_id)
        return (
            msgspec.structs.replace(event, after=subscribers[-1][0]) if len(subscribers) == self._batch_size else None
        )
