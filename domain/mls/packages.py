"""Key packages (RFC 9420 section 10): published by a device, each used once."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from clients.postgres import Connection, Database, Queries
from domain import privacy
from domain.accounts.rows import User
from domain.graph.locks import lock_relationships
from domain.limits import Budget, Limits
from domain.mls import members
from domain.mls.devices import COLUMNS, identity
from domain.mls.rows import Claimed, Device, Invited
from kit import ids
from kit.errors import RateLimited, mistake
from kit.mls import KeyPackage, Malformed, read_key_package
from kit.text import Mistakes

BUDGETS = {"mlsKeyPackages": Budget(240, per=3600)}
"""The rate limit of key packages of one user, over all claimants."""
MAX_PACKAGES = 100
MAX_BYTES = 4 * 1024
BATCH_SIZE = 1000


async def publish(db: Database, device: Device, packages: Sequence[bytes], now: datetime) -> None:
    """Store key packages of the viewer's device; a last resort replaces the previous one. Idempotent.

    Raises UserErrors: INVALID for a package that other clients would refuse, TOO_LONG, TOO_MANY.
    """
    if len(packages) > MAX_PACKAGES:
        raise mistake("TOO_MANY", f"Too many key packages (limit: {MAX_PACKAGES} for a device).", "keyPackages")
    # Each takes 0.3 ms: too long for the event loop.
    found = await asyncio.to_thread(_checked, device, packages, now)
    async with db.acquire() as tx, tx.transaction():
        await _keep(tx, device, found, now)


def _checked(device: Device, packages: Sequence[bytes], now: datetime) -> list[tuple[KeyPackage, bytes]]:
    mistakes, found = Mistakes(), []
    for place, content in enumerate(packages):
        field = ("keyPackages", str(place))
        if len(content) > MAX_BYTES:
            mistakes.add("TOO_LONG", f"A key package may have at most {MAX_BYTES:,} bytes.", *field)
            continue
        try:
            package = read_key_package(content, now)
        except Malformed as error:
            mistakes.add("INVALID", str(error), *field)
            continue
        if package.signature_key != device.signature_key:
            mistakes.add("INVALID", "The signature key of the key package is not the key of the device.", *field)
        if package.identity != identity(device):
            mistakes.add(
                "INVALID", "The identity in the credential of the key package is not that of the device.", *field
            )
        found.append((package, content))
    if sum(package.is_last_resort for package, _ in found) > 1:
        mistakes.add("TOO_MANY", "Only one of the key packages can be a last-resort package.", "keyPackages")
    mistakes.check()
    return found


async def _keep(tx: Connection, device: Device, packages: Sequence[tuple[KeyPackage, bytes]], now: datetime) -> None:
    if await tx.fetchval("UPDATE mls_devices SET seen_at = now() WHERE id = $1 RETURNING true", device.id) is None:
        raise mistake("NOT_FOUND", "You have no device with this ID.", "deviceId")
    known = await tx.fetch(
        "SELECT ref FROM mls_key_packages WHERE ref = ANY($1)", [package.ref for package, _ in packages]
    )
    refs = {record["ref"] for record in known}
    new = [(package, content) for package, content in packages if package.ref not in refs]
    if any(package.is_last_resort for package, _ in new):
        await tx.execute("DELETE FROM mls_key_packages WHERE device_id = $1 AND is_last_resort", device.id)
    await tx.executemany(
        """
        INSERT INTO mls_key_packages (id, device_id, ref, content, is_last_resort, not_after)
        VALUES (next_id($1), $2, $3, $4, $5, $6) ON CONFLICT (ref) DO NOTHING
        """,
        [
            (ids.shard_of(device.id), device.id, package.ref, content, package.is_last_resort, package.not_after)
            for package, content in new
        ],
    )
    kept = await tx.fetchval(
        "SELECT count(*) FROM mls_key_packages WHERE device_id = $1 AND claimed_for IS NULL AND not_after > $2",
        device.id,
        now,
    )
    if kept > MAX_PACKAGES:
        raise mistake("TOO_MANY", f"Too many key packages (limit: {MAX_PACKAGES} for a device).", "keyPackages")


# The devices of $1 that are not in the group $2. What was claimed for a group and is not used yet is given again: a
# retry costs no package. SKIP LOCKED gives two who ask at the same time two packages.
_CLAIM = f"""
WITH wanted AS MATERIALIZED (
    SELECT {COLUMNS} FROM mls_devices d WHERE user_id = $1
    AND NOT EXISTS (SELECT FROM mls_members WHERE group_id = $2 AND device_id = d.id)
),
chosen AS MATERIALIZED (
    SELECT p.id FROM wanted w CROSS JOIN LATERAL (
        SELECT id FROM mls_key_packages
        WHERE device_id = w.id AND NOT is_last_resort AND content IS NOT NULL AND not_after > $3
        AND (claimed_for = $2 OR ($4 AND claimed_for IS NULL))
        ORDER BY claimed_for NULLS LAST, id LIMIT 1 FOR UPDATE SKIP LOCKED
    ) p
),
claimed AS (
    UPDATE mls_key_packages k SET claimed_for = $2 FROM chosen c WHERE k.id = c.id RETURNING k.device_id, k.content
)
SELECT d.*, coalesce(c.content, (
    SELECT content FROM mls_key_packages WHERE device_id = d.id AND is_last_resort AND not_after > $3
)) AS content
FROM wanted d LEFT JOIN claimed c ON c.device_id = d.id ORDER BY d.id"""


async def claim(
    db: Database, limits: Limits, viewer_id: int, user: User, group_id: int, now: datetime
) -> list[Claimed]:
    """Claim a key package of each device of `user` that is not in the group: an unused one, else the last resort.

    Devices without packages are left out. Above the rate limit only last resorts are returned; RateLimited is raised if
    there is none. Raises UserErrors (NOT_FOUND) and `RelationshipChanged`.
    """
    if not privacy.can_interact(user):
        raise mistake("NOT_FOUND", "The user does not exist, or you cannot see them.", "userId")
    spent = None
    try:
        await limits.spend("mlsKeyPackages", str(user.id))
    except RateLimited as error:
        spent = error
    async with db.acquire() as tx, tx.transaction():
        await lock_relationships(tx, viewer_id, user)
        if viewer_id not in await members.people(tx, group_id):
            raise mistake("NOT_FOUND", "You have no device in a group with this ID.", "groupId")
        records = await tx.fetch(_CLAIM, user.id, group_id, now, spent is None)
    found = [Claimed(Device(*columns), content) for *columns, content in records if content is not None]
    if spent and records and not found:
        raise spent
    return found


async def invited(db: Queries, group_id: int, refs: Sequence[bytes]) -> list[Invited]:
    """Return the users whom these packages add to the group: packages claimed for it and not used yet.

    In a transaction, they stay unused until it ends.
    """
    records = await db.fetch(
        """
        SELECT k.id AS package_id, d.id AS device_id, d.user_id FROM mls_key_packages k
        JOIN mls_devices d ON d.id = k.device_id
        WHERE k.ref = ANY($2) AND (k.is_last_resort OR k.claimed_for = $1) AND k.content IS NOT NULL
        ORDER BY d.id, k.id FOR NO KEY UPDATE OF k
        """,
        group_id,
        refs,
    )
    return [Invited(**record) for record in records]


async def use(tx: Connection, invited: Sequence[Invited]) -> None:
    """Mark the packages as used; their content is deleted."""
    await tx.execute(
        "UPDATE mls_key_packages SET content = NULL WHERE id = ANY($1) AND NOT is_last_resort",
        [each.package_id for each in invited],
    )


async def counts(db: Queries, device_ids: Sequence[int], now: datetime) -> dict[int, int]:
    """Return the number of packages of each device, without the last resort; devices without packages are missing."""
    records = await db.fetch(
        """
        SELECT device_id, count(*) FROM mls_key_packages
        WHERE device_id = ANY($1) AND claimed_for IS NULL AND NOT is_last_resort AND not_after > $2 GROUP BY 1
        """,
        device_ids,
        now,
    )
    return {record[0]: record[1] for record in records}


async def forget_old(db: Database, now: datetime) -> bool:
    """Delete packages that have no use any more at `now`, 1,000 at a time. Returns True if there may be more."""
    status: str = await db.execute(
        """
        DELETE FROM mls_key_packages WHERE id = ANY(ARRAY(
            SELECT id FROM mls_key_packages WHERE not_after < $1 ORDER BY not_after LIMIT $2
        ))
        """,
        now,
        BATCH_SIZE,
    )
    return int(status.split()[-1]) == BATCH_SIZE
