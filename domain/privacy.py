"""Who may see what: the one and only answer, for whole batches.

- Whose account is deactivated or deleted exists for nobody, and nobody exists for them.
- Whoever is blocked sees nothing of the one who blocks. Whoever blocks still sees the profile, without its content.
- The content of a private account is for its accepted followers.
- A post that is not published is its author's alone.
- A live story is for whoever follows its author, or whom they count among their close friends, as its audience says,
  and may see their content; when its day is over, only while a highlight keeps it. Its author's it always is.
- A highlight is there for those who may see one of its stories.
- A comment is seen by those who see its post, but not between people of whom one blocks the other, and neither are the
  replies to it. While the author of the post blocks the author of a comment, nobody else sees that comment.
- Likes and follows are neither listed for nor counted for those across a block from who did them.
- What people have left (a comment, a like, a saved post) they can withdraw by its id, also where they no longer see it;
  the author of a post can delete every comment under it.
- A conversation is seen by those who are in it, and a message by those who were when it was said. What they see of
  each other is as everywhere; the two of a conversation of which one blocks the other write each other no more.
- Muting keeps somebody out of the feed, and hides nothing.

The answers depend on `User.standing`, which was read earlier. A write that depends on a relationship therefore locks it
(`graph/locks`), and does nothing when it has changed. Mentions and tags need no lock: whether a viewer may see the name
is decided again each time it is shown.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from domain.accounts.rows import User
from domain.comments.rows import Comment
from domain.graph.rows import Kind
from domain.media.rows import Media
from domain.messages.rows import Conversation, Message
from domain.posts.rows import Post
from domain.stories.rows import Highlight, Story


def sees_profile(user: User) -> bool:
    """Whether the viewer may know of this person."""
    standing = user.standing
    return user.status == "ACTIVE" and standing.viewer_active and not standing.inward & Kind.BLOCK


def sees_words(user: User) -> bool:
    """Whether the viewer may read what this person says to others."""
    return sees_profile(user) and not user.viewer_has_blocked


def sees_content(user: User) -> bool:
    """Whether the viewer may see this person's posts, followers and whom they follow."""
    follows = user.standing.outward & Kind.FOLLOW
    return sees_words(user) and bool(user.standing.is_viewer or not user.is_private or follows)


def wants(user: User) -> bool:
    """Whether this person's posts belong in the viewer's feed."""
    standing = user.standing
    return standing.is_viewer or bool(standing.outward & Kind.FOLLOW and not standing.outward & Kind.MUTE)


def visible_people(users: Sequence[User | None]) -> list[User | None]:
    """The people the viewer may know of; None in the place of others."""
    return [user if user is not None and sees_profile(user) else None for user in users]


def visible_posts(posts: Sequence[Post | None], authors: Sequence[User | None]) -> list[Post | None]:
    """The posts the viewer may see, by `authors` as the viewer sees them; None in the place of others."""
    return [
        post if post is not None and author is not None and _sees_post(post, author) else None
        for post, author in zip(posts, authors, strict=True)
    ]


def _sees_post(post: Post, author: User) -> bool:
    return sees_content(author) and (post.status == "PUBLISHED" or author.standing.is_viewer)


def visible_stories(
    stories: Sequence[Story | None], authors: Sequence[User | None], now: datetime
) -> list[Story | None]:
    """The stories the viewer may see `now`, by `authors` as the viewer sees them; None in the place of others."""
    return [
        story if story is not None and author is not None and _sees_story(story, author, now) else None
        for story, author in zip(stories, authors, strict=True)
    ]


def _sees_story(story: Story, author: User, now: datetime) -> bool:
    is_there = story.status == "PUBLISHED" and (story.is_kept or now < story.expires_at)
    return author.standing.is_viewer or (is_there and _belongs(author, story.audience))


def _belongs(author: User, audience: str) -> bool:
    """Whether the viewer is one of an audience of the author's stories."""
    standing = author.standing
    tie = standing.inward & Kind.CLOSE_FRIEND if audience == "CLOSE_FRIENDS" else standing.outward & Kind.FOLLOW
    return standing.is_viewer or (bool(tie) and sees_content(author))


def visible_highlights(
    highlights: Sequence[Highlight | None], authors: Sequence[User | None]
) -> list[Highlight | None]:
    """Highlights with those of their stories that the viewer may see, by `authors` as the viewer sees them; None in the
    place of those that have none for them.
    """
    return [
        _shown(highlight, author) if highlight is not None and author is not None else None
        for highlight, author in zip(highlights, authors, strict=True)
    ]


def _shown(highlight: Highlight, author: User) -> Highlight | None:
    kept = tuple(each for each in highlight.kept if _belongs(author, each[1]))
    return msgspec.structs.replace(highlight, kept=kept) if kept else None


def visible_comments(
    comments: Sequence[Comment | None],
    posts: Sequence[Post | None],
    authors: Sequence[User | None],
) -> list[Comment | None]:
    """The comments the viewer may read: `posts` and `authors` are what of each the viewer may see.

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
    """Whether the viewer, who sees the post, may read this comment of `author` under it."""
    return sees_words(author) and (author.standing.is_viewer or not comment.is_author_blocked)


def visible_media(media_ids: Sequence[int], posts: Sequence[Post | None]) -> list[Media | None]:
    """Photos and videos of `posts`, which this viewer may see; None for one whose post they may not."""
    return [
        next((media for media in post.media if media.id == id), None) if post is not None else None
        for id, post in zip(media_ids, posts, strict=True)
    ]


def visible_conversations(conversations: Sequence[Conversation | None], viewer_id: int) -> list[Conversation | None]:
    """The conversations the viewer, whose account is active, is in; None in the place of others."""
    return [
        conversation if conversation is not None and conversation.member(viewer_id) else None
        for conversation in conversations
    ]


def visible_messages(
    messages: Sequence[Message | None], conversations: Sequence[Conversation | None], viewer_id: int
) -> list[Message | None]:
    """The messages the viewer may read: `conversations` are what of each the viewer may see."""
    seen: list[Message | None] = []
    for message, conversation in zip(messages, conversations, strict=True):
        member = conversation.member(viewer_id) if conversation is not None else None
        seen.append(message if message is not None and member is not None and message.seq > member.begins else None)
    return seen
