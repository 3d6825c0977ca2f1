"""Candidates for a query: ids, from the engine, or where that is away from PostgreSQL by their beginnings.

Who may see what is not decided here: whatever is shown passes the loaders, and people `shown_people`.
"""

import asyncio
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from clients.postgres import Queries
from clients.search import Hits, Index, Query, SearchAway, SearchEngine
from domain.accounts.rows import User
from domain.entities import hashtag_name
from domain.graph import reads as graph
from domain.graph.rows import Kind
from domain.search.documents import PUBLIC, hashtag_label
from domain.search.wording import Match, Wording, best, match
from kit import ids
from kit.counted_log import CountedLog
from kit.cursor import Position

log = logging.getLogger(__name__)

MAX_FOUND = 200
"""How many of a kind are found for one query."""
LOOKED_AT = 500
"""How many matching people are looked through for those whom the viewer follows."""
MAX_PLACE = 2**63 - 1

FRIENDS = 50
"""How many of those whom the viewer follows are asked whom they follow, the last followed first."""
FRIENDS_OF = 24
"""For how many people that is asked."""


class Finder:
    """Finds candidates with `engine`; without, or where it is away, in PostgreSQL."""

    def __init__(self, db: Queries, engine: SearchEngine | None) -> None:
        self._db = db
        self._engine = engine
        self._away = CountedLog(log, "the search engine was away for %d searches within a second")

    async def _find(self, query: Query) -> Hits | None:
        """The hits; None where the engine is away."""
        if self._engine is None:
            return None
        try:
            return await self._engine.find(query)
        except SearchAway:
            self._away.note()
            return None

    async def _ids(self, query: Query) -> list[int]:
        hits = await self._find(query)
        return hits.ids if hits else []

    async def _named(self, index: Index, name: str) -> list[int]:
        """What has exactly this name, which many with more followers may begin with."""
        return await self._ids(Query(index, (), whole=name, limit=1)) if name else []

    async def people(self, viewer_id: int, wording: Wording, limit: int) -> list[int]:
        """At most `limit` people, and the user with exactly this username.

        Also the viewer and users the viewer follows, private accounts too, among LOOKED_AT more matches.
        """
        looked_at = LOOKED_AT if viewer_id else limit
        named, hits, private = await asyncio.gather(
            self._named("people", wording.username),
            self._find(_query("people", wording, limit=looked_at)),
            self._ids(_query("people", wording, limit=looked_at, is_restricted=True)) if viewer_id else _nobody(),
        )
        if hits is None:
            return await self._people_by_name(wording, limit)
        found, others = [*named, *hits.ids[:limit]], [*hits.ids[limit:], *private]
        if viewer_id:
            found += [viewer_id] if viewer_id in others else []
            found += await self._followed(viewer_id, others)
        return list(dict.fromkeys(found))

    async def _followed(self, viewer_id: int, wanted: Sequence[int]) -> list[int]:
        if not wanted:
            return []
        records = await self._db.fetch(
            f"""
            SELECT to_id FROM relations WHERE from_id = $1 AND kind = {Kind.FOLLOW:d} AND to_id = ANY($2) LIMIT $3
            """,
            viewer_id,
            wanted,
            MAX_FOUND,
        )
        return [record["to_id"] for record in records]

    async def friends(self, viewer_id: int, wanted: Sequence[int], each: int = 1) -> dict[int, list[int]]:
        """For each of these people, up to `each` of those whom the viewer followed last and who follow them.

        A probe for each pair, OFFSET 0 sees to that: as a join it may be planned as a look at all followers of a star.
        """
        if not viewer_id or not wanted:
            return {}
        records = await self._db.fetch(
            f"""
            WITH friends AS MATERIALIZED (
                SELECT to_id FROM relations WHERE from_id = $1 AND kind = {Kind.FOLLOW:d} ORDER BY id DESC LIMIT $3
            )
            SELECT wanted.id, ARRAY(
                SELECT f.to_id FROM friends f CROSS JOIN LATERAL (
                    SELECT FROM relations
                    WHERE from_id = f.to_id AND to_id = wanted.id AND kind = {Kind.FOLLOW:d} OFFSET 0
                ) r LIMIT $4
            ) AS by FROM unnest($2::bigint[]) AS wanted(id)
            """,
            viewer_id,
            wanted,
            FRIENDS,
            each,
        )
        return {record["id"]: list(record["by"]) for record in records}

    async def _people_by_name(self, wording: Wording, limit: int) -> list[int]:
        records = await self._db.fetch(
            """
            SELECT id, follower_count FROM users
            WHERE username LIKE $1 AND status = 'ACTIVE' AND (NOT is_private OR username = $2) LIMIT $3
            """,
            _beginning(wording.username or wording.joined),
            wording.username,
            LOOKED_AT,
        )
        return [id for _, id in sorted((-record["follower_count"], record["id"]) for record in records)][:limit]

    async def hashtags(self, wording: Wording, limit: int) -> list[int]:
        """Hashtags: the very one, then the most used."""
        named, hits = await asyncio.gather(
            self._named("hashtags", hashtag_name(wording.text) or ""),
            self._find(_query("hashtags", wording, limit=limit)),
        )
        if hits is not None:
            return list(dict.fromkeys([*named, *hits.ids]))
        records = await self._db.fetch(
            "SELECT id, post_count FROM hashtags WHERE name LIKE $1 AND post_count > 0 LIMIT $2",
            _beginning(hashtag_name(wording.text) or wording.joined),
            LOOKED_AT,
        )
        return [id for _, id in sorted((-record["post_count"], record["id"]) for record in records)][:limit]

    async def places(self, wording: Wording, limit: int) -> list[int]:
        """Places, the most used first; none while the engine is away."""
        return await self._ids(_query("places", wording, limit=limit))

    async def visible_places(self, viewer_id: int, wanted: Sequence[int]) -> list[int]:
        """Those of these places from which there is a post that strangers may see, by nobody across a block."""
        records = await self._db.fetch(
            f"""
            WITH blocks AS MATERIALIZED (SELECT ARRAY({graph.across_block("$1")}) AS people)
            SELECT wanted.id FROM unnest($2::bigint[]) WITH ORDINALITY AS wanted(id, rank) WHERE EXISTS (
                SELECT FROM posts p JOIN users u ON u.id = p.author_id WHERE p.location_id = wanted.id AND {PUBLIC}
                AND u.id <> ALL ((SELECT people FROM blocks)::bigint[])
            ) ORDER BY wanted.rank
            """,
            viewer_id,
            wanted,
        )
        return [record["id"] for record in records]

    async def posts(self, wording: Wording, since: datetime | None, limit: int) -> list[int]:
        """Posts by engagement and age; none while the engine is away."""
        return await self._ids(_posts(wording, since, limit=limit))

    async def newest_posts(
        self, wording: Wording, since: datetime | None, after: Position | None, limit: int
    ) -> list[tuple[Position, int]]:
        """Places and ids of the next posts beyond a position, the newest first; none while the engine is away."""
        query = _posts(wording, since, limit=limit)
        # Those with typos would follow all without: pages by time have none.
        words = tuple(replace(word, typos=0) for word in query.words)
        query = replace(query, words=words, order="place", before=after[0] if after else None)
        hits = await self._find(query)
        return [((place,), id) for place, id in zip(hits.places, hits.ids, strict=True)] if hits else []


