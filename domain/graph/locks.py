"""Locks on relationships: a write that depends on one happens only while it is as the viewer saw it."""

from collections.abc import Sequence
from typing import Protocol

from clients.postgres import Connection
from domain.graph.rows import Relationship


class Related(Protocol):
    """A user with the relationship between the viewer and that user, as they were read."""

    @property
    def id(self) -> int:
        """The user."""

    @property
    def relationship(self) -> Relationship:
        """The relationship between the viewer and the user."""


class RelationshipChanged(Exception):
    """The relationship is not what it was when the write was decided on. Read it again and decide again."""


LOCK_SQL = "SELECT hold($1, $2, $3, $4) AS held"
"""Locks the pairs of the viewer $1 and each of the users $2; whether their relationships are $3 and $4 (`lock_args`).

Each block and each change of a follow takes the lock of the pair, so none happens until the transaction ends. Use it
in a CTE that is MATERIALIZED."""


def lock_args(viewer_id: int, users: Sequence[Related]) -> tuple[int, list[int], list[int], list[int]]:
    """The arguments of LOCK_SQL."""
    return (
        viewer_id,
        [user.id for user in users],
        [user.relationship.by_viewer for user in users],
        [user.relationship.of_viewer for user in users],
    )


async def lock_relationships(tx: Connection, viewer_id: int, *users: Related) -> None:
    """Keep the relationships between the viewer and `users` unchanged until `tx` ends. Raises RelationshipChanged."""
    if not await tx.fetchval(LOCK_SQL, *lock_args(viewer_id, users)):
        raise RelationshipChanged
