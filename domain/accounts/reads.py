"""People, by what a client knows of them."""

from collections.abc import Sequence

from clients.postgres import Queries
from domain.accounts.rows import COLUMNS, USERNAME, User
from domain.rows import by_id, from_record


async def users(db: Queries, ids: Sequence[int]) -> list[User | None]:
    """The people with these ids, in their order; None where there is nobody."""
    records = await db.fetch(f"SELECT {COLUMNS} FROM users WHERE id = ANY($1)", ids)
    found = by_id([from_record(User, record) for record in records])
    return [found.get(id) for id in ids]


async def user_ids(db: Queries, usernames: Sequence[str]) -> list[int]:
    """The ids of the people with these names, in any case of letters; 0 where there is nobody."""
    names = [name.lower() for name in usernames]
    possible = [name for name in names if USERNAME.fullmatch(name)]
    records = await db.fetch("SELECT id, username FROM users WHERE username = ANY($1)", possible)
    found = {record["username"]: record["id"] for record in records}
    return [found.get(name, 0) for name in names]


async def emails(db: Queries, ids: Sequence[int]) -> list[str | None]:
    """The addresses of these people: each for its owner's eyes only."""
    records = await db.fetch("SELECT id, email FROM users WHERE id = ANY($1)", ids)
    found = {record["id"]: record["email"] for record in records}
    return [found.get(id) for id in ids]
