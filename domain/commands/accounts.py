"""Commands for accounts and sessions."""

from datetime import date

from domain.accounts import actions, profile
from domain.accounts.actions import SignedIn
from domain.accounts.profile import Changes
from domain.accounts.rows import User
from domain.viewer.parts import Parts
from domain.viewer.viewer import Viewer


async def sign_up(
    parts: Parts,
    *,
    username: str,
    email: str,
    password: str,
    display_name: str | None,
    birth_date: date,
    network: str,
) -> SignedIn:
    """Create an account and its first session. `network` is the client's (`kit.addresses`). Raises Overloaded too."""
    signed_in = await actions.sign_up(
        parts.db,
        parts.passwords,
        parts.tokens,
        username=username,
        email=email,
        password=password,
        display_name=display_name,
        birth_date=birth_date,
        today=parts.clock().date(),
        reserved_emails=parts.reserved_emails,
    )
    await parts.sign_ins.remember(signed_in.user_id, network)
    return signed_in


async def sign_in(parts: Parts, *, login: str, password: str, network: str) -> SignedIn:
    """Start a session by username or e-mail address; a deactivated account is active again.

    Raises RateLimited and Overloaded too.
    """
    return await actions.sign_in(
        parts.db, parts.passwords, parts.tokens, parts.sign_ins, login=login, password=password, network=network
    )


async def refresh_session(parts: Parts, refresh_token: str) -> SignedIn:
    """Exchange a refresh token for new tokens."""
    return await actions.refresh(parts.db, parts.tokens, parts.sessions, refresh_token)


async def sign_out(parts: Parts, refresh_token: str) -> None:
    """End the session of a refresh token. A token that is not valid is not an error."""
    await actions.sign_out(parts.db, parts.tokens, parts.sessions, refresh_token)


async def update_profile(viewer: Viewer, changes: Changes) -> User | None:
    """Change the viewer's profile, all of it or nothing."""
    viewer_id = viewer.require_id()
    await profile.update_profile(await viewer.writable(), viewer_id, changes)
    viewer.forget()
    return await viewer.users.by_id.load(viewer_id)


async def deactivate_account(viewer: Viewer, password: str) -> None:
    """Hide the viewer's account and end all of its sessions. Raises RateLimited too."""
    parts, db = viewer.parts, await viewer.writable()
    await profile.deactivate(db, parts.passwords, parts.limits, parts.sessions, viewer.require_id(), password)


async def delete_account(viewer: Viewer, password: str) -> None:
    """Delete the viewer's account and end all of its sessions. Raises RateLimited too."""
    parts, db = viewer.parts, await viewer.writable()
    await profile.delete(db, parts.passwords, parts.limits, parts.sessions, viewer.require_id(), password)
