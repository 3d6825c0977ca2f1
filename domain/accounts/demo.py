"""The accounts of the demo world, whose password is public: they must not exist where a server is public."""

from clients.postgres import Queries

USERNAMES = ("ada", "grace", "hedy", "jun", "luis", "mary", "noor", "tomas")
EMAILS = frozenset(f"{username}@example.com" for username in USERNAMES)
"""Nobody else has them: nobody receives mail at example.com (RFC 2606)."""


async def found(db: Queries) -> list[str]:
    """The usernames of the demo accounts in the database; a deactivated one counts, since signing in activates it."""
    records = await db.fetch(
        "SELECT username FROM users WHERE email = ANY($1) AND status <> 'DELETED' ORDER BY username", list(EMAILS)
    )
    return [record[0] for record in records]
