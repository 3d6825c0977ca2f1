"""Follow, block, mute: how users change their relationships.

Each action takes the other user as the viewer saw them. If the relationship has changed since, the action does nothing
and raises RelationshipChanged. All are idempotent. They return the new follower count of that user, or None if it is
unchanged.
"""

from clients.postgres import Connection, Database
from domain import counters, events
from domain.accounts.rows import User
from domain.counters import Count
from domain.graph.locks import lock_relationships
from domain.graph.rows import Kind
from kit import ids
from kit.errors import mistake

_FOLLOW = Kind.FOLLOW | Kind.REQUEST | Kind.STORY_NOTIFICATIONS  # they end together
_BONDS = _FOLLOW | Kind.CLOSE_FRIEND


async def follow(db: Database, viewer_id: int, user: User) -> int | None:
    """Follow a user, or request to if their account is private. Raises UserErrors: NOT_ALLOWED."""
    _not_oneself(user, "follow yourself")
    if user.viewer_has_blocked:
        raise mistake("NOT_ALLOWED", "You have blocked this user. Unblock them first.", "userId")
    async with db.acquire() as tx, tx.transaction():
        await lock_relationships(tx, viewer_id, user)
        if user.relationship.by_viewer & Kind.FOLLOW:
            return None
        # Read again: an account that has become private meanwhile gets a request.
        private = await tx.fetchval("SELECT is_private FROM users WHERE id = $1", user.id)
        kind = Kind.REQUEST if private else Kind.FOLLOW
        await _change(tx, viewer_id, user.id, user.relationship.by_viewer, add=kind, remove=Kind.FOLLOW | Kind.REQUEST)
        return await counters.now(tx, "user.followers", user.id, 1) if kind == Kind.FOLLOW else None


async def unfollow(db: Database, viewer_id: int, user: User) -> int | None:
    """Unfollow a user, or withdraw the request."""
    async with db.acquire() as tx, tx.transaction():
        await lock_relationships(tx, viewer_id, user)
        by_viewer = user.relationship.by_viewer
        await _change(tx, viewer_id, user.id, by_viewer, remove=_FOLLOW)
        return await counters.now(tx, "user.followers", user.id, -1) if by_viewer & Kind.FOLLOW else None


async def accept(db: Database, viewer_id: int, user: User) -> int | None:
    """Accept a user's follow request. Raises UserErrors: NOT_FOUND."""
    async with db.acquire() as tx, tx.transaction():
        await lock_relationships(tx, viewer_id, user)
        of_viewer = user.relationship.of_viewer
        if of_viewer & Kind.REQUEST:
            await _change(tx, user.id, viewer_id, of_viewer, add=Kind.FOLLOW, remove=Kind.REQUEST, accepted=True)
        elif not of_viewer & Kind.FOLLOW:
            raise mistake("NOT_FOUND", "This user has not asked to follow you.", "userId")
        return None


async def accept_all(db: Database, user_id: int, limit: int = 100) -> bool:
    """Accept the next batch of follow requests, unless the account is private. Returns False if none is left."""
    waiting = await db.fetch(
        f"""
        SELECT r.from_id FROM relations r JOIN users u ON u.id = r.to_id
        WHERE r.to_id = $1 AND r.kind = {Kind.REQUEST:d} AND NOT u.is_private ORDER BY r.id LIMIT $2
        """,
        user_id,
        limit,
    )
    for record in waiting:
        async with db.acquire() as tx, tx.transaction():
            from_id = record["from_id"]
            await tx.execute("SELECT hold($1, ARRAY[$2::bigint], '{0}', '{0}')", from_id, user_id)
            if await tx.fetchval("SELECT is_private FROM users WHERE id = $1 FOR SHARE", user_id):
                return False
            before = await tx.fetchval(
                "SELECT bit_or(kind) FROM relations WHERE from_id = $1 AND to_id = $2", from_id, user_id
            )
            if before and before & Kind.REQUEST:
                await _change(tx, from_id, user_id, before, add=Kind.FOLLOW, remove=Kind.REQUEST, accepted=True)
    return bool(waiting)


async def decline(db: Database, viewer_id: int, user: User) -> int | None:
    """Decline a user's follow request; they are not notified."""
    async with db.acquire() as tx, tx.transaction():
        await lock_relationships(tx, viewer_id, user)
        await _change(tx, user.id, viewer_id, user.relationship.of_viewer, remove=Kind.REQUEST)
        return None


async def remove_follower(db: Database, viewer_id: int, user: User) -> int | None:
    """Remove a follower of the viewer; they are not notified."""
    async with db.acquire() as tx, tx.transaction():
        await lock_relationships(tx, viewer_id, user)
        await _change(tx, user.id, viewer_id, user.relationship.of_viewer, remove=_FOLLOW)
        return None


