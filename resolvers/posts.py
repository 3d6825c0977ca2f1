"""Resolvers of posts."""

from typing import TYPE_CHECKING

from domain.commands import posts as commands

if TYPE_CHECKING:
    from schema.media import PhotoFilter
    from schema.posts import CreatePostInput, UpdatePostInput

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from domain.accounts.rows import User
from domain.comments.rows import Comment
from domain.entities import spellings
from domain.likes.reads import pages_of_likers
from domain.media.rows import Tag, Upload
from domain.posts.actions import Changes, Medium
from domain.posts.places import Place
from domain.posts.rows import Post, View
from domain.rows import number_of
from domain.viewer.noun import load_known
from kit.batching import Answers, then
from kit.paging import Page
from resolvers.context import Context
from resolvers.paging import pages
from resolvers.updates import given

Answer = dict[str, Any]

T = TypeVar("T")


def authors(context: Context, things: Sequence[Post | Comment]) -> Answers[User | None]:
    """The author of each post or comment."""
    return context.viewer.users.by_id.many([thing.author_id for thing in things])


def hashtags(context: Context, post: Post) -> list[str]:
    """The hashtags of the caption, as they are written there."""
    return list(spellings(post.caption, post.hashtags).values())


async def mentions(context: Context, things: Sequence[Post | Comment]) -> list[list[User]]:
    """The users mentioned in each post or comment, without those whom the viewer may not see."""
    wanted = [id for thing in things for id in thing.mention_ids]
    users = dict(zip(wanted, await load_known(context.viewer.users.by_id, wanted), strict=True))
    return [[user for id in thing.mention_ids if (user := users[id])] for thing in things]


async def uploads(context: Context, posts: Sequence[Post]) -> list[list[Upload] | None]:
    """The uploads of each post of the viewer; None for posts of other users."""
    own = [post.id for post in posts if post.author_id == context.viewer_id]
    of_post = dict(zip(own, await context.viewer.media.uploads_of_post.load_many(own), strict=True))
    ids = [id for ids in of_post.values() for id in ids]
    rows = dict(zip(ids, await context.viewer.media.upload.load_many(ids), strict=True))
    return [
        [upload for id in of_post[post.id] if (upload := rows[id])] if post.id in of_post else None for post in posts
    ]


def like_counts(context: Context, posts: Sequence[Post]) -> Answers[int]:
    """The like count of each post, without users across a block. It always includes the viewer's own like."""

    def count(post: Post, view: View) -> int:
        return max(context.viewer.count("post.likes", post.id, post.likes) - view.hidden_likes, int(view.liked))

    return _viewed(context, posts, count)


def comment_counts(context: Context, posts: Sequence[Post]) -> Answers[int]:
    """The number of comments and replies of each post, without those that a block hides from the viewer."""

    def count(post: Post, view: View) -> int:
        return max(context.viewer.count("post.comments", post.id, post.comments) - view.hidden_comments, 0)

    return _viewed(context, posts, count)


def viewer_has_liked(context: Context, posts: Sequence[Post]) -> Answers[bool]:
    """Whether the viewer likes each post."""
    return _viewed(context, posts, lambda post, view: view.liked)


def viewer_has_saved(context: Context, posts: Sequence[Post]) -> Answers[bool]:
    """Whether the viewer has saved each post."""
    return _viewed(context, posts, lambda post, view: view.saved)


def _viewed(context: Context, posts: Sequence[Post], tell: Callable[[Post, View], T]) -> Answers[T]:
    """The value of `tell(post, view)` for each post, where `view` is what the viewer has done to it."""
    views = context.viewer.posts.view.many([post.id for post in posts])
    return then(views, lambda views: [tell(post, view) for post, view in zip(posts, views, strict=True)])


async def likers(
    context: Context, posts: Sequence[Post], first: int, after: str | None
) -> list[Page[User] | Exception]:
    """For each post, a page of the users who like it, most recent first."""
    fetch = partial(pages_of_likers, context.services.db)
    return await pages(context, "likers", posts, first, after, fetch, context.viewer.users.actors)


async def create(context: Context, input: "CreatePostInput") -> Answer:
    """Create a post from the viewer's uploads: {post}."""
    post = await commands.create_post(
        context.viewer,
        media=[
            Medium(
                number_of(Upload, medium.upload_id),
                filter_name(medium.filter),
                medium.alt_text,
                tuple(Tag(number_of(User, tag.user_id), tag.x, tag.y) for tag in medium.user_tags or ()),
            )
            for medium in input.media
        ],
        caption=input.caption,
        place=_place(input.location),
        comments_disabled=bool(input.comments_disabled),
        key=input.idempotency_key,
    )
    return {"post": post}


def filter_name(filter: "PhotoFilter | None") -> str | None:
    """The name of a filter; None for the one that changes nothing."""
    return None if filter is None or filter.name == "NORMAL" else filter.name


async def update(context: Context, input: "UpdatePostInput") -> Answer:
    """Change a post of the viewer: {post}."""
    changes = Changes(
        caption=given(input.caption),
        place=given(input.location, _place),
        comments_disabled=given(input.comments_disabled),
    )
    return {"post": await commands.update_post(context.viewer, number_of(Post, input.post_id), changes)}


async def delete(context: Context, post_id: str) -> Answer:
    """Delete a post of the viewer: {deleted_id, author}."""
    author = await commands.delete_post(context.viewer, number_of(Post, post_id))
    return {"deleted_id": post_id, "author": author}


async def like(context: Context, post_id: str) -> Answer:
    """Like a post: {post}."""
    return {"post": await commands.like_post(context.viewer, number_of(Post, post_id))}


async def unlike(context: Context, post_id: str) -> Answer:
    """Withdraw the viewer's like: {post}, None where they cannot see it."""
    return {"post": await commands.unlike_post(context.viewer, number_of(Post, post_id))}


async def save(context: Context, post_id: str) -> Answer:
    """Save a post: {post}."""
    return {"post": await commands.save_post(context.viewer, number_of(Post, post_id))}


async def unsave(context: Context, post_id: str) -> Answer:
    """Remove a post from the viewer's saved posts: {post}, None where they cannot see it."""
    return {"post": await commands.unsave_post(context.viewer, number_of(Post, post_id))}


async def remove_tag(context: Context, post_id: str) -> Answer:
    """Remove every tag of the viewer from a post: {post}, None where they cannot see it."""
    return {"post": await commands.remove_my_tags(context.viewer, number_of(Post, post_id))}


async def remove_mention(context: Context, subject_id: str) -> Answer:
    """Remove the viewer's mention from a post or comment: {post, comment}, None where they cannot see it."""
    post_id, comment_id = number_of(Post, subject_id), number_of(Comment, subject_id)
    post, comment = await commands.remove_my_mention(context.viewer, post_id, comment_id)
    return {"post": post, "comment": comment}


def _place(input: Any) -> Place | None:
    return Place(input.name, input.latitude, input.longitude) if input else None
