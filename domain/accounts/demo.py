"""The accounts of the demo world. Their password is public, so a public server must not have them."""

from clients.postgres import Queries

USERNAMES = ("ada", "grace", "hedy", "jun", "luis", "mary", "noor", "tomas")
EMAILS = frozenset(f"{username}@example.com" for username in USERNAMES)
"""No real account has these addresses: example.com receives no mail (RFC 2606)."""


async def found(db: Queries) -> list[str]:
    """The usernames of the demo accounts in the database; a deactivated one counts, since signing in activates it."""
    records = await db.fetch(
        "SELECT username FROM users WHERE email = ANY($1) AND status <> 'DELETED' ORDER BY username", list(EMAILS)
    )
    return [record[0] for record in records]