async def block(db: Database, viewer_id: int, user: User) -> int | None:
    """Block a user: follows, requests, story notifications and close friendship end in both directions.

    Raises UserErrors: NOT_ALLOWED.
    """
    _not_oneself(user, "block yourself")
    async with db.acquire() as tx, tx.transaction():
        await lock_relationships(tx, viewer_id, user)
        by_viewer, of_viewer = user.relationship.by_viewer, user.relationship.of_viewer
        await _change(tx, viewer_id, user.id, by_viewer, add=Kind.BLOCK, remove=_BONDS)
        await _change(tx, user.id, viewer_id, of_viewer, remove=_BONDS)
        return await counters.now(tx, "user.followers", user.id, -1) if by_viewer & Kind.FOLLOW else None


async def unblock(db: Database, viewer_id: int, user: User) -> int | None:
    """Unblock a user. Relationships that the block ended are not restored."""
    async with db.acquire() as tx, tx.transaction():
        await lock_relationships(tx, viewer_id, user)
        await _change(tx, viewer_id, user.id, user.relationship.by_viewer, remove=Kind.BLOCK)
        return None


async def mute(db: Database, viewer_id: int, user: User) -> int | None:
    """Mute a user; they are not notified. Raises UserErrors: NOT_ALLOWED."""
    _not_oneself(user, "mute yourself")
    await _set(db, viewer_id, user, Kind.MUTE, on=True)
    return None


async def unmute(db: Database, viewer_id: int, user: User) -> int | None:
    """Unmute a user."""
    await _set(db, viewer_id, user, Kind.MUTE, on=False)
    return None


async def set_close_friend(db: Database, viewer_id: int, user: User, *, is_close_friend: bool) -> int | None:
    """Add or remove a close friend of the viewer; they are not notified. Raises UserErrors: NOT_ALLOWED."""
    _not_oneself(user, "add yourself to your close-friends list")
    if is_close_friend and user.viewer_has_blocked:
        raise mistake("NOT_ALLOWED", "You have blocked this user. Unblock them first.", "userId")
    await _set(db, viewer_id, user, Kind.CLOSE_FRIEND, on=is_close_friend)
    return None


async def set_story_notifications(db: Database, viewer_id: int, user: User, *, enabled: bool) -> int | None:
    """Turn notifications of a followee's stories on or off; they are not notified.

    Raises UserErrors: NOT_ALLOWED.
    """
    _not_oneself(user, "turn on story notifications for yourself")
    if enabled and not user.relationship.by_viewer & Kind.FOLLOW:
        raise mistake("NOT_ALLOWED", "You do not follow this user. Follow them first.", "userId")
    await _set(db, viewer_id, user, Kind.STORY_NOTIFICATIONS, on=enabled)
    return None


async def _set(db: Database, viewer_id: int, user: User, kind: Kind, *, on: bool) -> None:
    """Set or remove one kind of relationship to a user that changes no follower count."""
    async with db.acquire() as tx, tx.transaction():
        await lock_relationships(tx, viewer_id, user)
        add, remove = (kind, 0) if on else (0, kind)
        await _change(tx, viewer_id, user.id, user.relationship.by_viewer, add=add, remove=remove)


def _not_oneself(user: User, verb: str) -> None:
    if user.relationship.is_viewer:
        raise mistake("NOT_ALLOWED", f"You cannot {verb}.", "userId")


async def _change(
    tx: Connection, from_id: int, to_id: int, before: int, *, add: int = 0, remove: int = 0, accepted: bool = False
) -> None:
    """Change the relationship of one user to another, and record events. The pair is locked and is as `before`."""
    gone, made = before & remove & ~add, add & ~before
    counted = 0
    if gone:
        records = await tx.fetch(
            """
            DELETE FROM relations WHERE from_id = $1 AND to_id = $2 AND kind & $3 <> 0 RETURNING kind, is_counted
            """,
            from_id,
            to_id,
            gone,
        )
        counted -= sum(record["kind"] == Kind.FOLLOW and record["is_counted"] for record in records)
    if made:
        # The user who sent the request may have deactivated their account meanwhile.
        is_counted = await tx.fetchval(
            """
            INSERT INTO relations (id, from_id, to_id, kind, is_counted)
            SELECT next_id($1), $2, $3, $4, NOT EXISTS (
                SELECT FROM users WHERE id IN ($2, $3) AND status <> 'ACTIVE'
            ) RETURNING is_counted
            """,
            ids.shard_of(from_id),
            from_id,
            to_id,
            made,
        )
        counted += made == Kind.FOLLOW and is_counted
    if (gone | made) & (Kind.FOLLOW | Kind.REQUEST | Kind.MUTE):
        await events.record(tx, events.FollowChanged(from_id, to_id, accepted), from_id)
    if counted:
        counts = (Count("user.following", from_id, counted), Count("user.followers", to_id, counted))
        await counters.count(tx, from_id, *counts)
