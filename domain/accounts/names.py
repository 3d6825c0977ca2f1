"""Usernames: their rules, and the 14 days for which a former username is reserved for its owner."""

import hashlib
from datetime import timedelta

from clients.postgres import Connection, Database
from domain.accounts.rows import USERNAME
from kit import ids
from kit.errors import mistake
from kit.text import Mistakes

RETENTION = timedelta(days=14)

RESERVED = frozenset(
    """
    about abuse account accounts admin administrator ads all anonymous api app apps archive audit auth backup
    billing blog bot careers cdn comments community config contact create data deactivated default delete deleted
    demo dev direct docs download edit email error everyone explore favicon.ico feed feedback follow followers
    following graphiql graphql guest health healthz heliograph help home hostmaster http https image images inbox
    info install invite jobs legal live local localhost location locations login logout mail me media mentions
    messages mod moderator moderators nobody noreply notification notifications null oauth official ops owner
    pages password payments photo photos policy post postmaster posts press pricing privacy profile public readyz
    register robots.txt root rss safety sales search secure security self services session sessions settings setup
    shop signin signout signup sitemap.xml ssl staff static status stories story subscribe subscriptions superuser
    support sysadmin system tag tags team terms test tests token tokens trust undefined unknown unsubscribe update
    upload uploads user username users verified verify video videos web webmaster www you
    """.split()  # noqa: SIM905
)


def check(mistakes: Mistakes, username: str, *field: str, current: str | None = None) -> str:
    """Return the name in lower case, and note problems with it.

    A `current` name is valid, whatever rules it was made under.
    """
    name = username.strip().lower()
    if name == current:
        return name
    if not USERNAME.fullmatch(name):
        mistakes.add(
            "INVALID", "Invalid username: expected 1 to 30 letters (a-z), digits, dots and underscores.", *field
        )
    elif name in RESERVED or not name.strip("._"):
        mistakes.add("NOT_ALLOWED", "This username is reserved. Choose another one.", *field)
    elif name.startswith(".") or name.endswith(".") or ".." in name:
        mistakes.add("INVALID", "A username cannot begin or end with a dot, or contain two dots in a row.", *field)
    return name


async def hold(tx: Connection, *names: str) -> None:
    """Lock these names against other users until `tx` ends. Call this before a name is claimed or given up."""
    for digest in sorted(map(_digest, names)):
        await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", digest)


async def claim(tx: Connection, name: str, user_id: int | None, *field: str) -> None:
    """Raise UserErrors: TAKEN if another user had `name` recently. The caller has locked the name."""
    digest = _digest(name)
    if await tx.fetchval(
        "SELECT true FROM former_usernames WHERE digest = $1 AND free_at > now() AND user_id IS DISTINCT FROM $2",
        digest,
        user_id,
    ):
        raise mistake("TAKEN", "This username is already in use. Choose another one.", *field)


async def give_up(tx: Connection, name: str, user_id: int, *, owner: int | None) -> None:
    """Release `name`, which the caller has locked, from `user_id`; only `owner` can take it for 14 days."""
    digest = _digest(name)
    await tx.execute(
        """
        INSERT INTO former_usernames (id, digest, user_id, free_at) VALUES (next_id($1), $2, $3, now() + $4)
        ON CONFLICT (digest) DO UPDATE SET user_id = excluded.user_id, free_at = excluded.free_at
        """,
        ids.shard_of(user_id),
        digest,
        owner,
        RETENTION,
    )


async def forget_old(db: Database) -> None:
    """Delete reservations of names that have expired."""
    await db.execute("DELETE FROM former_usernames WHERE free_at < now()")


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
