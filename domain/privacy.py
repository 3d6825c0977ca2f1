"""Who may see what: the only place that decides it, for whole batches.

- A deactivated or deleted account does not exist for any user, and no user exists for it.
- A blocked user sees nothing of the user who blocks. The latter still sees the profile, without its content.
- The content of a private account is visible to its accepted followers.
- A post that is not published is visible to its author only.
- A live story is visible to users who may see the author's content and are in its audience: followers, or the author's
  close friends. After it has expired, only while a highlight contains it. The author always sees it.
- A highlight is visible to users who may see one of its stories.
- A comment is visible to users who see its post, except between users of whom one blocks the other. A reply to a hidden
  comment is hidden. While the author of the post blocks the author of a comment, no other user sees that comment.
- Likes and follows are neither listed nor counted for users across a block from the user who did them.
- What a user has left (a comment, a like, a saved post) they can withdraw by its ID, even if they no longer see it. The
  author of a post can delete every comment on it.
- A conversation is visible to its members, and a message to those who were members when it was sent. Members see each
  other by the rules above. If one of the two users of a direct conversation blocks the other, neither can write.
- A mute keeps a user's posts out of the feed and hides nothing.

The answers depend on `User.relationship`, which was read earlier. A write that depends on a relationship therefore
locks it (`graph/locks`), and does nothing if it has changed. Mentions and tags need no lock: whether a viewer may see
the name is decided again each time it is shown.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, Self, TypeVar

from domain.graph.locks import Related
from domain.graph.rows import Kind
from domain.statuses import AccountStatus, PublicationStatus, StoryAudience

# The fields of each kind of row that the rules need. The packages that own the rows import this module, not the
# reverse.


class WithId(Protocol):
    """A row."""

    @property
    def id(self) -> int:
        """Its ID."""


class User(Related, Protocol):
    """A user as the viewer sees them."""

    @property
    def status(self) -> AccountStatus:
        """The status of the account."""

    @property
    def is_private(self) -> bool:
        """Whether only accepted followers see the content."""


class Post(Protocol):
    """A post."""

    @property
    def status(self) -> PublicationStatus:
        """PUBLISHED, or why it is not."""


Media = TypeVar("Media", bound=WithId)
MediaCo = TypeVar("MediaCo", bound=WithId, covariant=True)


class WithMedia(Protocol[MediaCo]):
    """A post with its photos and videos."""

    @property
    def media(self) -> tuple[MediaCo, ...]:
        """The photos and videos that are ready."""


class Story(Protocol):
    """A story."""

    @property
    def status(self) -> PublicationStatus:
        """PUBLISHED, or why it is not."""

    @property
    def audience(self) -> StoryAudience:
        """FOLLOWERS or CLOSE_FRIENDS."""

    @property
    def is_kept(self) -> bool:
        """Whether a highlight contains it."""

    @property
    def expires_at(self) -> datetime:
        """The end of its 24 hours."""


class Highlight(Protocol):
    """Stories that do not expire."""

    @property
    def kept(self) -> tuple[tuple[int, StoryAudience], ...]:
        """The ID and the audience of each story."""

    def keep_only(self, kept: tuple[tuple[int, StoryAudience], ...]) -> Self:
        """A copy of the highlight that contains only the stories in `kept`."""


class Comment(WithId, Protocol):
    """A comment."""

    @property
    def parent_id(self) -> int | None:
        """The comment that it replies to."""

    @property
    def is_author_blocked(self) -> bool:
        """Whether the author of the post blocks the author of the comment."""


class Member(Protocol):
    """A member of a conversation."""

    @property
    def begins(self) -> int:
        """The number of the last message before they joined."""


class Conversation(Protocol):
    """A conversation."""

    def member(self, user_id: int) -> Member | None:
        """The membership of this user, if they are in it."""


class Message(Protocol):
    """A message."""

    @property
    def seq(self) -> int:
        """Its number within the conversation."""


UserT = TypeVar("UserT", bound=User)
PostT = TypeVar("PostT", bound=Post)
StoryT = TypeVar("StoryT", bound=Story)
HighlightT = TypeVar("HighlightT", bound=Highlight)
CommentT = TypeVar("CommentT", bound=Comment)
ConversationT = TypeVar("ConversationT", bound=Conversation)
MessageT = TypeVar("MessageT", bound=Message)


def sees_profile(user: User) -> bool:
    """Whether the viewer may see the profile of a user."""
    relationship = user.relationship
    return user.status == "ACTIVE" and relationship.viewer_active and not relationship.of_viewer & Kind.BLOCK


def can_interact(user: User) -> bool:
    """Whether the viewer may see comments and messages of a user, and write to them."""
    return sees_profile(user) and not user.relationship.by_viewer & Kind.BLOCK


def sees_content(user: User) -> bool:
    """Whether the viewer may see a user's posts, followers and followees."""
    follows = user.relationship.by_viewer & Kind.FOLLOW
    return can_interact(user) and bool(user.relationship.is_viewer or not user.is_private or follows)


