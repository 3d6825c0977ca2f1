"""People and their sessions."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

from domain.accounts import actions
from domain.accounts.actions import SignedIn
from domain.accounts.rows import User
from domain.accounts.tokens import Access
from domain.graph import actions as graph
from domain.graph import reads as graph_reads
from domain.posts import reads as posts
from domain.posts.rows import Post
from domain.rows import number_of
from kit.paging import Page
from resolvers.context import Context
from resolvers.paging import pages

Answer = dict[str, Any]


async def viewer(context: Context) -> Access | None:
    """The viewer is whoever the token names."""
    return context.access


async def user(context: Context, username: str) -> User | None:
    """The person of that name, in any case of letters."""
    return await context.loaders.user_by_id.load(await context.loaders.user_id_by_name.load(username))


async def user_of_viewer(context: Context, viewers: Sequence[Access]) -> list[User | None]:
    """The person behind each session."""
    return await context.loaders.user_by_id.load_many([viewer.user_id for viewer in viewers])


async def email_of_viewer(context: Context, viewers: Sequence[Access]) -> list[str | None]:
    """Their own address: a session is only ever the viewer's."""
    return await context.loaders.email_by_user.load_many([viewer.user_id for viewer in viewers])


async def viewer_follow(context: Context, users: Sequence[User]) -> list[str]:
    """A FollowState for each: does the viewer follow them?"""
    relations = await context.loaders.relation_by_user.load_many([user.id for user in users])
    return ["FOLLOWING" if relation.follows else "NONE" for relation in relations]


async def follow_of_viewer(context: Context, users: Sequence[User]) -> list[str]:
    """A FollowState for each: do they follow the viewer?"""
    relations = await context.loaders.relation_by_user.load_many([user.id for user in users])
    return ["FOLLOWING" if relation.followed else "NONE" for relation in relations]


async def followers(
    context: Context, users: Sequence[User], first: int, after: str | None
) -> list[Page[User] | Exception]:
    """For each, a page of their followers, newest first."""
    fetch = partial(graph_reads.pages_of_followers, context.services.db)
    return await pages(context, "followers", users, first, after, fetch, context.loaders.user_by_id.load_many)


async def following(
    context: Context, users: Sequence[User], first: int, after: str | None
) -> list[Page[User] | Exception]:
    """For each, a page of whom they follow, newest first."""
    fetch = partial(graph_reads.pages_of_followees, context.services.db)
    return await pages(context, "following", users, first, after, fetch, context.loaders.user_by_id.load_many)


async def posts_of(
    context: Context, users: Sequence[User], first: int, after: str | None
) -> list[Page[Post] | Exception]:
    """For each, a page of their published posts, newest first."""
    fetch = partial(posts.pages_of_authors, context.services.db)
    return await pages(context, "posts", users, first, after, fetch, context.loaders.post_by_id.load_many)


async def sign_up(context: Context, input: Any) -> Answer:
    """Make an account: the fields of a SignInPayload. Raises UserErrors, BadUserInput, RateLimited."""
    context.once("sign in or up")
    services = context.services
    birth_date: date = input.birth_date
    signed_in = await actions.sign_up(
        services.db,
        services.passwords,
        services.tokens,
        username=input.username,
        email=input.email,
        password=input.password,
        display_name=input.display_name,
        birth_date=birth_date,
        today=context.now.date(),
    )
    return _signed_in(context, signed_in)


async def sign_in(context: Context, input: Any) -> Answer:
    """Begin a session: the fields of a SignInPayload. Raises UserErrors, BadUserInput, RateLimited."""
    context.once("sign in or up")
    services = context.services
    signed_in = await actions.sign_in(
        services.db,
        services.passwords,
        services.tokens,
        services.limits,
        login=input.login,
        password=input.password,
        address=context.address,
    )
    return _signed_in(context, signed_in)


async def refresh_session(context: Context, refresh_token: str) -> Answer:
    """Spend a refresh token: the fields of a SignInPayload. Raises UserErrors."""
    return _signed_in(context, await actions.refresh(context.services.db, context.services.tokens, refresh_token))


async def sign_out(context: Context, refresh_token: str) -> Answer:
    """End the session of a refresh token: {}."""
    await actions.sign_out(context.services.db, context.services.tokens, refresh_token)
    return {}


async def follow(context: Context, user_id: str) -> Answer:
    """Follow somebody: {user}. Raises UserErrors, BadUserInput."""
    return await _relate(context, user_id, graph.follow)


async def unfollow(context: Context, user_id: str) -> Answer:
    """Stop following somebody: {user}. Raises UserErrors, BadUserInput."""
    return await _relate(context, user_id, graph.unfollow)


async def _relate(context: Context, user_id: str, change: Any) -> Answer:
    number = number_of(User, user_id)
    await change(context.services.db, context.require_viewer(), number)
    context.forget()
    return {"user": await context.loaders.user_by_id.load(number)}


def _signed_in(context: Context, signed_in: SignedIn) -> Answer:
    access = Access(signed_in.user_id, signed_in.session_id, signed_in.access_token_expires_at)
    context.sign_in_as(access)
    return {
        "viewer": access,
        "access_token": signed_in.access_token,
        "access_token_expires_at": signed_in.access_token_expires_at,
        "refresh_token": signed_in.refresh_token,
    }