async def _nobody() -> list[int]:
    return []


def _query(index: Index, wording: Wording, *, limit: int, is_restricted: bool = False) -> Query:
    return Query(index, wording.words, wording.together, is_restricted=is_restricted, limit=limit)


def _posts(wording: Wording, since: datetime | None, *, limit: int) -> Query:
    """By words, or by the hashtag alone that the query is."""
    name = hashtag_name(wording.text) if wording.sigil == "#" else None
    return Query(
        "posts",
        () if name else wording.words,
        labels=(hashtag_label(name),) if name else (),
        since=max(min(ids.since(since), MAX_PLACE), -MAX_PLACE) if since else None,
        limit=limit,
    )


def _beginning(text: str) -> str:
    """A pattern for LIKE: what begins with `text`."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


@dataclass(frozen=True)
class Person:
    """Somebody who was found, and why."""

    user: User
    match: Match | None


def shown_people(wording: Wording, users: Sequence[User]) -> list[Person]:
    """Those of `users` who may be found: a private account by its whole username alone, but by its followers."""
    found = []
    for user in users:
        is_named = bool(wording.username) and user.username == wording.username
        relationship = user.relationship
        if user.is_private and not (is_named or relationship.is_viewer or relationship.by_viewer & Kind.FOLLOW):
            continue
        why = best([match(wording, "username", user.username), match(wording, "displayName", user.display_name)])
        if why is not None or is_named:
            found.append(Person(user, why))
    return found


def ranked_people(wording: Wording, people: Sequence[Person], friends: Mapping[int, Sequence[int]]) -> list[Person]:
    """In order: the exact username, whom the viewer follows, whom those follow, then by match and followers.

    By match: fewer typos, then texts that begin with the query.
    """

    def key(person: Person) -> tuple[object, ...]:
        user, why = person.user, person.match
        return (
            user.username != wording.username,
            not user.relationship.by_viewer & Kind.FOLLOW,
            not friends.get(user.id),
            why.typos if why else 0,
            not (why and why.begins),
            -math.log2(1 + user.follower_count) - (1 if user.is_verified else 0),
            user.id,
        )

    return sorted(people, key=key)
