"""Posts."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from domain import captions
from domain.accounts.rows import User
from domain.comments.rows import Comment
from domain.entities import spellings
from domain.likes import actions as likes
from domain.likes.reads import pages_of_likers
from domain.media.rows import Tag, Upload
from domain.posts import actions, cache, saves, tags
from domain.posts.actions import Changes, Medium
from domain.posts.places import Place
from domain.posts.rows import Post, View
from domain.rows import number_of
from kit.batching import Answers, then
from kit.errors import mistake
from kit.paging import Page
from resolvers.context import Context
from resolvers.loaders import load_known
from resolvers.paging import pages
from resolvers.updates import given

Answer = dict[str, Any]

T = TypeVar("T")


def authors(context: Context, things: Sequence[Post | Comment]) -> Answers[User | None]:
    """The author of each post or comment."""
    return context.loaders.user_by_id.many([thing.author_id for thing in things])


def hashtags(context: Context, post: Post) -> list[str]:
    """The hashtags of the caption, as it writes them."""
    return list(spellings(post.caption, post.hashtags).values())


async def mentions(context: Context, things: Sequence[Post | Comment]) -> list[list[User]]:
    """Whom each post or comment names, of those the viewer may know of."""
    wanted = [id for thing in things for id in thing.mention_ids]
    users = dict(zip(wanted, await load_known(context.loaders.user_by_id, wanted), strict=True))
    return [[user for id in thing.mention_ids if (user := users[id])] for thing in things]


async def uploads(context: Context, posts: Sequence[Post]) -> list[list[Upload] | None]:
    """The uploads of the viewer's own posts, None for those of others."""
    own = [post.id for post in posts if post.author_id == context.viewer_id]
    of_post = dict(zip(own, await context.loaders.uploads_by_post.load_many(own), strict=True))
    ids = [id for ids in of_post.values() for id in ids]
    rows = dict(zip(ids, await context.loaders.upload_by_id.load_many(ids), strict=True))
    return [
        [upload for id in of_post[post.id] if (upload := rows[id])] if post.id in of_post else None for post in posts
    ]


def like_counts(context: Context, posts: Sequence[Post]) -> Answers[int]:
    """How many like each post, but for those across a block; the viewer's own like is always among them."""

    def count(post: Post, view: View) -> int:
        return max(context.number("post.likes", post.id, post.likes) - view.hidden_likes, int(view.liked))

    return _viewed(context, posts, count)


def comment_counts(context: Context, posts: Sequence[Post]) -> Answers[int]:
    """How many comments and replies each post has, but for those that a block hides from the viewer."""

    def count(post: Post, view: View) -> int:
        return max(context.number("post.comments", post.id, post.comments) - view.hidden_comments, 0)

    return _viewed(context, posts, count)


def viewer_has_liked(context: Context, posts: Sequence[Post]) -> Answers[bool]:
    """Whether the viewer likes each post."""
    return _viewed(context, posts, lambda post, view: view.liked)


def viewer_has_saved(context: Context, posts: Sequence[Post]) -> Answers[bool]:
    """Whether the viewer has saved each post."""
    return _viewed(context, posts, lambda post, view: view.saved)


def _viewed(context: Context, posts: Sequence[Post], tell: Callable[[Post, View], T]) -> Answers[T]:
    """What `tell` says of each post, and of what the viewer has done to it."""
    views = context.loaders.view_by_post.many([post.id for post in posts])
    return then(views, lambda views: [tell(post, view) for post, view in zip(posts, views, strict=True)])


async def likers(
    context: Context, posts: Sequence[Post], first: int, after: str | None
) -> list[Page[User] | Exception]:
    """For each post, a page of who likes it, the latest first."""
    fetch = partial(pages_of_likers, context.services.db)
    return await pages(context, "likers", posts, first, after, fetch, context.loaders.load_actors)


