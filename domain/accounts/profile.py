"""The account of the viewer: its profile, deactivation and deletion."""

from datetime import timedelta

import asyncpg
import msgspec

from clients.postgres import Connection, Database
from domain import events, jobs
from domain.accounts import avatars, names
from domain.accounts.actions import MAX_NAME
from domain.accounts.passwords import Passwords
from domain.accounts.sessions import Sessions
from domain.jobs import JobKind
from domain.limits import Limits
from domain.media.actions import mark_used
from domain.push import actions as push
from kit.errors import mistake
from kit.text import Mistakes

MAX_BIO = 150
UNSET = msgspec.UNSET


class Changes(msgspec.Struct, frozen=True):
    """Changes to a profile. UNSET leaves a field unchanged, None clears it."""

    username: str | msgspec.UnsetType | None = UNSET
    display_name: str | msgspec.UnsetType | None = UNSET
    bio: str | msgspec.UnsetType | None = UNSET
    is_private: bool | msgspec.UnsetType | None = UNSET
    avatar_upload_id: int | msgspec.UnsetType | None = UNSET


async def update_profile(db: Database, viewer_id: int, changes: Changes) -> None:
    """Change the viewer's profile, all of it or nothing. Raises UserErrors.

    An avatar is shown when its upload is READY. When the account becomes public, a job accepts its pending requests.
    """
    mistakes = Mistakes()
    values: dict[str, object] = {}
    username = None
    if changes.username is None:
        mistakes.add("REQUIRED", "The username cannot be null.", "username")
    elif changes.username is not UNSET:
        current = await db.fetchval("SELECT username FROM users WHERE id = $1", viewer_id)
        username = values["username"] = names.check(mistakes, str(changes.username), "username", current=current)
    if changes.display_name is not UNSET:
        given = changes.display_name or None
        values["display_name"] = mistakes.name(given, "The display name", MAX_NAME, "displayName")
    if changes.bio is not UNSET:
        values["bio"] = mistakes.text(changes.bio or None, "The bio", MAX_BIO, "bio")
    if changes.is_private is None:
        mistakes.add("REQUIRED", "`isPrivate` cannot be null. Send true or false.", "isPrivate")
    elif changes.is_private is not UNSET:
        values["is_private"] = changes.is_private
    mistakes.check()
    try:
        async with db.acquire() as tx, tx.transaction():
            avatar = changes.avatar_upload_id
            if isinstance(avatar, int):
                [kind] = await mark_used(tx, viewer_id, [avatar], lambda _: ("avatarUploadId",))
                if kind != "PHOTO":
                    raise mistake("INVALID", "The profile picture must be a photo.", "avatarUploadId")
            if avatar is None:
                await avatars.discard_all(tx, viewer_id)
                values["avatar"] = None
            await _write(tx, viewer_id, username, values)
            if isinstance(avatar, int):
                await avatars.attach(tx, viewer_id, avatar)
    except asyncpg.UniqueViolationError as error:
        if "username" not in (error.constraint_name or ""):
            raise
        raise mistake("TAKEN", "This username is already in use. Choose another one.", "username") from None


async def _write(tx: Connection, viewer_id: int, username: str | None, values: dict[str, object]) -> None:
    before = await tx.fetchrow("SELECT username, is_private FROM users WHERE id = $1 FOR NO KEY UPDATE", viewer_id)
    if before is None:
        raise mistake("NOT_FOUND", "Your account no longer exists.")
    if username is not None and username != before["username"]:
        await names.hold(tx, username, before["username"])
        await names.claim(tx, username, viewer_id, "username")
        await names.give_up(tx, before["username"], viewer_id, owner=viewer_id)
    if values.get("display_name") == "":
        values["display_name"] = username or before["username"]
    if values:
        columns = ", ".join(f"{column} = ${n}" for n, column in enumerate(values, 2))
        await tx.execute(f"UPDATE users SET {columns} WHERE id = $1", viewer_id, *values.values())
    if before["is_private"] and values.get("is_private") is False:
        await jobs.enqueue(tx, JobKind.ACCEPT_REQUESTS, viewer_id)
    if values.get("is_private", before["is_private"]) != before["is_private"]:
        await jobs.enqueue(tx, JobKind.LIST_TAGGINGS, viewer_id)
    if values.keys() & {"username", "display_name", "is_private"}:
        await events.record(tx, events.PersonChanged(viewer_id), viewer_id)


async def deactivate(
    db: Database, passwords: Passwords, limits: Limits, sessions: Sessions, viewer_id: int, password: str
) -> None:
    """Hide the viewer's account from all users until the next sign-in. Raises UserErrors, RateLimited."""
    await _prove(db, passwords, limits, viewer_id, password)
    async with db.acquire() as tx, tx.transaction():
        await tx.execute("UPDATE users SET status = 'DEACTIVATED' WHERE id = $1 AND status = 'ACTIVE'", viewer_id)
        ended = await _end_sessions(tx, viewer_id)
        await jobs.enqueue(tx, JobKind.LIST_TAGGINGS, viewer_id)
        await jobs.enqueue(tx, JobKind.COUNT_ACTIVITY, viewer_id)
        await events.record(tx, events.PersonChanged(viewer_id), viewer_id)
    await sessions.end(ended)


async def delete(
    db: Database, passwords: Passwords, limits: Limits, sessions: Sessions, viewer_id: int, password: str
) -> None:
    """Hide the viewer's account permanently, and enqueue its erasure. Raises UserErrors, RateLimited."""
    await _prove(db, passwords, limits, viewer_id, password)
    async with db.acquire() as tx, tx.transaction():
        await tx.execute("UPDATE users SET status = 'DELETED' WHERE id = $1", viewer_id)
        ended = await _end_sessions(tx, viewer_id)
        await jobs.enqueue(tx, JobKind.WITHDRAW_MEDIA, viewer_id, grace=timedelta())
        await jobs.enqueue(tx, JobKind.ERASE_ACCOUNT, viewer_id)
        await events.record(tx, events.PersonChanged(viewer_id), viewer_id)
    await sessions.end(ended)


async def _prove(db: Database, passwords: Passwords, limits: Limits, viewer_id: int, password: str) -> None:
    """Check the password: a stolen token is not enough. Has the same rate limit as failed sign-ins.

    An attempt whose password could not be checked does not count.
    """
    who = f"id {viewer_id}"
    await limits.spend("signInFailures", who)
    try:
        hash = await db.fetchval("SELECT password_hash FROM users WHERE id = $1", viewer_id)
        verdict = await passwords.verify(hash, password[:1000], known=True)
    except Exception:
        await limits.refund("signInFailures", who)
        raise
    if not verdict.is_right:
        raise mistake("WRONG_CREDENTIALS", "The password is incorrect.", "password")
    await limits.refund("signInFailures", who)


async def _end_sessions(tx: Connection, user_id: int) -> list[int]:
    ended = await tx.fetch(
        "UPDATE sessions SET ended_at = now() WHERE user_id = $1 AND ended_at IS NULL RETURNING id", user_id
    )
    await push.forget_person(tx, user_id)
    return [record["id"] for record in ended]
