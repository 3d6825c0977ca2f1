"""Resolvers of users, accounts and sessions."""

from typing import TYPE_CHECKING

from domain.commands import accounts as commands

if TYPE_CHECKING:
    from schema.accounts import SignInInput, SignUpInput
    from schema.users import UpdateProfileInput

from collections.abc import Sequence
from functools import partial
from typing import Any

from domain import privacy
from domain.accounts.actions import SignedIn
from domain.accounts.profile import Changes
from domain.accounts.rows import User
from domain.accounts.tokens import Access
from domain.media import quota
from domain.media.quota import StorageUsage
from domain.media.rows import Upload, smallest_at_least
from domain.posts import reads as posts
from domain.posts.rows import Post
from domain.rows import number_of
from domain.viewer.noun import load_known
from kit.errors import Unauthenticated
from kit.paging import Page
from resolvers.context import Context
from resolvers.media import variant_url
from resolvers.paging import pages
from resolvers.updates import given

Answer = dict[str, Any]


async def viewer(context: Context) -> Access | None:
    """The session of the access token; None when signed out."""
    return context.access


async def user(context: Context, username: str) -> User | None:
    """The user with this username, in any case; None if the viewer can see none."""
    id = await context.viewer.users.id_by_name.load(username)
    return await context.viewer.users.by_id.load(id) if id else None


async def user_of_viewer(context: Context, viewers: Sequence[Access]) -> list[User | Exception]:
    """The user of each session, or Unauthenticated if the account is no longer active."""
    users = await load_known(context.viewer.users.by_id, [viewer.user_id for viewer in viewers])
    return [user or Unauthenticated("The account no longer exists or is deactivated.") for user in users]


async def email_of_viewer(context: Context, viewers: Sequence[Access]) -> list[str | None]:
    """The e-mail address of the viewer. A session is always the viewer's own."""
    return await context.viewer.users.email.load_many([viewer.user_id for viewer in viewers])


async def storage_of_viewer(context: Context, viewers: Sequence[Access]) -> list[StorageUsage | Exception]:
    """The storage that each viewer's account uses."""
    services = context.services
    found = await quota.usage(services.db, services.quota, [viewer.user_id for viewer in viewers], context.now)
    return [usage or Unauthenticated("The account no longer exists or is deactivated.") for usage in found]


async def posts_of(
    context: Context, users: Sequence[User], first: int, after: str | None
) -> list[Page[Post] | Exception]:
    """For each user, a page of their published posts, newest first."""
    fetch = partial(posts.pages_of_authors, context.services.db)
    load = context.viewer.posts.by_id.load_many
    return await pages(context, "posts", users, first, after, fetch, load, privacy.sees_content)


async def saved_posts(
    context: Context, viewers: Sequence[Access], first: int, after: str | None
) -> list[Page[Post] | Exception]:
    """For each session, a page of the posts that the viewer has saved, most recently saved first."""
    fetch = partial(posts.pages_of_saved, context.services.db)
    return await pages(context, "savedPosts", viewers, first, after, fetch, context.viewer.posts.by_id.load_many)


def avatar_url(context: Context, user: User, width: int) -> str | None:
    """The URL of the smallest avatar rendition at least `width` pixels wide; None without an avatar."""
    return variant_url(context, smallest_at_least(user.avatar, width, "JPEG")) if user.avatar else None


def can_see_content(context: Context, user: User) -> bool:
    """Whether the viewer may see the user's posts, followers and followees."""
    return privacy.sees_content(user)


def post_count(context: Context, user: User) -> int:
    """The number of published posts."""
    return context.viewer.count("user.posts", user.id, user.post_count)


async def sign_up(context: Context, input: "SignUpInput") -> Answer:
    """Create an account: the fields of a SignInPayload."""
    context.once_per_operation("sign in or sign up")
    signed_in = await commands.sign_up(
        context.services,
        username=input.username,
        email=input.email,
        password=input.password,
        display_name=input.display_name,
        birth_date=input.birth_date,
        network=context.network,
    )
    return _signed_in(context, signed_in)


async def sign_in(context: Context, input: "SignInInput") -> Answer:
    """Start a session: the fields of a SignInPayload. Raises RateLimited and Overloaded too."""
    context.once_per_operation("sign in or sign up")
    signed_in = await commands.sign_in(
        context.services, login=input.login, password=input.password, network=context.network
    )
    return _signed_in(context, signed_in)


async def refresh_session(context: Context, refresh_token: str) -> Answer:
    """Exchange a refresh token: the fields of a SignInPayload."""
    return _signed_in(context, await commands.refresh_session(context.services, refresh_token))


async def sign_out(context: Context, refresh_token: str) -> Answer:
    """End the session of a refresh token: {}."""
    await commands.sign_out(context.services, refresh_token)
    return {}


async def update_profile(context: Context, input: "UpdateProfileInput") -> Answer:
    """Change the viewer's profile: {user}."""
    avatar = given(input.avatar_upload_id)
    changes = Changes(
        username=given(input.username),
        display_name=given(input.display_name),
        bio=given(input.bio),
        is_private=given(input.is_private),
        avatar_upload_id=number_of(Upload, avatar) if isinstance(avatar, str) else avatar,
    )
    return {"user": await commands.update_profile(context.viewer, changes)}


async def deactivate(context: Context, password: str) -> Answer:
    """Hide the viewer's account: {}. Raises RateLimited too."""
    await commands.deactivate_account(context.viewer, password)
    return {}


async def delete(context: Context, password: str) -> Answer:
    """Delete the viewer's account: {}. Raises RateLimited too."""
    await commands.delete_account(context.viewer, password)
    return {}


def _signed_in(context: Context, signed_in: SignedIn) -> Answer:
    access = Access(signed_in.user_id, signed_in.session_id, signed_in.access_token_expires_at)
    context.sign_in_as(access)
    return {
        "viewer": access,
        "access_token": signed_in.access_token,
        "access_token_expires_at": signed_in.access_token_expires_at,
        "refresh_token": signed_in.refresh_token,
    }