def wants(user: User) -> bool:
    """Whether a user's posts belong in the viewer's feed."""
    relationship = user.relationship
    return relationship.is_viewer or bool(
        relationship.by_viewer & Kind.FOLLOW and not relationship.by_viewer & Kind.MUTE
    )


def visible_people(users: Sequence[UserT | None]) -> list[UserT | None]:
    """The users whom the viewer may see; None in the place of others."""
    return [user if user is not None and sees_profile(user) else None for user in users]


def visible_posts(posts: Sequence[PostT | None], authors: Sequence[User | None]) -> list[PostT | None]:
    """The posts that the viewer may see; None in the place of others. `authors` are as the viewer sees them."""
    return [
        post if post is not None and author is not None and _sees_post(post, author) else None
        for post, author in zip(posts, authors, strict=True)
    ]


def _sees_post(post: Post, author: User) -> bool:
    return sees_content(author) and (post.status == "PUBLISHED" or author.relationship.is_viewer)


def visible_stories(
    stories: Sequence[StoryT | None], authors: Sequence[User | None], now: datetime
) -> list[StoryT | None]:
    """The stories that the viewer may see `now`; None in the place of others. `authors` are as the viewer sees them."""
    return [
        story if story is not None and author is not None and _sees_story(story, author, now) else None
        for story, author in zip(stories, authors, strict=True)
    ]


def _sees_story(story: Story, author: User, now: datetime) -> bool:
    is_there = story.status == "PUBLISHED" and (story.is_kept or now < story.expires_at)
    return author.relationship.is_viewer or (is_there and _belongs(author, story.audience))


def _belongs(author: User, audience: StoryAudience) -> bool:
    """Whether the viewer belongs to an audience of the author's stories."""
    relationship = author.relationship
    tie = (
        relationship.of_viewer & Kind.CLOSE_FRIEND
        if audience == "CLOSE_FRIENDS"
        else relationship.by_viewer & Kind.FOLLOW
    )
    return relationship.is_viewer or (bool(tie) and sees_content(author))


def visible_highlights(
    highlights: Sequence[HighlightT | None], authors: Sequence[User | None]
) -> list[HighlightT | None]:
    """Return highlights with those of their stories that the viewer may see, by `authors` as the viewer sees them.

    None in the place of highlights without such a story.
    """
    return [
        _shown(highlight, author) if highlight is not None and author is not None else None
        for highlight, author in zip(highlights, authors, strict=True)
    ]


def _shown(highlight: HighlightT, author: User) -> HighlightT | None:
    kept = tuple(each for each in highlight.kept if _belongs(author, each[1]))
    return highlight.keep_only(kept) if kept else None


def visible_comments(
    comments: Sequence[CommentT | None],
    posts: Sequence[Post | None],
    authors: Sequence[User | None],
) -> list[CommentT | None]:
    """Return the comments that the viewer may read. `posts` and `authors` are the visible ones, else None.

    The parents of replies are among `comments`.
    """
    heard = [
        comment
        if comment is not None and post is not None and author is not None and _sees_comment(comment, author)
        else None
        for comment, post, author in zip(comments, posts, authors, strict=True)
    ]
    known = {None, *(comment.id for comment in heard if comment is not None)}
    return [comment if comment is not None and comment.parent_id in known else None for comment in heard]


def _sees_comment(comment: Comment, author: User) -> bool:
    """Whether the viewer, who sees the post, may see this comment of `author`."""
    return can_interact(author) and (author.relationship.is_viewer or not comment.is_author_blocked)


def visible_media(media_ids: Sequence[int], posts: Sequence[WithMedia[Media] | None]) -> list[Media | None]:
    """The photos and videos of `posts`; None for one whose post the viewer may not see."""
    return [
        next((media for media in post.media if media.id == id), None) if post is not None else None
        for id, post in zip(media_ids, posts, strict=True)
    ]


def visible_conversations(conversations: Sequence[ConversationT | None], viewer_id: int) -> list[ConversationT | None]:
    """Return the conversations whose member the viewer is (their account is active); None in the place of others."""
    return [
        conversation if conversation is not None and conversation.member(viewer_id) else None
        for conversation in conversations
    ]


def visible_messages(
    messages: Sequence[MessageT | None], conversations: Sequence[Conversation | None], viewer_id: int
) -> list[MessageT | None]:
    """Return the messages that the viewer may read, by `conversations`, the visible ones."""
    seen: list[MessageT | None] = []
    for message, conversation in zip(messages, conversations, strict=True):
        member = conversation.member(viewer_id) if conversation is not None else None
        seen.append(message if message is not None and member is not None and message.seq > member.begins else None)
    return seen