async def create(context: Context, input: Any) -> Answer:
    """Make a post of the viewer's uploads: {post}. Raises UserErrors, BadUserInput."""
    post_id = await actions.create_post(
        context.services.db,
        context.require_viewer(),
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
    return {"post": await context.loaders.post_by_id.load(post_id)}


def filter_name(filter: Any) -> str | None:
    """The filter's name; None where it changes nothing."""
    return None if filter is None or filter.value == "NORMAL" else filter.value


async def update(context: Context, input: Any) -> Answer:
    """Change a post of the viewer's: {post}. Raises UserErrors, BadUserInput."""
    services, viewer_id = context.services, context.require_viewer()
    post = await _seen(context, input.post_id)
    place = given(input.location)
    changes = Changes(
        caption=given(input.caption),
        place=_place(place) if place else place,
        comments_disabled=given(input.comments_disabled),
    )
    await actions.update_post(services.db, services.redis, viewer_id, post, changes)
    context.forget()
    return {"post": await context.loaders.post_by_id.load(post.id)}


async def delete(context: Context, post_id: str) -> Answer:
    """Delete a post of the viewer's: {deleted_id, author}. Raises UserErrors, BadUserInput."""
    services, viewer_id = context.services, context.require_viewer()
    post = await _seen(context, post_id)
    context.counted["user.posts", viewer_id] = await actions.delete_post(services.db, services.redis, viewer_id, post)
    context.forget()
    return {"deleted_id": post_id, "author": await context.loaders.user_by_id.load(viewer_id)}


async def like(context: Context, post_id: str) -> Answer:
    """The viewer likes a post: {post}. Raises UserErrors, BadUserInput."""

    async def act(viewer_id: int, post: Post, author: User) -> None:
        count = await likes.like(context.services.db, viewer_id, post, [author])
        if count is not None:
            context.counted["post.likes", post.id] = count

    return await _react(context, post_id, act)


async def unlike(context: Context, post_id: str) -> Answer:
    """Withdraw the viewer's like: {post}, None where they cannot see it. Raises UserErrors, BadUserInput."""
    number = number_of(Post, post_id)
    count = await likes.unlike(context.services.db, context.require_viewer(), Post, number)
    if count is not None:
        context.counted["post.likes", number] = count
    return await _withdrawn(context, post_id, count is not None)


async def save(context: Context, post_id: str) -> Answer:
    """The viewer saves a post: {post}. Raises UserErrors, BadUserInput."""

    async def act(viewer_id: int, post: Post, author: User) -> None:
        await saves.save(context.services.db, viewer_id, post, author)

    return await _react(context, post_id, act)


async def unsave(context: Context, post_id: str) -> Answer:
    """Remove a post from the viewer's saved posts: {post}, None where they cannot see it. Raises UserErrors,
    BadUserInput.
    """
    was_saved = await saves.unsave(context.services.db, context.require_viewer(), number_of(Post, post_id))
    return await _withdrawn(context, post_id, was_saved)


async def remove_tag(context: Context, post_id: str) -> Answer:
    """Remove every tag of the viewer from a post: {post}, None where they cannot see it. Raises UserErrors,
    BadUserInput.
    """
    services, number = context.services, number_of(Post, post_id)
    was_tagged = await tags.remove_tags(services.db, context.require_viewer(), number)
    if was_tagged:
        await cache.forget(services.redis, number)
    return await _withdrawn(context, post_id, was_tagged)


async def remove_mention(context: Context, subject_id: str) -> Answer:
    """Remove the viewer's mention from a post or comment: {post, comment}, None where they cannot see it.

    Raises UserErrors, BadUserInput.
    """
    services, viewer_id = context.services, context.require_viewer()
    post_id, comment_id = number_of(Post, subject_id), number_of(Comment, subject_id)
    table = "posts" if post_id else "comments"
    was_mentioned = await captions.remove_mention(services.db, viewer_id, table, post_id or comment_id)
    if was_mentioned and post_id:
        await cache.forget(services.redis, post_id)
    context.forget()
    [post] = await load_known(context.loaders.post_by_id, [post_id])
    [comment] = await load_known(context.loaders.comment_by_id, [comment_id])
    if not (was_mentioned or post or comment):
        raise mistake("NOT_FOUND", "The post or comment does not exist, or you cannot see it.", "subjectId")
    return {"post": post, "comment": comment}


async def _react(context: Context, post_id: str, act: Callable[[int, Post, User], Awaitable[None]]) -> Answer:
    viewer_id = context.require_viewer()

    async def attempt() -> Post:
        post = await _seen(context, post_id)
        author = await context.loaders.user_by_id.load(post.author_id)
        assert author is not None
        await act(viewer_id, post, author)
        return post

    post = await context.retry_on_conflict(attempt)
    context.forget()
    return {"post": await context.loaders.post_by_id.load(post.id)}


async def _withdrawn(context: Context, post_id: str, was_theirs: bool) -> Answer:
    """The payload after the viewer has withdrawn what `was_theirs`, from a post that they may not see.

    Raises UserErrors: NOT_FOUND where nothing was theirs and they cannot see the post, as for one that does not exist.
    """
    context.forget()
    if was_theirs:
        return {"post": await context.loaders.post_by_id.load(number_of(Post, post_id))}
    return {"post": await _seen(context, post_id)}


async def _seen(context: Context, post_id: str) -> Post:
    number = number_of(Post, post_id)
    post = await context.loaders.post_by_id.load(number) if number else None
    if post is None:
        raise mistake("NOT_FOUND", "The post does not exist, or you cannot see it.", "postId")
    return post


def _place(input: Any) -> Place | None:
    return Place(input.name, input.latitude, input.longitude) if input else None
